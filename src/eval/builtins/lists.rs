//! Builtins on lists. `map` and its like keep what is known of an open list.

use super::control::skip_unknown;
use super::{Builtin, builtin};
use crate::eval::budget::{COPY, ELEMENT};
use crate::eval::heap::{Deferred, Part, Thunk};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Attr, ErrorKind, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("all", 2, |this, args| any_of(this, args, false)),
    builtin("any", 2, |this, args| any_of(this, args, true)),
    builtin("concatLists", 1, concat_lists),
    builtin("concatMap", 2, concat_map),
    builtin("elem", 2, elem),
    builtin("elemAt", 2, elem_at),
    builtin("filter", 2, filter),
    builtin("foldl'", 3, foldl),
    builtin("genList", 2, gen_list),
    builtin("groupBy", 2, group_by),
    builtin("head", 1, head),
    builtin("length", 1, length),
    builtin("map", 2, map),
    builtin("partition", 2, partition),
    builtin("sort", 2, sort),
    builtin("tail", 1, tail),
];

/// Longer lists are not made out of nothing; `genList` is lazy only in its elements.
const LONGEST_LIST: i64 = 20_000_000;

fn any_of(this: &mut Evaluator, args: &[Value], decisive: bool) -> Evaluated {
    let function = args[0];
    let list = match this.force(args[1])? {
        Value::List(list) => list,
        other => return this.type_error(None, "a list", other),
    };
    let mut unknown = this.heap.lists[list.0 as usize].open;
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        let uncertain = u32::from(unknown.is_some());
        this.may += uncertain;
        let result = this.call(function, item).and_then(|value| this.want_bool(value));
        this.may -= uncertain;
        match result {
            Ok(bool) if bool == decisive => return Ok(Value::Bool(decisive)),
            Ok(_) => {}
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                unknown = unknown.or(Some(why));
            }
            Err(Stop::Error(_)) if unknown.is_some() => {}
            Err(stop) => return Err(stop),
        }
    }
    unknown.map_or(Ok(Value::Bool(!decisive)), |why| Err(Stop::Unknown(why)))
}

fn concat_lists(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let lists = this.want_list(args[0])?;
    this.room(this.heap.list_len(lists), COPY)?;
    let lists = this.heap.items(lists).to_vec();
    joined(this, lists.into_iter())
}

fn joined(this: &mut Evaluator, lists: impl Iterator<Item = Value>) -> Evaluated {
    let mut items = Vec::new();
    let mut open = None;
    for list in lists {
        match this.force(list) {
            Ok(Value::List(list)) => {
                open = open.or(this.heap.lists[list.0 as usize].open);
                let len = this.heap.list_len(list);
                this.room(len, COPY)?;
                if !this.fits(items.len() * COPY) {
                    return this.unknown_here(Reason::Fuel);
                }
                items.extend_from_slice(this.heap.items(list));
            }
            Ok(other) => return this.type_error(None, "a list", other),
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                open = Some(why);
            }
            Err(stop) => return Err(stop),
        }
    }
    Ok(Value::List(this.heap.open_list(&items, open)))
}

fn concat_map(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (function, list) = (args[0], this.want_list(args[1])?);
    this.room(this.heap.list_len(list), COPY)?;
    let mut lists = Vec::with_capacity(this.heap.list_len(list));
    for at in 0..this.heap.list_len(list) {
        let argument = this.heap.item(list, at);
        match this.call(function, argument) {
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                lists.push(Value::Unknown(why));
            }
            other => lists.push(other?),
        }
    }
    joined(this, lists.into_iter())
}

fn elem(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = match this.force(args[1])? {
        Value::List(list) => list,
        other => return this.type_error(None, "a list", other),
    };
    let mut unknown = this.heap.lists[list.0 as usize].open;
    for at in 0..this.heap.list_len(list) {
        this.steps += 1;
        let item = this.heap.item(list, at);
        let uncertain = u32::from(unknown.is_some());
        this.may += uncertain;
        let result = this.equal_parts(args[0], item);
        this.may -= uncertain;
        match result {
            Ok(true) => return Ok(Value::Bool(true)),
            Ok(false) => {}
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                unknown = unknown.or(Some(why));
            }
            Err(Stop::Error(_)) if unknown.is_some() => {}
            Err(stop) => return Err(stop),
        }
    }
    unknown.map_or(Ok(Value::Bool(false)), |why| Err(Stop::Unknown(why)))
}

fn elem_at(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (list, at) = (this.want_list(args[0])?, this.want_int(args[1])?);
    let len = this.heap.list_len(list);
    match usize::try_from(at).ok().filter(|at| *at < len) {
        Some(at) => {
            let item = this.heap.item(list, at);
            this.force(item)
        }
        None => {
            let message = format!("the list has {len} elements, and there is none at index {at}");
            this.fail(ErrorKind::IndexOutOfRange, None, message)
        }
    }
}

fn filter(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = match this.force(args[1])? {
        Value::List(list) => list,
        other => return this.type_error(None, "a list", other),
    };
    let mut open = this.heap.lists[list.0 as usize].open;
    this.room(this.heap.list_len(list), COPY)?;
    let mut kept = Vec::new();
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        match this.call(args[0], item).and_then(|value| this.want_bool(value)) {
            Ok(true) => kept.push(item),
            Ok(false) => {}
            // Perhaps it is kept: there may be more elements than those that certainly are.
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                open = Some(why);
            }
            Err(stop) => return Err(stop),
        }
    }
    if open.is_none() && kept.len() == this.heap.list_len(list) {
        return Ok(Value::List(list));
    }
    Ok(Value::List(this.heap.open_list(&kept, open)))
}

fn foldl(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[2])?;
    let len = this.heap.list_len(list);
    if len == 0 {
        return this.force(args[1]);
    }
    let function = this.want_function(args[0])?;
    let mut result = args[1];
    for at in 0..len {
        let item = this.heap.item(list, at);
        // An unknown accumulator may be thrown away by the next step.
        result = match this.call2(function, result, item) {
            Ok(value) => value,
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                Value::Unknown(why)
            }
            Err(stop) => return Err(stop),
        };
    }
    this.force(result)
}

fn gen_list(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let count = this.want_int(args[1])?;
    if count < 0 {
        return this.fail(ErrorKind::Invalid, None, format!("cannot make a list of {count} elements"));
    }
    if count > LONGEST_LIST {
        return this.unknown_here(Reason::Fuel);
    }
    this.room(usize::try_from(count).unwrap_or(usize::MAX), ELEMENT)?;
    let of = this.heap.defer_each(Deferred::Generate { function: args[0] });
    let len = usize::try_from(count).expect("it is no less than zero");
    this.steps += count.unsigned_abs();
    Ok(Value::List(this.heap.new_list(len, None, |heap, at| heap.element(of, at))))
}

/// What finding an element's group costs, which may be a new one, in steps.
const STEPS_PER_GROUPED: usize = 8;

fn group_by(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[1])?;
    this.room(this.heap.list_len(list), COPY)?;
    let mut groups: Vec<(crate::syntax::Sym, Vec<Value>)> = Vec::new();
    let mut index = rustc_hash::FxHashMap::default();
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        let name = this.call(args[0], item)?;
        let name = this.want_name(name)?;
        this.pay(STEPS_PER_GROUPED)?;
        let group = *index.entry(name).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(item);
    }
    let mut attrs: Vec<Attr> = Vec::new();
    for (name, items) in groups {
        let list = Value::List(this.heap.list(&items));
        attrs.push(this.plain(name, list));
    }
    Ok(this.set_of(attrs))
}

fn head(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[0])?;
    if this.heap.list_len(list) == 0 {
        return this.fail(ErrorKind::IndexOutOfRange, None, "`head` of an empty list");
    }
    let item = this.heap.item(list, 0);
    this.force(item)
}

fn tail(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[0])?;
    let part = this.heap.lists[list.0 as usize];
    if part.len == 0 {
        return this.fail(ErrorKind::IndexOutOfRange, None, "`tail` of an empty list");
    }
    let rest = Part { start: part.start + 1, len: part.len - 1, open: None };
    Ok(Value::List(this.heap.add_list(rest)))
}

fn length(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[0])?;
    Ok(Value::Int(i64::try_from(this.heap.list_len(list)).expect("lists are bounded")))
}

fn map(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = match this.force(args[1])? {
        Value::List(list) => list,
        other => return this.type_error(None, "a list", other),
    };
    let open = this.heap.lists[list.0 as usize].open;
    let function = args[0];
    let doubts = this.doubts;
    // Newer versions ask for the function of a list that is not empty, older ones only for what they call. Elements
    // fail everywhere; whether there is a list is not known.
    if this.heap.list_len(list) > 0
        && let Err(Stop::Error(error)) = this.want_function(function)
    {
        let why = "versions of Nix differ in whether `map` asks for its function".to_owned();
        if this.doubts != doubts {
            return this.unknown_here(Reason::Told(why));
        }
        let span = this.here();
        let why = this.add_unknown(Reason::Told(why), Some(span));
        this.doubts += 1;
        let failed = Value::Thunk(this.heap.thunk(Thunk::Failed(error)));
        return Ok(Value::List(this.heap.open_list(&[failed], Some(why))));
    }
    this.room(this.heap.list_len(list), ELEMENT)?;
    let Part { start, len, .. } = this.heap.lists[list.0 as usize];
    let of = this.heap.defer_each(Deferred::Map { function });
    let mapped = this.heap.new_list(len as usize, open, |heap, at| heap.element(of, start as usize + at));
    Ok(Value::List(mapped))
}

fn partition(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[1])?;
    this.room(this.heap.list_len(list), COPY)?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        // Nix evaluates the elements themselves, whatever the function looks at.
        skip_unknown(this, |this| this.force(item))?;
        let chosen = this.call(args[0], item)?;
        if this.want_bool(chosen)? { right.push(item) } else { wrong.push(item) }
    }
    let (right, wrong) = (Value::List(this.heap.list(&right)), Value::List(this.heap.list(&wrong)));
    let names = this.names;
    let attrs = vec![this.plain(names.right, right), this.plain(names.wrong, wrong)];
    Ok(this.set_of(attrs))
}

fn sort(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[1])?;
    this.room(this.heap.list_len(list), COPY)?;
    let mut items = this.heap.items(list).to_vec();
    if items.is_empty() {
        return Ok(Value::List(list));
    }
    let function = this.want_function(args[0])?;
    // Nix evaluates the elements themselves, whatever the function looks at.
    for item in &items {
        skip_unknown(this, |this| this.force(*item))?;
    }
    let by_order =
        matches!(function, Value::Builtin(number) if this.registry[number as usize].name == "lessThan");
    let mut stop = None;
    merge_sort(&mut items, &mut |a, b| {
        if stop.is_some() {
            return false;
        }
        let less = if by_order {
            this.pay(2).and_then(|()| this.less(None, *b, *a))
        } else {
            this.call2(function, *b, *a).and_then(|value| this.want_bool(value))
        };
        less.unwrap_or_else(|why| {
            stop = Some(why);
            false
        })
    });
    match stop {
        Some(stop) => Err(stop),
        None => Ok(Value::List(this.heap.list(&items))),
    }
}

/// A stable merge sort that survives any answers of the comparison, as a user's function may give them; the closure
/// says whether the second of two comes before the first.
fn merge_sort(items: &mut Vec<Value>, swapped: &mut impl FnMut(&Value, &Value) -> bool) {
    let mut width = 1;
    let mut from = std::mem::take(items);
    let mut to = Vec::with_capacity(from.len());
    while width < from.len() {
        to.clear();
        for start in (0..from.len()).step_by(width * 2) {
            let middle = (start + width).min(from.len());
            let end = (start + width * 2).min(from.len());
            let (mut a, mut b) = (start, middle);
            while a < middle && b < end {
                if swapped(&from[a], &from[b]) {
                    to.push(from[b]);
                    b += 1;
                } else {
                    to.push(from[a]);
                    a += 1;
                }
            }
            to.extend_from_slice(&from[a..middle]);
            to.extend_from_slice(&from[b..end]);
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    *items = from;
}

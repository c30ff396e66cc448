//! Builtins on attribute sets. Those that do not need all names work on open sets, too.

use rustc_hash::FxHashSet;

use super::{Builtin, builtin};
use crate::eval::budget::{COPY, ELEMENT};
use crate::eval::heap::Deferred;
use crate::eval::sets::sorting;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Attr, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("attrNames", 1, attr_names),
    builtin("attrValues", 1, attr_values),
    builtin("catAttrs", 2, cat_attrs),
    builtin("functionArgs", 1, function_args),
    builtin("getAttr", 2, get_attr),
    builtin("hasAttr", 2, has_attr),
    builtin("intersectAttrs", 2, intersect_attrs),
    builtin("listToAttrs", 1, list_to_attrs),
    builtin("mapAttrs", 2, map_attrs),
    builtin("removeAttrs", 2, remove_attrs),
    builtin("unsafeGetAttrPos", 2, attr_position),
    builtin("zipAttrsWith", 2, zip_attrs_with),
];

fn attr_names(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let set = this.want_closed(args[0])?;
    this.room(this.heap.most_attrs(set), ELEMENT)?;
    let mut names = Vec::new();
    for attr in this.by_name(set) {
        names.push(Value::String(this.symbol_string(attr.name)));
    }
    Ok(Value::List(this.heap.list(&names)))
}

fn attr_values(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let set = this.want_attrs(args[0])?;
    this.room(this.heap.most_attrs(set), COPY)?;
    let values: Vec<Value> = this.by_name(set).iter().map(|attr| attr.value).collect();
    let open = this.heap.open(set);
    Ok(Value::List(this.heap.open_list(&values, open)))
}

fn cat_attrs(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_name(args[0])?;
    let list = this.want_list(args[1])?;
    this.room(this.heap.list_len(list), COPY)?;
    this.pay(this.heap.list_len(list))?;
    let mut open = None;
    let mut values = Vec::new();
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        match this.want_attrs(item) {
            Ok(set) => match this.heap.find(set, name) {
                Some(attr) => values.push(attr.value),
                None => open = open.or(this.heap.open(set)),
            },
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                open = Some(why);
            }
            Err(stop) => return Err(stop),
        }
    }
    Ok(Value::List(this.heap.open_list(&values, open)))
}

fn function_args(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let Value::Lambda { lambda, .. } = this.force(args[0])? else {
        let value = this.force(args[0])?;
        return match value {
            // Nix brings `derivation` along as Nix code.
            Value::Builtin(number) if this.registry[number as usize].name == "derivation" => {
                Ok(this.make_attrs([("outputs", Value::Bool(true))]))
            }
            Value::Builtin(_) | Value::Partial(_) => Ok(this.set_of(Vec::new())),
            Value::Native(_) => this.unknown_here(Reason::Told(
                "the arguments of a function outside of these files are not known".to_owned(),
            )),
            other => this.type_error(None, "a function", other),
        };
    };
    let mut attrs = Vec::new();
    if let Some(formals) = this.program.lambdas[lambda as usize].formals {
        for at in formals.indices() {
            let formal = this.program.formals[at];
            let position = this.program.formal_positions[at];
            attrs.push(Attr { name: formal.sym, position, value: Value::Bool(formal.default.is_some()) });
        }
    }
    Ok(this.set_of(attrs))
}

fn get_attr(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_name(args[0])?;
    let set = this.want_attrs(args[1])?;
    this.select_name(Value::Attrs(set), name, None)
}

fn has_attr(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_name(args[0])?;
    let set = this.want_attrs(args[1])?;
    match (this.heap.find(set, name), this.open_for(set, name)) {
        (Some(_), _) => Ok(Value::Bool(true)),
        (None, Some(open)) => this.answer(set, name, open).map(|_| Value::Bool(true)),
        (None, None) => Ok(Value::Bool(false)),
    }
}

fn intersect_attrs(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let left = this.want_attrs(args[0])?;
    let right = this.want_attrs(args[1])?;
    let (few, many) =
        if this.heap.most_attrs(left) < this.heap.most_attrs(right) { (left, right) } else { (right, left) };
    this.room(this.heap.most_attrs(few), COPY)?;
    // Each name is looked for in the larger set.
    let (few_len, many_len) = (this.heap.attr_count(few), this.heap.most_attrs(many));
    this.pay(few_len * many_len.max(1).ilog2() as usize / 2)?;
    let mut common = Vec::new();
    for attr in this.heap.attrs(few).to_vec() {
        if let Some(other) = this.heap.find(many, attr.name) {
            common.push(if few == right { attr } else { other });
        }
    }
    let open = this.heap.open(left).or(this.heap.open(right));
    Ok(Value::Attrs(this.heap.sorted_set(&common, open)))
}

/// What a pair of a name and a value costs, in steps: both are looked for, and the name is found in a table.
const STEPS_PER_PAIR: usize = 4;

fn list_to_attrs(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = match this.force(args[0])? {
        Value::List(list) => list,
        other => return this.type_error(None, "a list", other),
    };
    this.room(this.heap.list_len(list), COPY)?;
    let mut open = this.heap.lists[list.0 as usize].open;
    let mut attrs: Vec<Attr> = Vec::with_capacity(this.heap.list_len(list));
    this.pay(sorting(this.heap.list_len(list)) + this.heap.list_len(list) * STEPS_PER_PAIR)?;
    // Only asked where a pair has no value.
    let mut seen = FxHashSet::default();
    let mut looked = 0;
    let names = this.names;
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        let pair = match this.want_attrs(item) {
            Ok(pair) => pair,
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                open = Some(why);
                continue;
            }
            Err(stop) => return Err(stop),
        };
        let name =
            this.select_name(Value::Attrs(pair), names.name, None).and_then(|name| this.want_name(name));
        let name = match name {
            Ok(name) => name,
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                open = Some(why);
                continue;
            }
            Err(stop) => return Err(stop),
        };
        let value = match (this.heap.find(pair, names.value), this.heap.open(pair)) {
            (Some(attr), _) => Attr { name, position: attr.position, value: attr.value },
            (None, Some(why)) => this.plain(name, Value::Unknown(why)),
            // Nix fails here at once, even if nobody asks for the value, unless the name is there already.
            (None, None) if is_among(&attrs, &mut looked, &mut seen, name) => continue,
            // Perhaps the name is one that is not known.
            (None, None) if open.is_some() => continue,
            (None, None) => return this.select_name(Value::Attrs(pair), names.value, None),
        };
        attrs.push(value);
    }
    attrs.sort_by_key(|attr| attr.name);
    attrs.dedup_by_key(|attr| attr.name);
    if let Some(why) = open {
        // One that is not known may come first and win.
        for attr in &mut attrs {
            attr.value = Value::Unknown(why);
        }
    }
    Ok(Value::Attrs(this.heap.sorted_set(&attrs, open)))
}

/// Whether a name is among the attributes, each of which is looked at once only.
fn is_among(attrs: &[Attr], looked: &mut usize, seen: &mut FxHashSet<Sym>, name: Sym) -> bool {
    seen.extend(attrs[*looked..].iter().map(|attr| attr.name));
    *looked = attrs.len();
    seen.contains(&name)
}

fn map_attrs(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let set = this.want_attrs(args[1])?;
    let function = args[0];
    this.room(this.heap.most_attrs(set), ELEMENT)?;
    let open = this.heap.open(set);
    let of = this.heap.defer_each(Deferred::MapAttrs { function });
    Ok(Value::Attrs(this.heap.mapped_set(set, open, |heap, at, attr| Attr {
        value: heap.element(of, at),
        position: attr.position.forgotten(),
        ..attr
    })))
}

fn remove_attrs(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let set = this.want_attrs(args[0])?;
    let list = this.want_list(args[1])?;
    this.room(this.heap.list_len(list) + this.heap.most_attrs(set), COPY)?;
    let mut names: Vec<Sym> = Vec::new();
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        names.push(this.want_name(item)?);
    }
    names.sort_unstable();
    let kept: Vec<Attr> = this
        .heap
        .attrs(set)
        .iter()
        .filter(|attr| names.binary_search(&attr.name).is_err())
        .copied()
        .collect();
    if kept.len() == this.heap.attrs(set).len() && this.heap.open(set).is_none() {
        return Ok(Value::Attrs(set));
    }
    let open = this.heap.open(set);
    Ok(Value::Attrs(this.heap.sorted_set(&kept, open)))
}

fn attr_position(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_name(args[0])?;
    let set = this.want_attrs(args[1])?;
    match (this.heap.find(set, name), this.open_for(set, name)) {
        (Some(attr), _) => match this.defined_at(attr.position) {
            Some((span, _)) if !attr.position.is_forgotten() => Ok(this.position_set(span)),
            _ => Ok(Value::Null),
        },
        (None, Some(open)) => Err(Stop::Unknown(open)),
        (None, None) => Ok(Value::Null),
    }
}

/// What finding an attribute's list costs, which may be a new one, in steps.
const STEPS_PER_ZIPPED: usize = 6;

fn zip_attrs_with(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    if let Err(stop @ Stop::Error(_)) = this.want_function(args[0]) {
        return Err(stop);
    }
    let list = this.want_list(args[1])?;
    let mut order: Vec<(Sym, Vec<Value>)> = Vec::new();
    let mut index = rustc_hash::FxHashMap::default();
    for at in 0..this.heap.list_len(list) {
        let item = this.heap.item(list, at);
        let set = this.want_closed(item)?;
        this.room(this.heap.most_attrs(set), ELEMENT)?;
        this.pay(this.heap.most_attrs(set) * STEPS_PER_ZIPPED)?;
        for attr in this.heap.attrs(set) {
            let place = *index.entry(attr.name).or_insert_with(|| {
                order.push((attr.name, Vec::new()));
                order.len() - 1
            });
            order[place].1.push(attr.value);
        }
    }
    let function = args[0];
    let mut attrs = Vec::new();
    for (name, values) in order {
        let second = Value::List(this.heap.list(&values));
        let first = Value::String(this.symbol_string(name));
        let value = this.heap.defer(Deferred::Apply2 { function, first, second });
        attrs.push(this.plain(name, value));
    }
    Ok(this.set_of(attrs))
}

//! Attribute sets: building them from definitions, selecting, testing, `//`, and what sets of two arms share.

use rustc_hash::FxHashMap;

use super::budget::{COPY, ELEMENT};
use super::heap::{Deferred, Thunk, handle};
use super::program::SetShape;
use super::{Doing, Evaluated, Evaluator, What};
use crate::syntax::{AttrName, Definition, ExprId, Range, Sym};
use crate::value::{Attr, AttrsId, EnvId, ErrorKind, ListId, PositionId, Reason, Stop, UnknownId, Value};

/// How often an attribute of a layer is written while more layers follow, on average.
const COPIES_OF_A_LAYER: usize = 8;

/// What sorting so many names costs, in steps: large tables of names lie far apart.
pub(super) fn sorting(count: usize) -> usize {
    count * (count.max(1).ilog2() as usize) / 3
}

impl Evaluator {
    /// The frame of a `let`.
    pub(super) fn let_frame(&mut self, set: u32, env: EnvId) -> Evaluated<EnvId> {
        let shape = self.program.sets[set as usize];
        self.room((shape.entries.len + shape.froms.len) as usize, ELEMENT)?;
        Ok(self.recursive_frame(shape, env))
    }

    fn recursive_frame(&mut self, shape: SetShape, outer: EnvId) -> EnvId {
        // The values come one by one: nothing else makes frames meanwhile.
        let env = self.heap.env(outer, 0);
        let froms = self.thunks_of_sources(shape, env);
        for at in shape.entries.indices() {
            let entry = self.program.entries[at];
            let value = match entry.definition {
                Definition::Value(value) => self.delay_in_recursion(value, env),
                Definition::Inherit(value) => self.delay(value, outer),
                Definition::InheritFrom(number) => self.inherited(froms + number, entry.name),
            };
            self.heap.slots.push(value);
        }
        env
    }

    /// One thunk for each source of an `inherit (source)`; they lie side by side from the number returned.
    fn thunks_of_sources(&mut self, shape: SetShape, env: EnvId) -> u32 {
        let first = handle(self.heap.thunks.len());
        for at in shape.froms.indices() {
            let expr = self.program.children[at];
            self.heap.thunk(Thunk::Code { expr, env });
        }
        first
    }

    fn inherited(&mut self, from: u32, name: Sym) -> Value {
        Value::Thunk(self.heap.thunk(Thunk::Inherited { from: crate::value::ThunkId(from), name }))
    }

    pub(super) fn eval_set(&mut self, set: u32, outer: EnvId) -> Evaluated {
        let shape = self.program.sets[set as usize];
        self.room((shape.entries.len + shape.dynamics.len + shape.froms.len) as usize, ELEMENT)?;
        if shape.dynamics.len == 0 && shape.overrides.is_none() {
            return Ok(Value::Attrs(self.static_set(shape, outer)));
        }
        let mut attrs: Vec<Attr> = Vec::with_capacity((shape.entries.len + shape.dynamics.len) as usize);
        let mut open = None;
        let inner = if shape.recursive {
            let env = self.recursive_frame(shape, outer);
            for (slot, at) in shape.entries.indices().enumerate() {
                let entry = self.program.entries[at];
                let value = self.heap.slot(env, handle(slot));
                attrs.push(Attr { name: entry.name, position: entry.position, value });
            }
            if let Some(slot) = shape.overrides {
                open = self.override_recursive(shape, env, slot, &mut attrs)?;
            }
            env
        } else {
            let froms = self.thunks_of_sources(shape, outer);
            for at in shape.entries.indices() {
                let entry = self.program.entries[at];
                let value = match entry.definition {
                    Definition::Value(value) | Definition::Inherit(value) => self.delay(value, outer),
                    Definition::InheritFrom(number) => self.inherited(froms + number, entry.name),
                };
                attrs.push(Attr { name: entry.name, position: entry.position, value });
            }
            outer
        };
        attrs.sort_unstable_by_key(|attr| attr.name);
        let mut dynamics: FxHashMap<Sym, Attr> = FxHashMap::default();
        for at in shape.dynamics.indices() {
            let dynamic = self.program.dynamics[at];
            let name = match self.step_name(AttrName::Dynamic(dynamic.name), inner) {
                Ok(None) => continue,
                Ok(Some(name)) => name,
                Err(Stop::Unknown(why)) => {
                    // Some name, but which one: the set has more attributes than those we see.
                    self.doubts += 1;
                    open = Some(why);
                    continue;
                }
                Err(stop) => return Err(stop),
            };
            let value = self.delay(dynamic.value, inner);
            let attr = Attr { name, position: dynamic.position, value };
            if attrs.binary_search_by_key(&name, |attr| attr.name).is_ok()
                || dynamics.insert(name, attr).is_some()
            {
                let message = format!("dynamic attribute `{}` is already defined", self.symbols.name(name));
                return self.fail(ErrorKind::DuplicateAttribute, Some(dynamic.name), message);
            }
        }
        if !dynamics.is_empty() {
            attrs.extend(dynamics.into_values());
            attrs.sort_unstable_by_key(|attr| attr.name);
        }
        Ok(Value::Attrs(self.heap.sorted_set(&attrs, open)))
    }

    /// A set all of whose names are written there. It is put together where it will lie: nothing else makes sets meanwhile.
    fn static_set(&mut self, shape: SetShape, outer: EnvId) -> AttrsId {
        if shape.recursive {
            let env = self.recursive_frame(shape, outer);
            let start = handle(self.heap.attrs.len());
            for (slot, at) in shape.entries.indices().enumerate() {
                let entry = self.program.entries[at];
                let value = self.heap.slot(env, handle(slot));
                self.heap.attrs.push(Attr { name: entry.name, position: entry.position, value });
            }
            if !shape.sorted {
                self.heap.attrs[start as usize..].sort_unstable_by_key(|attr| attr.name);
            }
            return self.heap.add_set(start, None);
        }
        let froms = self.thunks_of_sources(shape, outer);
        let start = handle(self.heap.attrs.len());
        for at in shape.entries.indices() {
            let entry = self.program.entries[at];
            let value = match entry.definition {
                Definition::Value(value) | Definition::Inherit(value) => self.delay(value, outer),
                Definition::InheritFrom(number) => self.inherited(froms + number, entry.name),
            };
            self.heap.attrs.push(Attr { name: entry.name, position: entry.position, value });
        }
        self.heap.add_set(start, None)
    }

    /// `__overrides`, the old way to change what a recursive set's own names mean. Why there may be more of them.
    fn override_recursive(
        &mut self,
        shape: SetShape,
        env: EnvId,
        slot: u32,
        attrs: &mut Vec<Attr>,
    ) -> Evaluated<Option<UnknownId>> {
        let overrides = self.heap.slot(env, slot);
        let set = match self.force(overrides)? {
            Value::Attrs(set) => set,
            other => return self.type_error(None, "a set", other),
        };
        let open = self.heap.open(set);
        if let Some(why) = open {
            for (slot, attr) in attrs.iter_mut().enumerate() {
                attr.value = Value::Unknown(why);
                self.heap.set_slot(env, handle(slot), attr.value);
            }
        }
        let slots: FxHashMap<Sym, usize> = shape
            .entries
            .indices()
            .enumerate()
            .map(|(slot, at)| (self.program.entries[at].name, slot))
            .collect();
        self.pay(slots.len() + self.heap.most_attrs(set))?;
        for attr in self.heap.attrs(set).to_vec() {
            match slots.get(&attr.name).copied() {
                Some(slot) => {
                    self.heap.set_slot(env, handle(slot), attr.value);
                    attrs[slot] = attr;
                }
                None => attrs.push(attr),
            }
        }
        Ok(open)
    }

    /// One attribute of a forced value, forced.
    pub(super) fn select_name(&mut self, base: Value, name: Sym, at: Option<ExprId>) -> Evaluated {
        let set = match base {
            Value::Attrs(set) => set,
            other => return self.type_error(at, "a set", other),
        };
        match self.heap.find(set, name) {
            Some(attr) => self.force(attr.value),
            None => match self.open_for(set, name) {
                Some(open) => {
                    let value = self.answer(set, name, open)?;
                    self.force(value)
                }
                None => self.missing(set, name, at),
            },
        }
    }

    fn missing<T>(&mut self, set: AttrsId, name: Sym, at: Option<ExprId>) -> Evaluated<T> {
        let text = self.symbols.name(name).to_owned();
        // It is compared with every name there is.
        self.pay(self.heap.most_attrs(set))?;
        let names = self.heap.attrs(set).iter().map(|attr| self.symbols.name(attr.name));
        let hint = match crate::text::nearest(&text, names) {
            Some(other) => format!("; did you mean `{other}`?"),
            None => String::new(),
        };
        self.fail(ErrorKind::MissingAttribute, at, format!("attribute `{text}` is missing{hint}"))
    }

    pub(super) fn eval_select(
        &mut self,
        expr: ExprId,
        base: ExprId,
        path: Range,
        default: Option<ExprId>,
        env: EnvId,
    ) -> Evaluated {
        let mut value = self.eval(base, env);
        for at in path.indices() {
            let Ok(whole) = value else { return value };
            let step = self.program.steps[at];
            let name = match step.name {
                AttrName::Static(name) => name,
                AttrName::Dynamic(_) => match self.step_name(step.name, env)? {
                    Some(name) => name,
                    None => return self.type_error(Some(expr), "a string", Value::Null),
                },
            };
            let set = match (whole, default) {
                (Value::Attrs(set), _) => set,
                (_, Some(default)) => return self.eval(default, env),
                (other, None) => {
                    let shown = self.symbols.name(name).to_owned();
                    let kind = self.kind_of(other).with_article();
                    let message = format!("cannot select `{shown}` from {kind}; a set is needed");
                    return self.fail(ErrorKind::Type, Some(expr), message);
                }
            };
            let guess = &mut self.program.step_guesses[at];
            let Some(attr) = self.heap.find_near(set, name, guess) else {
                if let Some(open) = self.open_for(set, name) {
                    let answered = self.answer(set, name, open)?;
                    value = self.force(answered);
                    continue;
                }
                if let Some(default) = default {
                    return self.eval(default, env);
                }
                let span = self.program.step_span(expr, step);
                return match self.missing::<Value>(set, name, Some(expr)) {
                    Err(Stop::Error(id)) => {
                        self.errors[id.0 as usize].span = span;
                        Err(Stop::Error(id))
                    }
                    other => other,
                };
            };
            value = match attr.value {
                Value::Thunk(id) => match self.heap.thunks[id.0 as usize] {
                    Thunk::Done(Value::Unknown(id)) => Err(Stop::Unknown(id)),
                    Thunk::Done(value) => Ok(value),
                    _ => {
                        self.doing.push(Doing { expr, what: What::Attribute(name) });
                        let forced = self.force_thunk(id);
                        self.doing.pop();
                        forced
                    }
                },
                Value::Unknown(id) => Err(Stop::Unknown(id)),
                value => Ok(value),
            };
        }
        value
    }

    pub(super) fn eval_has(&mut self, base: ExprId, path: Range, env: EnvId) -> Evaluated {
        let mut value = self.eval(base, env)?;
        for (number, at) in path.indices().enumerate() {
            let step = self.program.steps[at];
            let Some(name) = self.step_name(step.name, env)? else {
                return self.type_error(None, "a string", Value::Null);
            };
            let Value::Attrs(set) = value else { return Ok(Value::Bool(false)) };
            match self.heap.find_near(set, name, &mut self.program.step_guesses[at]) {
                Some(_) if number + 1 == path.len as usize => {}
                Some(attr) => value = self.force(attr.value)?,
                None => {
                    let Some(open) = self.open_for(set, name) else { return Ok(Value::Bool(false)) };
                    let answered = self.answer(set, name, open)?;
                    if number + 1 < path.len as usize {
                        value = self.force(answered)?;
                    }
                }
            }
        }
        Ok(Value::Bool(true))
    }

    /// `//`. An unknown operand leaves what the other one decides.
    pub(super) fn update(&mut self, expr: ExprId, left: Evaluated, right: Evaluated) -> Evaluated {
        let as_set = |this: &mut Self, side: Evaluated| match side {
            Ok(Value::Attrs(set)) => Ok(Ok(set)),
            Ok(other) => this.type_error(Some(expr), "a set", other),
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                Ok(Err(why))
            }
            Err(stop) => Err(stop),
        };
        let right = self.excusing(right);
        let left = as_set(self, left)?;
        let right = as_set(self, right)?;
        match (left, right) {
            (Ok(left), Ok(right)) => Ok(Value::Attrs(self.merge(left, right)?)),
            (Err(why), Ok(right)) => {
                self.room(self.heap.most_attrs(right), COPY)?;
                let attrs = self.heap.attrs(right).to_vec();
                Ok(Value::Attrs(self.heap.sorted_set(&attrs, Some(why))))
            }
            (Ok(left), Err(why)) => {
                let span = self.program.span(expr);
                let why = self.unknown_because(Reason::Replaced, Some(span), why);
                self.room(self.heap.most_attrs(left), COPY)?;
                Ok(Value::Attrs(self.covered(left, why)))
            }
            (Err(why), Err(_)) => Err(Stop::Unknown(why)),
        }
    }

    /// The names of a set whose values may have been replaced by something unknown.
    fn covered(&mut self, set: AttrsId, why: UnknownId) -> AttrsId {
        let mut attrs = self.heap.attrs(set).to_vec();
        for attr in &mut attrs {
            attr.value = Value::Unknown(why);
        }
        self.heap.sorted_set(&attrs, Some(why))
    }

    /// `//` of two sets, without the names that the result may have besides those it shows.
    pub(super) fn merged_open(&mut self, left: AttrsId, right: AttrsId) -> Evaluated<AttrsId> {
        let (left_open, right_open) = (self.heap.open(left), self.heap.open(right));
        let (left_most, right_most) = (self.heap.most_attrs(left), self.heap.most_attrs(right));
        if right_most == 0 && right_open.is_none() {
            return Ok(left);
        }
        if left_most == 0 && left_open.is_none() {
            return Ok(right);
        }
        if self.heap.is_laid_over(left, right) {
            // What adding one by one writes on average, in the end.
            self.room(right_most * COPIES_OF_A_LAYER, size_of::<Attr>())?;
            return Ok(self.heap.lay_over(left, right));
        }
        self.room(left_most + right_most, size_of::<Attr>())?;
        if left_open.is_none() && right_open.is_none() {
            return Ok(self.heap.merged_set(left, right));
        }
        let (left_range, right_range) = (self.heap.place(left), self.heap.place(right));
        let start = handle(self.heap.attrs.len());
        let (mut a, a_end) = (left_range.start, left_range.end);
        let (mut b, b_end) = (right_range.start, right_range.end);
        // Sets that are open for certain names only hide no others.
        let narrow = right_open.filter(|why| self.is_narrow(*why));
        let hidden = |this: &Self, attr: Attr| match right_open {
            Some(_) if narrow.is_some_and(|why| !this.may_have(why, attr.name)) => attr,
            Some(_) if this.lacks(right, attr.name) => attr,
            Some(why) => Attr { value: Value::Unknown(why), ..attr },
            None => attr,
        };
        while a < a_end && b < b_end {
            let (x, y) = (self.heap.attrs[a], self.heap.attrs[b]);
            if x.name < y.name {
                let x = hidden(self, x);
                self.heap.attrs.push(x);
                a += 1;
            } else {
                if x.name == y.name {
                    a += 1;
                }
                self.heap.attrs.push(y);
                b += 1;
            }
        }
        while a < a_end {
            let attr = hidden(self, self.heap.attrs[a]);
            self.heap.attrs.push(attr);
            a += 1;
        }
        self.heap.attrs.extend_from_within(b..b_end);
        let open = match (left_open, right_open) {
            (Some(left), Some(right)) if left != right && narrow.is_some() => match self.is_narrow(left) {
                // Either set's names: which they are is not kept.
                true => {
                    let reason = self.unknown(right).reason.clone();
                    Some(self.unknown_because(reason, None, left))
                }
                false => Some(left),
            },
            (left, right) => right.or(left),
        };
        Ok(self.heap.add_set(start, open))
    }

    /// What two sets have in common, of which one is the value.
    pub(super) fn join_sets(&mut self, left: AttrsId, right: AttrsId, because: UnknownId) -> Evaluated {
        self.room(self.heap.most_attrs(left), ELEMENT)?;
        let mut common = Vec::new();
        let count = self.heap.attr_count(left).max(self.heap.attr_count(right));
        for attr in self.heap.attrs(left).to_vec() {
            let Some(other) = self.heap.find(right, attr.name) else { continue };
            let value = if attr.value == other.value && !matches!(attr.value, Value::Float(_)) {
                attr.value
            } else {
                self.heap.defer(Deferred::Join { left: attr.value, right: other.value, because })
            };
            common.push(Attr { value, ..attr });
        }
        let same_names = common.len() == count;
        // Where one is open for certain names only, the other may have more.
        let open = match (self.heap.open(left), self.heap.open(right)) {
            (a, b) if same_names && (a == b || a.is_none() || b.is_none()) => a.or(b),
            _ => Some(because),
        };
        let joined = self.heap.sorted_set(&common, open);
        self.bound_by_arms(joined, [left, right]);
        Ok(Value::Attrs(joined))
    }

    /// `++`. With an unknown operand the list has at least the other one's elements.
    pub(super) fn concat_lists(&mut self, expr: ExprId, left: Evaluated, right: Evaluated) -> Evaluated {
        if let (Ok(Value::List(left)), Ok(Value::List(right))) = (left, right) {
            return self.joined_lists(left, right);
        }
        let mut items = Vec::new();
        let mut open = None;
        let mut known = 0;
        for side in [left, right] {
            match side {
                Ok(Value::List(list)) => {
                    known += 1;
                    open = open.or(self.heap.lists[list.0 as usize].open);
                    self.room(self.heap.list_len(list), COPY)?;
                    items.extend_from_slice(self.heap.items(list));
                }
                Ok(other) => return self.type_error(Some(expr), "a list", other),
                Err(Stop::Unknown(why)) => {
                    self.doubts += 1;
                    open = Some(why);
                }
                Err(stop) => return Err(stop),
            }
        }
        if let Some(open) = open.filter(|_| known == 0) {
            return Err(Stop::Unknown(open));
        }
        Ok(Value::List(self.heap.open_list(&items, open)))
    }

    fn joined_lists(&mut self, left: ListId, right: ListId) -> Evaluated {
        let (a, b) = (self.heap.lists[left.0 as usize], self.heap.lists[right.0 as usize]);
        // One side is empty: the other one is the result.
        if b.len == 0 && b.open.is_none() {
            return Ok(Value::List(left));
        }
        if a.len == 0 && a.open.is_none() {
            return Ok(Value::List(right));
        }
        let copied = self.heap.copied_by_concat(a, b);
        self.room(copied, size_of::<Value>())?;
        Ok(Value::List(self.heap.concat_lists(a, b)))
    }

    /// A set of attributes in any order; of equal names the first counts.
    pub(super) fn set_of(&mut self, mut attrs: Vec<Attr>) -> Value {
        self.steps += (sorting(attrs.len()) / 2) as u64;
        attrs.sort_by_key(|attr| attr.name);
        attrs.dedup_by_key(|attr| attr.name);
        Value::Attrs(self.heap.sorted_set(&attrs, None))
    }

    pub(super) fn attr(&self, name: Sym, value: Value) -> Attr {
        Attr { name, position: PositionId::NONE, value }
    }

    /// The attributes of a set in the order of their names, as Nix shows them.
    pub(super) fn by_name(&mut self, set: AttrsId) -> Vec<Attr> {
        let mut attrs = self.heap.attrs(set).to_vec();
        self.steps += sorting(attrs.len()) as u64;
        attrs.sort_by(|a, b| self.symbols.name(a.name).cmp(self.symbols.name(b.name)));
        attrs
    }
}

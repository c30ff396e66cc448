//! Small questions to values that the module system asks again and again.

use std::sync::{Arc, OnceLock};

use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, ErrorKind, PositionId, Stop, Value};

use super::System;
use super::words::Property;

/// Where an option lies: its names from the outside in, shared with its neighbours.
#[derive(Debug)]
pub(super) struct Loc {
    up: Option<Arc<Loc>>,
    name: Value,
    depth: usize,
    list: OnceLock<Value>,
}

impl Loc {
    pub(super) fn below(up: Option<&Arc<Loc>>, name: Value) -> Arc<Loc> {
        let depth = up.map_or(0, |it| it.depth) + 1;
        Arc::new(Loc { up: up.cloned(), name, depth, list: OnceLock::new() })
    }

    /// The names as a list of Nix.
    pub(super) fn list(this: Option<&Arc<Loc>>, eval: &mut Evaluator) -> Value {
        let Some(this) = this else { return eval.make_list(&[]) };
        if let Some(list) = this.list.get() {
            return *list;
        }
        let mut names = Vec::with_capacity(this.depth);
        let mut at = Some(this);
        while let Some(loc) = at {
            names.push(loc.name);
            at = loc.up.as_ref();
        }
        names.reverse();
        let list = eval.make_list(&names);
        eval.remember();
        *this.list.get_or_init(|| list)
    }

    /// From a list of Nix.
    pub(super) fn of_list(eval: &mut Evaluator, list: Value) -> Evaluated<Option<Arc<Loc>>> {
        let mut loc = None;
        for name in eval.list(list)?.items {
            loc = Some(Loc::below(loc.as_ref(), name));
        }
        Ok(loc)
    }
}

/// An attribute of a set that must be one; not forced.
pub(super) fn attr(eval: &mut Evaluator, set: Value, name: Sym) -> Evaluated<Option<Value>> {
    let set = eval.force(set)?;
    Ok(eval.attribute_of(set, name)?.map(|attr| attr.value))
}

/// An attribute, forced; `None` where there is none.
pub(super) fn forced(eval: &mut Evaluator, set: Value, name: Sym) -> Evaluated<Option<Value>> {
    match attr(eval, set, name)? {
        Some(value) => Ok(Some(eval.force(value)?)),
        None => Ok(None),
    }
}

/// An attribute that is no `null`, forced: `set.name or null`.
pub(super) fn non_null(eval: &mut Evaluator, set: Value, name: Sym) -> Evaluated<Option<Value>> {
    Ok(forced(eval, set, name)?.filter(|value| *value != Value::Null))
}

/// An attribute that a set must have, not forced.
pub(super) fn need(eval: &mut Evaluator, set: Value, name: Sym) -> Evaluated<Value> {
    match attr(eval, set, name)? {
        Some(value) => Ok(value),
        None => {
            let shown = eval.name(name).to_owned();
            eval.select(set, &shown)
        }
    }
}

/// The attribute of the library at a path of names, forced.
pub(super) fn of_library(eval: &mut Evaluator, lib: Value, path: &[&str]) -> Evaluated {
    let mut value = lib;
    for name in path {
        value = eval.select(value, name)?;
    }
    eval.force(value)
}

pub(super) fn call2(eval: &mut Evaluator, function: Value, first: Value, second: Value) -> Evaluated {
    let function = eval.call(function, first)?;
    eval.call(function, second)
}

/// What `throw` does, with a place of ours.
pub(super) fn throw<T>(eval: &mut Evaluator, at: Option<Span>, message: impl Into<String>) -> Evaluated<T> {
    let at = at.unwrap_or_else(|| eval.place());
    eval.make_error(ErrorKind::Throw, at, message)
}

/// `typeOf`.
pub(super) fn type_name(value: Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::String(_) => "string",
        Value::Path(_) => "path",
        Value::List(_) => "list",
        Value::Attrs(_) => "set",
        _ => "lambda",
    }
}

/// A text for a message; what cannot be one is left out.
pub(super) fn shown(eval: &mut Evaluator, value: Value) -> String {
    let text = eval.to_text(value).and_then(|text| eval.string(text));
    text.unwrap_or_else(|_| "…".to_owned())
}

pub(super) fn plain_attr(name: Sym, value: Value) -> Attr {
    Attr { name, position: PositionId::NONE, value }
}

/// The text of `_type` of a forced value, if it is a set that has one.
pub(super) fn kind_of(eval: &mut Evaluator, system: &System, value: Value) -> Evaluated<Option<String>> {
    if !matches!(value, Value::Attrs(_)) {
        return Ok(None);
    }
    let kind = match eval.attribute_of(value, system.words.kind) {
        Ok(Some(kind)) => kind,
        // A set that may have more attributes is no property: those are made whole.
        Ok(None) | Err(Stop::Unknown(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    };
    match eval.force(kind.value)? {
        kind @ Value::String(_) => Ok(Some(eval.string(kind)?)),
        _ => Ok(None),
    }
}

/// Which property a forced value is.
pub(super) fn property(eval: &mut Evaluator, system: &System, value: Value) -> Evaluated<Option<Property>> {
    Ok(match kind_of(eval, system, value)?.as_deref() {
        Some("if") => Some(Property::If),
        Some("merge") => Some(Property::Merge),
        Some("override") => Some(Property::Override),
        Some("order") => Some(Property::Order),
        Some("definition") => Some(Property::Definition),
        _ => None,
    })
}

/// Whether a forced value is an option's declaration.
pub(super) fn is_option(eval: &mut Evaluator, system: &System, value: Value) -> Evaluated<bool> {
    Ok(kind_of(eval, system, value)?.as_deref() == Some("option"))
}

/// `lib.isFunction` of a forced value.
pub(super) fn is_function(eval: &mut Evaluator, value: Value) -> Evaluated<bool> {
    match eval.is_function(value) {
        // A set that may have more attributes is a set.
        Err(Stop::Unknown(_)) if matches!(value, Value::Attrs(_)) => Ok(false),
        other => other,
    }
}

/// A result that is computed once, when somebody asks: the thunk keeps failures and finds cycles, the slot keeps
/// what Nix has no value for.
#[derive(Debug)]
pub(super) struct Memo<T> {
    thunk: OnceLock<Value>,
    slot: OnceLock<T>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { thunk: OnceLock::new(), slot: OnceLock::new() }
    }
}

impl<T: Send + Sync + 'static> Memo<T> {
    /// `memo` finds this memo in what owns it.
    pub(super) fn get<'a, O: Send + Sync + 'static>(
        eval: &mut Evaluator,
        owner: &'a Arc<O>,
        memo: fn(&O) -> &Memo<T>,
        compute: fn(&Arc<O>, &mut Evaluator) -> Evaluated<T>,
    ) -> Evaluated<&'a T> {
        let this = memo(owner);
        if let Some(done) = this.slot.get() {
            return Ok(done);
        }
        let thunk = match this.thunk.get() {
            Some(thunk) => *thunk,
            None => {
                eval.spend(1)?;
                let shared = owner.clone();
                let thunk = eval.make_lazy(move |eval| {
                    let result = compute(&shared, eval)?;
                    // Computed once: a thunk is not evaluated twice.
                    let _ = memo(&shared).slot.set(result);
                    eval.remember();
                    Ok(Value::Null)
                });
                eval.remember();
                *this.thunk.get_or_init(|| thunk)
            }
        };
        eval.force(thunk)?;
        Ok(this.slot.get().expect("a thunk that gave a value has filled its slot"))
    }
}

/// The names in a function's pattern; `None` for functions that take anything.
pub(super) fn of_arguments(eval: &mut Evaluator, function: Value) -> Evaluated<Option<Vec<Sym>>> {
    let named = eval.function_arguments(function)?;
    Ok(named.map(|named| named.into_iter().map(|(name, _)| name).collect()))
}

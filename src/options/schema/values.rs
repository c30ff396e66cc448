//! Values of options as plain data, evaluated only as deep as their types ask. What a type does not look at is not
//! evaluated: NixOS may never do it, and it may be whole package sets.

use std::sync::Arc;

use super::definitions::{Holds, Strength};
use crate::eval::Evaluator;
use crate::options::plain::{Entry, Plain, PlainKind, element_places};
use crate::options::types::{OptionNode, OptionType};
use crate::text::Span;
use crate::value::{Stop, Value};

/// Properties inside of properties; nobody nests them deeper.
const DEEPEST: usize = 100;
/// Parts of all values of a machine.
const MOST_PARTS: usize = 200_000;
const UNREAD: &str = "nothing reads it";

/// Takes `mkIf`, `mkMerge` and the like off. What stands under a false condition stays only where it is wanted.
pub(super) fn strip(
    eval: &mut Evaluator,
    value: Value,
    strength: Strength,
    keeps_dead: bool,
) -> Vec<(Value, Strength)> {
    let mut found = Vec::new();
    strip_at(eval, value, strength, keeps_dead, &mut found, 0);
    found
}

fn strip_at(
    eval: &mut Evaluator,
    value: Value,
    strength: Strength,
    keeps_dead: bool,
    found: &mut Vec<(Value, Strength)>,
    depth: usize,
) {
    let Some(kind) = property(eval, value).filter(|_| depth < DEEPEST && found.len() < MOST_PARTS) else {
        found.push((value, strength));
        return;
    };
    let content = |eval: &mut Evaluator| eval.make_select(value, "content");
    match kind.as_str() {
        "if" => {
            let condition = eval.select(value, "condition").and_then(|it| eval.bool(it));
            let holds = match condition {
                Ok(true) => Holds::Surely,
                Ok(false) => Holds::Never,
                Err(_) => Holds::Perhaps,
            };
            let holds = holds.max(strength.holds);
            if holds == Holds::Never && !keeps_dead {
                return;
            }
            let inside = content(eval);
            strip_at(eval, inside, Strength { holds, ..strength }, keeps_dead, found, depth + 1);
        }
        "merge" => {
            let Ok(view) = eval.select(value, "contents").and_then(|it| eval.list(it)) else { return };
            for item in view.items {
                strip_at(eval, item, strength, keeps_dead, found, depth + 1);
            }
        }
        "override" => {
            let own = eval.select(value, "priority").and_then(|it| eval.int(it));
            let (priority, holds) = match (strength.priority, own) {
                (Some(outer), _) => (Some(outer), strength.holds),
                (None, Ok(own)) => (Some(own), strength.holds),
                (None, Err(_)) => (None, strength.holds.max(Holds::Perhaps)),
            };
            let inside = content(eval);
            strip_at(eval, inside, Strength { priority, holds }, keeps_dead, found, depth + 1);
        }
        "order" => {
            let inside = content(eval);
            strip_at(eval, inside, strength, keeps_dead, found, depth + 1);
        }
        _ => found.push((value, strength)),
    }
}

fn property(eval: &mut Evaluator, value: Value) -> Option<String> {
    let value = eval.force(value).ok()?;
    if !matches!(value, Value::Attrs(_)) {
        return None;
    }
    let kind = eval.attr_named(value, "_type").ok()??;
    eval.string(kind.value).ok()
}

/// Whether a value is a set that is no package and nothing like one.
pub(super) fn is_plain_set(eval: &mut Evaluator, value: Value) -> bool {
    let Ok(value @ Value::Attrs(_)) = eval.force(value) else { return false };
    !["outPath", "__functor", "_type"]
        .iter()
        .any(|name| matches!(eval.attr_named(value, name), Ok(Some(_)) | Err(_)))
}

/// Whether the set that stands for a submodule says how it is to be read, and not only what its options are.
pub(super) fn is_module(eval: &mut Evaluator, value: Value) -> bool {
    const WORDS: [&str; 6] = ["config", "options", "imports", "require", "freeformType", "disabledModules"];
    WORDS.iter().any(|name| matches!(eval.attr_named(value, name), Ok(Some(_)) | Err(_)))
}

/// What a value is, without anything inside of it.
pub(super) fn shallow(eval: &mut Evaluator, value: Value) -> PlainKind {
    let forced = match eval.force(value) {
        Ok(forced) => forced,
        Err(Stop::Unknown(id)) => return PlainKind::Unknown(eval.why(id)),
        Err(Stop::Error(_)) => return PlainKind::Failed,
    };
    match forced {
        Value::Null => PlainKind::Null,
        Value::Bool(it) => PlainKind::Bool(it),
        Value::Int(it) => PlainKind::Int(it),
        Value::Float(it) => PlainKind::Float(it),
        Value::String(_) => match eval.string(forced) {
            Ok(text) => PlainKind::String(text.into()),
            Err(_) => PlainKind::Unknown("its text is not known".into()),
        },
        Value::Path(_) => match eval.path(forced) {
            Ok(text) => PlainKind::Path(text.into()),
            Err(_) => PlainKind::Unknown("its path is not known".into()),
        },
        Value::List(_) => PlainKind::List(Vec::new()),
        Value::Attrs(_) => PlainKind::Set(Vec::new()),
        Value::Lambda { .. } | Value::Builtin(_) | Value::Partial(_) | Value::Native(_) => {
            PlainKind::Function
        }
        Value::Thunk(_) | Value::Unknown(_) => PlainKind::Unknown("it is not evaluated".into()),
    }
}

/// Reads values, up to a bound for all of them.
#[derive(Default)]
pub(super) struct Values {
    parts: usize,
}

impl Values {
    pub(super) fn read(&mut self, eval: &mut Evaluator, value: Value, at: Span, ty: &OptionType) -> Plain {
        self.parts += 1;
        if *ty == OptionType::Anything || self.parts > MOST_PARTS {
            return Plain { at, kind: PlainKind::Unknown(UNREAD.into()) };
        }
        let kind = match shallow(eval, value) {
            PlainKind::List(_) => self.list(eval, value, at, ty),
            PlainKind::Set(_) => self.set(eval, value, at, ty),
            kind => kind,
        };
        Plain { at, kind }
    }

    fn list(&mut self, eval: &mut Evaluator, list: Value, at: Span, ty: &OptionType) -> PlainKind {
        let Some(element) = element(ty) else { return PlainKind::List(Vec::new()) };
        let Ok(view) = eval.list(list) else { return PlainKind::Unknown(UNREAD.into()) };
        let places = element_places(eval, at, list);
        let mut items = Vec::new();
        for (number, item) in view.items.iter().enumerate() {
            let place = places.get(number).copied().or_else(|| eval.span_of(*item)).unwrap_or(at);
            items.extend(self.bare(eval, *item, place, element));
        }
        PlainKind::List(items)
    }

    /// A value inside of another one, which may stand under conditions of its own.
    fn bare(&mut self, eval: &mut Evaluator, value: Value, at: Span, ty: &OptionType) -> Option<Plain> {
        let strength = Strength { priority: None, holds: Holds::Surely };
        match strip(eval, value, strength, false).as_slice() {
            [] => None,
            [(value, Strength { holds: Holds::Surely, .. })] => Some(self.read(eval, *value, at, ty)),
            _ => Some(Plain { at, kind: PlainKind::Unknown("it is not known which value holds".into()) }),
        }
    }

    fn set(&mut self, eval: &mut Evaluator, set: Value, at: Span, ty: &OptionType) -> PlainKind {
        let Ok(view) = eval.attrs(set) else { return PlainKind::Unknown(UNREAD.into()) };
        // What is not known of it may make it a package, a function or a module.
        if view.open.is_some() || is_module(eval, set) {
            return PlainKind::Unknown("not all of it is known".into());
        }
        let mut entries = Vec::new();
        for attribute in view.attributes {
            let name: Arc<str> = eval.name(attribute.name).into();
            let place = attribute.given.or(attribute.defined).unwrap_or(at);
            let value = match attribute_type(ty, &name) {
                Some(ty) => self.bare(eval, attribute.value, place, ty),
                None => Some(Plain { at: place, kind: PlainKind::Unknown(UNREAD.into()) }),
            };
            let at = attribute.defined.unwrap_or(place);
            entries.extend(value.map(|value| Entry { name, at, value }));
        }
        PlainKind::Set(entries)
    }
}

/// The type of a list's elements, where a list may stand.
fn element(ty: &OptionType) -> Option<&OptionType> {
    match ty {
        OptionType::ListOf(inside) | OptionType::ListOrAttrsOf(inside) => Some(inside),
        OptionType::NullOr(inside) | OptionType::Once(inside) => element(inside),
        OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
            element(left).or_else(|| element(right))
        }
        _ => None,
    }
}

/// The type of a set's attribute.
fn attribute_type<'t>(ty: &'t OptionType, name: &str) -> Option<&'t OptionType> {
    match ty {
        OptionType::AttrsOf(inside) | OptionType::ListOrAttrsOf(inside) => Some(inside),
        OptionType::NullOr(inside) | OptionType::Once(inside) => attribute_type(inside, name),
        OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
            attribute_type(left, name).or_else(|| attribute_type(right, name))
        }
        OptionType::Submodule(options) => match options.options.get(name)? {
            OptionNode::Option(option) => Some(&option.ty),
            OptionNode::Group(_) => None,
        },
        _ => None,
    }
}

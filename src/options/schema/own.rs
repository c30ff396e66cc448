//! The options that a machine's own modules declare: their types, as far as those are of nixpkgs' library, and where they
//! stand. What is not known of them accepts everything.

use std::sync::Arc;

use super::text;
use crate::eval::Evaluator;
use crate::options::collected::Later;
use crate::options::plain::PlainKind;
use crate::options::types::{OptionDeclaration, OptionNode, OptionType, Options};
use crate::text::Span;
use crate::value::Value;

use super::values::shallow;

/// Paths of options have some five names; sets that refer to themselves have more.
const DEEPEST: usize = 12;

/// All declarations of a machine's modules as one tree.
pub(super) fn declared(eval: &mut Evaluator, later: &[Later]) -> Options {
    let mut options = Options::default();
    for it in later {
        if let Later::Declarations(value) = it {
            group(eval, *value, &mut options, 0);
        }
    }
    options
}

fn group(eval: &mut Evaluator, value: Value, into: &mut Options, depth: usize) {
    let Ok(view) = eval.attrs(value) else {
        into.partial = true;
        return;
    };
    into.partial |= view.open.is_some();
    for attribute in view.attributes {
        let name: Arc<str> = eval.name(attribute.name).into();
        let node = match eval.attr_named(attribute.value, "_type") {
            Ok(Some(_)) => {
                OptionNode::Option(option(eval, attribute.value, attribute.defined.or(attribute.given)))
            }
            Ok(None) if depth < DEEPEST => {
                let mut inside = Options::default();
                group(eval, attribute.value, &mut inside, depth + 1);
                OptionNode::Group(inside)
            }
            _ => OptionNode::Option(OptionDeclaration::default()),
        };
        add(into, name, node);
    }
}

/// Several modules may declare options of one group, and even one option.
fn add(into: &mut Options, name: Arc<str>, node: OptionNode) {
    let Some(there) = into.options.get_mut(&name) else {
        into.options.insert(name, node);
        return;
    };
    match (there, node) {
        (OptionNode::Group(there), OptionNode::Group(more)) => {
            there.partial |= more.partial;
            for (name, node) in more.options {
                add(there, name, node);
            }
        }
        (there, _) => *there = OptionNode::Option(OptionDeclaration::default()),
    }
}

fn option(eval: &mut Evaluator, option: Value, at: Option<Span>) -> OptionDeclaration {
    let ty = match eval.attr_named(option, "type") {
        Ok(Some(ty)) => read_type(eval, ty.value, 0),
        _ => OptionType::Anything,
    };
    OptionDeclaration { ty, declared_at: at, ..OptionDeclaration::default() }
}

fn read_type(eval: &mut Evaluator, ty: Value, depth: usize) -> OptionType {
    known_type(eval, ty, depth).unwrap_or_default()
}

fn known_type(eval: &mut Evaluator, ty: Value, depth: usize) -> Option<OptionType> {
    if depth > DEEPEST {
        return None;
    }
    let name = text_of(eval, ty, "name")?;
    // A type with another check than its name says has another description, too.
    let described = text_of(eval, ty, "description").unwrap_or_default();
    let inner = |eval: &mut Evaluator, name: &str| -> Option<Box<OptionType>> {
        let nested = eval.select(ty, "nestedTypes").ok()?;
        let inside = eval.attr_named(nested, name).ok()??;
        Some(Box::new(read_type(eval, inside.value, depth + 1)))
    };
    Some(match name.as_str() {
        "nullOr" => OptionType::NullOr(inner(eval, "elemType")?),
        "listOf" => OptionType::ListOf(inner(eval, "elemType")?),
        "attrsOf" | "lazyAttrsOf" => OptionType::AttrsOf(inner(eval, "elemType")?),
        "uniq" | "unique" => OptionType::Once(inner(eval, "elemType")?),
        "either" => OptionType::Either(inner(eval, "left")?, inner(eval, "right")?),
        "coercedTo" => OptionType::Coerced(inner(eval, "coercedType")?, inner(eval, "finalType")?),
        "enum" => {
            let functor = eval.select(ty, "functor").ok()?;
            let payload = eval.select(functor, "payload").ok()?;
            let values = match eval.attr_named(payload, "values") {
                Ok(Some(values)) => values.value,
                _ => payload,
            };
            let view = eval.list(values).ok().filter(|it| it.open.is_none())?;
            let values: Vec<PlainKind> = view.items.into_iter().map(|it| shallow(eval, it)).collect();
            text::one_of(values).filter(|_| !described.is_empty())?
        }
        // What a submodule declares is for whoever reads modules.
        "submodule" | "submoduleWith" => OptionType::Anything,
        _ => text::named(&name, &described),
    })
}

fn text_of(eval: &mut Evaluator, set: Value, name: &str) -> Option<String> {
    let value = eval.attr_named(set, name).ok()??;
    eval.string(value.value).ok()
}

//! What is known of an option's value when it is not certain that all definitions were met: sets have at least these
//! attributes, lists at least these elements, and values that must be equal are what the certain ones say.

use super::values::{self, plain_attr};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Stop, UnknownId, Value};

/// A merged value of which it is not certain that it is all: as much of it as holds whatever is added. `others` are
/// the values that may be added; they have the same strength.
pub(super) fn doubtful(
    eval: &mut Evaluator,
    ty_name: &str,
    value: Value,
    others: &[Value],
    why: UnknownId,
) -> Evaluated {
    let value = eval.force(value)?;
    match (ty_name, value) {
        ("listOf", Value::List(_)) => {
            let view = eval.list(value)?;
            Ok(eval.make_open_list(&view.items, Some(why)))
        }
        ("attrsOf" | "lazyAttrsOf" | "attrs" | "submodule", Value::Attrs(_)) => {
            let mut touched: Vec<Sym> = Vec::new();
            for other in others {
                match eval.force(*other) {
                    // Neighbours of what is not known stay what they are.
                    Err(Stop::Unknown(_)) if ty_name != "submodule" => {}
                    Ok(set @ Value::Attrs(_)) => {
                        let (attrs, open) = eval.attributes_of(set);
                        if open.is_some() && ty_name == "submodule" {
                            return Err(Stop::Unknown(why));
                        }
                        touched.extend(attrs.iter().map(|attr| attr.name));
                    }
                    _ => return Err(Stop::Unknown(why)),
                }
            }
            let words = ["config", "imports", "options"].map(|name| eval.intern(name));
            if ty_name == "submodule" && touched.iter().any(|name| words.contains(name)) {
                return Err(Stop::Unknown(why));
            }
            let (mut attrs, open) = eval.attributes_of(value);
            for attr in &mut attrs {
                // Options inside of a submodule may depend on each other.
                if touched.contains(&attr.name) || (ty_name == "submodule" && !touched.is_empty()) {
                    *attr = plain_attr(attr.name, Value::Unknown(why));
                }
            }
            let open = if ty_name == "submodule" { open } else { Some(why) };
            Ok(eval.make_attrs_at(attrs, open))
        }
        // Definitions of these types are equal, or there is no value.
        _ if others.iter().all(|it| !matches!(it, Value::Unknown(_))) && is_one(ty_name, value) => Ok(value),
        _ => Err(Stop::Unknown(why)),
    }
}

/// Whether all definitions of an option with this type must be equal.
fn is_one(ty_name: &str, value: Value) -> bool {
    match value {
        Value::Bool(_) => ty_name == "bool",
        Value::String(_) => matches!(ty_name, "str" | "enum" | "path" | "nonEmptyStr"),
        Value::Path(_) => ty_name == "path",
        Value::Int(_) => ty_name.contains("int") || ty_name.contains("Int"),
        _ => false,
    }
}

/// The name of a type, for what is known of it.
pub(super) fn type_name(eval: &mut Evaluator, ty: Value, name: Sym) -> Evaluated<String> {
    let mut ty = ty;
    // Whether it may be `null` decides nothing here.
    loop {
        let text = match values::forced(eval, ty, name)? {
            Some(text @ Value::String(_)) => eval.string(text)?,
            _ => return Ok(String::new()),
        };
        let nested = eval.intern("nestedTypes");
        let element = eval.intern("elemType");
        if text != "nullOr" && text != "uniq" && text != "unique" {
            return Ok(text);
        }
        let Some(inner @ Value::Attrs(_)) = values::forced(eval, ty, nested)? else { return Ok(text) };
        match values::forced(eval, inner, element)? {
            Some(inner) => ty = inner,
            None => return Ok(text),
        }
    }
}

//! From the definitions that count to one value, as the option's type says.

use std::sync::Arc;

use super::decide::{self, Final};
use super::values::{self, Loc, shown, throw};
use super::{System, doubt, errors};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Stop, Value};

/// The value of an option, its definitions checked and merged by its type.
pub(super) fn value(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    ty: Value,
    result: &Final,
) -> Evaluated {
    if let Some(why) = result.replaced {
        return Err(Stop::Unknown(why));
    }
    let ty = eval.force(ty)?;
    let Some(why) = result.open else { return certain(eval, system, loc, ty, result) };
    let (sure, perhaps): (Vec<_>, Vec<_>) = result.definitions.iter().partition(|it| it.maybe.is_none());
    if sure.is_empty() {
        return Err(Stop::Unknown(why));
    }
    let only = Final { definitions: sure.into_iter().copied().collect(), open: None, ..result.clone() };
    let value = certain(eval, system, loc, ty, &only)?;
    let name = doubt::type_name(eval, ty, system.words.name)?;
    let others: Vec<Value> = perhaps.iter().map(|it| it.value).collect();
    doubt::doubtful(eval, &name, value, &others, why)
}

/// The value where it is certain which definitions count.
fn certain(eval: &mut Evaluator, system: &System, loc: &Arc<Loc>, ty: Value, result: &Final) -> Evaluated {
    if result.definitions.is_empty() {
        return undefined(eval, system, loc, ty);
    }
    let words = &system.words;
    let merge = values::need(eval, ty, words.merge)?;
    let merge = eval.force(merge)?;
    if let Ok(Some(second)) = eval.attribute_of(merge, words.v2) {
        let merged = second_version(eval, system, loc, ty, second.value, result)?;
        if let Some(error) = values::non_null(eval, merged, words.head_error)? {
            let text = values::need(eval, error, words.message)?;
            let text = shown(eval, text);
            return wrong_type(eval, system, loc, ty, result, &format!("TypeError: {text}"));
        }
        return values::need(eval, merged, words.value);
    }
    let check = values::need(eval, ty, words.check)?;
    for (index, definition) in result.definitions.iter().enumerate() {
        let fits = eval.call(check, definition.value);
        if !matches!(fits.and_then(|it| eval.bool(it)), Ok(true)) {
            let fits = fits?;
            if eval.bool(fits)? {
                continue;
            }
            return invalid(eval, system, loc, ty, check, result, index);
        }
    }
    let list = decide::as_list(eval, system, result)?;
    let names = Loc::list(Some(loc), eval);
    values::call2(eval, merge, names, list)
}

fn invalid(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    ty: Value,
    check: Value,
    result: &Final,
    first: usize,
) -> Evaluated {
    let mut wrong = Vec::new();
    for definition in &result.definitions[first..] {
        let fits = eval.call(check, definition.value).and_then(|it| eval.bool(it));
        if fits == Ok(false) {
            wrong.push(decide::as_value(eval, system, definition));
        }
    }
    let list = eval.make_list(&wrong);
    let text = errors::show_definitions(eval, system, list);
    let only = Final { definitions: result.definitions[first..=first].to_vec(), ..result.clone() };
    wrong_type(eval, system, loc, ty, &only, &format!("Definition values:{text}"))
}

fn wrong_type(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    ty: Value,
    result: &Final,
    rest: &str,
) -> Evaluated {
    let loc = errors::show_option(eval, system, Some(loc));
    let description = values::need(eval, ty, system.words.description)?;
    let description = shown(eval, description);
    let at = result.definitions.iter().find_map(|it| decide::place(eval, it.position));
    throw(eval, at, format!("A definition for option `{loc}' is not of type `{description}'. {rest}"))
}

/// What types of the second kind give for their definitions.
fn second_version(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    ty: Value,
    second: Value,
    result: &Final,
) -> Evaluated {
    let words = &system.words;
    let check = values::forced(eval, ty, words.check)?;
    let coherent = match check {
        Some(check @ Value::Attrs(_)) => values::forced(eval, check, words.is_coherent)?,
        _ => None,
    };
    if coherent != Some(Value::Bool(true)) {
        let loc = errors::show_option(eval, system, Some(loc));
        let description = values::need(eval, ty, words.description)?;
        let description = shown(eval, description);
        return throw(eval, None, errors::incoherent(&loc, &description));
    }
    let list = decide::as_list(eval, system, result)?;
    let names = Loc::list(Some(loc), eval);
    let attrs = vec![values::plain_attr(words.loc, names), values::plain_attr(words.defs, list)];
    let arguments = eval.make_attrs_at(attrs, None);
    eval.call(second, arguments)
}

fn undefined(eval: &mut Evaluator, system: &System, loc: &Arc<Loc>, ty: Value) -> Evaluated {
    let words = &system.words;
    if let Some(empty @ Value::Attrs(_)) = values::forced(eval, ty, words.empty_value)?
        && let Some(value) = values::attr(eval, empty, words.value)?
    {
        return Ok(value);
    }
    let loc = errors::show_option(eval, system, Some(loc));
    throw(
        eval,
        None,
        format!("The option `{loc}' was accessed but has no value defined. Try setting the option."),
    )
}

/// `valueMeta`.
pub(super) fn meta(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    ty: Value,
    result: &Final,
) -> Evaluated {
    let words = &system.words;
    let ty = eval.force(ty)?;
    let merge = values::need(eval, ty, words.merge)?;
    let merge = eval.force(merge)?;
    let Ok(Some(second)) = eval.attribute_of(merge, words.v2) else { return Ok(eval.make_attrs([])) };
    let merged = second_version(eval, system, loc, ty, second.value, result)?;
    let own = values::need(eval, merged, words.value_meta)?;
    let own = eval.force(own)?;
    let mut attrs = eval.attributes_of(own).0;
    let inner = eval.make_attrs_at(vec![values::plain_attr(words.ty, ty)], None);
    let name = eval.intern("_internal");
    attrs.retain(|attr| attr.name != name);
    attrs.push(values::plain_attr(name, inner));
    Ok(eval.make_attrs_at(attrs, None))
}

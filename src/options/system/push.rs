//! Properties around sets and values: `mkIf` and the like are pushed down to each attribute, without asking for any
//! condition, or taken off where a value is needed.

use super::System;
use super::values::{self, plain_attr, throw};
use super::words::Property;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Attr, Stop, UnknownId, Value};

/// A value without properties around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pushed {
    /// Forced, or unknown.
    pub(super) value: Value,
    /// Set where it is not certain that it is there.
    pub(super) maybe: Option<UnknownId>,
}

/// The sets that remain when the properties around a set are on each of its attributes instead.
pub(super) fn push_down(eval: &mut Evaluator, system: &System, value: Value) -> Evaluated<Vec<Pushed>> {
    let mut found = Vec::with_capacity(1);
    push(eval, system, value, &mut found)?;
    Ok(found)
}

/// What a value costs, in parts: `mkMerge` may hold the same one any number of times.
const PARTS: usize = 16;

fn push(eval: &mut Evaluator, system: &System, value: Value, found: &mut Vec<Pushed>) -> Evaluated<()> {
    let Some((value, property)) = opened(eval, system, value, found, push)? else { return Ok(()) };
    let words = &system.words;
    let (name, mark) = match property {
        Some(Property::If) => (words.condition, system.marks.when),
        Some(Property::Override) => (words.order_priority, system.marks.over),
        _ => {
            found.push(Pushed { value, maybe: None });
            return Ok(());
        }
    };
    let around = values::need(eval, value, name)?;
    let content = values::need(eval, value, words.content)?;
    eval.on_stack(|eval| wrap(eval, system, content, (name, around, mark), found))
}

/// One way of looking into properties.
type Look = fn(&mut Evaluator, &System, Value, &mut Vec<Pushed>) -> Evaluated<()>;

/// The value, forced, and the property that it is. `None` where all of it was found: it is unknown, or a `mkMerge` into
/// which was looked.
fn opened(
    eval: &mut Evaluator,
    system: &System,
    value: Value,
    found: &mut Vec<Pushed>,
    look: Look,
) -> Evaluated<Option<(Value, Option<Property>)>> {
    eval.spend(PARTS)?;
    let value = match eval.force(value) {
        Ok(value) => value,
        Err(Stop::Unknown(why)) => {
            found.push(Pushed { value: Value::Unknown(why), maybe: Some(why) });
            return Ok(None);
        }
        Err(stop) => return Err(stop),
    };
    let property = values::property(eval, system, value)?;
    if property != Some(Property::Merge) {
        return Ok(Some((value, property)));
    }
    let contents = values::need(eval, value, system.words.contents)?;
    // What may be in the list besides is unknown.
    let unknown = match eval.list(contents) {
        Ok(view) => {
            for item in view.items {
                eval.on_stack(|eval| look(eval, system, item, found))?;
            }
            view.open
        }
        Err(Stop::Unknown(why)) => Some(why),
        Err(stop) => return Err(stop),
    };
    found.extend(unknown.map(|why| Pushed { value: Value::Unknown(why), maybe: Some(why) }));
    Ok(None)
}

/// Puts a property around each attribute of what is inside of it.
fn wrap(
    eval: &mut Evaluator,
    system: &System,
    content: Value,
    around: (Sym, Value, Value),
    found: &mut Vec<Pushed>,
) -> Evaluated<()> {
    let start = found.len();
    push(eval, system, content, found)?;
    for pushed in &mut found[start..] {
        if !matches!(pushed.value, Value::Attrs(_)) {
            continue;
        }
        let (mut attrs, open) = eval.attributes_of(pushed.value);
        eval.spend(attrs.len() * 3)?;
        for attr in &mut attrs {
            attr.value = wrapped(eval, system, around, attr.value);
        }
        pushed.value = eval.make_attrs_at(attrs, open);
    }
    Ok(())
}

fn wrapped(eval: &mut Evaluator, system: &System, around: (Sym, Value, Value), content: Value) -> Value {
    let (name, value, mark) = around;
    let attrs: Vec<Attr> = vec![
        plain_attr(system.words.kind, mark),
        plain_attr(name, value),
        plain_attr(system.words.content, content),
    ];
    eval.make_attrs_at(attrs, None)
}

/// The values that remain when conditions are decided and merges opened; overrides and orders stay on.
pub(super) fn discharge(eval: &mut Evaluator, system: &System, value: Value) -> Evaluated<Vec<Pushed>> {
    let mut found = Vec::with_capacity(1);
    take_off(eval, system, value, &mut found)?;
    Ok(found)
}

fn take_off(eval: &mut Evaluator, system: &System, value: Value, found: &mut Vec<Pushed>) -> Evaluated<()> {
    let Some((value, property)) = opened(eval, system, value, found, take_off)? else { return Ok(()) };
    if property != Some(Property::If) {
        found.push(Pushed { value, maybe: None });
        return Ok(());
    }
    let condition = values::need(eval, value, system.words.condition)?;
    let content = values::need(eval, value, system.words.content)?;
    match eval.force(condition) {
        Ok(Value::Bool(true)) => eval.on_stack(|eval| take_off(eval, system, content, found)),
        Ok(Value::Bool(false)) => Ok(()),
        Ok(_) => throw(eval, None, "‘mkIf’ called with a non-Boolean condition"),
        Err(Stop::Unknown(why)) => perhaps(eval, system, content, why, found),
        Err(stop) => Err(stop),
    }
}

/// What holds only if an unknown condition does.
fn perhaps(
    eval: &mut Evaluator,
    system: &System,
    content: Value,
    why: UnknownId,
    found: &mut Vec<Pushed>,
) -> Evaluated<()> {
    let start = found.len();
    let done = eval.under_unknown(|eval| eval.on_stack(|eval| take_off(eval, system, content, found)));
    if let Err(stop) = done {
        found.truncate(start);
        let why = match stop {
            Stop::Unknown(why) => why,
            // Nobody knows whether it is ever evaluated.
            Stop::Error(_) => why,
        };
        found.push(Pushed { value: Value::Unknown(why), maybe: Some(why) });
        return Ok(());
    }
    for pushed in &mut found[start..] {
        pushed.maybe = Some(why);
    }
    Ok(())
}

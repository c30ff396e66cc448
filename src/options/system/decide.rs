//! Step three: from the definitions of an option to those that count: conditions, priorities and order are decided,
//! with what is not certain kept apart.

use super::System;
use super::push::discharge;
use super::tree::Raw;
use super::values::{self, plain_attr};
use super::words::Property;
use crate::eval::{Evaluated, Evaluator};
use crate::text::Span;
use crate::value::{ErrorKind, PositionId, Stop, UnknownId, Value};

/// A definition that counts, without properties.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) file: Value,
    /// Forced, or unknown.
    pub(super) value: Value,
    /// The set of a `mkDefinition`, or what a type handed over with more than file and value.
    pub(super) whole: Option<Value>,
    pub(super) position: PositionId,
    pub(super) maybe: Option<UnknownId>,
    /// What `mkOrder` gave it.
    pub(super) order: Option<Value>,
}

/// The definitions that count, and how strong they are.
#[derive(Clone, Debug)]
pub(super) struct Final {
    pub(super) definitions: Vec<Definition>,
    pub(super) highest: Value,
    /// Set where other definitions may count instead of these: nothing of the value is certain then.
    pub(super) replaced: Option<UnknownId>,
    /// Set where more definitions than the certain ones may count.
    pub(super) open: Option<UnknownId>,
}

impl Final {
    /// The definitions that certainly count, where any does.
    pub(super) fn sure(&self) -> Evaluated<Vec<Definition>> {
        match self.replaced {
            Some(why) => Err(Stop::Unknown(why)),
            None => Ok(self.definitions.iter().filter(|it| it.maybe.is_none()).copied().collect()),
        }
    }

    /// Why it is not certain which definitions count, if it is not.
    pub(super) fn doubt(&self) -> Option<UnknownId> {
        self.replaced.or(self.open)
    }
}

/// The strength of a definition without `mkForce` and the like.
const PLAIN: f64 = 100.0;

const PLAIN_VALUE: Value = Value::Int(100);

/// Where a plain definition stands among ordered ones.
const PLAIN_ORDER: f64 = 1000.0;

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(int as f64),
        Value::Float(float) => Some(float),
        _ => None,
    }
}

pub(super) fn place(eval: &Evaluator, position: PositionId) -> Option<Span> {
    eval.defined_at(position).map(|(name, value)| value.unwrap_or(name))
}

/// One more than its strength: with the property off.
struct Weighed {
    definition: Definition,
    priority: Value,
    /// `None` where nobody knows.
    weight: Option<f64>,
}

/// What remains of definitions once conditions are decided and only the strongest are kept, in their order.
pub(super) fn decide(
    eval: &mut Evaluator,
    system: &System,
    raws: &[Raw],
    wholes: &[Option<Value>],
) -> Evaluated<Final> {
    let mut weighed = Vec::with_capacity(raws.len());
    for (index, raw) in raws.iter().enumerate() {
        let whole = wholes.get(index).copied().flatten();
        discharged(eval, system, raw, whole, raws.len() == 1, &mut weighed)?;
    }
    let highest = strongest(&weighed);
    Ok(filtered(&weighed, highest))
}

fn discharged(
    eval: &mut Evaluator,
    system: &System,
    raw: &Raw,
    whole: Option<Value>,
    alone: bool,
    into: &mut Vec<Weighed>,
) -> Evaluated<()> {
    let words = &system.words;
    for pushed in discharge(eval, system, raw.value)? {
        let maybe = raw.maybe.or(pushed.maybe);
        let mut definition = Definition {
            file: raw.file,
            value: pushed.value,
            // A single definition that is no property is passed on as it is.
            whole: whole.filter(|_| alone && pushed.value == raw.value),
            position: raw.position,
            maybe,
            order: None,
        };
        if values::property(eval, system, pushed.value)? == Some(Property::Definition) {
            definition.whole = Some(pushed.value);
            definition.file = values::need(eval, pushed.value, words.plain_file)?;
            let value = values::need(eval, pushed.value, words.value)?;
            definition.value = known_or_unknown(eval, value)?;
            if let Value::Unknown(why) = definition.value {
                definition.maybe = definition.maybe.or(Some(why));
            }
        }
        let mut priority = PLAIN_VALUE;
        let mut weight = Some(PLAIN);
        if matches!(definition.value, Value::Unknown(_)) {
            weight = None;
        } else if values::property(eval, system, definition.value)? == Some(Property::Override) {
            let given = values::need(eval, definition.value, words.order_priority)?;
            match eval.force(given) {
                Ok(given) => {
                    priority = given;
                    weight = number(given);
                    if weight.is_none() {
                        let kind = eval.kind(given).with_article();
                        let message = format!("expected a number as a priority, found {kind}");
                        let at = place(eval, raw.position).unwrap_or_else(|| eval.place());
                        return eval.make_error(ErrorKind::Type, at, message);
                    }
                }
                Err(Stop::Unknown(why)) => {
                    weight = None;
                    definition.maybe = definition.maybe.or(Some(why));
                }
                Err(stop) => return Err(stop),
            }
            let content = values::need(eval, definition.value, words.content)?;
            // Only those that count are evaluated further.
            definition.value = content;
        }
        into.push(Weighed { definition, priority, weight });
    }
    Ok(())
}

fn known_or_unknown(eval: &mut Evaluator, value: Value) -> Evaluated {
    match eval.force(value) {
        Err(Stop::Unknown(why)) => Ok(Value::Unknown(why)),
        other => other,
    }
}

/// The strongest priority that certainly counts. 9999 is weaker than all.
fn strongest(weighed: &[Weighed]) -> (Value, f64) {
    let mut best = (Value::Int(9999), 9999.0);
    if let [only] = weighed
        && let (Some(weight), None) = (only.weight, only.definition.maybe)
    {
        return (only.priority, weight);
    }
    for it in weighed {
        if let (Some(weight), None) = (it.weight, it.definition.maybe)
            && weight < best.1
        {
            best = (it.priority, weight);
        }
    }
    best
}

fn filtered(weighed: &[Weighed], (highest, best): (Value, f64)) -> Final {
    let mut result = Final { definitions: Vec::new(), highest, replaced: None, open: None };
    for it in weighed {
        match (it.weight, it.definition.maybe) {
            (Some(weight), None) if weight == best => result.definitions.push(it.definition),
            (Some(weight), None) => debug_assert!(weight >= best, "the strongest was looked for"),
            // It may replace the others.
            (Some(weight), Some(why)) if weight < best => result.replaced = result.replaced.or(Some(why)),
            (Some(weight), Some(why)) if weight == best => {
                result.open = result.open.or(Some(why));
                result.definitions.push(it.definition);
            }
            (Some(_), Some(_)) => {}
            // It may be stronger than the others.
            (None, maybe) => {
                let why = maybe.or(match it.definition.value {
                    Value::Unknown(why) => Some(why),
                    _ => None,
                });
                result.replaced = result.replaced.or(why);
            }
        }
    }
    result
}

/// Takes `mkOrder` off and sorts; equal ones stay as they are.
pub(super) fn take_orders(eval: &mut Evaluator, system: &System, result: &mut Final) -> Evaluated<()> {
    let words = &system.words;
    let mut ordered = false;
    for definition in &mut result.definitions {
        let value = known_or_unknown(eval, definition.value)?;
        definition.value = value;
        if let Value::Unknown(why) = value {
            result.open = result.open.or(Some(why));
            definition.maybe = definition.maybe.or(Some(why));
            continue;
        }
        if values::property(eval, system, value)? == Some(Property::Order) {
            ordered = true;
            let priority = values::need(eval, value, words.order_priority)?;
            definition.order = Some(eval.force(priority)?);
            let content = values::need(eval, value, words.content)?;
            definition.value = known_or_unknown(eval, content)?;
            if let Value::Unknown(why) = definition.value {
                result.open = result.open.or(Some(why));
                definition.maybe = definition.maybe.or(Some(why));
            }
        }
    }
    if ordered {
        sort(eval, &mut result.definitions)?;
    }
    Ok(())
}

fn sort(eval: &mut Evaluator, definitions: &mut [Definition]) -> Evaluated<()> {
    let mut bad = None;
    let weight = |definition: &Definition, bad: &mut Option<Value>| match definition.order {
        None => PLAIN_ORDER,
        Some(order) => number(order).unwrap_or_else(|| {
            *bad = Some(order);
            PLAIN_ORDER
        }),
    };
    definitions.sort_by(|a, b| weight(a, &mut bad).total_cmp(&weight(b, &mut bad)));
    match bad {
        None => Ok(()),
        Some(bad) => {
            let kind = eval.kind(bad).with_article();
            let at = eval.place();
            eval.make_error(ErrorKind::Type, at, format!("expected a number as an order, found {kind}"))
        }
    }
}

/// A definition as types get it.
pub(super) fn as_value(eval: &mut Evaluator, system: &System, definition: &Definition) -> Value {
    let words = &system.words;
    let mut attrs =
        vec![plain_attr(words.plain_file, definition.file), plain_attr(words.value, definition.value)];
    if let Some(order) = definition.order {
        attrs.push(plain_attr(words.order_priority, order));
    }
    if let Some(whole) = definition.whole {
        attrs.extend(eval.attributes_of(whole).0);
    }
    eval.make_attrs_at(attrs, None)
}

/// All definitions that count as types get them. The list is open where there may be more.
pub(super) fn as_list(eval: &mut Evaluator, system: &System, result: &Final) -> Evaluated {
    let sure = result.sure()?;
    let items: Vec<Value> = sure.iter().map(|it| as_value(eval, system, it)).collect();
    Ok(eval.make_open_list(&items, result.open))
}

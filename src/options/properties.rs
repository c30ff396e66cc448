//! `mkIf`, `mkMerge`, `mkForce` and the like, as they stand in a module: sets with a `_type` that the module system
//! looks through. Knows conditions and priorities; merges nothing.

use crate::eval::Evaluator;
use crate::value::{Reason, Stop, Value};

/// A value with the properties around it taken off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bare {
    pub(super) value: Value,
    /// `None` where no property sets one.
    pub(super) priority: Option<i64>,
    /// The number of the outermost `mkOrder`, of which `mkBefore` and `mkAfter` are made.
    pub(super) order: Option<i64>,
    /// Whether every condition around it is known to hold.
    pub(super) certain: bool,
}

/// Takes the properties off: none, one or (after `mkMerge`) several values remain. A value that cannot be evaluated
/// remains as it is, for whoever looks at it.
pub(super) fn bare(eval: &mut Evaluator, value: Value) -> Vec<Bare> {
    let mut found = Vec::new();
    take_off(eval, Bare { value, priority: None, order: None, certain: true }, &mut found, 0);
    found
}

/// Properties inside of properties; nobody nests them deeper.
const DEEPEST: usize = 200;

/// Values merged with `mkMerge`, which may hold a value any number of times.
const MOST: usize = 20_000;

fn take_off(eval: &mut Evaluator, it: Bare, found: &mut Vec<Bare>, depth: usize) {
    let kind = property(eval, it.value);
    let (Some(kind), true) = (kind, depth < DEEPEST) else {
        found.push(it);
        return;
    };
    if found.len() >= MOST {
        let reason = Reason::Told(format!("only {MOST} parts of a value are looked at"));
        let value = eval.make_unknown(reason, None);
        if found.len() == MOST {
            found.push(Bare { value, certain: false, ..it });
        }
        return;
    }
    match kind.as_str() {
        "if" => {
            let condition = eval.select(it.value, "condition").and_then(|condition| eval.bool(condition));
            let certain = match condition {
                Ok(false) => return,
                Ok(true) => it.certain,
                Err(Stop::Unknown(_)) => false,
                // The condition fails: whoever forces the value below meets the same error.
                Err(Stop::Error(_)) => {
                    let value = eval.make_select(it.value, "condition");
                    found.push(Bare { value, ..it });
                    return;
                }
            };
            let content = eval.make_select(it.value, "content");
            take_off(eval, Bare { value: content, certain, ..it }, found, depth + 1);
        }
        "merge" => {
            let contents = eval.select(it.value, "contents").and_then(|contents| eval.list(contents));
            match contents {
                Ok(view) => {
                    for content in view.items {
                        if found.len() > MOST {
                            break;
                        }
                        take_off(eval, Bare { value: content, ..it }, found, depth + 1);
                    }
                    if let Some(open) = view.open {
                        found.push(Bare { value: Value::Unknown(open), certain: false, ..it });
                    }
                }
                Err(Stop::Unknown(id)) => {
                    found.push(Bare { value: Value::Unknown(id), certain: false, ..it });
                }
                Err(Stop::Error(_)) => {
                    let value = eval.make_select(it.value, "contents");
                    found.push(Bare { value, ..it });
                }
            }
        }
        "override" => {
            let priority = eval.select(it.value, "priority").and_then(|priority| eval.int(priority)).ok();
            let content = eval.make_select(it.value, "content");
            let certain = it.certain && priority.is_some();
            take_off(
                eval,
                Bare { value: content, priority: it.priority.or(priority), certain, ..it },
                found,
                depth + 1,
            );
        }
        "order" => {
            let order = eval.select(it.value, "priority").and_then(|order| eval.int(order)).ok();
            let content = eval.make_select(it.value, "content");
            take_off(eval, Bare { value: content, order: it.order.or(order), ..it }, found, depth + 1);
        }
        _ => found.push(it),
    }
}

/// Whether a value is one of the properties that [`bare`] takes off.
pub(super) fn is_property(eval: &mut Evaluator, value: Value) -> bool {
    property(eval, value).is_some_and(|kind| matches!(kind.as_str(), "if" | "merge" | "override" | "order"))
}

/// The `_type` of a value that is a property.
fn property(eval: &mut Evaluator, value: Value) -> Option<String> {
    let value = eval.force(value).ok()?;
    if !matches!(value, Value::Attrs(_)) {
        return None;
    }
    let kind = eval.attr_named(value, "_type").ok()??;
    eval.string(kind.value).ok()
}

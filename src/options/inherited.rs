//! A definition on its way down to its option: the conditions and priorities of the sets around it go with it. Taking
//! them off a value asks for no condition. Merges nothing.

use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Reason, Stop, UnknownId, Value};

#[derive(Clone)]
pub(super) struct Def {
    pub(super) value: Value,
    pub(super) priority: Option<i64>,
    pub(super) conditions: Vec<Value>,
}

/// Properties inside of properties; nobody nests them deeper.
const DEEPEST: usize = 200;

/// What a definition costs, in parts of values.
const PARTS_OF_A_DEFINITION: usize = 16;

impl Def {
    pub(super) fn plain(value: Value) -> Self {
        Self { value, priority: None, conditions: Vec::new() }
    }

    /// With the properties that it inherits from the sets around it.
    pub(super) fn wrapped(&self, eval: &mut Evaluator) -> Value {
        let mut value = self.value;
        if let Some(priority) = self.priority {
            let kind = eval.make_string("override");
            value =
                eval.make_attrs([("_type", kind), ("priority", Value::Int(priority)), ("content", value)]);
        }
        for condition in self.conditions.iter().rev() {
            let kind = eval.make_string("if");
            value = eval.make_attrs([("_type", kind), ("condition", *condition), ("content", value)]);
        }
        value
    }

    /// Whether all conditions hold; the inner error says why that is not known.
    pub(super) fn holds(&self, eval: &mut Evaluator) -> Result<bool, UnknownId> {
        let mut doubt = None;
        for condition in &self.conditions {
            let at = eval.span_of(*condition);
            match eval.bool(*condition) {
                Ok(false) => return Ok(false),
                Ok(true) => {}
                Err(Stop::Unknown(why)) => {
                    doubt = Some(eval.unknown_because(Reason::Condition, at, why));
                }
                Err(Stop::Error(_)) => {
                    doubt = Some(eval.add_unknown(Reason::Told("its condition fails".to_owned()), at));
                }
            }
        }
        doubt.map_or(Ok(true), Err)
    }

    /// Why its value is not known. It may be any property then, so that nobody knows how strong it is and whether it
    /// defines anything, but for what is said around it.
    pub(super) fn doubt(&self, eval: &mut Evaluator) -> Option<UnknownId> {
        match eval.force(self.value) {
            Err(Stop::Unknown(why)) => Some(why),
            _ => None,
        }
    }
}

/// Takes `mkIf`, `mkMerge` and the like off. What cannot be known stays as a definition whose value is unknown.
pub(super) fn take_off(eval: &mut Evaluator, kind: Sym, def: Def, found: &mut Vec<Def>) -> Evaluated<()> {
    take_off_at(eval, kind, def, found, 0)
}

fn take_off_at(
    eval: &mut Evaluator,
    kind: Sym,
    def: Def,
    found: &mut Vec<Def>,
    depth: usize,
) -> Evaluated<()> {
    // `mkMerge` may hold the same value any number of times.
    eval.spend(PARTS_OF_A_DEFINITION)?;
    let Ok(value) = eval.force(def.value) else {
        found.push(def);
        return Ok(());
    };
    let content = |eval: &mut Evaluator| eval.make_select(value, "content");
    match kind_of(eval, kind, value)?.as_deref().filter(|_| depth < DEEPEST) {
        Some("if") => {
            let mut def = def;
            def.conditions.push(eval.make_select(value, "condition"));
            def.value = content(eval);
            take_off_at(eval, kind, def, found, depth + 1)
        }
        Some("merge") => {
            let contents = eval.select(value, "contents").and_then(|contents| eval.list(contents));
            let unknown = match contents {
                Ok(view) => {
                    for item in view.items {
                        take_off_at(eval, kind, Def { value: item, ..def.clone() }, found, depth + 1)?;
                    }
                    view.open
                }
                Err(Stop::Unknown(why)) => Some(why),
                Err(stop) => return Err(stop),
            };
            found.extend(unknown.map(|why| Def { value: Value::Unknown(why), ..def }));
            Ok(())
        }
        Some("override") => {
            let priority = eval.select(value, "priority").and_then(|priority| eval.int(priority));
            let def = match (def.priority, priority) {
                // The outermost one counts.
                (Some(_), _) => Def { value: content(eval), ..def },
                (None, Ok(priority)) => Def { value: content(eval), priority: Some(priority), ..def },
                (None, Err(Stop::Unknown(why))) => Def { value: Value::Unknown(why), ..def },
                (None, Err(stop)) => return Err(stop),
            };
            take_off_at(eval, kind, def, found, depth + 1)
        }
        Some("order") => {
            let def = Def { value: content(eval), ..def };
            take_off_at(eval, kind, def, found, depth + 1)
        }
        _ => {
            found.push(Def { value, ..def });
            Ok(())
        }
    }
}

/// The `_type` of a forced value.
pub(super) fn kind_of(eval: &mut Evaluator, kind: Sym, value: Value) -> Evaluated<Option<String>> {
    // A set that may have any attributes is hardly a property.
    let Ok(Some(found)) = eval.attribute_of(value, kind) else { return Ok(None) };
    match eval.string(found.value) {
        Ok(text) => Ok(Some(text)),
        Err(Stop::Unknown(why)) => Err(Stop::Unknown(why)),
        Err(Stop::Error(_)) => Ok(None),
    }
}

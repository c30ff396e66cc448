//! Builtins that steer evaluation: errors, `seq`, `tryEval`, `trace`, `genericClosure`.

use rustc_hash::FxHashSet;

use super::{Builtin, builtin};
use crate::eval::budget::{BYTES_IN_A_STEP, COPY};
use crate::eval::{Evaluated, Evaluator, LONGEST_TRACE};
use crate::value::{ErrorKind, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("abort", 1, abort),
    builtin("addErrorContext", 2, add_error_context),
    builtin("break", 1, |this, args| this.force(args[0])),
    builtin("deepSeq", 2, deep_seq),
    builtin("genericClosure", 1, generic_closure),
    builtin("seq", 2, seq),
    builtin("throw", 1, throw),
    builtin("trace", 2, trace),
    builtin("traceVerbose", 2, |this, args| this.force(args[1])),
    builtin("tryEval", 1, try_eval),
    builtin("warn", 2, warn),
];

fn abort(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let message = message(this, args[0])?;
    let text = format!("evaluation aborted with the message `{message}`");
    this.fail(ErrorKind::Abort, None, text)
}

fn throw(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let message = message(this, args[0])?;
    this.fail(ErrorKind::Throw, None, message)
}

/// The message may depend on something unknown; the failure does not.
fn message(this: &mut Evaluator, value: Value) -> Evaluated<String> {
    match this.coerce(None, value, false, false) {
        Ok(id) => Ok(this.text(id)),
        Err(Stop::Unknown(_)) => {
            this.doubts += 1;
            Ok("(a message that is not known)".to_owned())
        }
        Err(stop) => Err(stop),
    }
}

/// The words are kept with the error, unevaluated: most errors are caught or never shown.
fn add_error_context(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let result = this.force(args[1]);
    if let Err(Stop::Error(id)) = result {
        this.heap.keep();
        let contexts = this.error_contexts.entry(id).or_default();
        if contexts.len() < LONGEST_TRACE && !contexts.contains(&args[0]) {
            contexts.push(args[0]);
        }
    }
    result
}

fn seq(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    skip_unknown(this, |this| this.force(args[0]))?;
    this.force(args[1])
}

fn deep_seq(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    skip_unknown(this, |this| this.force_deep(args[0]))?;
    this.force(args[1])
}

/// If the unknown value were an error nothing would be deployed; the result holds wherever it is none.
pub(super) fn skip_unknown(
    this: &mut Evaluator,
    first: impl FnOnce(&mut Evaluator) -> Evaluated,
) -> Evaluated<()> {
    match first(this) {
        Ok(_) => Ok(()),
        Err(Stop::Unknown(_)) => {
            this.doubts += 1;
            Ok(())
        }
        Err(stop) => Err(stop),
    }
}

fn trace(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    match this.force(args[0]) {
        Ok(Value::String(id)) => this.note(this.text(id)),
        Ok(other) => {
            let text = this.print(other);
            this.note(text);
        }
        Err(Stop::Unknown(_)) => this.doubts += 1,
        Err(stop) => return Err(stop),
    }
    this.force(args[1])
}

fn warn(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    match this.want_text(args[0]) {
        Ok(text) => this.note(format!("evaluation warning: {text}")),
        Err(Stop::Unknown(_)) => this.doubts += 1,
        Err(stop) => return Err(stop),
    }
    this.force(args[1])
}

/// Traces kept; a loop that traces must not fill the memory.
const MOST_TRACES: usize = 10_000;

impl Evaluator {
    fn note(&mut self, text: String) {
        if self.traced.len() < MOST_TRACES {
            self.traced.push(text);
        }
    }
}

fn try_eval(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let doubts = this.doubts;
    let result = this.force(args[0]);
    if this.doubts != doubts {
        let why = "what is unknown inside of a `tryEval` may fail".to_owned();
        return this.unknown_here(Reason::Told(why));
    }
    let (success, value) = match result {
        Ok(value) => (true, value),
        Err(Stop::Error(id)) if this.error(id).kind.is_catchable() => (false, Value::Bool(false)),
        Err(stop) => return Err(stop),
    };
    let names = this.names;
    let attrs = vec![this.plain(names.success, Value::Bool(success)), this.plain(names.value, value)];
    Ok(this.set_of(attrs))
}

/// A key of the closure, for finding it again. Nix compares keys by their order; these kinds are all that have one.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Int(i64),
    /// A number between two integers, by its bits.
    Float(u64),
    Text(Vec<u8>),
    Path(Vec<u8>),
}

/// What an element of a closure costs in steps.
const STEPS_PER_ELEMENT: u64 = 50;

/// A float as a key: 1.0 and 1 are one key. Floats that integers of their size cannot be told from have none.
#[expect(clippy::cast_possible_truncation, reason = "the float is whole and small")]
fn float_key(float: f64) -> Option<Key> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.is_nan() || float.abs() >= EXACT {
        return None;
    }
    Some(if float.fract() == 0.0 { Key::Int(float as i64) } else { Key::Float(float.to_bits()) })
}

fn generic_closure(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let set = Value::Attrs(this.want_attrs(args[0])?);
    let names = this.names;
    let start = this.select_name(set, names.start_set, None)?;
    let start = this.want_list(start)?;
    let mut work: std::collections::VecDeque<Value> = this.heap.items(start).iter().copied().collect();
    let operator = if work.is_empty() { Value::Null } else { this.select_name(set, names.operator, None)? };
    let mut done: Vec<Value> = Vec::new();
    let mut keys: FxHashSet<Key> = FxHashSet::default();
    // Bytes in the keys.
    let mut held = 0;
    let mut odd: Vec<Value> = Vec::new();
    let mut first: Option<Value> = None;
    while let Some(item) = work.pop_front() {
        // An element costs far more than a step: its set, its key and the list it comes in are kept.
        this.steps += STEPS_PER_ELEMENT;
        if this.steps > this.settings.fuel {
            return this.unknown_here(Reason::Fuel);
        }
        let item = Value::Attrs(this.want_attrs(item)?);
        let key = this.select_name(item, names.key, None)?;
        // The first comparison decides whether keys can be compared at all.
        if let Some(first) = first {
            this.less(None, key, first)?;
        }
        first = first.or(Some(key));
        let known = match key {
            Value::Int(int) => !keys.insert(Key::Int(int)),
            Value::Float(float) => match float_key(float) {
                Some(key) => !keys.insert(key),
                None => return this.unknown_here(Reason::Builtin("genericClosure".to_owned())),
            },
            Value::String(id) | Value::Path(id) => {
                let bytes = this.heap.bytes(id).to_vec();
                held += bytes.len();
                this.pay(bytes.len() / BYTES_IN_A_STEP)?;
                if !this.fits(held) {
                    return this.unknown_here(Reason::Fuel);
                }
                let is_text = matches!(key, Value::String(_));
                !keys.insert(if is_text { Key::Text(bytes) } else { Key::Path(bytes) })
            }
            other => {
                let mut found = false;
                for seen in &odd {
                    if !this.less(None, other, *seen)? && !this.less(None, *seen, other)? {
                        found = true;
                        break;
                    }
                }
                if !found {
                    odd.push(other);
                }
                found
            }
        };
        if known {
            continue;
        }
        done.push(item);
        let more = this.call(operator, item)?;
        let more = this.want_list(more)?;
        this.room(this.heap.list_len(more), COPY)?;
        work.extend(this.heap.items(more).iter().copied());
    }
    Ok(Value::List(this.heap.list(&done)))
}

//! What is known although a condition is not: the arms of an `if` agree, or the other operand decides.
//!
//! Everything evaluated here stands under a condition that may not hold, so that errors in it are not certain.

use super::Evaluated;
use super::Evaluator;
use super::contexts::Element;
use crate::syntax::ExprId;
use crate::value::{EnvId, Reason, Stop, UnknownId, Value};

/// Conditions that are unknown inside each other before their arms are not looked at any more.
const MOST_UNKNOWN_CONDITIONS: u32 = 4;

impl Evaluator {
    /// `if` with an unknown condition: what both arms agree on.
    pub(super) fn either(
        &mut self,
        expr: ExprId,
        why: UnknownId,
        then: ExprId,
        otherwise: ExprId,
        env: EnvId,
    ) -> Evaluated {
        let span = self.program.span(expr);
        let branch = self.unknown_because(Reason::Branch, Some(span), why);
        if self.may >= MOST_UNKNOWN_CONDITIONS {
            return Err(Stop::Unknown(branch));
        }
        self.doubts += 1;
        self.may += 1;
        let left = self.eval(then, env);
        let right = self.eval(otherwise, env);
        self.may -= 1;
        // A source with its hash or without it: whichever it is, it is the same place.
        if let (Some(a), Some(b)) = (self.place_of(left), self.place_of(right))
            && self.unknown(a).like == self.unknown(b).like
        {
            return if left == right { left } else { Err(Stop::Unknown(a)) };
        }
        match (left, right) {
            (Ok(left), Ok(right)) => self.join(left, right, branch),
            // Where the failing arm is taken nothing is deployed; wherever there is a value, it is the other arm's.
            (Ok(value), Err(Stop::Error(_))) | (Err(Stop::Error(_)), Ok(value)) => Ok(value),
            // Whichever arm it is, it fails.
            (Err(Stop::Error(error)), Err(Stop::Error(_))) => Err(Stop::Error(error)),
            _ => Err(Stop::Unknown(branch)),
        }
    }

    /// What names a place that is not there: an unknown path, or one in the store that would be downloaded.
    fn place_of(&mut self, result: Evaluated) -> Option<UnknownId> {
        let why = match result {
            Ok(Value::String(id)) => {
                let text = self.text(id);
                text.starts_with("/nix/store/").then(|| self.absent_from_store(text.as_ref())).flatten()?
            }
            Err(Stop::Unknown(why)) => why,
            _ => return None,
        };
        self.unknown(why).like.is_place().then_some(why)
    }

    pub(super) fn join(&mut self, left: Value, right: Value, because: UnknownId) -> Evaluated {
        self.doubts += 1;
        self.may += 1;
        let (left, right) = (self.force(left), self.force(right));
        self.may -= 1;
        match (left, right) {
            (Ok(left), Ok(right)) => self.join_values(left, right, because),
            (Err(Stop::Error(error)), Err(Stop::Error(_))) => Err(Stop::Error(error)),
            _ => Err(Stop::Unknown(because)),
        }
    }

    fn join_values(&mut self, left: Value, right: Value, because: UnknownId) -> Evaluated {
        match (left, right) {
            (Value::String(a), Value::String(b)) if self.heap.bytes(a) == self.heap.bytes(b) => {
                if self.heap.contexts.of(a) == self.heap.contexts.of(b) {
                    return Ok(left);
                }
                let unsure = self.heap.contexts.intern(vec![Element::Unsure(because)]);
                Ok(Value::String(self.heap.in_context(a, unsure)))
            }
            (Value::Path(a), Value::Path(b)) if self.heap.bytes(a) == self.heap.bytes(b) => Ok(left),
            (Value::Attrs(a), Value::Attrs(b)) if a != b => self.join_sets(a, b, because),
            (Value::List(a), Value::List(b)) if a != b => {
                let pairs = self.heap.items(a).iter().zip(self.heap.items(b));
                let same = pairs.take_while(|(x, y)| x == y && !matches!(x, Value::Float(_))).count();
                let start = self.heap.items(a)[..same].to_vec();
                Ok(Value::List(self.heap.open_list(&start, Some(because))))
            }
            (Value::Float(_), _) | (_, Value::Float(_)) => Err(Stop::Unknown(because)),
            (a, b) if a == b => Ok(a),
            _ => Err(Stop::Unknown(because)),
        }
    }

    /// The right operand of a logical operator whose left one is unknown decides if it is `decisive`.
    pub(super) fn decided_by_right(
        &mut self,
        right: ExprId,
        env: EnvId,
        decisive: bool,
        why: UnknownId,
    ) -> Evaluated {
        if self.may >= MOST_UNKNOWN_CONDITIONS {
            return Err(Stop::Unknown(why));
        }
        self.doubts += 1;
        self.may += 1;
        let right = self.eval(right, env);
        self.may -= 1;
        match right {
            Ok(Value::Bool(bool)) if bool == decisive => Ok(Value::Bool(decisive)),
            _ => Err(Stop::Unknown(why)),
        }
    }
}

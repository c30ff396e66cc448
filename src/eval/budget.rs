//! What copying costs in fuel and memory, asked before anything is allocated, and what is looked at now and then.
//! Steps of evaluation are counted in `core`.

use std::sync::atomic::Ordering;

use super::core::LONGEST_STRING;
use super::{Evaluated, Evaluator};
use crate::syntax::ExprId;
use crate::syntax::{RED_ZONE, STACK};
use crate::value::{Reason, Stop};

/// Bytes copied in the time of a step.
const COPIED_IN_A_STEP: usize = 128;

/// Smaller elements cost as much: they are looked at one by one.
const SMALLEST_COPY: usize = 16;

/// Bytes that are hashed in the time of a step.
pub(super) const HASHED_IN_A_STEP: usize = 4;

/// Bytes that are looked at one by one, or written, in the time of a step.
pub(super) const BYTES_IN_A_STEP: usize = 8;

/// The memory limit is compared once in so many steps.
const STEPS_BETWEEN_LOOKS: u64 = 1 << 12;

/// The memory limit is compared once in so many bytes that were asked for.
const ASKED_BETWEEN_LOOKS: usize = 1 << 20;

/// What an element costs at most: a thunk, what it does, its place, and that place again in a list being built.
pub(super) const ELEMENT: usize = 112;

/// What copying an element costs: its place in the result, and in a list being built.
pub(super) const COPY: usize = 48;

/// What a new piece of stack costs, of which at least the first pages are touched.
const STEPS_OF_A_STACK: u64 = 1_000;

/// What of it counts as memory. Frames of a debug build are many times larger, and would leave no memory for values.
const COUNTED_STACK: usize = if cfg!(debug_assertions) { 0 } else { STACK };

impl Evaluator {
    /// Asked before so many elements of so many bytes are copied: whether memory and fuel last. Copying is paid for.
    pub(super) fn room(&mut self, count: usize, bytes: usize) -> Evaluated<()> {
        self.steps += (count.saturating_mul(bytes.max(SMALLEST_COPY)) / COPIED_IN_A_STEP) as u64;
        self.asked = self.asked.saturating_add(count.saturating_mul(bytes));
        if self.asked < ASKED_BETWEEN_LOOKS && self.steps < self.settings.fuel {
            return Ok(());
        }
        self.look_for_room()
    }

    #[cold]
    fn look_for_room(&mut self) -> Evaluated<()> {
        let bytes = std::mem::take(&mut self.asked);
        self.heap.widen(self.settings.memory);
        if self.steps >= self.settings.fuel || !self.fits(bytes) {
            return self.unknown_here(self.why_stopped());
        }
        Ok(())
    }

    /// Pays for work, in steps: whether fuel lasts.
    pub(super) fn pay(&mut self, steps: usize) -> Evaluated<()> {
        self.steps += steps as u64;
        if self.steps >= self.settings.fuel { self.unknown_here(self.why_stopped()) } else { Ok(()) }
    }

    /// For work that counts its steps by itself.
    pub(super) fn steps_left(&self) -> u64 {
        self.settings.fuel.saturating_sub(self.steps)
    }

    /// What such work left over.
    pub(super) fn steps_left_are(&mut self, left: u64) -> Evaluated<()> {
        self.steps = self.settings.fuel.max(self.steps) - left;
        self.pay(0)
    }

    /// Whether a text that is being made may grow by so many bytes: by the longest string, and by what memory holds of
    /// it while it is moved.
    pub(super) fn fits_text(&mut self, len: usize, more: usize) -> Evaluated<()> {
        if len + more > LONGEST_STRING || !self.fits(2 * (len + more)) {
            return self.unknown_here(Reason::Fuel);
        }
        Ok(())
    }

    /// Runs on more stack if little is left. The new pages cost time and count as memory.
    pub fn on_stack<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        if stacker::remaining_stack().is_some_and(|left| left >= RED_ZONE) {
            return inside(self);
        }
        self.steps += STEPS_OF_A_STACK;
        self.heap.elsewhere += COUNTED_STACK;
        let result = stacker::grow(STACK, || inside(self));
        self.heap.elsewhere -= COUNTED_STACK;
        result
    }

    /// Whether fuel and memory last until the next look.
    #[cold]
    pub(super) fn look_at_bounds(&mut self, expr: ExprId) -> Evaluated<()> {
        if self.steps < self.settings.fuel {
            self.next_look = self.settings.fuel.min(self.steps + STEPS_BETWEEN_LOOKS);
            self.heap.widen(self.settings.memory);
            if self.heap.size() > self.settings.memory || self.is_cancelled() {
                self.steps = self.settings.fuel;
            }
        }
        if self.steps < self.settings.fuel {
            return Ok(());
        }
        let span = self.program.span(expr);
        let reason = self.why_stopped();
        Err(Stop::Unknown(self.add_unknown(reason, Some(span))))
    }

    /// Whether another thread wants evaluation to stop.
    pub(super) fn is_cancelled(&self) -> bool {
        self.settings.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    /// The reason of what is unknown because no steps are left.
    pub(super) fn why_stopped(&self) -> Reason {
        if self.is_cancelled() { Reason::Told("evaluation was stopped".to_owned()) } else { Reason::Fuel }
    }

    /// Whether memory has so many bytes left.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.heap.size().saturating_add(bytes) <= self.settings.memory
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use crate::eval::{Evaluator, Settings};
    use crate::system::OverlayFiles;
    use crate::value::{Reason, Stop, Unknown, Value};

    #[test]
    fn whoever_holds_the_flag_stops_evaluation() {
        let cancel = Arc::new(AtomicBool::new(false));
        let settings = Settings { cancel: Some(cancel.clone()), ..Settings::default() };
        let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), settings);
        let number = eval.eval_text("<before>", "2 + 3");
        assert_eq!(eval.force(number), Ok(Value::Int(5)));
        let flag = cancel.clone();
        let raise = eval.make_native("raise", move |_, value| {
            flag.store(true, Ordering::Relaxed);
            Ok(value)
        });
        // It is seen in the middle of what would take very long.
        let long = eval.eval_text(
            "<long>",
            "raise: let f = n: if n == 0 then 0 else f (n - 1 + raise 0); in f 40000000",
        );
        let long = eval.call(long, raise);
        let Err(Stop::Unknown(id)) = long else { panic!("there was no time for it: {long:?}") };
        let said =
            |why: &&Unknown| matches!(&why.reason, Reason::Told(why) if why == "evaluation was stopped");
        assert!(eval.reasons(id).iter().any(said), "{:?}", eval.reasons(id));
        assert!(eval.steps() >= eval.settings().fuel);
    }
}

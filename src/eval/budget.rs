//! What copying costs in fuel and memory, asked before anything is allocated. Steps of evaluation are counted in `core`.

use std::sync::atomic::Ordering;

use super::{Evaluated, Evaluator};
use crate::value::Reason;

/// Elements copied in the time of a step.
const COPIED_IN_A_STEP: usize = 8;

/// The memory limit is compared once in so many bytes that were asked for.
const ASKED_BETWEEN_LOOKS: usize = 1 << 20;

/// What an element costs at most: a thunk, what it does, its place, and that place again in a list being built.
pub(super) const ELEMENT: usize = 112;

/// What copying an element costs: its place in the result, and in a list being built.
pub(super) const COPY: usize = 48;

impl Evaluator {
    /// Asked before so many elements of so many bytes are copied: whether memory and fuel last. Copying is paid for.
    pub(super) fn room(&mut self, count: usize, bytes: usize) -> Evaluated<()> {
        self.steps += (count / COPIED_IN_A_STEP) as u64;
        self.asked = self.asked.saturating_add(count.saturating_mul(bytes));
        if self.asked < ASKED_BETWEEN_LOOKS && self.steps < self.settings.fuel {
            return Ok(());
        }
        self.look_for_room()
    }

    #[cold]
    fn look_for_room(&mut self) -> Evaluated<()> {
        let bytes = std::mem::take(&mut self.asked);
        if self.steps >= self.settings.fuel || !self.fits(bytes) {
            return self.unknown_here(self.why_stopped());
        }
        Ok(())
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

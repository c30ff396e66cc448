//! What copying costs in fuel and memory, asked before anything is allocated. Steps of evaluation are counted in `core`.

use std::sync::atomic::Ordering;

use super::{Evaluated, Evaluator};
use crate::value::Reason;

/// Elements copied in the time of a step.
const COPIED_IN_A_STEP: usize = 8;

/// What an element costs at most: a thunk, what it does, its place, and that place again in a list being built.
pub(super) const ELEMENT: usize = 112;

/// What copying an element costs: its place in the result, and in a list being built.
pub(super) const COPY: usize = 48;

impl Evaluator {
    /// Asked before so many elements of so many bytes are copied: whether memory and fuel last. Copying is paid for.
    pub(super) fn room(&mut self, count: usize, bytes: usize) -> Evaluated<()> {
        self.steps += (count / COPIED_IN_A_STEP) as u64;
        if self.steps >= self.settings.fuel || !self.fits(count.saturating_mul(bytes)) {
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

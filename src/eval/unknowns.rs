//! The table of unknowns. Entries that say the same are one entry, so that the table stays small.

use super::{Evaluator, heap::handle};
use crate::text::Span;
use crate::value::{Like, Reason, Stop, Unknown, UnknownId, Value};

impl Evaluator {
    pub fn add_unknown(&mut self, reason: Reason, span: Option<Span>) -> UnknownId {
        self.intern_unknown(Unknown { reason, span, because: None, like: Like::Anything })
    }

    pub(super) fn intern_unknown(&mut self, unknown: Unknown) -> UnknownId {
        if let Some(known) = self.unknown_ids.get(&unknown) {
            return *known;
        }
        let id = UnknownId(handle(self.unknowns.len()));
        self.unknowns.push(unknown.clone());
        self.unknown_ids.insert(unknown, id);
        id
    }

    /// An unknown that follows from another one, with a reason of its own.
    pub(super) fn unknown_because(
        &mut self,
        reason: Reason,
        span: Option<Span>,
        because: UnknownId,
    ) -> UnknownId {
        // Chains of the same reason say nothing more.
        if self.unknowns[because.0 as usize].reason == reason {
            return because;
        }
        self.intern_unknown(Unknown { reason, span, because: Some(because), like: Like::Anything })
    }

    /// How many different things were met that are unknown.
    pub fn unknown_count(&self) -> usize {
        self.unknowns.len()
    }

    pub fn unknown(&self, id: UnknownId) -> &Unknown {
        &self.unknowns[id.0 as usize]
    }

    pub fn unknown_of(&self, stop: Stop) -> Option<&Unknown> {
        match stop {
            Stop::Unknown(id) => Some(self.unknown(id)),
            Stop::Error(_) => None,
        }
    }

    /// An unknown and what it follows from, the first cause last.
    pub fn reasons(&self, id: UnknownId) -> Vec<&Unknown> {
        let mut chain = vec![self.unknown(id)];
        while let Some(because) = chain.last().and_then(|unknown| unknown.because) {
            if chain.len() > 32 {
                break;
            }
            chain.push(self.unknown(because));
        }
        chain
    }

    /// Why a value is unknown, if it is: forces it.
    pub fn why_unknown(&mut self, value: Value) -> Option<UnknownId> {
        match self.force(value) {
            Err(Stop::Unknown(id)) => Some(id),
            _ => None,
        }
    }
}

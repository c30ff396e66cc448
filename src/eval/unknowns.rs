//! The table of unknowns. Entries that say the same are one entry, so that the table stays small.

use super::core::shortened;
use super::{Evaluator, heap::handle};
use crate::text::Span;
use crate::value::{Like, Link, Reason, Stop, Unknown, UnknownId, Value, Why};

/// Links of a chain of unknowns, the first cause among them. Longer ones explain nothing to anybody.
const LONGEST_CHAIN: usize = 8;

impl Evaluator {
    pub fn add_unknown(&mut self, reason: Reason, span: Option<Span>) -> UnknownId {
        self.intern_unknown(Unknown { reason, span, because: None, like: Like::Anything })
    }

    pub(super) fn intern_unknown(&mut self, unknown: Unknown) -> UnknownId {
        if let Some(known) = self.unknown_ids.get(&unknown) {
            return *known;
        }
        let id = UnknownId(handle(self.unknowns.len()));
        // It is kept twice, with the text of its reason.
        self.heap.elsewhere += 2 * (size_of::<Unknown>() + 64);
        self.unknowns.push(unknown.clone());
        self.unknown_ids.insert(unknown, id);
        id
    }

    /// An unknown that follows from another one, with a reason of its own.
    pub fn unknown_because(&mut self, reason: Reason, span: Option<Span>, because: UnknownId) -> UnknownId {
        // A chain says each thing once, and ends: what goes round in a recursion does not grow it.
        let mut links = 1;
        let mut next = Some(because);
        while let Some(id) = next {
            let unknown = &self.unknowns[id.0 as usize];
            if links >= LONGEST_CHAIN || (unknown.span == span && unknown.reason == reason) {
                return because;
            }
            links += 1;
            next = unknown.because;
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
            chain.push(self.unknown(because));
        }
        chain
    }

    /// The same as plain data, in words. Written once for each unknown.
    pub fn why(&mut self, id: UnknownId) -> Why {
        if let Some(why) = self.whys.get(&id) {
            return why.clone();
        }
        let mut links: Vec<Link> = Vec::new();
        for unknown in self.reasons(id) {
            let reason = match (&unknown.reason, unknown.span) {
                // The option is called by the name that it has where it is read.
                (Reason::Option, Some(span)) => {
                    let option = shortened(self.sources.slice(span));
                    format!("`{option}` is an option of NixOS, known only to Nix")
                }
                (reason, _) => reason.to_string(),
            };
            // A place inside the library tells the user nothing.
            let at = unknown.span.filter(|span| !self.is_library(span.file));
            links.push(Link { reason: reason.into(), at });
        }
        let why = Why::of_links(links).expect("an unknown has at least its own reason");
        self.whys.insert(id, why.clone());
        why
    }

    /// Why a value is unknown, if it is: forces it.
    pub fn why_unknown(&mut self, value: Value) -> Option<UnknownId> {
        match self.force(value) {
            Err(Stop::Unknown(id)) => Some(id),
            _ => None,
        }
    }
}

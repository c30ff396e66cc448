//! Which names a set may have besides those it shows, where that is known: of the arms of an `if` whose condition is
//! not known, each names its attributes. What such a set is laid over keeps all others.
//!
//! Kept beside the sets, by handle: whatever else is made of such a set may have any names, as that of every open set.

use std::sync::Arc;

use super::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{AttrsId, UnknownId};

/// Sets with more such names are like any other open set.
const MOST_NAMES: usize = 256;

impl Evaluator {
    /// The names that a set may have besides those it shows; `None` if they may be any.
    fn besides(&self, set: AttrsId) -> Option<&[Sym]> {
        match self.heap.open(set) {
            None => Some(&[]),
            Some(_) => self.besides.get(&set).map(|names| names.as_ref()),
        }
    }

    /// Whether a set that does not show a name certainly does not have it, open as it is.
    pub(super) fn lacks(&self, set: AttrsId, name: Sym) -> bool {
        self.besides(set).is_some_and(|names| !names.contains(&name))
    }

    /// Remembers the names of an open set that was just made.
    fn bound(&mut self, set: AttrsId, mut names: Vec<Sym>) {
        names.sort_unstable();
        names.dedup();
        if self.heap.open(set).is_some() && names.len() <= MOST_NAMES {
            self.heap.keep();
            self.heap.elsewhere += 64 + names.len() * size_of::<Sym>();
            self.besides.insert(set, Arc::from(names));
        }
    }

    /// The set that is one of two others, which shows what they have in common: it may have the names of either.
    pub(super) fn bound_by_arms(&mut self, joined: AttrsId, arms: [AttrsId; 2]) {
        let mut names = Vec::new();
        for arm in arms {
            let Some(more) = self.besides(arm) else { return };
            names.extend_from_slice(more);
            names.extend(self.heap.attrs(arm).iter().map(|attr| attr.name));
        }
        names.retain(|name| self.heap.find(joined, *name).is_none());
        self.bound(joined, names);
    }

    /// Two sets as one; the right one wins.
    pub(super) fn merge(&mut self, left: AttrsId, right: AttrsId) -> Evaluated<AttrsId> {
        let merged = self.merged_open(left, right)?;
        if self.heap.open(merged).is_some() {
            self.bound_by_update(merged, left, right);
        }
        Ok(merged)
    }

    /// The set that two others became by `//`.
    fn bound_by_update(&mut self, merged: AttrsId, left: AttrsId, right: AttrsId) {
        if merged == left || merged == right {
            return;
        }
        let (Some(left), Some(right)) = (self.besides(left), self.besides(right)) else { return };
        if left.is_empty() && right.is_empty() {
            return;
        }
        let names = [left, right].concat();
        self.bound(merged, names);
    }

    /// Why a set that does not show a name may have it nevertheless.
    pub(super) fn open_for(&self, set: AttrsId, name: Sym) -> Option<UnknownId> {
        let open = self.heap.open(set)?;
        (self.may_have(open, name) && !self.lacks(set, name)).then_some(open)
    }
}

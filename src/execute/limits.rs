//! How many machines may be in the middle of their activation at a time: all together, and of each tag.
//!
//! Pure. A machine takes all its places at once and before its first touch, and from then on waits for nobody: so
//! limits cannot lock each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::network::MachineName;
use crate::plan::Rollout;

/// The limit on all machines together. The others follow in the order of the plan.
const PARALLEL: usize = 0;

pub(super) struct Limits<'a> {
    rollout: &'a Rollout,
    most: Vec<usize>,
    taken: Vec<usize>,
    /// Places that nobody gives back any more.
    lost: Vec<usize>,
    of: BTreeMap<&'a MachineName, Vec<usize>>,
    inside: BTreeSet<MachineName>,
}

impl<'a> Limits<'a> {
    pub(super) fn new(rollout: &'a Rollout, parallel: Option<usize>) -> Self {
        let mut of: BTreeMap<&MachineName, Vec<usize>> = BTreeMap::new();
        for (at, limit) in rollout.max_unavailable.iter().enumerate() {
            for machine in &limit.machines {
                of.entry(machine).or_default().push(at + 1);
            }
        }
        let tags = &rollout.max_unavailable;
        let parallel = parallel.or(rollout.max_parallel).unwrap_or(usize::MAX).max(1);
        let down: Vec<usize> = [0].into_iter().chain(tags.iter().map(|it| it.down)).collect();
        Self {
            rollout,
            most: [parallel].into_iter().chain(tags.iter().map(|it| it.limit)).collect(),
            taken: down.clone(),
            lost: down,
            of,
            inside: BTreeSet::new(),
        }
    }

    /// For machines that return: whoever failed stands in nobody's way.
    pub(super) fn for_returns(rollout: &'a Rollout, parallel: Option<usize>) -> Self {
        let mut limits = Self::new(rollout, parallel);
        limits.taken.fill(0);
        limits.lost.fill(0);
        limits
    }

    pub(super) fn has_room(&self, limit: usize) -> bool {
        self.taken[limit] < self.most[limit]
    }

    fn all_of(&self, machine: &MachineName) -> Vec<usize> {
        let tags = self.of.get(machine).into_iter().flatten();
        [PARALLEL].iter().chain(tags).copied().collect()
    }

    /// The first limit that keeps a machine out.
    pub(super) fn keeps_out(&self, machine: &MachineName) -> Option<usize> {
        if self.inside.contains(machine) {
            return None;
        }
        self.all_of(machine).into_iter().find(|limit| !self.has_room(*limit))
    }

    pub(super) fn enter(&mut self, machine: &MachineName) {
        if self.inside.insert(machine.clone()) {
            self.all_of(machine).into_iter().for_each(|limit| self.taken[limit] += 1);
        }
    }

    pub(super) fn leave(&mut self, machine: &MachineName) {
        if self.inside.remove(machine) {
            self.all_of(machine).into_iter().for_each(|limit| self.taken[limit] -= 1);
        }
    }

    /// A machine failed. If it was touched, it stays unavailable; returns the limits that will therefore never have
    /// room again, with their tags.
    pub(super) fn lose(&mut self, machine: &MachineName) -> Vec<usize> {
        if !self.inside.remove(machine) {
            return Vec::new();
        }
        self.taken[PARALLEL] -= 1;
        let tags: Vec<usize> = self.all_of(machine).into_iter().filter(|it| *it != PARALLEL).collect();
        tags.iter().for_each(|limit| self.lost[*limit] += 1);
        tags.into_iter().filter(|limit| self.lost[*limit] >= self.most[*limit]).collect()
    }

    /// What is left behind a limit that has no room for good: who waits there, and why in vain.
    pub(super) fn shut(&self, limit: usize) -> (Vec<&'a MachineName>, String) {
        let of = &self.rollout.max_unavailable[limit - 1];
        let waiting = of.machines.iter().filter(|it| !self.inside.contains(*it)).collect();
        (waiting, format!("of `@{}` at most {} may be unavailable", of.tag, of.limit))
    }

    /// A machine that is inside no more is touched all the same, until [`returned`](Self::returned).
    pub(super) fn returns(&mut self) {
        self.taken[PARALLEL] += 1;
    }

    pub(super) fn returned(&mut self) {
        self.taken[PARALLEL] -= 1;
    }
}

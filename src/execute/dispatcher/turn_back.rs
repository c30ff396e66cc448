//! The way back of a whole run: `onFailure = "rollback"`. A part of the dispatcher.
//!
//! It begins when a machine failed and nothing runs any more. All machines that the run changed return to what they ran,
//! those first that were activated last. The journal knows all of them before the first one begins, so that whoever
//! goes on with the run goes on with the way back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dispatch, Failure, Journaled, Loop, Stand, entry};
use crate::execute::OnFailure;
use crate::execute::limits::Limits;
use crate::network::MachineName;
use crate::plan::Plan;
use crate::steps::{ActivateSystem, Step};

/// The machines that have yet to begin their return.
pub(super) struct WayBack<'a> {
    /// The next ones, and those after them: what was activated later returns before what it may need.
    ranks: Vec<Vec<MachineName>>,
    steps: BTreeMap<MachineName, Vec<usize>>,
    running: BTreeSet<MachineName>,
    limits: Limits<'a>,
    most: usize,
}

impl<'a> WayBack<'a> {
    fn new(
        plan: &'a Plan,
        steps: BTreeMap<MachineName, Vec<usize>>,
        parallel: Option<usize>,
        most: usize,
    ) -> Self {
        // Read from the end. Every machine of a rank may go at the same time.
        let ranks = plan
            .order
            .iter()
            .map(|rank| rank.iter().rev().filter(|machine| steps.contains_key(*machine)).cloned().collect());
        let ranks = ranks.filter(|rank: &Vec<_>| !rank.is_empty()).collect();
        let limits = Limits::for_returns(&plan.rollout, parallel);
        Self { ranks, steps, running: BTreeSet::new(), limits, most }
    }

    /// The next machine that may begin its return, with the steps to take back.
    fn begin(&mut self) -> Option<(MachineName, Vec<usize>)> {
        if self.running.is_empty() {
            self.ranks.pop_if(|rank| rank.is_empty());
        }
        if self.running.len() >= self.most {
            return None;
        }
        let rank = self.ranks.last_mut()?;
        let at = rank.iter().rposition(|machine| self.limits.keeps_out(machine).is_none())?;
        let machine = rank.remove(at);
        self.limits.enter(&machine);
        self.running.insert(machine.clone());
        let steps = self.steps.remove(&machine).expect("only machines with steps are in ranks");
        Some((machine, steps))
    }

    fn ended(&mut self, machine: &MachineName) {
        self.running.remove(machine);
        self.limits.leave(machine);
    }

    fn left(&self) -> impl Iterator<Item = &MachineName> {
        self.ranks.iter().flatten()
    }
}

impl<'a> Loop<'a> {
    /// Nothing runs: if a machine failed, and the run is to go back then, its way back begins.
    pub(super) async fn turn_back(&mut self, dispatch: &Dispatch<'a>) {
        let on_failure = dispatch.policy.on_failure_of(dispatch.plan.rollout.on_failure);
        if on_failure != OnFailure::Rollback || self.way_back.is_some() || self.cut || self.trouble.is_some()
        {
            return;
        }
        let Some(cause) = self.cause.clone() else { return };
        let mut steps = BTreeMap::new();
        let begun_back = dispatch.standing.on_the_way_back(dispatch.plan);
        for machine in dispatch.plan.order.iter().flatten() {
            let is_settled = self.failures.get(machine).is_some_and(|failure| failure.back.is_some());
            let of_machine = if is_settled {
                Vec::new()
            } else {
                self.to_take_back(dispatch, machine, begun_back.get(machine))
            };
            if !of_machine.is_empty() {
                steps.insert(machine.clone(), of_machine);
            }
        }
        let skips = self.progress.turn_back(&cause);
        self.skipped(dispatch, skips).await;
        let begun = steps.values().flatten();
        let entries = begun.map(|step| entry(dispatch.plan, *step, Journaled::UndoStarted)).collect();
        if !self.journal(dispatch, entries).await {
            return;
        }
        for (machine, steps) in &steps {
            let step = *steps.first().expect("machines without steps were left out");
            let why = cause.clone();
            self.failures.entry(machine.clone()).or_insert(Failure { step, why, back: None });
        }
        let most = dispatch.policy.concurrent_activations.unwrap_or(ActivateSystem::KIND.limit).max(1);
        self.way_back = Some(WayBack::new(dispatch.plan, steps, dispatch.policy.parallel, most));
    }

    /// Whether an earlier process of this run was on the way back, or about to be.
    pub(super) fn was_turned_back(&mut self, dispatch: &Dispatch<'_>) -> bool {
        let said = dispatch.plan.rollout.on_failure;
        if said != OnFailure::Rollback || dispatch.policy.on_failure_of(said) != OnFailure::Rollback {
            return false;
        }
        let Some((step, why)) = dispatch.standing.failure() else { return false };
        let Some(machine) = self.progress.step(step).machine() else { return false };
        let begun_back = dispatch.standing.on_the_way_back(dispatch.plan);
        let is_left = |machine| {
            let steps = self.to_take_back(dispatch, machine, begun_back.get(machine));
            steps.iter().any(|step| !matches!(self.progress.step(*step), Step::RemoveKeys(_)))
        };
        // Where all are back there is nothing to finish: then the run is tried again.
        if !dispatch.plan.machines.keys().any(is_left) {
            return false;
        }
        self.cause = Some(format!("`{machine}` failed: {why}"));
        self.failures.insert(machine.clone(), Failure { step, why: why.to_owned(), back: None });
        true
    }

    /// What the run changed on a machine, last first.
    fn to_take_back(
        &self,
        dispatch: &Dispatch<'_>,
        machine: &MachineName,
        begun_back: Option<&Vec<usize>>,
    ) -> Vec<usize> {
        let planned = &dispatch.plan.machines[machine];
        if planned.is_current() && !self.failures.contains_key(machine) {
            return Vec::new();
        }
        let runs_it_anyway = |step: &Step| matches!(step, Step::ActivateSystem(it) if it.previous.as_ref() == Some(&it.toplevel));
        // In a plan the steps of a machine stand in the order in which they are done.
        let mut steps: BTreeSet<usize> = self.begun.get(machine).into_iter().flatten().copied().collect();
        steps.extend(begun_back.into_iter().flatten());
        let touching = steps.into_iter().rev().filter(|step| self.progress.step(*step).kind().touches);
        let ended = touching.filter(|step| self.progress.stand(*step) != Stand::Running);
        ended.filter(|step| !runs_it_anyway(self.progress.step(*step))).collect()
    }

    /// Begins the returns that may begin.
    pub(super) fn go_back(&mut self, dispatch: &Dispatch<'a>) {
        if self.cut || self.trouble.is_some() {
            return;
        }
        while let Some((machine, steps)) = self.way_back.as_mut().and_then(WayBack::begin) {
            self.spawn_return(dispatch, &machine, steps);
        }
    }

    /// A machine of the way back has ended its return.
    pub(super) fn is_back_with_all(&mut self, machine: &MachineName) {
        if let Some(way_back) = &mut self.way_back {
            way_back.ended(machine);
        }
    }

    /// The run ends: machines that did not begin their return keep the new system for now.
    pub(super) fn give_up_way_back(&mut self) {
        let Some(way_back) = self.way_back.take() else { return };
        for machine in way_back.left() {
            if let Some(failure) = self.failures.get_mut(machine) {
                failure.back = Some(Err("the run ended before that; it runs the new system".to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::three_tiers_by;
    use crate::plan::{Rollout, Stage};

    /// The order in which machines begin and end their return, the last begun ending first.
    fn way(plan: &Plan, parallel: Option<usize>) -> Vec<String> {
        let steps = plan.machines.keys().map(|machine| (machine.clone(), vec![0])).collect();
        let mut way_back = WayBack::new(plan, steps, parallel, 50);
        let (mut running, mut story): (Vec<MachineName>, _) = (Vec::new(), Vec::new());
        loop {
            while let Some((machine, _)) = way_back.begin() {
                story.push(machine.to_string());
                running.push(machine);
            }
            let Some(machine) = running.pop() else { break };
            way_back.ended(&machine);
            story.push(format!("/{machine}"));
        }
        assert_eq!(way_back.left().count(), 0);
        story
    }

    #[test]
    fn dependents_return_first() {
        let plan = three_tiers_by(Rollout::default());
        assert_eq!(way(&plan, None), ["web", "/web", "app", "/app", "db", "/db"]);
    }

    #[test]
    fn machines_that_need_nothing_of_each_other_return_together() {
        let name = |it: &str| MachineName::new(it);
        let mut all = crate::plan::example::three_tiers().machines;
        all.values_mut().for_each(|it| it.needs.clear());
        let rollout = Rollout { stages: vec![Stage::named("db", [name("db")].into())], ..Rollout::default() };
        let mut plan = three_tiers_by(rollout);
        plan.order = vec![vec![name("db")], vec![name("app"), name("web")]];
        plan.machines = all;
        assert_eq!(way(&plan, None), ["app", "web", "/web", "/app", "db", "/db"]);
        assert_eq!(way(&plan, Some(1)), ["app", "/app", "web", "/web", "db", "/db"]);
    }
}

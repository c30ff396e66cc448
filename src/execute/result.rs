//! How a run ended, machine by machine.

use std::collections::BTreeMap;

use crate::network::MachineName;
use crate::plan::Goal;
use crate::state::{Outcome, RunId};
use crate::steps::Phase;

/// What became of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineResult {
    /// Every step of it succeeded. `changed` says whether it now runs another system than before.
    Done { changed: bool },
    /// A step failed, and the machine is as it was before the run.
    RolledBack { why: String },
    /// A step failed. Where `touched`, the machine may be between two systems; `why` says what is known.
    Failed { why: String, phase: Phase, touched: bool },
    /// It is never deployed to: the network says so.
    LeftOut { because: String },
    /// Nothing of it was begun on the machine.
    Skipped { because: String },
}

impl MachineResult {
    /// Why the machine does not have its system; empty where it has.
    pub fn because(&self) -> &str {
        match self {
            MachineResult::LeftOut { because } | MachineResult::Skipped { because } => because,
            MachineResult::Failed { why, .. } | MachineResult::RolledBack { why } => why,
            MachineResult::Done { .. } => "",
        }
    }
}

/// A run that came to an end.
#[derive(Clone, Debug)]
pub struct RunResult {
    pub run: RunId,
    pub goal: Goal,
    pub machines: BTreeMap<MachineName, MachineResult>,
    /// The generation that the machines now run, where one was recorded or already there.
    pub generation: Option<u64>,
    pub interrupted: bool,
}

impl RunResult {
    /// Of a run that was only planned.
    pub(super) fn of_nothing(run: RunId, goal: Goal, machines: BTreeMap<MachineName, MachineResult>) -> Self {
        Self { run, goal, machines, generation: None, interrupted: false }
    }

    /// The one word that the state keeps.
    pub fn outcome(&self) -> Outcome {
        let count = |test: fn(&MachineResult) -> bool| self.machines.values().filter(|it| test(it)).count();
        let done = count(|it| matches!(it, MachineResult::Done { .. }));
        let changed = count(|it| matches!(it, MachineResult::Done { changed: true }));
        let rolled_back = count(|it| matches!(it, MachineResult::RolledBack { .. }));
        let left_touched = count(|it| matches!(it, MachineResult::Failed { touched: true, .. }));
        let left_out = count(|it| matches!(it, MachineResult::LeftOut { .. }));
        if done + left_out == self.machines.len() {
            Outcome::Succeeded
        } else if self.interrupted {
            Outcome::Interrupted
        } else if rolled_back > 0 && changed == 0 && left_touched == 0 {
            // Machines that had nothing to change are no exception.
            Outcome::RolledBack
        } else if done == 0 && left_touched == 0 {
            Outcome::Failed
        } else {
            Outcome::Partly
        }
    }

    /// For a run that changed no machine: the first part of it that failed.
    pub fn failed_phase(&self) -> Option<Phase> {
        let phases = self.machines.values().filter_map(|it| match it {
            MachineResult::Failed { phase, .. } => Some(*phase),
            _ => None,
        });
        phases.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(results: &[MachineResult]) -> Outcome {
        let machines = results.iter().enumerate();
        let machines = machines.map(|(at, it)| (MachineName::new(format!("m{at}")), it.clone())).collect();
        let run = RunId(uuid::Uuid::nil());
        RunResult { run, goal: Goal::Switch, machines, generation: None, interrupted: false }.outcome()
    }

    #[test]
    fn a_machine_that_is_never_deployed_to_spoils_nothing() {
        let left_out = MachineResult::LeftOut { because: "its targetHost is null".to_owned() };
        assert_eq!(outcome(&[MachineResult::Done { changed: true }, left_out]), Outcome::Succeeded);
    }

    #[test]
    fn the_outcome_is_never_better_than_the_worst_machine() {
        let done = MachineResult::Done { changed: true };
        let skipped = MachineResult::Skipped { because: "db failed".to_owned() };
        let back = MachineResult::RolledBack { why: String::new() };
        let failed = |phase, touched| MachineResult::Failed { why: String::new(), phase, touched };
        assert_eq!(outcome(&[done.clone(), done.clone()]), Outcome::Succeeded);
        assert_eq!(outcome(&[done.clone(), skipped.clone()]), Outcome::Partly);
        assert_eq!(outcome(&[back.clone(), skipped.clone()]), Outcome::RolledBack);
        assert_eq!(outcome(&[back.clone(), MachineResult::Done { changed: false }]), Outcome::RolledBack);
        assert_eq!(outcome(&[back.clone(), done]), Outcome::Partly);
        assert_eq!(outcome(&[back, failed(Phase::Activate, true)]), Outcome::Partly);
        assert_eq!(outcome(&[failed(Phase::Build, false), skipped]), Outcome::Failed);
    }
}

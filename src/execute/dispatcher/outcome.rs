//! What became of each machine when nothing runs any more. A part of the dispatcher.

use std::collections::BTreeMap;

use super::{Failure, Loop, Stand};
use crate::execute::result::MachineResult;
use crate::network::MachineName;
use crate::plan::Plan;
use crate::steps::Step;

/// What becomes of a machine that nobody confirms.
pub(super) const GOES_BACK: &str = "it goes back to its earlier system by itself";

impl Loop<'_> {
    pub(super) fn results(mut self, plan: &Plan) -> BTreeMap<MachineName, MachineResult> {
        let mut unfinished: BTreeMap<&MachineName, usize> = BTreeMap::new();
        for (step, planned) in plan.steps.iter().enumerate() {
            if let (Some(machine), false) =
                (planned.step.machine(), self.progress.stand(step) == Stand::Succeeded)
            {
                unfinished.entry(machine).or_insert(step);
            }
        }
        let results = plan.machines.keys().map(|machine| {
            let result = match (self.failures.remove(machine), unfinished.get(machine)) {
                (Some(failure), _) => self.failed_result(machine, failure),
                (None, None) => MachineResult::Done {
                    changed: self.changed.contains(machine) && !plan.machines[machine].is_current(),
                },
                (None, Some(step)) if self.touched(machine) => {
                    let kind = plan.steps[*step].step.kind();
                    let why = format!("the run ended before {}; {}", kind.title, self.left(plan, machine));
                    MachineResult::Failed { why, phase: kind.phase, touched: true }
                }
                (None, Some(_)) => {
                    let because =
                        self.skips.remove(machine).unwrap_or_else(|| "the run ended before it".to_owned());
                    MachineResult::Skipped { because }
                }
            };
            (machine.clone(), result)
        });
        results.collect()
    }

    /// Whether a machine was activated, is not confirmed, and so goes back where nobody does that any more.
    pub(super) fn goes_back(&self, machine: &MachineName) -> bool {
        let mut begun =
            self.begun.get(machine).into_iter().flatten().map(|step| (*step, self.progress.step(*step)));
        let is_confirmed = |step| self.progress.stand(step) == Stand::Succeeded;
        begun.clone().any(|(_, step)| matches!(step, Step::ActivateSystem(it) if it.goes_back()))
            && !begun.any(|(at, step)| matches!(step, Step::ConfirmReachable(_)) && is_confirmed(at))
    }

    /// How a machine is left of which nothing failed and not everything was done.
    fn left(&self, plan: &Plan, machine: &MachineName) -> &'static str {
        let begun = self.begun.get(machine).into_iter().flatten();
        let begun = begun.map(|step| (self.progress.step(*step), self.progress.stand(*step)));
        let mut activation = None;
        let mut persisted = None;
        for (step, stand) in begun {
            match step {
                Step::ActivateSystem(_) => activation = Some(stand == Stand::Succeeded),
                Step::PersistSystem(_) => persisted = Some(stand == Stand::Succeeded),
                _ => {}
            }
        }
        match (activation, persisted) {
            _ if plan.machines[machine].is_current() => "it runs and boots its new system, as before",
            (None, _) => "it runs and boots what it did before",
            (_, Some(true)) => "it runs and boots the new system",
            _ if self.goes_back(machine) => GOES_BACK,
            (Some(true), None) => "it runs the new system and boots the earlier one",
            (Some(true), Some(false)) => "it runs the new system and may boot either",
            (Some(false), _) => "it may run either system",
        }
    }

    fn touched(&self, machine: &MachineName) -> bool {
        self.begun
            .get(machine)
            .is_some_and(|begun| begun.iter().any(|step| self.progress.step(*step).kind().touches))
    }

    fn failed_result(&self, machine: &MachineName, failure: Failure) -> MachineResult {
        let kind = self.progress.step(failure.step).kind();
        let touched = self.touched(machine);
        match failure.back {
            Some(Ok(())) => MachineResult::RolledBack { why: failure.why },
            Some(Err(trouble)) => {
                let why = format!("{}\nit could not be brought back: {trouble}", failure.why);
                // Something was there to be taken back, if only by an earlier process of this run.
                MachineResult::Failed { why, phase: kind.phase, touched: true }
            }
            None => MachineResult::Failed { why: failure.why, phase: kind.phase, touched },
        }
    }
}

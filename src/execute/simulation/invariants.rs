//! What must hold of every run, whatever went wrong in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::deployer::keys;
use super::machine::{Lasting, Machine, Mark};
use super::scenario::Scenario;
use super::site::Site;
use crate::execute::dispatcher::Dispatched;
use crate::execute::{Event, MachineResult, RunResult};
use crate::plan::{Goal, Plan};
use crate::state::{Outcome, RunId};
use crate::steps::Kind;

pub(super) fn failed(result: &MachineResult) -> bool {
    matches!(result, MachineResult::Failed { .. })
}

pub(super) fn returned(result: &MachineResult) -> bool {
    matches!(result, MachineResult::RolledBack { .. })
}

/// Whether nothing goes on there that nobody of this attempt began.
pub(super) fn is_quiet(machine: &Machine) -> bool {
    let pending = machine.volatile.guard.as_ref().is_some_and(|it| it.mark == Mark::Pending);
    machine.up && !pending && !machine.mixed && machine.processes.is_empty()
}

/// Never more steps of a kind at once than its limit.
pub(super) struct Limits {
    kinds: BTreeMap<String, (Kind, usize)>,
    running: Mutex<BTreeMap<&'static str, usize>>,
}

impl Limits {
    pub(super) fn new(scenario: &Scenario, plan: &Plan) -> Self {
        let policy = scenario.policy;
        let kinds = plan.steps.iter().map(|planned| {
            let kind = planned.step.kind();
            let wished = match kind.name {
                "copy-closure" => policy.concurrent_copies,
                "activate-system" => policy.concurrent_activations,
                _ => None,
            };
            (planned.id.as_str().to_owned(), (kind, wished.unwrap_or(kind.limit)))
        });
        Self { kinds: kinds.collect(), running: Mutex::new(BTreeMap::new()) }
    }

    pub(super) fn see(&self, site: &Site, event: &Event) {
        let mut running = self.running.lock().expect("nobody panics with the numbers");
        match event {
            Event::StepStarted { step, .. } => {
                let (kind, limit) = self.kinds[step.as_str()];
                let count = running.entry(kind.name).or_default();
                *count += 1;
                if *count > limit {
                    site.broken(format!(
                        "{count} steps of the kind {} run at once, its limit is {limit}",
                        kind.name
                    ));
                }
            }
            Event::StepSucceeded { step, .. } | Event::StepFailed { step, .. } => {
                let (kind, _) = self.kinds[step.as_str()];
                *running.entry(kind.name).or_default() -= 1;
            }
            _ => {}
        }
        if let Event::StepFailed { error, .. } = event
            && error.contains("a bug in nixwright")
        {
            site.broken(error.clone());
        }
    }
}

/// What is said of each machine is so.
pub(super) fn results_are_true(
    site: &Arc<Site>,
    scenario: &Scenario,
    plan: &Plan,
    dispatched: &Dispatched,
    before: &[(bool, Lasting)],
) {
    let mut wrong = Vec::new();
    for (at, (was_quiet, was)) in before.iter().enumerate() {
        let inner = site.inner();
        let machine = &inner.machines[at];
        let planned = plan.machines.iter().find(|(name, _)| name.as_str() == machine.name);
        let (name, planned) = planned.expect("every machine is in the plan");
        let (result, is) = (&dispatched.machines[name], machine.lasting());
        let reset = machine.resets > 0;
        let is_as_it_was = is.profile == was.profile
            && is.boots == was.boots
            && (is.running == was.running || (reset && (is.running == was.boots)));
        let problem = match result {
            MachineResult::Done { .. } => {
                let runs = is.running == machine.new || (reset && scenario.goal < Goal::Switch);
                let boots = is.boots == machine.new && is.profile == machine.new;
                let right = match scenario.goal {
                    Goal::Reboot | Goal::Keys | Goal::Build | Goal::Copy | Goal::DryActivate | Goal::Boot => {
                        is_as_it_was || !was_quiet
                    }
                    Goal::Test => runs && (is.boots == was.boots || !was_quiet),
                    Goal::Switch => runs && boots,
                };
                (!right || (scenario.goal >= Goal::Test && machine.mixed)).then_some("is not what was wanted")
            }
            MachineResult::RolledBack { .. } => {
                let observed = planned.observed.current_system.as_ref().map(ToString::to_string);
                let runs = Some(&is.running) == observed.as_ref() || (reset && is.running == was.boots);
                let right = runs && is.boots == was.boots && is.profile == was.profile && !machine.mixed;
                (!right).then_some("is not as it was before")
            }
            MachineResult::Skipped { .. } | MachineResult::LeftOut { .. } => {
                (*was_quiet && !is_as_it_was).then_some("was touched")
            }
            MachineResult::Failed { touched: false, .. } => {
                (*was_quiet && !is_as_it_was).then_some("failed and was said to be untouched")
            }
            MachineResult::Failed { touched: true, .. } => None,
        };
        if let Some(problem) = problem {
            wrong.push(format!("{name} {problem}: {result:?}, but it was {was:?} and is {is:?}"));
        }
    }
    for what in wrong {
        site.broken(what);
    }
    let (machines, interrupted) = (dispatched.machines.clone(), dispatched.interrupted);
    let run = RunId(uuid::Uuid::nil());
    let result = RunResult { run, goal: plan.goal, machines, generation: None, interrupted };
    let all_done = result.machines.values().all(|it| matches!(it, MachineResult::Done { .. }));
    if (result.outcome() == Outcome::Succeeded) != all_done {
        site.broken(format!("the run is called {:?}", result.outcome()));
    }
}

/// When all has come to rest every machine is on one of its systems, and boots one of them.
pub(super) fn nobody_is_left_between(site: &Arc<Site>) {
    let mut wrong = Vec::new();
    for machine in &site.inner().machines {
        let known =
            |system: &String| [&machine.new, &machine.old].contains(&system) || system.ends_with("-tried");
        if machine.mixed && machine.guarded && !machine.excused {
            wrong.push(format!("{} stays between two systems", machine.name));
        }
        if !known(&machine.running) || !known(&machine.boots) {
            wrong.push(format!("{} runs {} and boots {}", machine.name, machine.running, machine.boots));
        }
    }
    for what in wrong {
        site.broken(what);
    }
}

/// What the results said would happen has happened.
pub(super) fn promises_are_kept(site: &Arc<Site>, dispatched: &Dispatched) {
    let mut wrong = Vec::new();
    for machine in &site.inner().machines {
        let result = dispatched.machines.iter().find(|(name, _)| name.as_str() == machine.name);
        let Some((_, MachineResult::Failed { why, .. })) = result else { continue };
        if !machine.up || machine.excused || machine.resets > 0 || machine.mixed {
            continue;
        }
        let (runs, boots) = (machine.running == machine.new, machine.boots == machine.new);
        let told: &[(&str, bool)] = &[
            ("goes back to its earlier system by itself", !runs || machine.new == machine.old),
            ("it runs the new system and boots the earlier one", runs && !boots),
            ("it runs and boots the new system", runs && boots),
            ("it runs and boots its new system", runs && boots),
        ];
        if let Some((said, false)) = told.iter().find(|(said, _)| why.contains(said)) {
            wrong.push(format!(
                "of {} it is said that {said}, but it runs {} and boots {}",
                machine.name, machine.running, machine.boots
            ));
        }
    }
    for what in wrong {
        site.broken(what);
    }
}

/// The end of an attempt without trouble: every machine has what was wanted.
pub(super) fn all_is_well(site: &Arc<Site>, scenario: &Scenario, goal: Goal, dispatched: &Dispatched) {
    let mut wrong = Vec::new();
    // A return that somebody began is finished, and the network may say that there is none. Who needs such a machine
    // waits, too.
    let tries_again = |result: &MachineResult| {
        matches!(result, MachineResult::Failed { why, .. }
            if why.contains("its return to its earlier system was to be finished first"))
    };
    if dispatched.machines.values().any(tries_again) {
        return;
    }
    for (name, result) in &dispatched.machines {
        if !matches!(result, MachineResult::Done { .. }) {
            wrong.push(format!("{name} is not done although nothing goes wrong any more: {result:?}"));
        }
    }
    for (subject, machine) in scenario.machines.iter().zip(&site.inner().machines) {
        if goal >= Goal::Test {
            for key in keys(subject) {
                if machine.keys.get(&key.path).is_none_or(|it| it.contents != key.contents) {
                    wrong.push(format!("{} does not have its key {}", machine.name, key.path));
                }
            }
        }
        if goal == Goal::Switch && machine.keys.contains_key("/var/lib/old") {
            wrong.push(format!("{} still has a key that its network has no more", machine.name));
        }
    }
    for what in wrong {
        site.broken(what);
    }
}

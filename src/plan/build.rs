//! Making the plan: the steps of each machine, and what each step waits for.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::wanted::{CONFIRM_SECONDS, Wanted};
use super::{Goal, Plan, PlanError, PlannedStep, Rollout, StageKind, StepId, VERSION};
use crate::graph::Dependencies;
use crate::network::{MachineName, Reboot, UploadAt};
use crate::nix::StorePath;
use crate::steps::{
    ActivateSystem, AwaitChecks, AwaitCopies, AwaitStage, BuildClosure, BuildOnTarget, CheckBefore,
    CheckHealth, ConfirmReachable, CopyClosure, CopyDerivation, DryActivate, HooksAfter, HooksBefore,
    PersistSystem, RebootMachine, RemoveKeys, SendKeys, Soak, Step,
};

/// The plan that brings each machine to what is wanted. Linear in machines and dependencies.
pub fn make(
    deployment: Uuid,
    goal: Goal,
    wanted: BTreeMap<MachineName, Wanted>,
    rollout: Rollout,
) -> Result<Plan, PlanError> {
    let needs = wanted.iter().map(|(machine, it)| (machine.clone(), it.needs.clone())).collect();
    // A circle of needs is told before anything that follows from it.
    Dependencies::new(&needs).ranks()?;
    let rollout = rollout.over(&needs)?;
    let stages = rollout.ranks(&needs)?;
    let mut draft = Draft::default();
    let mut built = BTreeMap::new();
    for (machine, it) in &wanted {
        // Where no machine is to be touched, it cannot build either.
        let there = it.build_on_target && goal >= Goal::Copy;
        if let Some(derivation) = it.derivation.clone().filter(|_| !there) {
            let (machine, toplevel) = (machine.clone(), it.toplevel.clone());
            let step = draft
                .add(Step::BuildClosure(BuildClosure { machine: machine.clone(), derivation, toplevel }), []);
            built.insert(machine, step);
        }
    }
    if goal >= Goal::Copy {
        let copies: BTreeMap<&MachineName, usize> = wanted
            .iter()
            .map(|(machine, it)| {
                let toplevel = it.toplevel.clone();
                if let Some(derivation) = it.derivation.clone().filter(|_| it.build_on_target) {
                    return (machine, build_on_target(&mut draft, machine, derivation, toplevel));
                }
                let copy = CopyClosure { machine: machine.clone(), toplevel, substitute: it.substitute };
                (machine, draft.add(Step::CopyClosure(copy), built.get(machine).copied()))
            })
            .collect();
        let mut checks = BTreeMap::new();
        if goal >= Goal::Boot {
            for (machine, it) in wanted.iter().filter(|(_, it)| !it.checks_before.is_empty()) {
                let check = CheckBefore { machine: machine.clone(), checks: it.checks_before.clone() };
                // As late as possible, but machines that wait for nobody's copy wait for these.
                let after = (!rollout.pipeline).then_some(copies[machine]);
                checks.insert(machine, draft.add(Step::CheckBefore(check), after));
            }
        }
        let gate = if !rollout.pipeline || goal < Goal::Test {
            let gate = AwaitCopies { copies: copies.len() };
            Some(draft.add(Step::AwaitCopies(gate), copies.values().chain(checks.values()).copied()))
        } else if checks.is_empty() {
            None
        } else {
            let gate = AwaitChecks { machines: checks.len() };
            Some(draft.add(Step::AwaitChecks(gate), checks.values().copied()))
        };
        for (machine, it) in &wanted {
            let own = checks.get(machine).copied();
            let before: Vec<usize> = [copies[machine]].into_iter().chain(gate).chain(own).collect();
            match goal {
                Goal::DryActivate => {
                    let (machine, toplevel) = (machine.clone(), it.toplevel.clone());
                    draft.add(Step::DryActivate(DryActivate { machine, toplevel }), before);
                }
                Goal::Boot => for_the_next_boot(&mut draft, machine, it, before),
                Goal::Reboot | Goal::Keys | Goal::Build | Goal::Copy | Goal::Test | Goal::Switch => {}
            }
        }
        if goal >= Goal::Test {
            let mut activations = Activations {
                deployment,
                goal,
                wanted: &wanted,
                copies: &copies,
                checks: &checks,
                gate,
                last: BTreeMap::new(),
            };
            activations.of_stages(&mut draft, &rollout, &stages);
        }
    }
    let machines = wanted.into_iter().map(|(machine, it)| (machine, it.into())).collect();
    let (order, network, steps) = (stages.into_iter().flatten().collect(), Vec::new(), draft.steps);
    Ok(Plan { version: VERSION, deployment, goal, machines, network, rollout, order, steps })
}

/// The steps by which a machine builds its own system, instead of having it copied.
fn build_on_target(
    draft: &mut Draft,
    machine: &MachineName,
    derivation: StorePath,
    toplevel: StorePath,
) -> usize {
    let copy = CopyDerivation { machine: machine.clone(), derivation: derivation.clone() };
    let copy = draft.add(Step::CopyDerivation(copy), []);
    let build = BuildOnTarget { machine: machine.clone(), derivation, toplevel };
    draft.add(Step::BuildOnTarget(build), [copy])
}

/// The part that touches machines.
struct Activations<'a> {
    deployment: Uuid,
    goal: Goal,
    wanted: &'a BTreeMap<MachineName, Wanted>,
    copies: &'a BTreeMap<&'a MachineName, usize>,
    /// A machine waits for its own check also where the others go on without it.
    checks: &'a BTreeMap<&'a MachineName, usize>,
    /// What every machine waits for that comes now.
    gate: Option<usize>,
    /// The last step of each machine.
    last: BTreeMap<&'a MachineName, usize>,
}

impl<'a> Activations<'a> {
    /// Stage by stage, in each rank by rank: what a machine needs is done before it begins.
    fn of_stages(&mut self, draft: &mut Draft, rollout: &Rollout, stages: &'a [Vec<Vec<MachineName>>]) {
        let mut earlier = None;
        for (at, ranks) in stages.iter().enumerate() {
            let ends: Vec<usize> = ranks.iter().flatten().map(|it| self.of_machine(draft, it)).collect();
            if at + 1 == stages.len() {
                break;
            }
            let (stage, of) = (at + 1, &rollout.stages[at]);
            let (title, strict) = (of.title(), of.kind == StageKind::Canary);
            let gate = AwaitStage { stage, title: title.clone(), machines: ends.len(), strict };
            // Of the gate before, too: one that stays shut shuts all that follow.
            let mut gate = draft.add(Step::AwaitStage(gate), ends.into_iter().chain(earlier));
            // Where nothing changes there is nothing to wait for.
            if rollout.soak > 0 && ranks.iter().flatten().any(|it| self.wanted[it].is_change()) {
                let soak = Soak { stage, title, seconds: rollout.soak };
                gate = draft.add(Step::Soak(soak), [gate]);
            }
            self.gate = Some(gate);
            earlier = Some(gate);
        }
    }

    /// All that happens on one machine; returns its last step.
    fn of_machine(&mut self, draft: &mut Draft, machine: &'a MachineName) -> usize {
        let it = &self.wanted[machine];
        let reboots = it.reboot != Reboot::Never && self.goal >= Goal::Switch;
        let toplevel = it.toplevel.clone();
        let needed = it.needs.iter().filter_map(|need| self.last.get(need).copied());
        let activate = ActivateSystem {
            machine: machine.clone(),
            toplevel: toplevel.clone(),
            previous: it.observed.current_system.clone(),
            always: it.always_activate,
            confirm_within: it.confirm_within,
            reboots,
        };
        let mut before: Vec<usize> = needed.chain([self.copies[machine]]).chain(self.gate).collect();
        before.extend(self.checks.get(machine));
        if let Some(keys) = send_keys(machine, it, UploadAt::PreActivation) {
            before = vec![draft.add(keys, before)];
        }
        let hooks = it.hooks(self.deployment, machine, &it.hooks.pre);
        if !hooks.is_empty() {
            before =
                vec![draft.add(Step::HooksBefore(HooksBefore { machine: machine.clone(), hooks }), before)];
        }
        let activate = draft.add(Step::ActivateSystem(activate), before);
        let confirm = ConfirmReachable {
            machine: machine.clone(),
            toplevel,
            seconds: it.confirm_within.unwrap_or(CONFIRM_SECONDS),
            reboots,
        };
        let mut end = draft.add(Step::ConfirmReachable(confirm), [activate]);
        if !it.checks.is_empty() {
            let (machine, checks) = (machine.clone(), it.checks.clone());
            end = draft.add(Step::CheckHealth(CheckHealth { machine, checks, held_in_boot: None }), [end]);
        }
        if self.goal >= Goal::Switch {
            end = draft.add(persist_system(machine, it, reboots), [end]);
        }
        if reboots {
            end = reboot(draft, machine, it, vec![end], true);
        } else if let Some(keys) = send_keys(machine, it, UploadAt::PostActivation) {
            end = draft.add(keys, [end]);
        }
        // Before that, the earlier system may come back, and want them.
        if let Some(keys) = &it.keys
            && it.observed.holds_keys
            && self.goal >= Goal::Switch
        {
            let keep = keys.iter().map(|(_, path)| path.clone()).collect();
            end = draft.add(Step::RemoveKeys(RemoveKeys { machine: machine.clone(), keep }), [end]);
        }
        let hooks = it.hooks(self.deployment, machine, &it.hooks.post);
        if !hooks.is_empty() {
            end = draft.add(Step::HooksAfter(HooksAfter { machine: machine.clone(), hooks }), [end]);
        }
        self.last.insert(machine, end);
        end
    }
}

/// The reboot of a machine that boots its system already, and what a reboot takes: keys in memory, and the knowledge that
/// the machine is healthy.
pub(super) fn reboot(
    draft: &mut Draft,
    machine: &MachineName,
    it: &Wanted,
    after: Vec<usize>,
    wait: bool,
) -> usize {
    let reboot = RebootMachine {
        machine: machine.clone(),
        toplevel: it.toplevel.clone(),
        reboot: it.reboot,
        boot_id: it.observed.boot_id.clone(),
        seconds: it.reboot_within,
        previous: it.observed.profile.clone(),
        previous_generation: it.observed.generation,
        no_wait: !wait,
    };
    let mut end = draft.add(Step::RebootMachine(reboot), after);
    let paths: Vec<String> = it.keys.iter().flatten().map(|(_, path)| path.clone()).collect();
    if !paths.is_empty() {
        let (machine, when) = (machine.clone(), UploadAt::PostActivation);
        end = draft.add(Step::SendKeys(SendKeys { machine, when, paths, all: true, force: false }), [end]);
    }
    if !it.checks.is_empty() {
        let (machine, checks) = (machine.clone(), it.checks.clone());
        let held_in_boot = Some(it.observed.boot_id.clone());
        end = draft.add(Step::CheckHealth(CheckHealth { machine, checks, held_in_boot }), [end]);
    }
    end
}

/// What a machine boots from now on, without an activation: the keys that it needs before one are sent, the others would
/// ask for users that are not there yet.
fn for_the_next_boot(draft: &mut Draft, machine: &MachineName, it: &Wanted, mut before: Vec<usize>) {
    if let Some(keys) = send_keys(machine, it, UploadAt::PreActivation) {
        before = vec![draft.add(keys, before)];
    }
    draft.add(persist_system(machine, it, false), before);
}

fn persist_system(machine: &MachineName, it: &Wanted, reboots: bool) -> Step {
    Step::PersistSystem(PersistSystem {
        machine: machine.clone(),
        toplevel: it.toplevel.clone(),
        previous: it.observed.profile.clone(),
        previous_generation: it.observed.generation,
        reboots,
    })
}

/// The step that sends the keys that are due, if there are any.
fn send_keys(machine: &MachineName, it: &Wanted, when: UploadAt) -> Option<Step> {
    let paths = it.keys_due(when);
    let (machine, some) = (machine.clone(), !paths.is_empty());
    some.then_some(Step::SendKeys(SendKeys { machine, when, paths, all: false, force: false }))
}

/// The plan that only sends keys, to machines that run a system already: no order, nothing else is touched. With `force`
/// also keys that are there are sent.
pub fn make_for_keys(
    deployment: Uuid,
    wanted: BTreeMap<MachineName, Wanted>,
    force: bool,
) -> Result<Plan, PlanError> {
    let needs = wanted.iter().map(|(machine, it)| (machine.clone(), it.needs.clone())).collect();
    let order = Dependencies::new(&needs).ranks()?;
    let mut draft = Draft::default();
    for (machine, it) in &wanted {
        let paths: Vec<String> = it.keys.iter().flatten().map(|(_, path)| path.clone()).collect();
        if !paths.is_empty() {
            let (machine, when) = (machine.clone(), UploadAt::PostActivation);
            draft.add(Step::SendKeys(SendKeys { machine, when, paths, all: true, force }), []);
        }
    }
    let machines = wanted.into_iter().map(|(machine, it)| (machine, it.into())).collect();
    let (goal, rollout, network, steps) = (Goal::Keys, Rollout::default(), Vec::new(), draft.steps);
    Ok(Plan { version: VERSION, deployment, goal, machines, network, rollout, order, steps })
}

#[derive(Default)]
pub(super) struct Draft {
    pub(super) steps: Vec<PlannedStep>,
}

impl Draft {
    fn add(&mut self, step: Step, after: impl IntoIterator<Item = usize>) -> usize {
        let after: BTreeSet<usize> = after.into_iter().collect();
        self.steps.push(PlannedStep { id: StepId::of(&step), step, after: after.into_iter().collect() });
        self.steps.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use crate::network::{HealthCheck, HookPlaces, HookSettings};

    use super::super::example::{shown, three, wanted};
    use super::*;

    #[test]
    fn activations_wait_for_all_copies_and_for_what_they_need() {
        let plan = make(Uuid::nil(), Goal::Switch, three(), Rollout::default()).unwrap();
        insta::assert_snapshot!(shown(&plan).join("\n"), @r"
        build-closure app < 
        build-closure db < 
        build-closure web < 
        copy-closure app < build-closure app
        copy-closure db < build-closure db
        copy-closure web < build-closure web
        await-copies < copy-closure app, copy-closure db, copy-closure web
        activate-system db < copy-closure db, await-copies
        confirm-reachable db < activate-system db
        persist-system db < confirm-reachable db
        activate-system app < copy-closure app, await-copies, persist-system db
        confirm-reachable app < activate-system app
        persist-system app < confirm-reachable app
        activate-system web < copy-closure web, await-copies, persist-system app
        confirm-reachable web < activate-system web
        persist-system web < confirm-reachable web
        ");
    }

    #[test]
    fn a_machine_that_builds_its_own_system_gets_what_it_is_made_of() {
        let (db, it) = wanted("db", &[]);
        let all: BTreeMap<_, _> = [(db, Wanted { build_on_target: true, ..it }), wanted("web", &[])].into();
        let plan = make(Uuid::nil(), Goal::Copy, all.clone(), Rollout::default()).unwrap();
        insta::assert_snapshot!(shown(&plan).join("\n"), @r"
        build-closure web < 
        copy-derivation db < 
        build-on-target db < copy-derivation db
        copy-closure web < build-closure web
        await-copies < build-on-target db, copy-closure web
        ");
        let plan = make(Uuid::nil(), Goal::Build, all, Rollout::default()).unwrap();
        assert_eq!(shown(&plan), ["build-closure db < ", "build-closure web < "]);
    }

    /// A machine with keys, hooks and checks, that is rebooted; and one that needs it.
    fn with_everything(reboot: Reboot) -> BTreeMap<MachineName, Wanted> {
        let (db, wanted_db) = wanted("db", &[]);
        let commands = HookPlaces { deployer: vec![vec!["announce".to_owned()]], target: Vec::new() };
        let check = HealthCheck {
            description: String::new(),
            period: 1,
            timeout: 1,
            retries: 1,
            question: crate::network::HealthQuestion::Unit { name: "db.service".to_owned() },
        };
        let key = |when, name: &str| (when, format!("/run/keys/{name}"));
        let keys = vec![key(UploadAt::PreActivation, "early"), key(UploadAt::PostActivation, "late")];
        let hooks = HookSettings { pre: commands.clone(), post: commands, timeout: 5 };
        let mut observed = wanted_db.observed.clone();
        observed.holds_keys = true;
        let it = Wanted { reboot, hooks, observed, keys: Some(keys), checks: vec![check], ..wanted_db };
        [(db, it), wanted("web", &["db"])].into()
    }

    fn of_db(reboot: Reboot) -> String {
        let plan = make(Uuid::nil(), Goal::Switch, with_everything(reboot), Rollout::default()).unwrap();
        let lines = shown(&plan);
        let lines = lines.iter().filter(|it| it.contains(" db <") || it.starts_with("activate-system web"));
        lines.skip(2).cloned().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn keys_and_hooks_stand_around_the_activation() {
        insta::assert_snapshot!(of_db(Reboot::Never), @r"
        send-keys db < copy-closure db, await-copies
        hooks-before db < send-keys db
        activate-system db < hooks-before db
        confirm-reachable db < activate-system db
        check-health db < confirm-reachable db
        persist-system db < check-health db
        send-late-keys db < persist-system db
        remove-keys db < send-late-keys db
        hooks-after db < remove-keys db
        activate-system web < copy-closure web, await-copies, hooks-after db
        ");
    }

    #[test]
    fn after_a_reboot_keys_are_sent_and_health_is_checked_again() {
        insta::assert_snapshot!(of_db(Reboot::WhenNeeded), @r"
        send-keys db < copy-closure db, await-copies
        hooks-before db < send-keys db
        activate-system db < hooks-before db
        confirm-reachable db < activate-system db
        check-health db < confirm-reachable db
        persist-system db < check-health db
        reboot-machine db < persist-system db
        send-all-keys db < reboot-machine db
        check-health-again db < send-all-keys db
        remove-keys db < check-health-again db
        hooks-after db < remove-keys db
        activate-system web < copy-closure web, await-copies, hooks-after db
        ");
    }

    #[test]
    fn the_goal_cuts_the_plan() {
        let steps = |goal| make(Uuid::nil(), goal, three(), Rollout::default()).unwrap().steps.len();
        assert_eq!([Goal::Build, Goal::Copy, Goal::Test, Goal::Switch].map(steps), [3, 7, 13, 16]);
    }

    #[test]
    fn the_same_input_gives_the_same_plan_and_it_can_be_read_again() {
        let plan = make(Uuid::nil(), Goal::Switch, three(), Rollout::default()).unwrap();
        assert_eq!(plan.id(), make(Uuid::nil(), Goal::Switch, three(), Rollout::default()).unwrap().id());
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        let newer = plan.to_json().replacen("\"version\":2", "\"version\":99", 1);
        assert!(matches!(Plan::from_json(&newer), Err(PlanError::Version { found: 99 })));
    }

    #[test]
    fn ten_thousand_machines_are_planned_in_linear_size() {
        let all = (0..10_000).map(|it| wanted(&format!("m{it}"), &[])).collect();
        let plan = make(Uuid::nil(), Goal::Switch, all, Rollout::default()).unwrap();
        let edges: usize = plan.steps.iter().map(|step| step.after.len()).sum();
        assert!(edges < 70_000, "{edges} edges");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that measures time")]
    fn a_plan_of_five_thousand_machines_that_need_a_hundred_is_made_in_seconds() {
        let needed: Vec<String> = (0..100).map(|at| format!("db-{at}")).collect();
        let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
        let web = (0..4_900).map(|at| wanted(&format!("web-{at}"), &needed));
        let all: BTreeMap<MachineName, Wanted> = needed.iter().map(|it| wanted(it, &[])).chain(web).collect();
        let begin = std::time::Instant::now();
        let plan = make(Uuid::nil(), Goal::Test, all, Rollout::default()).unwrap();
        let took = begin.elapsed();
        assert_eq!(plan.order.iter().map(Vec::len).collect::<Vec<_>>(), [100, 4_900]);
        eprintln!("5000 machines, 490000 needs: a plan of {} steps in {took:?}", plan.steps.len());
        assert!(took.as_secs() < 60, "{took:?}");
    }
}

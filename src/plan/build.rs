//! Making the plan: the steps of each machine, and what each step waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use uuid::Uuid;

use super::{Address, Goal, MachinePlan, Plan, PlanError, PlannedStep, Rollout, StageKind, StepId, VERSION};
use crate::graph::Dependencies;
use crate::network::{HealthCheck, HookPlaces, HookSettings, MachineName, Reboot, UploadAt};
use crate::nix::StorePath;
use crate::steps::{
    ActivateSystem, AwaitChecks, AwaitCopies, AwaitStage, BuildClosure, CheckBefore, CheckHealth,
    ConfirmReachable, CopyClosure, DryActivate, Hooks, HooksAfter, HooksBefore, Observed, PersistSystem,
    RebootMachine, RemoveKeys, SendKeys, Soak, Step,
};

/// How long a login may take to work again after an activation, where nobody says it: the default of
/// `deployment.rollback.confirmTimeout`.
pub const CONFIRM_SECONDS: u64 = 30;

/// How long a reboot may take, where nobody says it: a large server tests its memory for minutes.
pub const REBOOT_SECONDS: u64 = 600;

/// What one machine is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub address: Address,
    pub observed: Observed,
    pub toplevel: StorePath,
    /// What it is built from; without it the system must be in a store already.
    pub derivation: Option<StorePath>,
    pub needs: BTreeSet<MachineName>,
    /// Activate even where nothing changed.
    pub always_activate: bool,
    /// Within how many seconds its activation must be confirmed, or else it goes back; none: it never goes back.
    pub confirm_within: Option<u64>,
    /// Let the machine ask its own substituters first.
    pub substitute: bool,
    pub accepts_key: bool,
    /// Where its keys go, and when. None: nothing is said of them, and those that are there stay.
    pub keys: Option<Vec<(UploadAt, String)>>,
    /// What must hold before any machine is touched.
    pub checks_before: Vec<HealthCheck>,
    /// What must hold before machines that need it go on.
    pub checks: Vec<HealthCheck>,
    pub hooks: HookSettings,
    /// Whether it is rebooted once it has its system.
    pub reboot: Reboot,
    /// How many seconds it may be away for that.
    pub reboot_within: u64,
    /// Where the commands of the network begin on this machine.
    pub folder: PathBuf,
}

impl Wanted {
    /// A system that is in a store already, for a machine of which nothing was seen and that needs no other one.
    pub fn new(address: Address, toplevel: StorePath) -> Self {
        Self {
            address,
            observed: Observed::default(),
            toplevel,
            derivation: None,
            needs: BTreeSet::new(),
            always_activate: false,
            confirm_within: Some(CONFIRM_SECONDS),
            substitute: false,
            accepts_key: false,
            keys: None,
            checks_before: Vec::new(),
            checks: Vec::new(),
            hooks: HookSettings::default(),
            reboot: Reboot::Never,
            reboot_within: REBOOT_SECONDS,
            folder: PathBuf::from("/"),
        }
    }

    /// Whether it would go back to what it runs, if that were a system of NixOS.
    pub fn has_no_way_back(&self) -> bool {
        self.confirm_within.is_some() && self.observed.current_system.is_none()
    }

    /// Whether the machine does not yet run, or would not boot, what it is to get.
    fn is_change(&self) -> bool {
        let wanted = Some(&self.toplevel);
        self.observed.current_system.as_ref() != wanted || self.observed.profile.as_ref() != wanted
    }

    /// Commands of one side of the activation, with what they are told.
    fn hooks(&self, deployment: Uuid, machine: &MachineName, places: &HookPlaces) -> Hooks {
        let text = |it: &Option<StorePath>| it.as_ref().map(ToString::to_string).unwrap_or_default();
        let environment = [
            ("NIXWRIGHT_DEPLOYMENT", deployment.to_string()),
            ("NIXWRIGHT_MACHINE", machine.to_string()),
            ("NIXWRIGHT_HOST", self.address.host.clone()),
            ("NIXWRIGHT_PORT", self.address.port.map(|it| it.to_string()).unwrap_or_default()),
            ("NIXWRIGHT_USER", self.address.user.clone().unwrap_or_default()),
            ("NIXWRIGHT_SYSTEM", self.toplevel.to_string()),
            ("NIXWRIGHT_PREVIOUS_SYSTEM", text(&self.observed.current_system)),
        ];
        Hooks {
            deployer: places.deployer.clone(),
            target: places.target.clone(),
            folder: self.folder.clone(),
            seconds: self.hooks.timeout,
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    fn keys_due(&self, when: UploadAt) -> Vec<String> {
        self.keys.iter().flatten().filter(|(due, _)| *due == when).map(|(_, path)| path.clone()).collect()
    }
}

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
        if let Some(derivation) = it.derivation.clone() {
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
                let copy = CopyClosure { machine: machine.clone(), toplevel, substitute: it.substitute };
                (machine, draft.add(Step::CopyClosure(copy), built.get(machine).copied()))
            })
            .collect();
        let mut checks = Vec::new();
        if goal >= Goal::Boot {
            for (machine, it) in wanted.iter().filter(|(_, it)| !it.checks_before.is_empty()) {
                let check = CheckBefore { machine: machine.clone(), checks: it.checks_before.clone() };
                // As late as possible, but machines that wait for nobody's copy wait for these.
                let after = (!rollout.pipeline).then_some(copies[machine]);
                checks.push(draft.add(Step::CheckBefore(check), after));
            }
        }
        let gate = if !rollout.pipeline || goal < Goal::Test {
            let gate = AwaitCopies { copies: copies.len() };
            Some(draft.add(Step::AwaitCopies(gate), copies.values().copied().chain(checks)))
        } else if checks.is_empty() {
            None
        } else {
            let gate = AwaitChecks { machines: checks.len() };
            Some(draft.add(Step::AwaitChecks(gate), checks))
        };
        for (machine, it) in &wanted {
            let before: Vec<usize> = [copies[machine]].into_iter().chain(gate).collect();
            match goal {
                Goal::DryActivate => {
                    let (machine, toplevel) = (machine.clone(), it.toplevel.clone());
                    draft.add(Step::DryActivate(DryActivate { machine, toplevel }), before);
                }
                Goal::Boot => for_the_next_boot(&mut draft, machine, it, before),
                Goal::Keys | Goal::Build | Goal::Copy | Goal::Test | Goal::Switch => {}
            }
        }
        if goal >= Goal::Test {
            let mut activations = Activations {
                deployment,
                goal,
                wanted: &wanted,
                copies: &copies,
                gate,
                last: BTreeMap::new(),
            };
            activations.of_stages(&mut draft, &rollout, &stages);
        }
    }
    let machines = wanted.into_iter().map(|(machine, it)| (machine, it.into())).collect();
    let order = stages.into_iter().flatten().collect();
    Ok(Plan { version: VERSION, deployment, goal, machines, rollout, order, steps: draft.steps })
}

/// The part that touches machines.
struct Activations<'a> {
    deployment: Uuid,
    goal: Goal,
    wanted: &'a BTreeMap<MachineName, Wanted>,
    copies: &'a BTreeMap<&'a MachineName, usize>,
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
            end = reboot(draft, machine, it, end);
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
fn reboot(draft: &mut Draft, machine: &MachineName, it: &Wanted, after: usize) -> usize {
    let reboot = RebootMachine {
        machine: machine.clone(),
        toplevel: it.toplevel.clone(),
        reboot: it.reboot,
        boot_id: it.observed.boot_id.clone(),
        seconds: it.reboot_within,
        previous: it.observed.profile.clone(),
        previous_generation: it.observed.generation,
    };
    let mut end = draft.add(Step::RebootMachine(reboot), [after]);
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
    let (goal, rollout) = (Goal::Keys, Rollout::default());
    Ok(Plan { version: VERSION, deployment, goal, machines, rollout, order, steps: draft.steps })
}

#[derive(Default)]
struct Draft {
    steps: Vec<PlannedStep>,
}

impl Draft {
    fn add(&mut self, step: Step, after: impl IntoIterator<Item = usize>) -> usize {
        let after: BTreeSet<usize> = after.into_iter().collect();
        self.steps.push(PlannedStep { id: StepId::of(&step), step, after: after.into_iter().collect() });
        self.steps.len() - 1
    }
}

impl From<Wanted> for MachinePlan {
    fn from(it: Wanted) -> Self {
        Self {
            address: it.address,
            observed: it.observed,
            toplevel: it.toplevel,
            derivation: it.derivation,
            needs: it.needs,
            accepts_key: it.accepts_key,
        }
    }
}

#[cfg(test)]
mod tests {
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
}

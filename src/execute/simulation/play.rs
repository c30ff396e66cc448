//! One seed played: attempts with troubles, then one without, each with the real plan, the real dispatcher and the real
//! steps; what must hold is asked by `invariants`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::chance::Chance;
use super::deployer::{system, world};
use super::invariants;
use super::journal::{Book, SimulatedJournal};
use super::machine::{Behaviour, Lasting, Machine, StoredKey};
use super::scenario::{Attempt, Scenario, Subject, Trouble};
use super::site::Site;
use super::wanted::make;
use crate::execute::dispatcher::{self, Dispatch, Dispatched};
use crate::execute::standing::Standing;
use crate::execute::{Event, Interrupt};
use crate::network::MachineName;
use crate::plan::{self, Plan};
use crate::steps::{Observed, ProbeMachine, World};
use crate::system::Clock as _;

/// What came of a seed.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub broken: Vec<String>,
    pub trace: Vec<String>,
    pub attempts: usize,
    pub resumed: usize,
    pub deaths: usize,
    pub failures: usize,
    pub returns: usize,
    pub passed: Duration,
}

/// A run that takes longer than this never ends.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// After that every guard has decided and every return has ended.
const QUIET: u64 = 8000;

fn site(scenario: &Scenario, traced: bool) -> Arc<Site> {
    let machines = scenario.machines.iter().enumerate().map(|(at, it)| machine(at, it)).collect();
    let needs = scenario.machines.iter().map(|it| it.needs.clone()).collect();
    let site = Site::new(machines, needs, Chance::new(!scenario.seed), traced);
    site.inner().test_only = scenario.goal == plan::Goal::Test;
    site
}

/// A run without trouble, step by step.
pub(super) struct Measured {
    pub plan: Plan,
    /// When each step began and ended, counted in beginnings and ends of steps.
    pub begun: BTreeMap<String, usize>,
    pub ended: BTreeMap<String, usize>,
    pub took: BTreeMap<String, Duration>,
    /// From the beginning of the first step to the end of the last one.
    pub passed: Duration,
    pub broken: Vec<String>,
}

pub(super) fn measure(scenario: &Scenario) -> Measured {
    let site = site(scenario, false);
    let (plan, passed) = site.clock.runtime().block_on(async {
        let world = world(&site, scenario).await;
        let plan = make(scenario, &observe(&site, scenario, &world, true).await);
        begin(&site, scenario, &plan, false, None);
        let begun = site.clock.elapsed();
        dispatch(&site, scenario, &plan, &Standing::default(), &world, None).await;
        (plan, site.clock.elapsed() - begun)
    });
    let mut measured = Measured {
        plan,
        begun: BTreeMap::new(),
        ended: BTreeMap::new(),
        took: BTreeMap::new(),
        passed,
        broken: std::mem::take(&mut site.inner().broken),
    };
    for (at, (step, took)) in std::mem::take(&mut site.inner().moves).into_iter().enumerate() {
        match took {
            None => drop(measured.begun.insert(step, at)),
            Some(took) => {
                measured.took.insert(step.clone(), took);
                measured.ended.insert(step, at);
            }
        }
    }
    measured
}

pub(super) fn play(scenario: &Scenario, traced: bool) -> Story {
    let site = site(scenario, traced);
    let story = Mutex::new(Story::default());
    site.clock.runtime().block_on(async {
        tokio::select! {
            biased;
            () = attempts(&site, scenario, &story) => {}
            () = site.clock.stuck() => site.broken("the run never ends: nobody does anything any more".to_owned()),
            () = site.clock.sleep(LONGEST) => site.broken("the run does not end within a week".to_owned()),
        }
    });
    let mut story = story.into_inner().expect("nobody panicked with the story");
    story.passed = site.clock.elapsed();
    story.broken = std::mem::take(&mut site.inner().broken);
    story.trace = site.trace();
    story
}

fn machine(at: usize, subject: &Subject) -> Machine {
    let old = system(at, "old").to_string();
    let running = if subject.tried { system(at, "tried").to_string() } else { old.clone() };
    let new = if subject.changed { system(at, "new").to_string() } else { old.clone() };
    let old_key =
        StoredKey { contents: b"old".to_vec(), mode: "600".to_owned(), owner: "root root".to_owned() };
    let old_keys = subject.old_key.then(|| ("/var/lib/old".to_owned(), old_key));
    Machine {
        name: subject.name.clone(),
        behaviours: BTreeMap::new(),
        up: true,
        boot: 1,
        store: [&old, &running].map(Clone::clone).into(),
        running,
        mixed: false,
        activated_at: Duration::ZERO,
        generations: [(7, old.clone())].into(),
        generation: 7,
        boots: old.clone(),
        volatile: super::machine::Volatile::default(),
        key_list: old_keys.iter().map(|(path, _)| path.clone()).collect(),
        keys: old_keys.into_iter().collect(),
        keys_fail: false,
        action_fails: false,
        unhealthy_before: false,
        disk_is_full: false,
        slowness: 1,
        cut: None,
        breaks: 0,
        processes: BTreeMap::new(),
        next_process: 0,
        switch_lock: None,
        excused: false,
        guarded: false,
        activations: 0,
        resets: 0,
        settled: false,
        tested: false,
        old,
        new,
    }
}

async fn attempts(site: &Arc<Site>, scenario: &Scenario, story: &Mutex<Story>) {
    let mut kept = None;
    for attempt in &scenario.attempts {
        let run = kept.take().filter(|_| attempt.resumes);
        site.tell(|| format!("---- {} with {:?}", begun(run.as_ref()), attempt.troubles));
        kept = play_attempt(site, scenario, Some(attempt), run, story).await.0;
        if !attempt.troubles.iter().copied().all(Trouble::is_of_the_deployer) {
            site.clock.sleep(Duration::from_secs(QUIET)).await;
        }
    }
    let run = kept.filter(|_| scenario.resumes);
    site.tell(|| format!("---- {} without trouble", begun(run.as_ref())));
    if let (_, Some((goal, dispatched))) = play_attempt(site, scenario, None, run, story).await {
        invariants::all_is_well(site, scenario, goal, &dispatched);
    }
}

fn begun(run: Option<&Begun>) -> &'static str {
    if run.is_some() { "the run goes on" } else { "a new run" }
}

/// A run that somebody may go on with.
struct Begun {
    plan: Plan,
    /// How each machine was when it began, and whether nothing went on there.
    before: Vec<(bool, Lasting)>,
}

/// One attempt: the run where somebody may go on with it, and what came of it where the deployer lived.
async fn play_attempt(
    site: &Arc<Site>,
    scenario: &Scenario,
    attempt: Option<&Attempt>,
    run: Option<Begun>,
    story: &Mutex<Story>,
) -> (Option<Begun>, Option<(plan::Goal, Dispatched)>) {
    repair(site, scenario).await;
    let world = world(site, scenario).await;
    let resumed = run.is_some();
    // A new run waits until nothing of an earlier one goes on.
    let observed = observe(site, scenario, &world, !resumed).await;
    let run = run.unwrap_or_else(|| Begun {
        plan: make(scenario, &observed),
        before: site.inner().machines.iter().map(|it| (invariants::is_quiet(it), it.lasting())).collect(),
    });
    begin(site, scenario, &run.plan, resumed, attempt);
    let by_name = observed.into_iter().map(|(at, it)| (MachineName::new(&scenario.machines[at].name), it));
    let standing = Standing::of(&run.plan, &site.inner().book.told(), &by_name.collect());
    let dispatched = dispatch(site, scenario, &run.plan, &standing, &world, attempt).await;
    {
        let mut told = story.lock().expect("nobody panics with the story");
        told.attempts += 1;
        told.resumed += usize::from(resumed);
        told.deaths += usize::from(dispatched.is_none());
        if let Some(dispatched) = &dispatched {
            told.failures += dispatched.machines.values().filter(|it| invariants::failed(it)).count();
            told.returns += dispatched.machines.values().filter(|it| invariants::returned(it)).count();
        }
    }
    if let Some(dispatched) = &dispatched {
        for (machine, result) in &dispatched.machines {
            site.tell(|| format!("result of {machine}: {result:?}"));
        }
        invariants::results_are_true(site, scenario, &run.plan, dispatched, &run.before);
    }
    let pause = attempt.map_or(QUIET, |it| it.pause);
    site.clock.sleep(Duration::from_secs(pause)).await;
    if pause >= 4000 {
        invariants::nobody_is_left_between(site);
        if let Some(dispatched) = &dispatched {
            invariants::promises_are_kept(site, dispatched);
        }
    }
    let open = dispatched.as_ref().is_none_or(|it| it.interrupted || it.trouble.is_some());
    let goal = run.plan.goal;
    (open.then_some(run), dispatched.map(|it| (goal, it)))
}

/// What an operator does before the next attempt: a machine that is off is switched on, one that cannot be reached is
/// waited for; only one that was never to go back by itself is looked after.
async fn repair(site: &Arc<Site>, scenario: &Scenario) {
    let now = site.clock.elapsed();
    let count = scenario.machines.len();
    for at in 0..count {
        let lost = site.look(at, |machine| !machine.up && machine.processes.is_empty());
        let hangs =
            site.look(at, |machine| !machine.guarded && machine.switch_lock.is_some() && machine.mixed);
        site.change(at, |machine| {
            machine.behaviours.clear();
            (machine.keys_fail, machine.action_fails) = (false, false);
            (machine.unhealthy_before, machine.disk_is_full, machine.slowness) = (false, false, 1);
            if hangs {
                machine.fall();
            }
            if lost || hangs {
                machine.rise(now);
            }
            if !machine.guarded || machine.excused {
                machine.cut = None;
            }
        });
    }
    {
        let mut inner = site.inner();
        (inner.losses, inner.losses_at, inner.failing_builds) = (0, BTreeMap::new(), BTreeSet::new());
    }
    let reachable = |at| site.look(at, |machine| machine.up && machine.cut.is_none());
    for _ in 0..150 {
        if (0..count).all(reachable) {
            return;
        }
        site.clock.sleep(Duration::from_secs(60)).await;
    }
    for at in (0..count).filter(|at| !reachable(*at)) {
        let name = &scenario.machines[at].name;
        site.broken(format!("{name} is cut off and does not go back by itself"));
        site.change(at, |machine| machine.cut = None);
    }
}

async fn observe(
    site: &Arc<Site>,
    scenario: &Scenario,
    world: &World,
    settled: bool,
) -> BTreeMap<usize, Observed> {
    let mut observed = BTreeMap::new();
    for (at, subject) in scenario.machines.iter().enumerate() {
        let machine = MachineName::new(&subject.name);
        let probe = ProbeMachine { machine, first_contact: false, settled };
        match probe.run(world).await {
            Ok(seen) => {
                observed.insert(at, seen);
            }
            Err(error) => site.broken(format!("a machine that answers cannot be asked: {error}")),
        }
    }
    observed
}

/// A new journal, and the troubles of the attempt.
fn begin(site: &Arc<Site>, scenario: &Scenario, plan: &Plan, resumed: bool, attempt: Option<&Attempt>) {
    let mut steps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for planned in &plan.steps {
        if let Some(machine) = planned.step.machine() {
            steps.entry(machine.to_string()).or_default().push(planned.id.as_str().to_owned());
        }
    }
    let mut inner = site.inner();
    let book = if resumed { std::mem::take(&mut inner.book) } else { Book::default() };
    inner.book = Book { steps, lines: 0, fails_from: None, death_at: None, fence: book.fence + 1, ..book };
    inner.commands = 0;
    inner.attempt += 1;
    for (at, subject) in scenario.machines.iter().enumerate() {
        let machine = &mut inner.machines[at];
        if !resumed {
            (machine.settled, machine.tested, machine.resets) = (false, false, 0);
        }
        let usual = Behaviour { milliseconds: subject.seconds * 1000, ..Behaviour::default() };
        machine.behaviours =
            [&machine.new, &machine.old].map(|system| (system.clone(), usual.clone())).into();
    }
    for trouble in attempt.into_iter().flat_map(|it| &it.troubles) {
        apply(site, &mut inner, *trouble);
    }
}

fn apply(site: &Arc<Site>, inner: &mut super::site::Inner, trouble: Trouble) {
    let new = |inner: &mut super::site::Inner, at: usize, change: fn(&mut Behaviour, i32), number: i32| {
        let machine = &mut inner.machines[at];
        // What ran before without trouble runs without trouble.
        if ![&machine.old, &machine.running, &machine.boots].contains(&&machine.new) {
            change(machine.behaviours.entry(machine.new.clone()).or_default(), number);
        }
    };
    match trouble {
        Trouble::Build(at) => drop(inner.failing_builds.insert(at)),
        Trouble::FullDisk(at) => inner.machines[at].disk_is_full = true,
        Trouble::Activation(at, code) => new(inner, at, |it, code| it.code = code, code),
        Trouble::Hang(at) => new(inner, at, |it, _| it.hangs = true, 0),
        Trouble::Cut(at, super::scenario::Cut::New) => {
            new(inner, at, |it, _| it.cut = Some(super::scenario::Cut::New), 0);
        }
        Trouble::Cut(at, super::scenario::Cut::All) => {
            new(inner, at, |it, _| it.cut = Some(super::scenario::Cut::All), 0);
        }
        Trouble::Unhealthy(at) => new(inner, at, |it, _| it.unhealthy = true, 0),
        Trouble::UnhealthyBefore(at) => inner.machines[at].unhealthy_before = true,
        Trouble::BootLoader(at) => new(inner, at, |it, _| it.boot_code = 1, 0),
        Trouble::Return(at, times) => {
            let machine = &mut inner.machines[at];
            if machine.new != machine.old {
                machine.behaviours.entry(machine.old.clone()).or_default().failures = times;
            }
        }
        Trouble::Keys(at) => inner.machines[at].keys_fail = true,
        Trouble::KeyAction(at) => inner.machines[at].action_fails = true,
        Trouble::Slow(at, factor) => inner.machines[at].slowness = factor,
        Trouble::Losses(percent) => inner.losses = percent,
        Trouble::Loss { command, how } => drop(inner.losses_at.insert(command, how)),
        Trouble::Reset { machine, at, away } => {
            let (site, attempt) = (site.clone(), inner.attempt);
            tokio::spawn(async move {
                site.clock.milliseconds(at).await;
                if site.inner().attempt != attempt {
                    return;
                }
                site.note(machine, || "reset".to_owned());
                site.change(machine, |machine| {
                    machine.fall();
                    machine.resets += 1;
                });
                let Some(away) = away else { return };
                site.clock.sleep(Duration::from_secs(away)).await;
                let now = site.clock.elapsed();
                site.change(machine, |machine| {
                    if !machine.up {
                        machine.rise(now);
                    }
                });
                site.note(machine, || "is back".to_owned());
            });
        }
        Trouble::DeathAtLine { line, written } => inner.book.death_at = Some((line, written)),
        Trouble::JournalFails(line) => inner.book.fails_from = Some(line),
        Trouble::Interrupt { .. } | Trouble::DeathAt(_) => {}
    }
}

/// The real dispatcher; nothing when the deployer died.
async fn dispatch(
    site: &Arc<Site>,
    scenario: &Scenario,
    plan: &Plan,
    standing: &Standing,
    world: &Arc<World>,
    attempt: Option<&Attempt>,
) -> Option<Dispatched> {
    let (sender, mut interrupts) = tokio::sync::mpsc::unbounded_channel();
    let mut death_at = None;
    let mut timers = tokio::task::JoinSet::new();
    for trouble in attempt.into_iter().flat_map(|it| &it.troubles) {
        match *trouble {
            Trouble::Interrupt { at, at_once } => {
                let (site, sender) = (site.clone(), sender.clone());
                timers.spawn(async move {
                    site.clock.milliseconds(at).await;
                    site.tell(|| "interrupted".to_owned());
                    // The run may have ended before.
                    let _ = sender.send(Interrupt::Politely);
                    if at_once {
                        let wait = site.inner().chance.from(0, 5000);
                        site.clock.milliseconds(wait).await;
                        let _ = sender.send(Interrupt::AtOnce);
                    }
                });
            }
            Trouble::DeathAt(at) => death_at = Some(Duration::from_millis(at)),
            _ => {}
        }
    }
    let limits = invariants::Limits::new(scenario, plan);
    let tell = |event: Event| {
        site.tell(|| format!("{event:?}"));
        site.shows_no_secret("an event", &format!("{event:?}"));
        limits.see(site, &event);
        match &event {
            Event::StepStarted { step, .. } => site.inner().moves.push((step.as_str().to_owned(), None)),
            Event::StepSucceeded { step, took, .. } => {
                site.inner().moves.push((step.as_str().to_owned(), Some(*took)));
            }
            _ => {}
        }
    };
    let journal = SimulatedJournal(site.clone());
    let dispatch = Dispatch {
        plan,
        standing,
        world: world.clone(),
        journal: &journal,
        policy: scenario.policy,
        tell: &tell,
        interrupts: &mut interrupts,
    };
    tokio::select! {
        biased;
        () = site.death.notified() => {
            site.tell(|| "the deployer dies at a line of its journal".to_owned());
            None
        }
        () = site.clock.sleep(death_at.unwrap_or_default()), if death_at.is_some() => {
            site.tell(|| "the deployer dies".to_owned());
            None
        }
        dispatched = dispatcher::run(dispatch) => Some(dispatched),
    }
}

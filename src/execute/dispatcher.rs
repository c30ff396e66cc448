//! The dispatcher: the one owner of a running plan.
//!
//! It begins steps that may begin, hears how they ended, keeps the journal ahead of every act, listens
//! to the operator, and brings machines back whose activation failed. Workers share nothing and report to it alone.

mod outcome;
mod turn_back;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::journal::{ALREADY, Journal};
use super::progress::{Progress, Skip, Stand};
use super::result::MachineResult;
use super::standing::{At, CUT_OFF, Standing};
use super::{Event, Interrupt, Interrupts, Policy, chain};
use crate::network::MachineName;
use crate::plan::Plan;
use crate::state::{Event as Journaled, NewEntry, StateError};
use crate::steps::{Phase, Step, StepError, Undone, World};
use outcome::GOES_BACK;
use turn_back::WayBack;

/// What the dispatcher is given.
pub(super) struct Dispatch<'a> {
    pub plan: &'a Plan,
    /// What of the plan was done before: nothing of it in a new run.
    pub standing: &'a Standing,
    pub world: Arc<World>,
    pub journal: &'a dyn Journal,
    pub policy: Policy,
    pub tell: &'a (dyn Fn(Event) + Sync),
    pub interrupts: &'a mut Interrupts,
}

/// What came of a plan.
pub(super) struct Dispatched {
    pub machines: BTreeMap<MachineName, MachineResult>,
    pub interrupted: bool,
    /// The journal could not be kept to the end; nothing new was begun after that.
    pub trouble: Option<StateError>,
}

/// How a worker's task ended.
enum Ended {
    Step {
        step: usize,
        took: Duration,
        result: Result<Done, StepError>,
    },
    /// A machine was brought back as far as possible: what each undo came to, in the order of undoing.
    Back {
        machine: MachineName,
        undone: Vec<(usize, Result<Undone, StepError>)>,
    },
}

enum Done {
    Already,
    Now(Value),
}

/// Why a machine failed, kept until it was brought back or not.
struct Failure {
    step: usize,
    why: String,
    /// What became of bringing it back; none while that goes on or where nothing was touched.
    back: Option<Result<(), String>>,
}

/// Carries out a plan. When the journal cannot be kept nothing new is begun, and what runs is waited for: a machine in
/// the middle of its activation is not helped by being dropped there.
pub(super) async fn run(dispatch: Dispatch<'_>) -> Dispatched {
    let mut running = Loop::new(&dispatch);
    if running.was_turned_back(&dispatch) {
        running.turn_back(&dispatch).await;
    } else {
        running.begin_returns(&dispatch).await;
    }
    let mut listening = true;
    loop {
        running.begin_all(&dispatch).await;
        if running.tasks.is_empty() {
            running.turn_back(&dispatch).await;
        }
        running.go_back(&dispatch);
        if running.tasks.is_empty() {
            break;
        }
        tokio::select! {
            // The operator is heard first. In a fixed order the same events have the same consequences every time.
            biased;
            interrupt = dispatch.interrupts.recv(), if listening => match interrupt {
                None => listening = false,
                Some(interrupt) => running.interrupt(&dispatch, interrupt).await,
            },
            Some(joined) = running.tasks.join_next_with_id() => running.joined(&dispatch, joined).await,
        }
    }
    running.give_up_way_back();
    let (interrupted, trouble) = (running.interrupted, running.trouble.take());
    Dispatched { machines: running.results(dispatch.plan), interrupted, trouble }
}

/// What a task is doing, so that one that panicked or was cut off can be named, and one that touches nothing can be cut.
struct Worker {
    work: Work,
    handle: AbortHandle,
}

enum Work {
    Step(usize),
    Back(MachineName),
}

struct Loop<'a> {
    progress: Progress<'a>,
    tasks: JoinSet<Ended>,
    workers: BTreeMap<Id, Worker>,
    /// The steps that each machine began, in order.
    begun: BTreeMap<MachineName, Vec<usize>>,
    changed: BTreeSet<MachineName>,
    failures: BTreeMap<MachineName, Failure>,
    skips: BTreeMap<MachineName, String>,
    /// Machines whose return was begun before this process began. Nothing else begins before they are back.
    returning: BTreeSet<MachineName>,
    /// Why the run is to go back, where a failure means that.
    cause: Option<String>,
    way_back: Option<WayBack<'a>>,
    interrupted: bool,
    /// Interrupted a second time: nothing new is begun, not even a way back.
    cut: bool,
    /// Why the journal could not be kept.
    trouble: Option<StateError>,
}

impl<'a> Loop<'a> {
    fn new(dispatch: &Dispatch<'a>) -> Self {
        let (plan, standing) = (dispatch.plan, dispatch.standing);
        let mut begun: BTreeMap<MachineName, Vec<usize>> = BTreeMap::new();
        let mut changed = BTreeSet::new();
        for at in standing.begun() {
            let step = &plan.steps[*at].step;
            let Some(machine) = step.machine() else { continue };
            begun.entry(machine.clone()).or_default().push(*at);
            if step.kind().touches && standing.at(*at) == At::Done {
                changed.insert(machine.clone());
            }
        }
        Self {
            progress: Progress::new(plan, dispatch.policy, standing),
            tasks: JoinSet::new(),
            workers: BTreeMap::new(),
            begun,
            changed,
            failures: BTreeMap::new(),
            skips: BTreeMap::new(),
            returning: BTreeSet::new(),
            cause: None,
            way_back: None,
            interrupted: false,
            cut: false,
            trouble: None,
        }
    }
}

impl Loop<'_> {
    /// Writes to the journal; false when that failed, now or before. The first failure stops the run.
    async fn journal(&mut self, dispatch: &Dispatch<'_>, entries: Vec<NewEntry>) -> bool {
        if entries.is_empty() || self.trouble.is_some() {
            return self.trouble.is_none();
        }
        let Err(error) = dispatch.journal.append(entries).await else { return true };
        self.trouble = Some(error);
        let skips = self.progress.stop("the journal could not be kept");
        self.tell_skips(dispatch, skips);
        false
    }

    async fn interrupt(&mut self, dispatch: &Dispatch<'_>, interrupt: Interrupt) {
        self.interrupted = true;
        let skips = self.progress.stop("the run was interrupted");
        self.skipped(dispatch, skips).await;
        self.cut = interrupt == Interrupt::AtOnce;
        (dispatch.tell)(Event::Interrupted { at_once: self.cut });
        for worker in self.workers.values() {
            let touches_nothing = matches!(worker.work, Work::Step(step) if self.progress.step(step).kind().phase < Phase::Activate);
            if self.cut || touches_nothing {
                worker.handle.abort();
            }
        }
    }

    async fn begin_all(&mut self, dispatch: &Dispatch<'_>) {
        if self.cut || self.trouble.is_some() || !self.returning.is_empty() {
            return;
        }
        let mut steps = Vec::new();
        while let Some(step) = self.progress.begin() {
            steps.push(step);
        }
        // On the disk before anything is touched.
        let entries = steps.iter().map(|step| entry(dispatch.plan, *step, Journaled::Started)).collect();
        if !self.journal(dispatch, entries).await {
            return;
        }
        for step in steps {
            let planned = &dispatch.plan.steps[step];
            let machine = planned.step.machine().cloned();
            if let Some(machine) = &machine {
                let begun = self.begun.entry(machine.clone()).or_default();
                begun.retain(|it| *it != step);
                begun.push(step);
            }
            (dispatch.tell)(Event::StepStarted { step: planned.id.clone(), machine });
            let (world, act) = (dispatch.world.clone(), planned.step.clone());
            let again = dispatch.standing.at(step) == At::Again;
            let task = self.tasks.spawn(async move {
                let begun = world.system.clock.elapsed();
                let result = perform(&act, again, &world).await;
                Ended::Step { step, took: world.system.clock.elapsed().saturating_sub(begun), result }
            });
            self.workers.insert(task.id(), Worker { work: Work::Step(step), handle: task });
        }
    }

    async fn joined(&mut self, dispatch: &Dispatch<'_>, joined: Result<(Id, Ended), JoinError>) {
        match joined {
            Ok((task, Ended::Step { step, took, result })) => {
                self.workers.remove(&task);
                match result {
                    Ok(done) => self.succeeded(dispatch, step, took, done).await,
                    Err(error) => self.failed(dispatch, step, took, chain(&error)).await,
                }
            }
            Ok((task, Ended::Back { machine, undone })) => {
                self.workers.remove(&task);
                self.brought_back(dispatch, &machine, undone).await;
            }
            Err(error) => {
                let worker = self.workers.remove(&error.id()).expect("every task is in the table");
                let why = if error.is_panic() {
                    format!("a bug in nixwright: {}", panic_text(error.into_panic()))
                } else {
                    CUT_OFF.to_owned()
                };
                match worker.work {
                    Work::Step(step) => {
                        let machine = self.progress.step(step).machine();
                        let back = machine.is_some_and(|it| self.goes_back(it));
                        let why = if back { format!("{why}; {GOES_BACK}") } else { why };
                        self.failed(dispatch, step, Duration::ZERO, why).await;
                    }
                    Work::Back(machine) => {
                        self.is_back(dispatch, &machine, Err(why)).await;
                    }
                }
            }
        }
    }

    async fn succeeded(&mut self, dispatch: &Dispatch<'_>, step: usize, took: Duration, done: Done) {
        let mut entry = entry(dispatch.plan, step, Journaled::Succeeded);
        let already = match done {
            Done::Already => {
                ALREADY.clone_into(&mut entry.message);
                true
            }
            Done::Now(output) => {
                entry.output = (!output.is_null()).then(|| output.to_string());
                false
            }
        };
        self.journal(dispatch, vec![entry]).await;
        self.progress.succeeded(step);
        let planned = &dispatch.plan.steps[step];
        let machine = planned.step.machine().cloned();
        if let (Some(machine), false, true) = (&machine, already, planned.step.kind().touches) {
            self.changed.insert(machine.clone());
        }
        (dispatch.tell)(Event::StepSucceeded { step: planned.id.clone(), machine, took, already });
    }

    async fn failed(&mut self, dispatch: &Dispatch<'_>, step: usize, took: Duration, why: String) {
        let mut entry = entry(dispatch.plan, step, Journaled::Failed);
        entry.message.clone_from(&why);
        self.journal(dispatch, vec![entry]).await;
        let planned = &dispatch.plan.steps[step];
        let machine = planned.step.machine().cloned();
        let error = why.clone();
        (dispatch.tell)(Event::StepFailed {
            step: planned.id.clone(),
            machine: machine.clone(),
            took,
            error,
        });
        let skips = self.progress.failed(step);
        self.skipped(dispatch, skips).await;
        if let Some(machine) = machine {
            if !why.starts_with(CUT_OFF) {
                self.cause.get_or_insert_with(|| format!("`{machine}` failed: {why}"));
            }
            self.failures.insert(machine.clone(), Failure { step, why, back: None });
            // What comes after its system is no reason to take that away.
            if dispatch.plan.steps[step].step.kind().phase != Phase::After {
                self.bring_back(dispatch, &machine).await;
            }
        }
    }

    async fn skipped(&mut self, dispatch: &Dispatch<'_>, skips: Vec<Skip>) {
        let new = skips.iter().filter(|skip| !dispatch.standing.is_written(skip.step));
        let entries = new.map(|skip| {
            let mut entry = entry(dispatch.plan, skip.step, Journaled::Skipped);
            entry.message.clone_from(&skip.because);
            entry
        });
        let entries = entries.collect();
        self.journal(dispatch, entries).await;
        self.tell_skips(dispatch, skips);
    }

    fn tell_skips(&mut self, dispatch: &Dispatch<'_>, skips: Vec<Skip>) {
        for skip in skips {
            let planned = &dispatch.plan.steps[skip.step];
            let machine = planned.step.machine().cloned();
            if let Some(machine) = &machine {
                self.skips.entry(machine.clone()).or_insert_with(|| skip.because.clone());
            }
            (dispatch.tell)(Event::StepSkipped { step: planned.id.clone(), machine, because: skip.because });
        }
    }

    /// Begins the way back of a machine: every step that touched it, last first.
    async fn bring_back(&mut self, dispatch: &Dispatch<'_>, machine: &MachineName) {
        let begun = self.begun.get(machine).cloned().unwrap_or_default();
        let steps: Vec<usize> = begun
            .into_iter()
            .rev()
            .filter(|step| self.progress.step(*step).kind().touches)
            // What waits or was skipped was begun by an earlier process of this run.
            .filter(|step| self.progress.stand(*step) != Stand::Running)
            .collect();
        if steps.is_empty() || !dispatch.policy.rollback || self.cut {
            return;
        }
        self.begin_return(dispatch, machine, steps).await;
    }

    /// Begins again the returns that an earlier process of this run has left unfinished.
    async fn begin_returns(&mut self, dispatch: &Dispatch<'_>) {
        for (machine, steps) in dispatch.standing.on_the_way_back(dispatch.plan) {
            if self.begin_return(dispatch, &machine, steps).await {
                self.returning.insert(machine);
            }
        }
    }

    /// Has a machine take back these steps; false when the journal could not be kept.
    async fn begin_return(
        &mut self,
        dispatch: &Dispatch<'_>,
        machine: &MachineName,
        steps: Vec<usize>,
    ) -> bool {
        let entries = steps.iter().map(|step| entry(dispatch.plan, *step, Journaled::UndoStarted)).collect();
        // Without a journal, perhaps without the lock: what others may be doing there is not ours to disturb.
        if !self.journal(dispatch, entries).await {
            return false;
        }
        self.spawn_return(dispatch, machine, steps);
        true
    }

    fn spawn_return(&mut self, dispatch: &Dispatch<'_>, machine: &MachineName, steps: Vec<usize>) {
        self.progress.returns();
        let acts: Vec<(usize, Step)> =
            steps.iter().map(|step| (*step, self.progress.step(*step).clone())).collect();
        let (world, work) = (dispatch.world.clone(), Work::Back(machine.clone()));
        let machine = machine.clone();
        let handle = self.tasks.spawn(async move {
            let mut undone = Vec::new();
            for (step, act) in acts {
                undone.push((step, act.undo(&world).await));
            }
            Ended::Back { machine, undone }
        });
        self.workers.insert(handle.id(), Worker { work, handle });
    }

    async fn brought_back(
        &mut self,
        dispatch: &Dispatch<'_>,
        machine: &MachineName,
        undone: Vec<(usize, Result<Undone, StepError>)>,
    ) {
        let mut entries = Vec::new();
        let mut trouble = Vec::new();
        let mut besides = Vec::new();
        for (step, result) in undone {
            let impossible = match result {
                Ok(Undone::Nothing | Undone::Done) => None,
                Ok(Undone::Impossible(because)) => Some(because),
                Err(error) => Some(chain(&error)),
            };
            let event = if impossible.is_none() { Journaled::Undone } else { Journaled::UndoFailed };
            let mut entry = entry(dispatch.plan, step, event);
            entry.message = impossible.clone().unwrap_or_default();
            entries.push(entry);
            // The machine runs what it ran, also without these.
            let is_system = !matches!(dispatch.plan.steps[step].step, Step::RemoveKeys(_));
            if is_system { &mut trouble } else { &mut besides }.extend(impossible.clone());
            let step = dispatch.plan.steps[step].id.clone();
            (dispatch.tell)(Event::StepUndone { step, machine: Some(machine.clone()), impossible });
        }
        self.journal(dispatch, entries).await;
        if let (Some(failure), false) = (self.failures.get_mut(machine), besides.is_empty()) {
            failure.why = format!("{}\n{}", failure.why, besides.join("; "));
        }
        let back = if trouble.is_empty() { Ok(()) } else { Err(trouble.join("; ")) };
        self.is_back(dispatch, machine, back).await;
    }

    /// A machine is back, or will not come back.
    async fn is_back(&mut self, dispatch: &Dispatch<'_>, machine: &MachineName, back: Result<(), String>) {
        self.progress.returned();
        self.is_back_with_all(machine);
        if let Some(failure) = self.failures.get_mut(machine) {
            failure.back = Some(back);
            return;
        }
        // Its return was begun by an earlier process of this run, for a reason that is in the journal.
        self.returning.remove(machine);
        let Err(trouble) = back else { return };
        let steps = dispatch.standing.on_the_way_back(dispatch.plan);
        let step = *steps[machine].first().expect("a machine on its way back has steps to take back");
        let why = "its return to its earlier system was to be finished first".to_owned();
        self.failures.insert(machine.clone(), Failure { step, why, back: Some(Err(trouble)) });
        let skips = self.progress.give_up(machine);
        self.skipped(dispatch, skips).await;
    }
}

async fn perform(step: &Step, again: bool, world: &World) -> Result<Done, StepError> {
    if !again && step.done(world).await? { Ok(Done::Already) } else { step.run(world).await.map(Done::Now) }
}

fn entry(plan: &Plan, step: usize, event: Journaled) -> NewEntry {
    let planned = &plan.steps[step];
    let mut entry = NewEntry::new(planned.id.as_str(), event);
    entry.machine = planned.step.machine().map(ToString::to_string);
    entry
}

fn panic_text(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it said nothing".to_owned())
}

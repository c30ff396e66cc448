//! The dispatcher: the one owner of a running plan.
//!
//! It begins steps that may begin, hears how they ended, keeps the journal ahead of every act, listens
//! to the operator, and brings machines back whose activation failed. Workers share nothing and report to it alone.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::{Id, JoinError, JoinSet};

use super::progress::{Progress, Skip, Stand};
use super::result::MachineResult;
use super::{Event, Interrupt, Interrupts, Policy, RunError, chain};
use crate::network::MachineName;
use crate::plan::Plan;
use crate::state::{Event as Journaled, Lease, NewEntry, State};
use crate::steps::{Step, StepError, Undone, World};

/// What the dispatcher is given.
pub(super) struct Dispatch<'a> {
    pub plan: &'a Plan,
    pub world: Arc<World>,
    pub state: &'a State,
    pub lease: &'a Lease,
    pub policy: Policy,
    pub tell: &'a (dyn Fn(Event) + Sync),
    pub interrupts: &'a mut Interrupts,
}

/// What came of a plan.
pub(super) struct Dispatched {
    pub machines: BTreeMap<MachineName, MachineResult>,
    pub interrupted: bool,
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

/// Carries out a plan. An error means that the journal could not be kept: then nothing new was begun.
pub(super) async fn run(dispatch: Dispatch<'_>) -> Result<Dispatched, RunError> {
    let mut running = Loop {
        progress: Progress::new(dispatch.plan, dispatch.policy),
        tasks: JoinSet::new(),
        steps_of_tasks: BTreeMap::new(),
        begun: BTreeMap::new(),
        changed: BTreeSet::new(),
        failures: BTreeMap::new(),
        skips: BTreeMap::new(),
        interrupted: false,
        cut: false,
    };
    let mut listening = true;
    loop {
        running.begin_all(&dispatch).await?;
        if running.tasks.is_empty() {
            break;
        }
        tokio::select! {
            Some(joined) = running.tasks.join_next_with_id() => running.joined(&dispatch, joined).await?,
            interrupt = dispatch.interrupts.recv(), if listening => match interrupt {
                None => listening = false,
                Some(Interrupt::Politely) => {
                    running.interrupted = true;
                    let skips = running.progress.stop("the run was interrupted");
                    running.skipped(&dispatch, skips).await?;
                }
                Some(Interrupt::AtOnce) => {
                    (running.interrupted, running.cut) = (true, true);
                    let skips = running.progress.stop("the run was interrupted");
                    running.skipped(&dispatch, skips).await?;
                    running.tasks.abort_all();
                }
            },
        }
    }
    let interrupted = running.interrupted;
    Ok(Dispatched { machines: running.results(dispatch.plan), interrupted })
}

struct Loop<'a> {
    progress: Progress<'a>,
    tasks: JoinSet<Ended>,
    /// So that a task that panicked or was cut off can be named.
    steps_of_tasks: BTreeMap<Id, usize>,
    /// The steps that each machine began, in order.
    begun: BTreeMap<MachineName, Vec<usize>>,
    changed: BTreeSet<MachineName>,
    failures: BTreeMap<MachineName, Failure>,
    skips: BTreeMap<MachineName, String>,
    interrupted: bool,
    /// Interrupted a second time: nothing new is begun, not even a way back.
    cut: bool,
}

impl Loop<'_> {
    async fn begin_all(&mut self, dispatch: &Dispatch<'_>) -> Result<(), RunError> {
        let mut steps = Vec::new();
        while let Some(step) = self.progress.begin() {
            steps.push(step);
        }
        if steps.is_empty() {
            return Ok(());
        }
        // On the disk before anything is touched.
        let entries = steps.iter().map(|step| entry(dispatch.plan, *step, Journaled::Started)).collect();
        dispatch.state.append(dispatch.lease, entries).await?;
        for step in steps {
            let planned = &dispatch.plan.steps[step];
            let machine = planned.step.machine().cloned();
            if let Some(machine) = &machine {
                self.begun.entry(machine.clone()).or_default().push(step);
            }
            (dispatch.tell)(Event::StepStarted { step: planned.id.clone(), machine });
            let (world, act) = (dispatch.world.clone(), planned.step.clone());
            let task = self.tasks.spawn(async move {
                let begun = world.system.clock.elapsed();
                let result = perform(&act, &world).await;
                Ended::Step { step, took: world.system.clock.elapsed().saturating_sub(begun), result }
            });
            self.steps_of_tasks.insert(task.id(), step);
        }
        Ok(())
    }

    async fn joined(
        &mut self,
        dispatch: &Dispatch<'_>,
        joined: Result<(Id, Ended), JoinError>,
    ) -> Result<(), RunError> {
        match joined {
            Ok((task, Ended::Step { step, took, result })) => {
                self.steps_of_tasks.remove(&task);
                match result {
                    Ok(done) => self.succeeded(dispatch, step, took, done).await,
                    Err(error) => self.failed(dispatch, step, took, chain(&error)).await,
                }
            }
            Ok((_, Ended::Back { machine, undone })) => self.brought_back(dispatch, &machine, undone).await,
            Err(error) => {
                let step = self.steps_of_tasks.remove(&error.id());
                let why = if error.is_panic() {
                    format!("a bug in nixwright: {}", panic_text(error.into_panic()))
                } else {
                    "it was cut off".to_owned()
                };
                match step {
                    Some(step) => self.failed(dispatch, step, Duration::ZERO, why).await,
                    // A way back that was cut off leaves its failure without an end, which the result shows.
                    None => Ok(()),
                }
            }
        }
    }

    async fn succeeded(
        &mut self,
        dispatch: &Dispatch<'_>,
        step: usize,
        took: Duration,
        done: Done,
    ) -> Result<(), RunError> {
        let mut entry = entry(dispatch.plan, step, Journaled::Succeeded);
        let already = match done {
            Done::Already => true,
            Done::Now(output) => {
                entry.output = (!output.is_null()).then(|| output.to_string());
                false
            }
        };
        dispatch.state.append(dispatch.lease, vec![entry]).await?;
        self.progress.succeeded(step);
        let planned = &dispatch.plan.steps[step];
        let machine = planned.step.machine().cloned();
        if let (Some(machine), false, true) = (&machine, already, planned.step.kind().touches) {
            self.changed.insert(machine.clone());
        }
        (dispatch.tell)(Event::StepSucceeded { step: planned.id.clone(), machine, took, already });
        Ok(())
    }

    async fn failed(
        &mut self,
        dispatch: &Dispatch<'_>,
        step: usize,
        took: Duration,
        why: String,
    ) -> Result<(), RunError> {
        let mut entry = entry(dispatch.plan, step, Journaled::Failed);
        entry.message.clone_from(&why);
        dispatch.state.append(dispatch.lease, vec![entry]).await?;
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
        self.skipped(dispatch, skips).await?;
        if let Some(machine) = machine {
            self.failures.insert(machine.clone(), Failure { step, why, back: None });
            self.bring_back(dispatch, &machine).await?;
        }
        Ok(())
    }

    async fn skipped(&mut self, dispatch: &Dispatch<'_>, skips: Vec<Skip>) -> Result<(), RunError> {
        let entries = skips.iter().map(|skip| {
            let mut entry = entry(dispatch.plan, skip.step, Journaled::Skipped);
            entry.message.clone_from(&skip.because);
            entry
        });
        let entries: Vec<NewEntry> = entries.collect();
        if !entries.is_empty() {
            dispatch.state.append(dispatch.lease, entries).await?;
        }
        for skip in skips {
            let planned = &dispatch.plan.steps[skip.step];
            let machine = planned.step.machine().cloned();
            if let Some(machine) = &machine {
                self.skips.entry(machine.clone()).or_insert_with(|| skip.because.clone());
            }
            (dispatch.tell)(Event::StepSkipped { step: planned.id.clone(), machine, because: skip.because });
        }
        Ok(())
    }

    /// Begins the way back of a machine: every step that touched it, last first.
    async fn bring_back(&mut self, dispatch: &Dispatch<'_>, machine: &MachineName) -> Result<(), RunError> {
        let begun = self.begun.get(machine).cloned().unwrap_or_default();
        let steps: Vec<usize> = begun
            .into_iter()
            .rev()
            .filter(|step| self.progress.step(*step).kind().touches)
            .filter(|step| matches!(self.progress.stand(*step), Stand::Succeeded | Stand::Failed))
            .collect();
        if steps.is_empty() || !dispatch.policy.rollback || self.cut {
            return Ok(());
        }
        let entries = steps.iter().map(|step| entry(dispatch.plan, *step, Journaled::UndoStarted)).collect();
        dispatch.state.append(dispatch.lease, entries).await?;
        let acts: Vec<(usize, Step)> =
            steps.iter().map(|step| (*step, self.progress.step(*step).clone())).collect();
        let (world, machine) = (dispatch.world.clone(), machine.clone());
        self.tasks.spawn(async move {
            let mut undone = Vec::new();
            for (step, act) in acts {
                undone.push((step, act.undo(&world).await));
            }
            Ended::Back { machine, undone }
        });
        Ok(())
    }

    async fn brought_back(
        &mut self,
        dispatch: &Dispatch<'_>,
        machine: &MachineName,
        undone: Vec<(usize, Result<Undone, StepError>)>,
    ) -> Result<(), RunError> {
        let mut entries = Vec::new();
        let mut trouble = Vec::new();
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
            trouble.extend(impossible.clone());
            let step = dispatch.plan.steps[step].id.clone();
            (dispatch.tell)(Event::StepUndone { step, machine: Some(machine.clone()), impossible });
        }
        dispatch.state.append(dispatch.lease, entries).await?;
        if let Some(failure) = self.failures.get_mut(machine) {
            failure.back = Some(if trouble.is_empty() { Ok(()) } else { Err(trouble.join("; ")) });
        }
        Ok(())
    }

    fn results(mut self, plan: &Plan) -> BTreeMap<MachineName, MachineResult> {
        let results = plan.machines.keys().map(|machine| {
            let result = match (self.failures.remove(machine), self.skips.remove(machine)) {
                (Some(failure), _) => self.failed_result(machine, failure),
                (None, Some(because)) => MachineResult::Skipped { because },
                (None, None) => MachineResult::Done {
                    changed: self.changed.contains(machine) && !plan.machines[machine].is_current(),
                },
            };
            (machine.clone(), result)
        });
        results.collect()
    }

    fn failed_result(&self, machine: &MachineName, failure: Failure) -> MachineResult {
        let kind = self.progress.step(failure.step).kind();
        let step = kind.title.to_owned();
        let touched = self
            .begun
            .get(machine)
            .is_some_and(|begun| begun.iter().any(|step| self.progress.step(*step).kind().touches));
        match failure.back {
            Some(Ok(())) => MachineResult::RolledBack { step, why: failure.why },
            Some(Err(trouble)) => {
                let why = format!("{}\nit could not be brought back: {trouble}", failure.why);
                MachineResult::Failed { step, why, phase: kind.phase, touched }
            }
            None => MachineResult::Failed { step, why: failure.why, phase: kind.phase, touched },
        }
    }
}

async fn perform(step: &Step, world: &World) -> Result<Done, StepError> {
    if step.done(world).await? { Ok(Done::Already) } else { step.run(world).await.map(Done::Now) }
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

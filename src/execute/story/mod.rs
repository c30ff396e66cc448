//! The story of a run: its plan and its journal brought together, step by step and machine by machine.
//!
//! Decides nothing and asks nobody: what the state has of a run is all that it is made from. The same shape holds for a plan
//! that nobody has carried out, where nothing has happened yet.

mod critical;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::SavedPlan;
use super::journal::ALREADY;
use crate::network::MachineName;
use crate::plan::{Changes, Plan, PlanError, StepId};
use crate::state::{Event, JournalEntry, LogLine, Resumption, Run, RunRecord, Scope, State, StateError};
use crate::steps::{Kind, Step};
use critical::{Timed, critical_path, depths};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepEnd {
    /// Nothing happened to it.
    Waiting,
    UnderWay,
    /// The process that did it ended in the middle of it.
    BrokenOff,
    /// There was nothing to do.
    Already,
    Succeeded,
    Skipped,
    Undone,
    Failed,
    /// It was to be taken back, and could not be.
    UndoFailed,
}

impl StepEnd {
    /// The word of the printed forms.
    pub fn as_str(self) -> &'static str {
        match self {
            StepEnd::Waiting => "waiting",
            StepEnd::UnderWay => "under-way",
            StepEnd::BrokenOff => "broken-off",
            StepEnd::Already => "already",
            StepEnd::Succeeded => "succeeded",
            StepEnd::Skipped => "skipped",
            StepEnd::Undone => "undone",
            StepEnd::Failed => "failed",
            StepEnd::UndoFailed => "undo-failed",
        }
    }
}

/// From when to when. Without an end it goes on, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub begun: Timestamp,
    pub ended: Option<Timestamp>,
}

impl Span {
    pub fn seconds(&self) -> Option<f64> {
        self.ended.map(|ended| seconds(self.begun, ended))
    }
}

/// Between two times, to the millisecond; clocks that were set back took no time.
pub fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    let milliseconds = (to.as_millisecond() - from.as_millisecond()).max(0);
    #[expect(clippy::cast_precision_loss, reason = "a run of centuries is none")]
    let milliseconds = milliseconds as f64;
    milliseconds / 1000.0
}

/// One step of the plan, and what happened to it.
#[derive(Clone, Debug)]
pub struct StepStory {
    pub id: StepId,
    pub kind: Kind,
    pub machine: Option<MachineName>,
    /// Positions of the steps that it waits for.
    pub after: Vec<usize>,
    pub end: StepEnd,
    /// When it was done, the last time.
    pub done: Option<Span>,
    /// When it was taken back.
    pub undone: Option<Span>,
    /// How often it was begun.
    pub tries: u32,
    /// Why it failed or was skipped; empty where there is nothing to say.
    pub message: String,
    /// What it gave, as JSON text.
    pub output: Option<String>,
    /// For plans without times: its place in the longest chain that leads to it.
    pub depth: i64,
}

/// What became of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MachineEnd {
    Waiting,
    UnderWay,
    BrokenOff,
    /// It had its system already.
    Unchanged,
    Done,
    Skipped,
    RolledBack,
    Failed,
}

impl MachineEnd {
    /// The word of the printed forms.
    pub fn as_str(self) -> &'static str {
        match self {
            MachineEnd::Waiting => "waiting",
            MachineEnd::UnderWay => "under-way",
            MachineEnd::BrokenOff => "broken-off",
            MachineEnd::Unchanged => "unchanged",
            MachineEnd::Done => "done",
            MachineEnd::Skipped => "skipped",
            MachineEnd::RolledBack => "rolled-back",
            MachineEnd::Failed => "failed",
        }
    }
}

/// A machine of a run.
#[derive(Clone, Debug)]
pub struct MachineStory {
    pub end: MachineEnd,
    /// Why it does not have its system; empty where it has.
    pub why: String,
    /// What changed on it, where that was looked at.
    pub changes: Option<Changes>,
}

/// A run from its plan to its end.
#[derive(Clone, Debug)]
pub struct Story {
    /// None of a plan that was not carried out.
    pub record: Option<RunRecord>,
    /// Who went on with it after whoever began it, in their order.
    pub resumed: Vec<Resumption>,
    /// Somebody is at it now.
    pub under_way: bool,
    pub generation: Option<u64>,
    pub plan: Plan,
    pub machines: BTreeMap<MachineName, MachineStory>,
    /// Machines that were meant and are no part of the plan, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// In the order of the plan.
    pub steps: Vec<StepStory>,
    /// Positions of the steps that made it as long as it was.
    pub critical: Vec<usize>,
    pub log: Vec<LogLine>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Reads all that the state has of a run.
pub async fn story(state: &State, record: &RunRecord) -> Result<Story, StoryError> {
    let run = state.run(record.id).await?;
    let scope = state.scope(record.id).await?.unwrap_or_default();
    let lock = state.lock(record.deployment).await?;
    let under_way = lock.is_some_and(|lock| lock.run == record.id && !lock.stale);
    let (generation, log) = (state.generation_of(record).await?, state.log(record.id).await?);
    Ok(Story { generation, ..Story::new(run, scope, log, under_way)? })
}

impl Story {
    /// Brings together what is known of a run.
    pub fn new(run: Run, scope: Scope, log: Vec<LogLine>, under_way: bool) -> Result<Self, PlanError> {
        let plan = Plan::from_json(&run.plan)?;
        let is_over = run.record.ended.is_some();
        let steps = steps(&plan, &run.journal, under_way && !is_over);
        // Changes of a form that we do not know say nothing.
        let changes = scope.changes.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let machines = machines(&plan, &steps, changes.unwrap_or_default());
        let timed: Vec<Timed<'_>> = steps.iter().map(timed).collect();
        let critical = critical_path(&timed);
        let (left_out, record) = (scope.left_out, Some(run.record));
        Ok(Self {
            record,
            resumed: run.resumed,
            under_way,
            generation: None,
            plan,
            machines,
            left_out,
            steps,
            critical,
            log,
        })
    }

    /// A plan before it is carried out.
    pub fn of_plan(saved: &SavedPlan) -> Self {
        let plan = saved.plan.clone();
        let steps = steps(&plan, &[], false);
        let machines = machines(&plan, &steps, saved.changes.clone());
        // Each step takes as long as any other here.
        let timed: Vec<Timed<'_>> = steps
            .iter()
            .map(|step| Timed { after: &step.after, span: Some((step.depth, step.depth + 1)) })
            .collect();
        let critical = critical_path(&timed);
        let left_out = saved.left_out.iter().map(|(machine, it)| (machine.to_string(), it.clone()));
        let (left_out, log) = (left_out.collect(), Vec::new());
        Self {
            record: None,
            resumed: Vec::new(),
            under_way: false,
            generation: None,
            plan,
            machines,
            left_out,
            steps,
            critical,
            log,
        }
    }

    /// How long it took, or has taken until its last sign of life.
    pub fn seconds(&self) -> Option<f64> {
        let record = self.record.as_ref()?;
        Some(seconds(record.started, record.ended.or(self.last_sign())?))
    }

    /// When something happened to a step, or was said, for the last time.
    pub fn last_sign(&self) -> Option<Timestamp> {
        let steps = self.steps.iter().flat_map(|step| [step.done, step.undone]).flatten();
        let steps = steps.flat_map(|span| [Some(span.begun), span.ended]).flatten();
        steps.chain(self.log.iter().map(|line| line.at)).max()
    }
}

fn timed(step: &StepStory) -> Timed<'_> {
    let span = step.done.and_then(|it| Some((it.begun.as_microsecond(), it.ended?.as_microsecond())));
    Timed { after: &step.after, span }
}

fn steps(plan: &Plan, journal: &[JournalEntry], under_way: bool) -> Vec<StepStory> {
    let depths = depths(plan.steps.iter().map(|planned| planned.after.as_slice()));
    let mut steps: Vec<StepStory> = plan
        .steps
        .iter()
        .zip(depths)
        .map(|(planned, depth)| StepStory {
            id: planned.id.clone(),
            kind: planned.step.kind(),
            machine: planned.step.machine().cloned(),
            after: planned.after.clone(),
            end: StepEnd::Waiting,
            done: None,
            undone: None,
            tries: 0,
            message: String::new(),
            output: None,
            depth,
        })
        .collect();
    let places: BTreeMap<&str, usize> =
        plan.steps.iter().enumerate().map(|(at, planned)| (planned.id.as_str(), at)).collect();
    for entry in journal {
        // A step that the plan does not have can only come from a damaged state.
        let Some(at) = places.get(entry.step.as_str()) else { continue };
        heard(&mut steps[*at], entry);
    }
    if !under_way {
        for step in steps.iter_mut().filter(|step| step.end == StepEnd::UnderWay) {
            step.end = StepEnd::BrokenOff;
        }
    }
    steps
}

/// What an entry of the journal says of a step.
fn heard(step: &mut StepStory, entry: &JournalEntry) {
    let end = |span: &mut Option<Span>| {
        if let Some(span) = span {
            span.ended = Some(entry.at);
        }
    };
    let begin = Some(Span { begun: entry.at, ended: None });
    match entry.event {
        Event::Started => {
            (step.done, step.undone) = (begin, None);
            step.tries += 1;
        }
        Event::Succeeded | Event::Failed => end(&mut step.done),
        Event::UndoStarted => step.undone = begin,
        Event::Undone | Event::UndoFailed => end(&mut step.undone),
        Event::Skipped => {}
    }
    step.end = match entry.event {
        Event::Started | Event::UndoStarted => StepEnd::UnderWay,
        Event::Succeeded if entry.message == ALREADY => StepEnd::Already,
        Event::Succeeded => StepEnd::Succeeded,
        Event::Failed => StepEnd::Failed,
        Event::Undone => StepEnd::Undone,
        Event::UndoFailed => StepEnd::UndoFailed,
        Event::Skipped => StepEnd::Skipped,
    };
    // Why it had to be taken back is still why.
    let keeps = matches!(entry.event, Event::UndoStarted | Event::Undone) && !step.message.is_empty();
    if !keeps {
        step.message.clone_from(&entry.message);
    }
    if step.end == StepEnd::Already {
        step.message.clear();
    }
    if entry.output.is_some() {
        step.output.clone_from(&entry.output);
    }
}

fn machines(
    plan: &Plan,
    steps: &[StepStory],
    mut changes: BTreeMap<MachineName, Changes>,
) -> BTreeMap<MachineName, MachineStory> {
    let mut of: BTreeMap<&MachineName, Vec<(&StepStory, &Step)>> = BTreeMap::new();
    for (step, planned) in steps.iter().zip(&plan.steps) {
        if let Some(machine) = &step.machine {
            of.entry(machine).or_default().push((step, &planned.step));
        }
    }
    let all = plan.machines.keys().map(|machine| {
        let steps = of.remove(machine).unwrap_or_default();
        let (end, why) = machine_end(&steps);
        (machine.clone(), MachineStory { end, why, changes: changes.remove(machine) })
    });
    all.collect()
}

/// What became of a machine, of which these are the steps; and why.
fn machine_end(steps: &[(&StepStory, &Step)]) -> (MachineEnd, String) {
    let ends: BTreeSet<StepEnd> = steps.iter().map(|(step, _)| step.end).collect();
    let has = |end: StepEnd| ends.contains(&end);
    let changed = || {
        let did = |step: &StepStory| step.end == StepEnd::Succeeded && step.kind.touches;
        steps.iter().any(|(step, _)| did(step))
    };
    let end = if has(StepEnd::UnderWay) {
        MachineEnd::UnderWay
    } else if has(StepEnd::BrokenOff) {
        MachineEnd::BrokenOff
    } else if has(StepEnd::UndoFailed) {
        MachineEnd::Failed
    } else if has(StepEnd::Undone) {
        MachineEnd::RolledBack
    } else if has(StepEnd::Failed) {
        MachineEnd::Failed
    } else if has(StepEnd::Skipped) {
        MachineEnd::Skipped
    } else if has(StepEnd::Waiting) {
        MachineEnd::Waiting
    } else if changed() {
        MachineEnd::Done
    } else {
        MachineEnd::Unchanged
    };
    let said = |end: StepEnd| steps.iter().find(|(step, _)| step.end == end && !step.message.is_empty());
    let order = [StepEnd::UndoFailed, StepEnd::Failed, StepEnd::Undone, StepEnd::Skipped];
    let why = match end {
        MachineEnd::Done | MachineEnd::Unchanged | MachineEnd::Waiting => None,
        _ => order.into_iter().find_map(said),
    };
    (end, why.map(|(step, _)| step.message.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests;

//! The journal of a run: what was begun and how it ended, step by step, only ever added to.
//!
//! `started` is on the disk before a step touches anything, so whatever happens to this process, a later one knows
//! what may have been touched. The table of legal moves is here; a move outside of it is refused.

use std::fmt;

use jiff::Timestamp;

use super::database::{Row, Transaction, values};
use super::history::append_lines;
use super::runs::{meaning, still_open, word};
use super::{Lease, LogLine, RunId, State, StateError, number, stored, time};

/// What happened to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    Started,
    Succeeded,
    Failed,
    UndoStarted,
    Undone,
    UndoFailed,
    /// Never begun, because of what the message says.
    Skipped,
}

const EVENTS: [(Event, &str); 7] = [
    (Event::Started, "started"),
    (Event::Succeeded, "succeeded"),
    (Event::Failed, "failed"),
    (Event::UndoStarted, "undo-started"),
    (Event::Undone, "undone"),
    (Event::UndoFailed, "undo-failed"),
    (Event::Skipped, "skipped"),
];

impl Event {
    pub fn as_str(self) -> &'static str {
        word(&EVENTS, self)
    }

    /// Which events may follow. `resumed`: the event before was written by an earlier holder of the lock, which
    /// may have died in the middle of it, and the world may have moved since.
    pub(crate) fn may_follow(before: Option<Event>, resumed: bool) -> &'static [Event] {
        use Event::{Failed, Skipped, Started, Succeeded, UndoFailed, UndoStarted, Undone};
        match (before, resumed) {
            (None, _) => &[Started, Skipped],
            (Some(Started), false) => &[Succeeded, Failed],
            // Found done after all; or to be done again; or to be taken back.
            (Some(Started), true) => &[Started, Succeeded, Failed, UndoStarted],
            (Some(Succeeded), false) => &[UndoStarted],
            (Some(Succeeded), true) => &[Started, UndoStarted],
            (Some(Failed | UndoFailed), _) => &[Started, UndoStarted],
            (Some(UndoStarted), false) => &[Undone, UndoFailed],
            (Some(UndoStarted), true) => &[UndoStarted, Undone, UndoFailed],
            (Some(Undone), _) => &[Started],
            (Some(Skipped), false) => &[],
            (Some(Skipped), true) => &[Started, Skipped],
        }
    }
}

/// What a run reports about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The step's id in the plan.
    pub step: String,
    pub event: Event,
    pub machine: Option<String>,
    /// Why, for people; empty where the event says it all.
    pub message: String,
    /// What the step gave, as JSON text: later steps and resumed runs read it from here.
    pub output: Option<String>,
}

impl NewEntry {
    pub fn new(step: impl Into<String>, event: Event) -> Self {
        Self { step: step.into(), event, machine: None, message: String::new(), output: None }
    }
}

/// One entry as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// 1, 2, … within the run.
    pub sequence: u64,
    pub step: String,
    pub event: Event,
    pub machine: Option<String>,
    pub message: String,
    pub output: Option<String>,
    pub at: Timestamp,
    /// The number of the lease it was written under.
    pub fence: u64,
}

impl State {
    /// Adds entries to the journal of the lease's run, all or none. When it returns, they are on the disk.
    pub async fn append(
        &self,
        lease: &Lease,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<JournalEntry>, StateError> {
        self.append_with(lease, entries, &[]).await
    }

    /// The same, together with what was said until then.
    pub async fn append_with(
        &self,
        lease: &Lease,
        entries: Vec<NewEntry>,
        lines: &[LogLine],
    ) -> Result<Vec<JournalEntry>, StateError> {
        let run = lease.run();
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        still_open(&mut transaction, run).await?;
        let row = transaction
            .row("SELECT COALESCE(MAX(sequence), 0) AS sequence FROM journal WHERE run = $1", values![run])
            .await?
            .expect("an aggregate always gives one row");
        let mut sequence: u64 = number(&row, "sequence")?;
        let at = self.now();
        let mut written = Vec::with_capacity(entries.len());
        for new in entries {
            let before = transaction
                .row(
                    "SELECT event, fence FROM journal WHERE run = $1 AND step = $2 ORDER BY sequence DESC LIMIT 1",
                    values![run, &new.step],
                )
                .await?;
            let before = before.map(|row| Ok::<_, StateError>((event(&row)?, number::<u64>(&row, "fence")?)));
            let before = before.transpose()?;
            let resumed = before.is_some_and(|(_, fence)| fence < lease.fence());
            let before = before.map(|(event, _)| event);
            if !Event::may_follow(before, resumed).contains(&new.event) {
                return Err(StateError::IllegalMove { step: new.step, before, next: new.event });
            }
            sequence += 1;
            transaction
                .execute(
                    "INSERT INTO journal (run, sequence, step, event, machine, message, output, at, fence) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    values![
                        run,
                        stored(sequence),
                        &new.step,
                        new.event.as_str(),
                        new.machine.clone(),
                        &new.message,
                        new.output.clone(),
                        at,
                        stored(lease.fence()),
                    ],
                )
                .await?;
            written.push(JournalEntry {
                sequence,
                step: new.step,
                event: new.event,
                machine: new.machine,
                message: new.message,
                output: new.output,
                at,
                fence: lease.fence(),
            });
        }
        append_lines(&mut transaction, run, lines).await?;
        transaction.commit().await?;
        Ok(written)
    }
}

/// The whole journal of a run in its order.
pub(super) async fn load(transaction: &mut Transaction, run: RunId) -> Result<Vec<JournalEntry>, StateError> {
    let rows =
        transaction.rows("SELECT * FROM journal WHERE run = $1 ORDER BY sequence", values![run]).await?;
    rows.iter().map(entry).collect()
}

pub(super) fn entry(row: &Row) -> Result<JournalEntry, StateError> {
    Ok(JournalEntry {
        sequence: number(row, "sequence")?,
        step: row.text("step")?,
        event: event(row)?,
        machine: row.optional_text("machine")?,
        message: row.text("message")?,
        output: row.optional_text("output")?,
        at: time(row, "at")?,
        fence: number(row, "fence")?,
    })
}

fn event(row: &Row) -> Result<Event, StateError> {
    meaning(&EVENTS, &row.text("event")?).ok_or_else(|| row.damaged("event"))
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

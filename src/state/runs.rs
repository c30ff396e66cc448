//! Runs: the plan that was carried out, who did it, and how it ended.

use std::fmt;

use jiff::Timestamp;

use super::database::{Row, Transaction, values};
use super::history::{Scope, listed, place_scope};
use super::resumptions::{self, Resumption};
use super::{DeploymentId, JournalEntry, Lease, RunId, State, StateError, number, time, uuid};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    Deploy,
    Rollback,
    /// Only keys were sent.
    SendKeys,
    /// Machines were rebooted into what they boot.
    Reboot,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every machine got its system.
    Succeeded,
    /// No machine was changed.
    Failed,
    /// Some machines got their system, others failed, were rolled back or were skipped.
    Partly,
    /// Everything that was touched was rolled back.
    RolledBack,
    /// Stopped by the operator; it can be resumed.
    Interrupted,
}

/// The kinds with their words, in the state as in JSON.
const KINDS: [(RunKind, &str); 4] = [
    (RunKind::Deploy, "deploy"),
    (RunKind::Rollback, "rollback"),
    (RunKind::SendKeys, "send-keys"),
    (RunKind::Reboot, "reboot"),
];

/// The outcomes with their words.
const OUTCOMES: [(Outcome, &str); 5] = [
    (Outcome::Succeeded, "succeeded"),
    (Outcome::Failed, "failed"),
    (Outcome::Partly, "partly"),
    (Outcome::RolledBack, "rolled-back"),
    (Outcome::Interrupted, "interrupted"),
];

impl RunKind {
    pub fn as_str(self) -> &'static str {
        word(&KINDS, self)
    }
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        word(&OUTCOMES, self)
    }
}

/// What is stored before a run does anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    pub kind: RunKind,
    /// The version of the plan's format.
    pub plan_version: u32,
    /// The whole plan as JSON text.
    pub plan: String,
    pub scope: Scope,
}

/// A run without its plan and journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    pub id: RunId,
    pub deployment: DeploymentId,
    pub kind: RunKind,
    /// Who began it.
    pub user: String,
    pub host: String,
    /// The process id, on `host`.
    pub process: u32,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    /// How far it went, in the plan's word; none of a run from before that was kept.
    pub goal: Option<String>,
    /// How many machines it was for; none as above.
    pub machines: Option<u64>,
}

impl RunRecord {
    /// What people call it: `the deploy of 2026-11-23 04:10 UTC by root@laptop (run 0190f3c2)`.
    pub fn title(&self) -> String {
        let id = self.id.to_string();
        let (id, begun) =
            (id.split('-').next().unwrap_or_default(), self.started.strftime("%Y-%m-%d %H:%M UTC"));
        format!("the {} of {begun} by {}@{} (run {id})", self.kind, self.user, self.host)
    }
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub record: RunRecord,
    pub plan_version: u32,
    pub plan: String,
    /// Who went on with it, in their order.
    pub resumed: Vec<Resumption>,
    /// In the order in which it was written.
    pub journal: Vec<JournalEntry>,
}

impl State {
    /// Stores the run that the lock was taken for, with its whole plan, before its first step.
    pub async fn start_run(&self, lease: &Lease, new: NewRun) -> Result<RunRecord, StateError> {
        let holder = lease.holder();
        let record = RunRecord {
            id: lease.run(),
            deployment: lease.deployment(),
            kind: new.kind,
            user: holder.user.clone(),
            host: holder.host.clone(),
            process: holder.process,
            started: self.now(),
            ended: None,
            outcome: None,
            goal: Some(new.scope.goal.clone()),
            machines: Some(new.scope.machines),
        };
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        transaction
            .execute(
                "INSERT INTO runs (id, deployment, kind, plan_version, plan, user_name, host, process, started_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                values![
                    record.id,
                    record.deployment,
                    record.kind.as_str(),
                    i64::from(new.plan_version),
                    new.plan,
                    &record.user,
                    &record.host,
                    i64::from(record.process),
                    record.started,
                ],
            )
            .await?;
        place_scope(&mut transaction, record.id, &new.scope).await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Opens a run again that was interrupted or has ended, under a lock that was taken for it.
    pub async fn resume_run(&self, lease: &Lease) -> Result<Run, StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        let opened = transaction
            .execute(
                "UPDATE runs SET ended_at = NULL, outcome = NULL WHERE id = $1 AND deployment = $2",
                values![lease.run(), lease.deployment()],
            )
            .await?;
        if opened == 0 {
            return Err(StateError::RunNotFound { run: lease.run() });
        }
        let earlier = resumptions::load(&mut transaction, lease.run()).await?.len();
        let resumption = Resumption::by(lease.holder(), self.now());
        resumptions::place(&mut transaction, lease.run(), earlier, &[resumption]).await?;
        let run = load(&mut transaction, lease.run()).await?;
        transaction.commit().await?;
        Ok(run)
    }

    /// Writes how the run ended. Its journal takes no more entries, until it is resumed.
    pub async fn finish_run(&self, lease: &Lease, outcome: Outcome) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        still_open(&mut transaction, lease.run()).await?;
        transaction
            .execute(
                "UPDATE runs SET ended_at = $2, outcome = $3 WHERE id = $1",
                values![lease.run(), self.now(), outcome.as_str()],
            )
            .await?;
        transaction.commit().await
    }

    /// All runs, newest first: of one deployment or of all.
    pub async fn runs(&self, deployment: Option<DeploymentId>) -> Result<Vec<RunRecord>, StateError> {
        self.history(deployment, None).await
    }

    /// Runs that were begun and have no end, oldest first. One of them may be under way: [`State::lock`] tells.
    pub async fn unfinished_runs(&self, deployment: DeploymentId) -> Result<Vec<RunRecord>, StateError> {
        let mut transaction = self.database.read().await?;
        let rows = transaction
            .rows(
                listed!("WHERE r.deployment = $1 AND r.ended_at IS NULL ORDER BY r.started_at, r.id"),
                values![deployment],
            )
            .await?;
        rows.iter().map(record).collect()
    }

    /// A run with its plan and journal.
    pub async fn run(&self, id: RunId) -> Result<Run, StateError> {
        let mut transaction = self.database.read().await?;
        load(&mut transaction, id).await
    }
}

/// Fails for a run that is not there or has ended.
pub(super) async fn still_open(transaction: &mut Transaction, run: RunId) -> Result<(), StateError> {
    let row = transaction.row("SELECT ended_at FROM runs WHERE id = $1", values![run]).await?;
    let row = row.ok_or(StateError::RunNotFound { run })?;
    match row.optional_integer("ended_at")? {
        None => Ok(()),
        Some(_) => Err(StateError::RunEnded { run }),
    }
}

async fn load(transaction: &mut Transaction, id: RunId) -> Result<Run, StateError> {
    let row = transaction
        .row(
            "SELECT r.*, s.goal, s.machines FROM runs r LEFT JOIN run_scopes s ON s.run = r.id WHERE r.id = $1",
            values![id],
        )
        .await?;
    let row = row.ok_or(StateError::RunNotFound { run: id })?;
    Ok(Run {
        record: record(&row)?,
        plan_version: number(&row, "plan_version")?,
        plan: row.text("plan")?,
        resumed: resumptions::load(transaction, id).await?,
        journal: super::journal::load(transaction, id).await?,
    })
}

pub(super) fn record(row: &Row) -> Result<RunRecord, StateError> {
    let ended = row.optional_integer("ended_at")?.map(|_| time(row, "ended_at")).transpose()?;
    let outcome = row.optional_text("outcome")?;
    let outcome =
        outcome.map(|text| meaning(&OUTCOMES, &text).ok_or_else(|| row.damaged("outcome"))).transpose()?;
    Ok(RunRecord {
        id: RunId(uuid(row, "id")?),
        deployment: DeploymentId(uuid(row, "deployment")?),
        kind: meaning(&KINDS, &row.text("kind")?).ok_or_else(|| row.damaged("kind"))?,
        user: row.text("user_name")?,
        host: row.text("host")?,
        process: number(row, "process")?,
        started: time(row, "started_at")?,
        ended,
        outcome,
        goal: row.optional_text("goal")?,
        machines: row
            .optional_integer("machines")?
            .map(u64::try_from)
            .transpose()
            .map_err(|_| row.damaged("machines"))?,
    })
}

/// The word of a value in its table.
pub(super) fn word<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> &'static str {
    let entry = table.iter().find(|(it, _)| *it == value);
    entry.expect("the table of words names every value").1
}

/// The value of a word in its table.
pub(super) fn meaning<T: Copy>(table: &[(T, &'static str)], text: &str) -> Option<T> {
    table.iter().find(|(_, word)| *word == text).map(|(it, _)| *it)
}

impl fmt::Display for RunKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

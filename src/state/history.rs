//! The history of runs: which there were, the one that a person means, what each was for, and what was said in it.
//!
//! Reads no plan and no journal; a run with both is [`State::run`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::database::{Row, Transaction, Value, values};
use super::{DeploymentId, Lease, RunId, RunRecord, State, StateError, json, number, runs, stored, time};

/// What a run was for, as far as that is known without reading its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// How far it went, in the plan's word.
    pub goal: String,
    /// How many machines the plan is for.
    pub machines: u64,
    /// Machines that were meant and are no part of the plan, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What was foreseen of the machines, as JSON text, where somebody had looked at that before.
    pub changes: Option<String>,
}

/// A line that was said in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub at: Timestamp,
    /// None: about the whole run.
    pub machine: Option<String>,
    pub warning: bool,
    pub text: String,
}

/// The word for the newest run, where a person names one.
const LAST: &str = "last";

/// How many runs a message names.
const SHOWN: usize = 5;

/// Without the texts that are long; the end of the statement is the caller's.
macro_rules! listed {
    ($end:literal) => {
        concat!(
            "SELECT r.id, r.deployment, r.kind, r.user_name, r.host, r.process, r.started_at, r.ended_at, r.outcome, \
             s.goal, s.machines FROM runs r LEFT JOIN run_scopes s ON s.run = r.id ",
            $end
        )
    };
}
pub(super) use listed;

impl State {
    /// Runs, newest first: of one deployment or of all, and at most so many.
    pub async fn history(
        &self,
        deployment: Option<DeploymentId>,
        limit: Option<u64>,
    ) -> Result<Vec<RunRecord>, StateError> {
        let limit = limit.map_or(i64::MAX, |it| i64::try_from(it).unwrap_or(i64::MAX));
        let mut transaction = self.database.read().await?;
        let rows = match deployment {
            Some(deployment) => {
                let sql = listed!("WHERE r.deployment = $1 ORDER BY r.started_at DESC, r.id LIMIT $2");
                transaction.rows(sql, values![deployment, limit]).await?
            }
            None => {
                let sql = listed!("ORDER BY r.started_at DESC, r.id LIMIT $1");
                transaction.rows(sql, values![limit]).await?
            }
        };
        rows.iter().map(runs::record).collect()
    }

    /// The run that a person means: by its id, by the beginning of it, or the `last` one.
    pub async fn find_run(
        &self,
        deployment: Option<DeploymentId>,
        wanted: &str,
    ) -> Result<RunRecord, StateError> {
        let all = self.history(deployment, (wanted == LAST).then_some(1)).await?;
        let Some(newest) = all.first() else { return Err(StateError::NoRun) };
        if wanted == LAST {
            return Ok(newest.clone());
        }
        let prefix = wanted.to_ascii_lowercase();
        let mut hits = all.iter().filter(|run| !prefix.is_empty() && run.id.to_string().starts_with(&prefix));
        match (hits.next(), hits.next()) {
            (Some(run), None) => Ok(run.clone()),
            (None, _) => Err(StateError::UnknownRun {
                wanted: wanted.to_owned(),
                known: all.iter().take(SHOWN).map(RunRecord::title).collect(),
            }),
            (Some(one), Some(other)) => {
                let candidates = [one, other].into_iter().chain(hits).map(|run| run.id.to_string());
                Err(StateError::AmbiguousRun {
                    wanted: wanted.to_owned(),
                    candidates: candidates.take(SHOWN).collect(),
                })
            }
        }
    }

    /// What a run was for; none of a run from before that was kept.
    pub async fn scope(&self, run: RunId) -> Result<Option<Scope>, StateError> {
        let mut transaction = self.database.read().await?;
        let row = transaction.row("SELECT * FROM run_scopes WHERE run = $1", values![run]).await?;
        row.as_ref().map(scope).transpose()
    }

    /// What was said in a run, in its order.
    pub async fn log(&self, run: RunId) -> Result<Vec<LogLine>, StateError> {
        let mut transaction = self.database.read().await?;
        let rows = transaction
            .rows("SELECT * FROM run_lines WHERE run = $1 ORDER BY sequence", values![run])
            .await?;
        rows.iter().map(line).collect()
    }

    /// The generation that a run made, if it made one that is still there.
    pub async fn generation_of(&self, run: &RunRecord) -> Result<Option<u64>, StateError> {
        let mut transaction = self.database.read().await?;
        let row = transaction
            .row(
                "SELECT number FROM generations WHERE deployment = $1 AND run = $2",
                values![run.deployment, run.id],
            )
            .await?;
        row.as_ref().map(|row| number(row, "number")).transpose()
    }

    /// Keeps what was found out to have changed, as JSON text, in the lease's run.
    pub async fn keep_changes(&self, lease: &Lease, changes: &str) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        transaction
            .execute("UPDATE run_scopes SET changes = $2 WHERE run = $1", values![lease.run(), changes])
            .await?;
        transaction.commit().await
    }

    /// Keeps lines of the lease's run.
    pub async fn keep_lines(&self, lease: &Lease, lines: &[LogLine]) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        append_lines(&mut transaction, lease.run(), lines).await?;
        transaction.commit().await
    }
}

/// Adds lines behind those that are there.
pub(super) async fn append_lines(
    transaction: &mut Transaction,
    run: RunId,
    lines: &[LogLine],
) -> Result<(), StateError> {
    if lines.is_empty() {
        return Ok(());
    }
    let row = transaction
        .row("SELECT COALESCE(MAX(sequence), 0) AS sequence FROM run_lines WHERE run = $1", values![run])
        .await?
        .expect("an aggregate always gives one row");
    place_lines(transaction, run, number(&row, "sequence")?, lines).await
}

/// Adds lines behind the one with this number.
pub(super) async fn place_lines(
    transaction: &mut Transaction,
    run: RunId,
    behind: u64,
    lines: &[LogLine],
) -> Result<(), StateError> {
    let row = |(sequence, line): (u64, &LogLine)| {
        vec![
            Value::from(run),
            Value::from(stored(sequence)),
            Value::from(line.at),
            Value::from(line.machine.clone()),
            Value::from(line.warning),
            Value::from(&line.text),
        ]
    };
    let rows: Vec<Vec<Value>> = (behind + 1..).zip(lines).map(row).collect();
    let columns = ["run", "sequence", "at", "machine", "warning", "text"];
    transaction.insert("run_lines", columns, rows).await
}

pub(super) async fn place_scope(
    transaction: &mut Transaction,
    run: RunId,
    scope: &Scope,
) -> Result<(), StateError> {
    transaction
        .execute(
            "INSERT INTO run_scopes (run, goal, machines, left_out, changes) VALUES ($1, $2, $3, $4, $5)",
            values![
                run,
                &scope.goal,
                stored(scope.machines),
                super::deployments::text(&scope.left_out),
                scope.changes.clone()
            ],
        )
        .await
        .map(drop)
}

pub(super) fn scope(row: &Row) -> Result<Scope, StateError> {
    Ok(Scope {
        goal: row.text("goal")?,
        machines: number(row, "machines")?,
        left_out: json(row, "left_out")?,
        changes: row.optional_text("changes")?,
    })
}

pub(super) fn line(row: &Row) -> Result<LogLine, StateError> {
    Ok(LogLine {
        at: time(row, "at")?,
        machine: row.optional_text("machine")?,
        warning: row.integer("warning")? != 0,
        text: row.text("text")?,
    })
}

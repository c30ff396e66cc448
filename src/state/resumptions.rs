//! Who went on with a run that somebody had begun: each time by one row. Decides nothing about the run.

use jiff::Timestamp;

use super::database::{Row, Transaction, Value, values};
use super::{Holder, RunId, StateError, number, stored, time};

/// One time that a run was resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    pub user: String,
    pub host: String,
    /// The process id, on `host`.
    pub process: u32,
    pub at: Timestamp,
}

impl Resumption {
    pub(super) fn by(holder: &Holder, at: Timestamp) -> Self {
        Self { user: holder.user.clone(), host: holder.host.clone(), process: holder.process, at }
    }
}

/// All of a run, in their order.
pub(super) async fn load(transaction: &mut Transaction, run: RunId) -> Result<Vec<Resumption>, StateError> {
    let sql = "SELECT * FROM run_resumptions WHERE run = $1 ORDER BY sequence";
    transaction.rows(sql, values![run]).await?.iter().map(resumption).collect()
}

pub(super) fn resumption(row: &Row) -> Result<Resumption, StateError> {
    Ok(Resumption {
        user: row.text("user_name")?,
        host: row.text("host")?,
        process: number(row, "process")?,
        at: time(row, "at")?,
    })
}

/// Adds some behind those that are there.
pub(super) async fn place(
    transaction: &mut Transaction,
    run: RunId,
    behind: usize,
    some: &[Resumption],
) -> Result<(), StateError> {
    let rows = (behind as u64 + 1..).zip(some).map(|(sequence, it)| {
        vec![
            Value::from(run),
            Value::from(stored(sequence)),
            Value::from(&it.user),
            Value::from(&it.host),
            Value::from(i64::from(it.process)),
            Value::from(it.at),
        ]
    });
    let columns = ["run", "sequence", "user_name", "host", "process", "at"];
    transaction.insert("run_resumptions", columns, rows.collect()).await
}

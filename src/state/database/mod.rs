//! The only room that names sqlx: connections, transactions, rows, and what a failing statement means.
//!
//! The rest of the state writes SQL that SQLite and PostgreSQL read alike (`$1` placeholders, TEXT and BIGINT). What they do
//! differently is in the two files beside this one. Knows no table.

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::{Postgres, Row as _, Sqlite};
use tokio::sync::Mutex;

pub(super) use postgres::Server;

use super::StateError;
use crate::system::System;

/// How long a statement waits for another process' transaction. Ours take milliseconds; a longer wait means that
/// somebody holds the database from outside.
const BUSY: Duration = Duration::from_secs(20);

/// Rows of one statement. SQLite takes 32,766 values, and more rows than this gain nothing.
const ROWS_AT_ONCE: usize = 200;

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Null,
}

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    /// Nothing is written, not even SQLite's own files beside the database.
    Frozen,
    /// An empty database in memory, in place of one that does not exist.
    Memory,
}

/// An open database.
#[derive(Clone)]
pub(super) struct Database {
    pool: Pool,
    place: Arc<Path>,
    mode: Mode,
    /// Tasks of this process wait here for each other, in turn; SQLite lets those of other processes only poll.
    writer: Arc<Mutex<()>>,
    /// Whose clock says when a lease has run out. Several hosts share a server, so that it is the server's.
    clock_of_server: bool,
}

#[derive(Clone)]
enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Database {
    /// Opens a file of SQLite.
    pub(super) async fn open(path: &Path, mode: Mode) -> Result<Self, StateError> {
        let pool = Pool::Sqlite(sqlite::open(path, mode).await?);
        Ok(Self { pool, place: path.into(), mode, writer: Arc::default(), clock_of_server: false })
    }

    /// Connects to a server of PostgreSQL.
    pub(super) async fn connect(system: &System, server: &Server) -> Result<Self, StateError> {
        let pool = Pool::Postgres(server.connect(system).await?);
        let place = PathBuf::from(server.place()).into();
        Ok(Self { pool, place, mode: Mode::Write, writer: Arc::default(), clock_of_server: true })
    }

    /// The file, or where the server is; for messages.
    pub(super) fn path(&self) -> &Path {
        &self.place
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether it is a file of ours, to be copied before it is changed.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.pool, Pool::Sqlite(_))
    }

    /// A view of one moment: what others write meanwhile is not seen.
    pub(super) async fn read(&self) -> Result<Transaction, StateError> {
        let inner = match &self.pool {
            Pool::Sqlite(pool) => pool.begin_with("BEGIN").await.map(Inner::Sqlite),
            Pool::Postgres(pool) => pool.begin_with(postgres::READ).await.map(Inner::Postgres),
        };
        self.transaction(inner, "read", None)
    }

    /// The one writer of the moment; dropped without `commit`, it leaves no trace.
    pub(super) async fn write(&self) -> Result<Transaction, StateError> {
        if self.mode != Mode::Write {
            return Err(StateError::ReadOnly { path: self.place.to_path_buf() });
        }
        self.write_schema().await
    }

    /// The schema of a database in memory is written where `write` refuses everything else.
    pub(super) async fn write_schema(&self) -> Result<Transaction, StateError> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        let inner = match &self.pool {
            // IMMEDIATE takes the write lock at the start: a transaction that reads first and then writes could
            // otherwise be refused half-way.
            Pool::Sqlite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Pool::Postgres(pool) => postgres::write(pool).await.map(Inner::Postgres),
        };
        self.transaction(inner, "write", Some(turn))
    }

    fn transaction(
        &self,
        inner: Result<Inner, sqlx::Error>,
        act: &'static str,
        turn: Option<Turn>,
    ) -> Result<Transaction, StateError> {
        let inner = inner.map_err(|error| match &self.pool {
            Pool::Sqlite(_) => sqlite::understood(&self.place, act, error),
            Pool::Postgres(_) => postgres::understood(&self.place, act, error),
        })?;
        Ok(Transaction {
            inner,
            place: Arc::clone(&self.place),
            clock_of_server: self.clock_of_server,
            _turn: turn,
        })
    }

    /// Switches to write-ahead logging. `false`: somebody else uses the file just now, try again.
    pub(super) async fn write_ahead(&self) -> Result<bool, StateError> {
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::write_ahead(pool, &self.place).await,
            Pool::Postgres(_) => Ok(true),
        }
    }

    /// A whole copy of the database, as of one moment, in a file that is there and empty. Of a server, nothing: who runs
    /// one makes its backups.
    pub(super) async fn copy_to(&self, copy: &Path) -> Result<(), StateError> {
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::copy_to(pool, copy).await,
            Pool::Postgres(_) => Ok(()),
        }
    }

    /// Takes away what is left of deleted and changed rows. `false`: somebody else is using the database, and something may be
    /// left.
    pub(super) async fn forget_what_was_deleted(&self) -> Result<bool, StateError> {
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::forget_what_was_deleted(pool, &self.place).await,
            Pool::Postgres(pool) => postgres::forget_what_was_deleted(pool, &self.place).await,
        }
    }

    /// Ends all connections. The last process to do so folds SQLite's write-ahead log into the file.
    pub(super) async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// In tests, which let time pass as they like.
    #[cfg(test)]
    pub(super) fn use_own_clock(&mut self) {
        self.clock_of_server = false;
    }
}

/// A question, and the one by which SQLite packs the rows of its answer into one JSON text, a list for each.
pub(super) struct Packed {
    pub(super) table: &'static str,
    pub(super) rows: &'static str,
    pub(super) sqlite: &'static str,
}

/// The columns of the question `$rows`, in its order.
macro_rules! packed {
    ($table:literal, [$first:literal $(, $column:literal)* $(,)?], $($rows:tt)+) => {
        $crate::state::database::Packed {
            table: $table,
            rows: $($rows)+,
            sqlite: concat!(
                "SELECT json_group_array(json_array(", $first $(, ", ", $column)*, ")) AS packed FROM (", $($rows)+, ")"
            ),
        }
    };
}
pub(super) use packed;

/// Statements that hold together.
pub(super) struct Transaction {
    inner: Inner,
    place: Arc<Path>,
    clock_of_server: bool,
    /// Held until the transaction ends.
    _turn: Option<Turn>,
}

enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

type Turn = tokio::sync::OwnedMutexGuard<()>;

/// The same statement on either connection; what it gives, and how its error is understood.
macro_rules! on_either {
    ($transaction:expr, $act:literal, $sql:expr, $values:expr, |$query:ident, $connection:ident| $run:expr, $row:expr) => {{
        let place = Arc::clone(&$transaction.place);
        match &mut $transaction.inner {
            Inner::Sqlite(inner) => {
                let ($query, $connection) = (sqlite::bound($sql, $values), &mut **inner);
                $run.await.map($row).map_err(|error| sqlite::understood(&place, $act, error))
            }
            Inner::Postgres(inner) => {
                let ($query, $connection) = (postgres::bound($sql, $values), &mut **inner);
                $run.await.map($row).map_err(|error| postgres::understood(&place, $act, error))
            }
        }
    }};
}

impl Transaction {
    /// Runs a statement and tells how many rows it touched.
    pub(super) async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StateError> {
        on_either!(self, "write", sql, values, |query, connection| query.execute(connection), |done| done
            .rows_affected())
    }

    /// Inserts rows, many with one statement: each statement costs a way to another thread or another computer.
    pub(super) async fn insert<const COLUMNS: usize>(
        &mut self,
        table: &'static str,
        columns: [&'static str; COLUMNS],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StateError> {
        let mut rows = rows.into_iter();
        loop {
            let values: Vec<Value> = rows.by_ref().take(ROWS_AT_ONCE).flatten().collect();
            if values.is_empty() {
                return Ok(());
            }
            debug_assert_eq!(values.len() % COLUMNS, 0, "a row has a value for each column");
            let places = (0..values.len() / COLUMNS).map(|row| {
                let places = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column));
                format!("({})", places.collect::<Vec<_>>().join(", "))
            });
            let places = places.collect::<Vec<_>>().join(", ");
            let sql = format!("INSERT INTO {table} ({}) VALUES {places}", columns.join(", "));
            // Made of names that the program itself has, and of numbers.
            let sql = sqlx::AssertSqlSafe(sql);
            on_either!(self, "write", sql, &values, |query, connection| query.execute(connection), drop)?;
        }
    }

    /// The names of the tables, sorted.
    pub(super) async fn tables(&mut self) -> Result<Vec<String>, StateError> {
        let sql = match self.inner {
            Inner::Sqlite(_) => sqlite::TABLES,
            Inner::Postgres(_) => postgres::TABLES,
        };
        self.rows(sql, &[]).await?.iter().map(|row| row.text("name")).collect()
    }

    /// Runs a script of several statements.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), StateError> {
        let place = Arc::clone(&self.place);
        match &mut self.inner {
            Inner::Sqlite(inner) => {
                let done = sqlx::raw_sql(sql).execute(&mut **inner).await;
                done.map(drop).map_err(|error| sqlite::understood(&place, "write", error))
            }
            Inner::Postgres(inner) => {
                let done = sqlx::raw_sql(sql).execute(&mut **inner).await;
                done.map(drop).map_err(|error| postgres::understood(&place, "write", error))
            }
        }
    }

    pub(super) async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StateError> {
        let place = Arc::clone(&self.place);
        on_either!(self, "read", sql, values, |query, connection| query.fetch_all(connection), |rows| rows
            .into_iter()
            .map(|row| Row::new(row, &place))
            .collect())
    }

    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StateError> {
        let place = Arc::clone(&self.place);
        on_either!(self, "read", sql, values, |query, connection| query.fetch_optional(connection), |row| row
            .map(|row| Row::new(row, &place)))
    }

    /// The rows of a question: many of them packed into one value by SQLite, for which a row otherwise costs a value for each
    /// column and a way between two threads. A server sends rows faster than it packs them; there `plainly` reads each.
    pub(super) async fn packed<T: DeserializeOwned>(
        &mut self,
        question: &Packed,
        values: &[Value],
        plainly: impl Fn(&Row) -> Result<T, StateError>,
    ) -> Result<Vec<T>, StateError> {
        if let Inner::Postgres(_) = self.inner {
            return self.rows(question.rows, values).await?.iter().map(plainly).collect();
        }
        let row = self.row(question.sqlite, values).await?.expect("an aggregate always gives one row");
        serde_json::from_str(&row.text("packed")?).map_err(|_| StateError::Damaged {
            path: self.place.to_path_buf(),
            detail: format!("a value in the table `{}` makes no sense", question.table),
        })
    }

    /// How many rows are best asked for at once. SQLite fills the same memory again and again, which is faster than to get more
    /// of it from the kernel; a server would look for the rows of every portion anew.
    pub(super) fn portion(&self) -> usize {
        match self.inner {
            Inner::Sqlite(_) => 500,
            Inner::Postgres(_) => 1_000_000,
        }
    }

    /// The error for a value that can not be what its column says.
    pub(super) fn damaged(&self, column: &str) -> StateError {
        damaged(&self.place, column)
    }

    /// The time by which leases run out: that of this computer for a file, the server's for a server, since the clocks
    /// of its users may differ.
    pub(super) async fn now(&mut self, system: &System) -> Result<Timestamp, StateError> {
        if !self.clock_of_server {
            return Ok(super::to_the_microsecond(system.clock.now()));
        }
        let row = self.row(postgres::NOW, &[]).await?.expect("a question about the time has one answer");
        super::time(&row, "now")
    }

    /// Returns when the change is on the disk.
    pub(super) async fn commit(self) -> Result<(), StateError> {
        let place = self.place;
        match self.inner {
            Inner::Sqlite(inner) => {
                inner.commit().await.map_err(|error| sqlite::understood(&place, "write", error))
            }
            Inner::Postgres(inner) => {
                inner.commit().await.map_err(|error| postgres::understood(&place, "write", error))
            }
        }
    }
}

/// One row of an answer, read by column name.
pub(super) struct Row {
    inner: InnerRow,
    place: Arc<Path>,
}

enum InnerRow {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl From<sqlx::sqlite::SqliteRow> for InnerRow {
    fn from(row: sqlx::sqlite::SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<sqlx::postgres::PgRow> for InnerRow {
    fn from(row: sqlx::postgres::PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    fn new(inner: impl Into<InnerRow>, place: &Arc<Path>) -> Self {
        Self { inner: inner.into(), place: Arc::clone(place) }
    }

    fn get<T>(&self, column: &'static str) -> Result<T, StateError>
    where
        T: for<'r> sqlx::Decode<'r, Sqlite>
            + sqlx::Type<Sqlite>
            + for<'r> sqlx::Decode<'r, Postgres>
            + sqlx::Type<Postgres>,
    {
        match &self.inner {
            InnerRow::Sqlite(row) => {
                row.try_get(column).map_err(|error| sqlite::understood(&self.place, "read", error))
            }
            InnerRow::Postgres(row) => {
                row.try_get(column).map_err(|error| postgres::understood(&self.place, "read", error))
            }
        }
    }

    pub(super) fn text(&self, column: &'static str) -> Result<String, StateError> {
        self.get(column)
    }

    pub(super) fn optional_text(&self, column: &'static str) -> Result<Option<String>, StateError> {
        self.get(column)
    }

    pub(super) fn integer(&self, column: &'static str) -> Result<i64, StateError> {
        self.get(column)
    }

    pub(super) fn optional_integer(&self, column: &'static str) -> Result<Option<i64>, StateError> {
        self.get(column)
    }

    /// The error for a value that is there but cannot be what its column says.
    pub(super) fn damaged(&self, column: &str) -> StateError {
        damaged(&self.place, column)
    }
}

fn damaged(place: &Path, column: &str) -> StateError {
    let detail = format!("a value in column `{column}` makes no sense");
    StateError::Damaged { path: place.to_path_buf(), detail }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Integer(integer)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Integer(truth.into())
    }
}

impl From<jiff::Timestamp> for Value {
    fn from(time: jiff::Timestamp) -> Self {
        Value::Integer(time.as_microsecond())
    }
}

impl From<super::DeploymentId> for Value {
    fn from(id: super::DeploymentId) -> Self {
        Value::Text(id.to_string())
    }
}

impl From<super::RunId> for Value {
    fn from(id: super::RunId) -> Self {
        Value::Text(id.to_string())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// The values of a statement, each turned into a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::state::database::Value::from($value)),*] };
}
pub(super) use values;

//! The only file that names sqlx: connections, transactions, rows, and what a failing statement means.
//!
//! The rest of the room writes SQL that SQLite and PostgreSQL read alike (`$1` placeholders, TEXT and BIGINT), so a
//! second backend is one more arm here. Knows no table.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use sqlx::{Row as _, Sqlite};

use tokio::sync::Mutex;

use super::StateError;

/// How long a statement waits for another process' transaction. Ours take milliseconds; a longer wait means that
/// somebody holds the file from outside.
const BUSY: Duration = Duration::from_secs(20);

/// Readers beside the one writer. Each connection is a thread of its own; more than this never helped.
const CONNECTIONS: u32 = 4;

/// Rows that wait between SQLite's thread and the reader. With few of them, reading thousands of rows means as many
/// switches between two threads.
const ROWS_WAITING: usize = 4096;

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
    pool: SqlitePool,
    path: Arc<Path>,
    mode: Mode,
    /// Tasks of this process wait here for each other, in turn; SQLite lets those of other processes only poll.
    writer: Arc<Mutex<()>>,
}

impl Database {
    pub(super) async fn open(path: &Path, mode: Mode) -> Result<Self, StateError> {
        // FULL: in WAL mode it adds one fsync per commit. With NORMAL the last commits could vanish in a power
        // loss, and then the journal would not know of a machine that was already touched.
        let mut options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .synchronous(SqliteSynchronous::Full)
            .row_buffer_size(ROWS_WAITING)
            .disable_statement_logging();
        match mode {
            Mode::Write => {}
            Mode::Frozen => options = options.read_only(true).immutable(true),
            Mode::Memory => options = options.filename(":memory:").in_memory(true),
        }
        let pool = SqlitePoolOptions::new()
            .max_connections(if mode == Mode::Memory { 1 } else { CONNECTIONS })
            // A connection that is closed would take a database in memory with it.
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(BUSY * 2)
            // After some errors (a full disk) SQLite ends the transaction by itself. sqlx does not learn of it,
            // takes the connection to be inside one for ever, and would fail every later use of it.
            .before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            })
            .connect_with(options)
            .await;
        let path: Arc<Path> = path.into();
        let pool = pool.map_err(|error| understood(&path, "open", error))?;
        Ok(Self { pool, path, mode, writer: Arc::default() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// A view of one moment: what others write meanwhile is not seen.
    pub(super) async fn read(&self) -> Result<Transaction, StateError> {
        self.begin("BEGIN", None).await
    }

    /// The one writer of the moment; dropped without `commit`, it leaves no trace.
    pub(super) async fn write(&self) -> Result<Transaction, StateError> {
        if self.mode != Mode::Write {
            return Err(StateError::ReadOnly { path: self.path.to_path_buf() });
        }
        self.write_schema().await
    }

    /// The schema of a database in memory is written where `write` refuses everything else.
    pub(super) async fn write_schema(&self) -> Result<Transaction, StateError> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        // IMMEDIATE takes the write lock at the start: a transaction that reads first and then writes could
        // otherwise be refused half-way.
        self.begin("BEGIN IMMEDIATE", Some(turn)).await
    }

    async fn begin(&self, sql: &'static str, turn: Option<Turn>) -> Result<Transaction, StateError> {
        let inner = self.pool.begin_with(sql).await;
        let act = if turn.is_some() { "write" } else { "read" };
        let inner = inner.map_err(|error| understood(&self.path, act, error))?;
        Ok(Transaction { inner, path: Arc::clone(&self.path), _turn: turn })
    }

    /// Switches to write-ahead logging. `false`: somebody else uses the file just now, try again.
    pub(super) async fn write_ahead(&self) -> Result<bool, StateError> {
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&self.pool).await {
            Ok(_) => Ok(true),
            Err(error) if primary_code(&error) == Some(BUSY_CODE) => Ok(false),
            Err(error) => Err(understood(&self.path, "write", error)),
        }
    }

    /// A whole copy of the database, as of one moment, in a file that is there and empty.
    pub(super) async fn copy_to(&self, copy: &Path) -> Result<(), StateError> {
        let name = copy.to_str().ok_or_else(|| StateError::BadPath { path: copy.to_owned() })?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(&self.pool).await;
        copied.map(drop).map_err(|error| understood(copy, "back up", error))
    }

    /// Ends all connections. The last process to do so folds the write-ahead log into the file.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Statements that hold together.
pub(super) struct Transaction {
    inner: sqlx::Transaction<'static, Sqlite>,
    path: Arc<Path>,
    /// Held until the transaction ends.
    _turn: Option<Turn>,
}

type Turn = tokio::sync::OwnedMutexGuard<()>;

impl Transaction {
    /// Runs a statement and tells how many rows it touched.
    pub(super) async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StateError> {
        let done = bound(sql, values).execute(&mut *self.inner).await;
        done.map(|done| done.rows_affected()).map_err(|error| understood(&self.path, "write", error))
    }

    /// The names of the tables, sorted.
    pub(super) async fn tables(&mut self) -> Result<Vec<String>, StateError> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        self.rows(sql, &[]).await?.iter().map(|row| row.text("name")).collect()
    }

    /// Runs a script of several statements.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), StateError> {
        let done = sqlx::raw_sql(sql).execute(&mut *self.inner).await;
        done.map(drop).map_err(|error| understood(&self.path, "write", error))
    }

    pub(super) async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StateError> {
        let rows = bound(sql, values).fetch_all(&mut *self.inner).await;
        let rows = rows.map_err(|error| understood(&self.path, "read", error))?;
        Ok(rows.into_iter().map(|inner| Row { inner, path: Arc::clone(&self.path) }).collect())
    }

    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StateError> {
        let row = bound(sql, values).fetch_optional(&mut *self.inner).await;
        let row = row.map_err(|error| understood(&self.path, "read", error))?;
        Ok(row.map(|inner| Row { inner, path: Arc::clone(&self.path) }))
    }

    /// Returns when the change is on the disk.
    pub(super) async fn commit(self) -> Result<(), StateError> {
        self.inner.commit().await.map_err(|error| understood(&self.path, "write", error))
    }
}

/// One row of an answer, read by column name.
pub(super) struct Row {
    inner: SqliteRow,
    path: Arc<Path>,
}

impl Row {
    pub(super) fn text(&self, column: &'static str) -> Result<String, StateError> {
        self.inner.try_get(column).map_err(|error| understood(&self.path, "read", error))
    }

    pub(super) fn optional_text(&self, column: &'static str) -> Result<Option<String>, StateError> {
        self.inner.try_get(column).map_err(|error| understood(&self.path, "read", error))
    }

    pub(super) fn integer(&self, column: &'static str) -> Result<i64, StateError> {
        self.inner.try_get(column).map_err(|error| understood(&self.path, "read", error))
    }

    pub(super) fn optional_integer(&self, column: &'static str) -> Result<Option<i64>, StateError> {
        self.inner.try_get(column).map_err(|error| understood(&self.path, "read", error))
    }

    /// The error for a value that is there but can not be what its column says.
    pub(super) fn damaged(&self, column: &str) -> StateError {
        StateError::Damaged {
            path: self.path.to_path_buf(),
            detail: format!("a value in column `{column}` makes no sense"),
        }
    }
}

fn bound<'q>(
    sql: &'static str,
    values: &[Value],
) -> sqlx::query::Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.clone()),
        Value::Integer(integer) => query.bind(*integer),
        Value::Null => query.bind(None::<String>),
    })
}

// SQLite's primary result codes, from its public interface.
const BUSY_CODE: i32 = 5;
const READ_ONLY_CODE: i32 = 8;
const CORRUPT_CODE: i32 = 11;
const FULL_CODE: i32 = 13;
const CAN_NOT_OPEN_CODE: i32 = 14;
const NOT_A_DATABASE_CODE: i32 = 26;

/// The primary code of an error of SQLite: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn understood(path: &Path, act: &'static str, error: sqlx::Error) -> StateError {
    let path = PathBuf::from(path);
    match primary_code(&error) {
        Some(BUSY_CODE) => StateError::Busy { path, waited: BUSY },
        Some(READ_ONLY_CODE | CAN_NOT_OPEN_CODE) => StateError::ReadOnly { path },
        Some(CORRUPT_CODE) => StateError::Damaged { path, detail: error.to_string() },
        Some(FULL_CODE) => StateError::Full { path },
        Some(NOT_A_DATABASE_CODE) => StateError::NotADatabase { path },
        _ if matches!(error, sqlx::Error::PoolTimedOut) => StateError::Busy { path, waited: BUSY * 2 },
        _ if matches!(error, sqlx::Error::ColumnDecode { .. }) => {
            StateError::Damaged { path, detail: error.to_string() }
        }
        _ => StateError::Database { act, path, source: Box::new(error) },
    }
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

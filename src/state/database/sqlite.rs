//! SQLite: one file, opened by every process by itself.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, Sqlite};

use super::{BUSY, Mode, StateError, Value};

/// Readers beside the one writer. Each connection is a thread of its own; more than this never helped.
const CONNECTIONS: u32 = 4;

/// Rows that wait between SQLite's thread and the reader. With few of them, reading thousands of rows means as many
/// switches between two threads.
const ROWS_WAITING: usize = 4096;

/// 64 MiB, in the words of SQLite, and only as far as they are used. With its own 2 MiB an import writes pages again and again.
const PAGES_IN_MEMORY: &str = "-65536";

pub(super) const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";

pub(super) async fn open(path: &Path, mode: Mode) -> Result<SqlitePool, StateError> {
    // FULL: in WAL mode it adds one fsync per commit. With NORMAL the last commits could vanish in a power
    // loss, and then the journal would not know of a machine that was already touched.
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(ROWS_WAITING)
        .pragma("cache_size", PAGES_IN_MEMORY)
        // What is deleted may have been a private key: it is written over.
        .pragma("secure_delete", "on")
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
    pool.map_err(|error| understood(path, "open", error))
}

pub(super) async fn write_ahead(pool: &SqlitePool, path: &Path) -> Result<bool, StateError> {
    match sqlx::query("PRAGMA journal_mode = WAL").execute(pool).await {
        Ok(_) => Ok(true),
        Err(error) if primary_code(&error) == Some(BUSY_CODE) => Ok(false),
        Err(error) => Err(understood(path, "write", error)),
    }
}

/// Writes the file anew, without what earlier programs only marked as free, and empties the write-ahead log.
pub(super) async fn forget_what_was_deleted(pool: &SqlitePool, path: &Path) -> Result<bool, StateError> {
    for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        match sqlx::query(statement).fetch_all(pool).await {
            // The checkpoint says in its first column whether a reader was in its way.
            Ok(rows)
                if rows.first().is_some_and(|row| row.try_get::<i64, _>(0).is_ok_and(|busy| busy == 1)) =>
            {
                return Ok(false);
            }
            Ok(_) => {}
            Err(error) if primary_code(&error) == Some(BUSY_CODE) => return Ok(false),
            Err(error) => return Err(understood(path, "write", error)),
        }
    }
    Ok(true)
}

pub(super) async fn copy_to(pool: &SqlitePool, copy: &Path) -> Result<(), StateError> {
    let name = copy.to_str().ok_or_else(|| StateError::BadPath { path: copy.to_owned() })?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(pool).await;
    copied.map(drop).map_err(|error| understood(copy, "back up", error))
}

pub(super) fn bound<'q>(
    sql: impl sqlx::SqlSafeStr,
    values: &[Value],
) -> sqlx::query::Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.clone()),
        Value::Integer(integer) => query.bind(*integer),
        Value::Null => query.bind(None::<String>),
    })
}

// SQLite's primary result codes, from its public interface.
const ERROR_CODE: i32 = 1;
const BUSY_CODE: i32 = 5;
const READ_ONLY_CODE: i32 = 8;
const CORRUPT_CODE: i32 = 11;
const FULL_CODE: i32 = 13;
const CAN_NOT_OPEN_CODE: i32 = 14;
const NOT_A_DATABASE_CODE: i32 = 26;

/// An extended one: no room for the file with which processes share a write-ahead log.
const NO_ROOM_TO_SHARE_CODE: i32 = 10 | (19 << 8);

fn extended_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The primary code of an error of SQLite: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    Some(extended_code(error)? & 0xff)
}

/// SQLite's own words.
fn told(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

pub(super) fn understood(path: &Path, act: &'static str, error: sqlx::Error) -> StateError {
    let path = PathBuf::from(path);
    match primary_code(&error) {
        Some(BUSY_CODE) => StateError::Busy { path, waited: BUSY },
        Some(READ_ONLY_CODE | CAN_NOT_OPEN_CODE) => StateError::ReadOnly { path },
        Some(CORRUPT_CODE) => StateError::Damaged { path, detail: told(&error) },
        // The file beside the state by which processes share it finds no room, either.
        Some(_) if extended_code(&error) == Some(NO_ROOM_TO_SHARE_CODE) => StateError::Full { path },
        Some(FULL_CODE) => StateError::Full { path },
        Some(NOT_A_DATABASE_CODE) => StateError::NotADatabase { path },
        _ if matches!(error, sqlx::Error::PoolTimedOut) => StateError::Busy { path, waited: BUSY * 2 },
        // A value that is no text where there should be one.
        Some(ERROR_CODE) if error.to_string().contains("JSON cannot hold BLOB") => {
            StateError::Damaged { path, detail: "bytes stand where a text should be".to_owned() }
        }
        _ if matches!(error, sqlx::Error::ColumnDecode { .. }) => {
            StateError::Damaged { path, detail: error.to_string() }
        }
        _ => StateError::Database { act, path, source: Box::new(error) },
    }
}

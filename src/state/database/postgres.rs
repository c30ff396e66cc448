//! PostgreSQL: a server that a team shares.
//!
//! One writer at a time, as with a file: our transactions take milliseconds, and a lock that is taken first makes every
//! question inside of one hold until its end.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgTypeInfo};
use sqlx::{ConnectOptions, Connection, Postgres};

use super::{BUSY, StateError, Value};
use crate::system::System;

/// Each is a process of the server, which has a hundred for everybody. One writes, one reads.
const CONNECTIONS: u32 = 2;

/// A server that has not answered by then is not there.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(10);

/// Between two tries at a server that has no room just now.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(200);

/// A view of one moment, for a transaction of several questions.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Whoever writes holds this lock of the database to the end of the transaction. The number is ours by its value alone.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7020962348112846159)";

/// How long the lock is waited for. As a setting of the transaction: the connection is used by others afterwards.
const LOCK_LIMIT: &str = "SET LOCAL lock_timeout = '20s'";

pub(super) const TABLES: &str =
    "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";

pub(super) const NOW: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint AS now";

/// Where a server is, and how to log in there.
#[derive(Clone)]
pub(in crate::state) struct Server {
    options: PgConnectOptions,
}

impl Server {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?…`. What is not said there comes from `PGHOST`, `PGPASSWORD`, `~/.pgpass`
    /// and the like, as for other programs of PostgreSQL.
    pub(in crate::state) fn new(url: &str) -> Option<Self> {
        let options = PgConnectOptions::from_str(url).ok()?;
        Some(Self { options: options.application_name("nixwright").disable_statement_logging() })
    }

    /// Names the database without its password.
    pub(in crate::state) fn place(&self) -> String {
        let options = &self.options;
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        format!("postgres://{}@{host}:{}/{database}", options.get_username(), options.get_port())
    }

    pub(super) async fn connect(&self, system: &System) -> Result<PgPool, StateError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            // A server that is started again is back by then, and nobody notices.
            .acquire_timeout(CONNECT)
            // A connection that was left inside a transaction, by a task that was dropped, is not used again.
            .before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            });
        let place = PathBuf::from(self.place());
        // The pool would try again and again until its own, longer limit.
        let mut tries = CONNECT.as_millis() / AGAIN.as_millis();
        let connection = loop {
            let probe = tokio::time::timeout(CONNECT, self.options.connect()).await;
            match probe.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut)) {
                Ok(connection) => break connection,
                Err(error) if passes(&error) && tries > 0 => {
                    tries -= 1;
                    system.clock.sleep(AGAIN).await;
                }
                Err(error) => return Err(understood(&place, "open", error)),
            }
        };
        // How it ends is of no interest: it has shown that there is a server.
        let _ = connection.close().await;
        pool.connect_with(self.options.clone()).await.map_err(|error| understood(&place, "open", error))
    }
}

/// Begins the one transaction of the moment that writes.
pub(super) async fn write(pool: &PgPool) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query(LOCK_LIMIT).execute(&mut *transaction).await?;
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    Ok(transaction)
}

/// Takes dead rows out of the tables that hold secrets. What the server keeps elsewhere (its log, its backups) is its
/// owner's affair.
pub(super) async fn forget_what_was_deleted(pool: &PgPool, place: &Path) -> Result<bool, StateError> {
    for statement in ["VACUUM (FULL) machines", "VACUUM (FULL) nixops_attributes"] {
        let done = sqlx::query(statement).execute(pool).await;
        done.map_err(|error| understood(place, "write", error))?;
    }
    Ok(true)
}

/// No value, for a column of whatever type.
struct Nothing;

impl sqlx::Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        // The number by which the server is asked to find out the type by itself.
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl sqlx::Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

pub(super) fn bound<'q>(
    sql: impl sqlx::SqlSafeStr,
    values: &[Value],
) -> sqlx::query::Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        // The one character that its texts cannot hold.
        Value::Text(text) => query.bind(text.replace('\0', "\u{fffd}")),
        Value::Integer(integer) => query.bind(*integer),
        Value::Null => query.bind(Nothing),
    })
}

/// Whether the server may take us a moment later: it is starting, or others have all its places.
fn passes(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some(TOO_MANY | STARTING))
}

// Codes from the appendix "PostgreSQL Error Codes" of its manual.
const LOCK_NOT_AVAILABLE: &str = "55P03";
const DISK_FULL: &str = "53100";
const TOO_MANY: &str = "53300";
const STARTING: &str = "57P03";

pub(super) fn understood(place: &Path, act: &'static str, error: sqlx::Error) -> StateError {
    let path = PathBuf::from(place);
    let server = place.display().to_string();
    let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
    match code.as_deref() {
        Some(LOCK_NOT_AVAILABLE) => StateError::Busy { path, waited: BUSY },
        Some(DISK_FULL) => StateError::ServerFull { server },
        Some(code) if code.starts_with("28") || code.starts_with("3D") || code == "42501" => {
            StateError::ServerRefuses { server, said: told(&error) }
        }
        Some("25006") => StateError::ServerRefuses { server, said: told(&error) },
        // It is shutting down, or starting, or ended us.
        Some(TOO_MANY) => StateError::ServerGone { act, server, said: told(&error) },
        Some(code) if code.starts_with("57P") || code.starts_with("08") => {
            StateError::ServerGone { act, server, said: told(&error) }
        }
        Some("22021" | "22P05") => StateError::Damaged { path, detail: told(&error) },
        _ => match error {
            sqlx::Error::PoolTimedOut => {
                StateError::ServerGone { act, server, said: "it does not answer".to_owned() }
            }
            sqlx::Error::Io(error) => StateError::ServerGone { act, server, said: error.to_string() },
            sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                StateError::ServerGone { act, server, said: error.to_string() }
            }
            sqlx::Error::ColumnDecode { .. } => StateError::Damaged { path, detail: error.to_string() },
            _ => StateError::Database { act, path, source: Box::new(error) },
        },
    }
}

/// The server's own words.
fn told(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

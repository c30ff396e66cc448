//! What is remembered between runs: deployments, their machines and generations, runs with their journals, locks.
//!
//! Plain data goes in and out; the database is SQLite in one file of this user, or a PostgreSQL server that a team shares. The
//! clock, ids and environment come from the [`System`] it is opened with. Nothing here
//! decides what a run does next, talks to a machine, or prints. Private keys are protected by the mode bits of the file (0600),
//! and encrypted with age where a key was given ([`StateKey`]).

mod database;
mod deployments;
mod error;
mod generations;
mod history;
mod holder;
mod ids;
mod journal;
mod key;
mod locks;
mod machines;
mod place;
mod resumptions;
mod runs;
mod schema;
mod sealing;
mod shown;
mod transfer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::system::System;
use database::{Database, Mode, Row};
use place::{Found, Place};

pub use crate::system::Secret;
pub use deployments::{Changes, Deployment, NewDeployment, Source};
pub use error::StateError;
pub use generations::{Generation, GenerationMachine, NewGeneration};
pub use history::{LogLine, Scope};
pub use holder::Holder;
pub use ids::{DeploymentId, RunId};
pub use journal::{Event, JournalEntry, NewEntry};
pub use key::{KeyError, StateKey};
pub use locks::{HeldLock, Lease};
pub use machines::{Address, MachineRecord, SshKeyPair};
pub use resumptions::Resumption;
pub use runs::{NewRun, Outcome, Run, RunKind, RunRecord};
pub use sealing::{Kept, Resealed};
pub use shown::ShownMachine;
pub use transfer::{
    Exported, ExportedDeployment, ExportedMachine, Found as FoundDeployments, NixopsRecord, NixopsResource,
    TransferError,
};

#[cfg(test)]
mod tests;

/// The open state. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct State {
    system: System,
    database: Database,
    /// The folder of files that belong to the state.
    beside: PathBuf,
    /// What opens its secrets.
    key: Option<StateKey>,
    /// The state's own identity, once it was opened, beside the text that it came from.
    opened: Arc<tokio::sync::Mutex<Option<(String, age::x25519::Identity)>>>,
}

impl State {
    /// Opens the state for reading and writing, and creates or migrates it where needed. `given` is what `--state`
    /// said; without it `NIXWRIGHT_STATE` and then the default place count.
    pub async fn open(system: &System, given: Option<&str>) -> Result<Self, StateError> {
        match Place::new(system, given)? {
            Place::File(file) => {
                file.look()?;
                file.prepare()?;
                Self::open_as(system, &file.path, Mode::Write).await
            }
            Place::Server { server, beside } => {
                Self::brought_up(system, Database::connect(system, &server).await?, beside).await
            }
        }
    }

    /// Opens the state for a command that only reads. Where there is none yet the answer is an empty one, and
    /// nothing is created.
    pub async fn peek(system: &System, given: Option<&str>) -> Result<Self, StateError> {
        let file = match Place::new(system, given)? {
            Place::File(file) => file,
            Place::Server { server, beside } => {
                let database = Database::connect(system, &server).await?;
                if schema::is_empty(&database).await? {
                    return Self::open_as(system, database.path(), Mode::Memory).await;
                }
                return Self::brought_up(system, database, beside).await;
            }
        };
        match file.look()? {
            Found::Nothing => Self::open_as(system, &file.path, Mode::Memory).await,
            Found::Database => match Self::open_as(system, &file.path, Mode::Write).await {
                // A file that was closed properly can be read where nothing may be written.
                Err(StateError::ReadOnly { .. }) if !file.unfolded() => {
                    Self::open_as(system, &file.path, Mode::Frozen).await
                }
                other => other,
            },
        }
    }

    async fn open_as(system: &System, path: &Path, mode: Mode) -> Result<Self, StateError> {
        let database = Database::open(path, mode).await?;
        let beside = path.parent().unwrap_or(Path::new(".")).to_owned();
        Self::brought_up(system, database, beside).await
    }

    async fn brought_up(system: &System, database: Database, beside: PathBuf) -> Result<Self, StateError> {
        schema::bring_up(system, &database, schema::MIGRATIONS).await?;
        Ok(Self { system: system.clone(), database, beside, key: None, opened: Arc::default() })
    }

    /// The folder of this user where files that belong to the state lie: that of its file, or for a server our own one.
    pub fn beside(&self) -> &Path {
        &self.beside
    }

    /// Where the state lies, for messages.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Ends all connections and folds the write-ahead log into the file. Not needed for safety.
    pub async fn close(self) {
        self.database.close().await;
    }

    /// The time, as exact as it is stored, so that what is returned equals what is read later.
    fn now(&self) -> Timestamp {
        to_the_microsecond(self.system.clock.now())
    }
}

fn to_the_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).expect("a time cut to microseconds is still a time")
}

/// The row's time in `column`.
fn time(row: &Row, column: &'static str) -> Result<Timestamp, StateError> {
    Timestamp::from_microsecond(row.integer(column)?).map_err(|_| row.damaged(column))
}

/// A number that is never negative.
fn number<N: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<N, StateError> {
    N::try_from(row.integer(column)?).map_err(|_| row.damaged(column))
}

fn uuid(row: &Row, column: &'static str) -> Result<uuid::Uuid, StateError> {
    row.text(column)?.parse().map_err(|_| row.damaged(column))
}

/// A value kept as JSON text.
fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, StateError> {
    serde_json::from_str(&row.text(column)?).map_err(|_| row.damaged(column))
}

/// The nearest of `names` to what was typed, if it is near enough to be what was meant.
fn similar<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const NEAR: f64 = 0.8;
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(wanted, name), name));
    let best = scored.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, name)| name.to_owned())
}

/// A number as it is stored. Counts of ours never reach the limit.
fn stored(number: u64) -> i64 {
    i64::try_from(number).expect("generations, fences and sequences stay below 2^63")
}

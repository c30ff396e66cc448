//! The schema of the database: its version, and the way from older versions to ours.
//!
//! Every migration is one SQL script. All that are missing run in one transaction, so a database has either its old
//! version or the newest. A backup copy is made before a database with contents is changed.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::database::{Database, Mode, values};
use super::{StateError, place};
use crate::system::System;

/// The scripts in order; the version of a schema is how many of them it has seen.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_nixops.sql"),
    include_str!("migrations/0003_sealing.sql"),
    include_str!("migrations/0004_history.sql"),
    include_str!("migrations/0005_resumptions.sql"),
];

/// Says whose database this is, in the table that holds the version.
const APPLICATION: &str = "nixwright";

/// How often, and how far apart, the switch to write-ahead logging is tried while other processes do the same.
const SWITCH_TRIES: u32 = 100;
const SWITCH_PAUSE: Duration = Duration::from_millis(20);

/// Brings the database to the newest schema, or says why it must not be touched.
pub(super) async fn bring_up(
    system: &System,
    database: &Database,
    migrations: &[&'static str],
) -> Result<(), StateError> {
    let newest = i64::try_from(migrations.len()).expect("there are fewer migrations than integers");
    let found = version(database, newest).await?;
    if database.mode() == Mode::Frozen {
        return if found == newest {
            Ok(())
        } else {
            Err(StateError::ReadOnly { path: database.path().to_owned() })
        };
    }
    if database.mode() == Mode::Write && database.is_file() {
        write_ahead(system, database).await?;
    }
    if found == newest {
        return Ok(());
    }
    if found > 0 && database.is_file() {
        back_up(system, database, found).await?;
    }
    let mut transaction = database.write_schema().await?;
    transaction
        .execute("CREATE TABLE IF NOT EXISTS nixwright_schema (application TEXT NOT NULL, version BIGINT NOT NULL)", &[])
        .await?;
    // Another process may have been faster since the look above; what it did is not done again.
    let row = transaction.row("SELECT version FROM nixwright_schema", &[]).await?;
    let seen = row.as_ref().map_or(Ok(0), |row| row.integer("version"))?;
    if row.is_none() {
        let values = values![APPLICATION, 0_i64];
        transaction
            .execute("INSERT INTO nixwright_schema (application, version) VALUES ($1, $2)", values)
            .await?;
    }
    for script in migrations.iter().skip(usize::try_from(seen).unwrap_or(usize::MAX)) {
        transaction.script(script).await?;
    }
    if seen < newest {
        transaction.execute("UPDATE nixwright_schema SET version = $1", values![newest]).await?;
    }
    transaction.commit().await
}

/// Whether there is nothing in it yet.
pub(super) async fn is_empty(database: &Database) -> Result<bool, StateError> {
    let newest = i64::try_from(MIGRATIONS.len()).expect("there are fewer migrations than integers");
    Ok(version(database, newest).await? == 0)
}

/// The schema version of a database that is ours; 0 for one without tables.
async fn version(database: &Database, newest: i64) -> Result<i64, StateError> {
    let path = || database.path().to_owned();
    let mut transaction = database.read().await?;
    let tables = transaction.tables().await?;
    if tables.iter().any(|table| table == "nixwright_schema") {
        let row = transaction.row("SELECT application, version FROM nixwright_schema", &[]).await?;
        let row = row.ok_or_else(|| StateError::Damaged {
            path: path(),
            detail: "the schema version is missing".to_owned(),
        })?;
        let found = row.integer("version")?;
        if row.text("application")? != APPLICATION {
            return Err(StateError::Foreign { path: path(), table: "nixwright_schema".to_owned() });
        }
        if found > newest {
            return Err(StateError::Newer { path: path(), found, known: newest });
        }
        if found < 1 {
            return Err(StateError::Damaged {
                path: path(),
                detail: format!("its schema version is {found}"),
            });
        }
        return Ok(found);
    }
    match tables.into_iter().next() {
        None => Ok(0),
        Some(table) => Err(StateError::Foreign { path: path(), table }),
    }
}

async fn write_ahead(system: &System, database: &Database) -> Result<(), StateError> {
    // SQLite does not wait for others here whatever its busy timeout says, so the waiting is ours.
    for _ in 0..SWITCH_TRIES {
        if database.write_ahead().await? {
            return Ok(());
        }
        system.clock.sleep(SWITCH_PAUSE).await;
    }
    Err(StateError::Busy { path: database.path().to_owned(), waited: SWITCH_PAUSE * SWITCH_TRIES })
}

/// Copies the database beside itself; the name says which version it has and when it was made.
async fn back_up(system: &System, database: &Database, version: i64) -> Result<(), StateError> {
    let path = database.path();
    let time = system.clock.now().strftime("%Y%m%dT%H%M%S").to_string();
    let name = |count: u32| {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".v{version}-{time}"));
        if count > 0 {
            name.push(format!("-{count}"));
        }
        path.with_file_name(name)
    };
    // Two processes may find the old version in the same second; each makes a copy of its own.
    let mut count = 0;
    let copy = loop {
        let copy = name(count);
        match place::create_new(&copy) {
            Ok(()) => break copy,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => count += 1,
            Err(source) => return Err(StateError::Prepare { act: "create the backup", path: copy, source }),
        }
    };
    // Whoever finds a backup must be able to rely on it, so it gets its name when it is whole and on the disk.
    let mut partial = copy.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let trouble = |source| StateError::Prepare { act: "write the backup", path: copy.clone(), source };
    place::create_new(&partial).map_err(trouble)?;
    database.copy_to(&partial).await?;
    place::settle(&partial, &copy).map_err(trouble)
}

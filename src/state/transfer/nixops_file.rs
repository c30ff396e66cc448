//! A state file of NixOps, read without being touched: a copy of it is opened.
//!
//! SQLite may fold a write-ahead log or take back a broken transaction when it opens a file, so that not even a reader leaves
//! it alone. The copy lies in a private folder, since it holds private keys, and is removed at the end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use uuid::Uuid;

use super::nixops;
use super::{Found, NixopsRecord, NixopsResource, TransferError};
use crate::state::database::{Database, Mode, Row, Transaction};
use crate::state::{State, StateError};
use crate::system::System;

/// The newest schema that NixOps ever had.
const NEWEST: i64 = 3;

/// The first bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The database, and what SQLite keeps beside it while it is in use.
const PARTS: [&str; 3] = ["", "-wal", "-journal"];

/// Where resources stand: here since version 3, and under their older name before.
const RESOURCES: (&str, &str, &str) = (
    "Resources",
    "SELECT id, deployment, name, type FROM Resources ORDER BY id",
    "SELECT machine, name, CAST(value AS TEXT) AS value FROM ResourceAttrs",
);
const OLDER_RESOURCES: (&str, &str, &str) = (
    "Machines",
    "SELECT id, deployment, name, type FROM Machines ORDER BY id",
    "SELECT machine, name, CAST(value AS TEXT) AS value FROM MachineAttrs",
);

impl State {
    /// Reads the deployments of a state file of NixOps.
    pub async fn read_nixops(system: &System, path: &Path) -> Result<Found, TransferError> {
        let copy = |source| TransferError::Copy { path: path.to_owned(), source };
        let folder = tempfile::tempdir().map_err(copy)?;
        let copied = folder.path().join("copy");
        for part in PARTS {
            let beside =
                |path: &Path| [path.as_os_str().to_owned(), part.into()].into_iter().collect::<OsString>();
            let bytes = match system.files.read(beside(path).as_ref()) {
                Ok(bytes) => bytes,
                Err(error) if !part.is_empty() && error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => {
                    return Err(TransferError::Unreadable { from: path.display().to_string(), source });
                }
            };
            if part.is_empty() && bytes.is_empty() {
                return Err(TransferError::Empty { from: path.display().to_string() });
            }
            if part.is_empty() && !bytes.starts_with(MAGIC) {
                return Err(TransferError::NotSqlite { path: path.to_owned() });
            }
            system.files.write(beside(&copied).as_ref(), &bytes, 0o600).map_err(copy)?;
        }
        // Messages name the file that was given, not the copy.
        let damaged = |error: StateError| TransferError::Damaged {
            path: path.to_owned(),
            said: match error {
                StateError::Damaged { detail, .. } => detail,
                StateError::NotADatabase { .. } => {
                    "it is cut short, or something else was written into it".to_owned()
                }
                other => other.to_string(),
            },
        };
        let database = Database::open(&copied, Mode::Write).await.map_err(damaged)?;
        let read = async {
            let mut transaction = database.read().await.map_err(damaged)?;
            let tables = transaction.tables().await.map_err(damaged)?;
            let of = |wanted: &str| tables.iter().any(|table| table == wanted);
            if let Some(missing) = ["Deployments", "DeploymentAttrs"].into_iter().find(|table| !of(table)) {
                return Err(TransferError::NotNixops { path: path.to_owned(), missing });
            }
            if of("SchemaVersion") {
                let sql = "SELECT CAST(MAX(version) AS BIGINT) AS version FROM SchemaVersion";
                let row = transaction.row(sql, &[]).await.map_err(damaged)?;
                let found =
                    row.map(|row| row.optional_integer("version")).transpose().map_err(damaged)?.flatten();
                if let Some(found) = found.filter(|found| *found > NEWEST) {
                    return Err(TransferError::NewerNixops { path: path.to_owned(), found, known: NEWEST });
                }
            }
            let resources = if of(RESOURCES.0) { RESOURCES } else { OLDER_RESOURCES };
            if !of(resources.0) {
                return Err(TransferError::NotNixops { path: path.to_owned(), missing: RESOURCES.0 });
            }
            whole(&mut transaction).await.map_err(damaged)?;
            records(&mut transaction, resources, path).await
        }
        .await;
        database.close().await;
        nixops::understood(system, read?, &path.display().to_string())
    }
}

/// Lets SQLite look over all pages.
async fn whole(transaction: &mut Transaction) -> Result<(), StateError> {
    let rows = transaction.rows("SELECT quick_check AS said FROM pragma_quick_check", &[]).await?;
    let said = rows.iter().map(|row| row.text("said")).collect::<Result<Vec<_>, _>>()?;
    match said.as_slice() {
        [one] if one == "ok" => Ok(()),
        some => Err(StateError::Damaged { path: Default::default(), detail: some.join("; ") }),
    }
}

async fn records(
    transaction: &mut Transaction,
    (_, resources, attributes): (&str, &'static str, &'static str),
    path: &Path,
) -> Result<BTreeMap<Uuid, NixopsRecord>, TransferError> {
    let from = || path.display().to_string();
    let damaged = |said: String| TransferError::Damaged { path: path.to_owned(), said };
    let text = |row: &Row, column| row.text(column).map_err(|error| damaged(error.to_string()));
    let integer = |row: &Row, column| row.integer(column).map_err(|error| damaged(error.to_string()));
    let uuid = |text: String| -> Result<Uuid, TransferError> {
        text.parse().map_err(|_| damaged(format!("`{text}` is not the UUID of a deployment")))
    };
    let ask = async |transaction: &mut Transaction, sql| {
        let rows = transaction.rows(sql, &[]).await;
        rows.map_err(|error| damaged(error.to_string()))
    };

    let mut records = BTreeMap::new();
    for row in ask(transaction, "SELECT uuid FROM Deployments").await? {
        records.insert(uuid(text(&row, "uuid")?)?, NixopsRecord::default());
    }
    let lost = |what: String| damaged(format!("{what} belongs to no deployment"));
    let sql = "SELECT deployment, name, CAST(value AS TEXT) AS value FROM DeploymentAttrs";
    for row in ask(transaction, sql).await? {
        let name = text(&row, "name")?;
        let of = records.get_mut(&uuid(text(&row, "deployment")?)?);
        let of = of.ok_or_else(|| lost(format!("the attribute `{name}`")))?;
        of.attributes.insert(name, text(&row, "value")?);
    }
    let mut places = BTreeMap::new();
    for row in ask(transaction, resources).await? {
        let (deployment, name) = (uuid(text(&row, "deployment")?)?, text(&row, "name")?);
        let of = records.get_mut(&deployment).ok_or_else(|| lost(format!("the resource `{name}`")))?;
        let resource = NixopsResource { kind: text(&row, "type")?, attributes: BTreeMap::new() };
        if of.resources.insert(name.clone(), resource).is_some() {
            let what = format!("the resource `{name}` of the deployment {deployment}");
            return Err(TransferError::Twice { from: from(), what });
        }
        places.insert(integer(&row, "id")?, (deployment, name));
    }
    for row in ask(transaction, attributes).await? {
        let name = text(&row, "name")?;
        let place = places.get(&integer(&row, "machine")?);
        let (deployment, resource) =
            place.ok_or_else(|| damaged(format!("the attribute `{name}` belongs to no resource")))?;
        let of = records.get_mut(deployment).and_then(|it| it.resources.get_mut(resource));
        let of = of.expect("places name resources that were read above");
        of.attributes.insert(name, text(&row, "value")?);
    }
    Ok(records)
}

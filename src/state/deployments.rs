//! Deployments: what a network is called here, where it comes from, and its arguments.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::network::Dialect;

use super::database::{Row, Transaction, Value, values};
use super::{DeploymentId, State, StateError, json, number, similar, time, uuid};

/// Where the network of a deployment is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// Files or folders by absolute path, merged in this order.
    Files {
        files: Vec<PathBuf>,
        /// How they are read; without it as their content says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "Option<String>"))]
        dialect: Option<Dialect>,
    },
    /// A flake that is not on this computer: every deployment asks Nix anew what the reference names.
    Flake {
        reference: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "Option<String>"))]
        dialect: Option<Dialect>,
    },
}

impl Source {
    /// Files that are read as their content says.
    pub fn of_files(files: Vec<PathBuf>) -> Self {
        Source::Files { files, dialect: None }
    }

    /// How it is read.
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Source::Files { dialect, .. } | Source::Flake { dialect, .. } => *dialect,
        }
    }

    /// Whether both lie in the same place, however they are read.
    pub fn is_where(&self, other: &Source) -> bool {
        match (self, other) {
            (Source::Files { files: one, .. }, Source::Files { files: other, .. }) => one == other,
            (Source::Flake { reference: one, .. }, Source::Flake { reference: other, .. }) => one == other,
            _ => false,
        }
    }

    /// The place in words.
    pub fn place(&self) -> String {
        match self {
            Source::Files { files, .. } => {
                files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
            }
            Source::Flake { reference, .. } => reference.clone(),
        }
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> Result<String, StateError> {
        if let Source::Files { files, .. } = self
            && let Some(path) = files.iter().find(|path| path.to_str().is_none())
        {
            return Err(StateError::BadPath { path: path.clone() });
        }
        Ok(serde_json::to_string(self).expect("texts and lists of them can always be JSON"))
    }
}

/// What is needed for a new deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeployment {
    pub name: Option<String>,
    pub source: Source,
    /// Argument name → Nix source text.
    pub arguments: BTreeMap<String, String>,
    /// Entries for `-I`, in order.
    pub nix_path: Vec<String>,
    pub description: String,
}

/// One deployment as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub name: Option<String>,
    pub description: String,
    pub source: Source,
    pub arguments: BTreeMap<String, String>,
    pub nix_path: Vec<String>,
    pub created: Timestamp,
    /// How many machines are recorded.
    pub machines: u64,
    /// The number of the generation that was recorded last, 0 before the first; it never goes back.
    pub last_generation: u64,
}

impl Deployment {
    /// The name, or the UUID of a deployment without one.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// What to change in a deployment; `None` leaves as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub name: Option<String>,
    pub source: Option<Source>,
    /// How its files or flake are read from now on.
    pub dialect: Option<Dialect>,
    /// Arguments to set; the others stay.
    pub arguments: BTreeMap<String, String>,
    /// Arguments to forget, each of which there is.
    pub forgotten: Vec<String>,
    pub nix_path: Option<Vec<String>>,
    pub description: Option<String>,
}

impl State {
    /// Remembers a new deployment under a new UUID.
    pub async fn create_deployment(&self, new: NewDeployment) -> Result<Deployment, StateError> {
        let source = new.source.stored()?;
        if let Some(name) = &new.name {
            checked_name(name)?;
        }
        let deployment = Deployment {
            id: DeploymentId(self.system.ids.uuid()),
            name: new.name,
            description: new.description,
            source: new.source,
            arguments: new.arguments,
            nix_path: new.nix_path,
            created: self.now(),
            machines: 0,
            last_generation: 0,
        };
        let mut transaction = self.database.write().await?;
        free_name(&mut transaction, deployment.name.as_deref(), deployment.id).await?;
        transaction
            .execute(
                "INSERT INTO deployments (id, name, description, source, arguments, nix_path, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                values![
                    deployment.id,
                    deployment.name.clone(),
                    &deployment.description,
                    source,
                    text(&deployment.arguments),
                    text(&deployment.nix_path),
                    deployment.created,
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(deployment)
    }

    /// All deployments, those with names first, by name.
    pub async fn deployments(&self) -> Result<Vec<Deployment>, StateError> {
        let mut transaction = self.database.read().await?;
        let rows = transaction
            .rows(
                "SELECT d.*, (SELECT COUNT(*) FROM machines m WHERE m.deployment = d.id) AS machines \
                 FROM deployments d ORDER BY d.name IS NULL, d.name, d.created_at, d.id",
                &[],
            )
            .await?;
        rows.iter().map(deployment).collect()
    }

    pub async fn deployment(&self, id: DeploymentId) -> Result<Deployment, StateError> {
        let mut transaction = self.database.read().await?;
        load(&mut transaction, id).await
    }

    /// The deployment that a person means: by exact UUID, else exact name, else the beginning of one UUID.
    pub async fn find_deployment(&self, wanted: &str) -> Result<Deployment, StateError> {
        let mut transaction = self.database.read().await?;
        let exact = transaction
            .row(
                "SELECT id FROM deployments WHERE id = $1 OR name = $2 ORDER BY id = $1 DESC LIMIT 1",
                values![wanted.to_ascii_lowercase(), wanted],
            )
            .await?;
        if let Some(row) = exact {
            return load(&mut transaction, DeploymentId(uuid(&row, "id")?)).await;
        }
        let rows =
            transaction.rows("SELECT id, name FROM deployments ORDER BY name IS NULL, name, id", &[]).await?;
        let all = rows
            .iter()
            .map(|row| Ok((uuid(row, "id")?, row.optional_text("name")?)))
            .collect::<Result<Vec<_>, StateError>>()?;
        let prefix = wanted.to_ascii_lowercase();
        let hits: Vec<_> =
            all.iter().filter(|(id, _)| !prefix.is_empty() && id.to_string().starts_with(&prefix)).collect();
        match hits.as_slice() {
            [(id, _)] => load(&mut transaction, DeploymentId(*id)).await,
            [] => Err(StateError::DeploymentNotFound {
                wanted: wanted.to_owned(),
                similar: similar(wanted, all.iter().filter_map(|(_, name)| name.as_deref())),
                candidates: all
                    .iter()
                    .map(|(id, name)| name.clone().unwrap_or_else(|| id.to_string()))
                    .collect(),
            }),
            several => Err(StateError::DeploymentAmbiguous {
                wanted: wanted.to_owned(),
                candidates: several.iter().map(|(id, name)| titled(*id, name.as_deref())).collect(),
            }),
        }
    }

    /// The deployment of exactly these files or this flake, however they are read. None: it has no record yet.
    pub async fn find_by_source(&self, source: &Source) -> Result<Option<Deployment>, StateError> {
        source.stored()?;
        let mut transaction = self.database.read().await?;
        let all = transaction
            .rows("SELECT id, name, source FROM deployments ORDER BY name IS NULL, name, id", &[])
            .await?;
        let mut rows = Vec::new();
        for row in all {
            if json::<Source>(&row, "source")?.is_where(source) {
                rows.push(row);
            }
        }
        match rows.as_slice() {
            [] => Ok(None),
            [row] => load(&mut transaction, DeploymentId(uuid(row, "id")?)).await.map(Some),
            several => {
                let titles = several
                    .iter()
                    .map(|row| Ok(titled(uuid(row, "id")?, row.optional_text("name")?.as_deref())))
                    .collect::<Result<Vec<_>, StateError>>()?;
                Err(StateError::DeploymentAmbiguous { wanted: source.place(), candidates: titles })
            }
        }
    }

    pub async fn rename_deployment(&self, id: DeploymentId, name: &str) -> Result<(), StateError> {
        checked_name(name)?;
        let mut transaction = self.database.write().await?;
        free_name(&mut transaction, Some(name), id).await?;
        let renamed =
            transaction.execute("UPDATE deployments SET name = $1 WHERE id = $2", values![name, id]).await?;
        if renamed == 0 {
            return Err(gone(id));
        }
        transaction.commit().await
    }

    /// Changes what a deployment is made from. A run that is under way goes on with its own plan. What others changed since
    /// the deployment was read last stays changed.
    pub async fn modify_deployment(&self, id: DeploymentId, changes: Changes) -> Result<(), StateError> {
        changes.source.as_ref().map(Source::stored).transpose()?;
        changes.name.as_deref().map(checked_name).transpose()?;
        let mut transaction = self.database.write().await?;
        free_name(&mut transaction, changes.name.as_deref(), id).await?;
        let before = load(&mut transaction, id).await?;
        let title = before.title();
        let mut source = changes.source.unwrap_or(before.source);
        if changes.dialect.is_some() {
            match &mut source {
                Source::Files { dialect, .. } | Source::Flake { dialect, .. } => *dialect = changes.dialect,
            }
        }
        let mut arguments = before.arguments;
        for name in &changes.forgotten {
            if arguments.remove(name).is_none() {
                let similar = similar(name, arguments.keys().map(String::as_str));
                let candidates = arguments.into_keys().collect();
                return Err(StateError::NoArgument { title, name: name.clone(), candidates, similar });
            }
        }
        arguments.extend(changes.arguments);
        let changed = transaction
            .execute(
                "UPDATE deployments SET source = $2, arguments = $3, \
                 nix_path = COALESCE($4, nix_path), description = COALESCE($5, description), \
                 name = COALESCE($6, name) WHERE id = $1",
                values![
                    id,
                    source.stored()?,
                    text(&arguments),
                    changes.nix_path.as_ref().map(text),
                    changes.description,
                    changes.name,
                ],
            )
            .await?;
        if changed == 0 {
            return Err(gone(id));
        }
        transaction.commit().await
    }

    /// A new deployment of the same network: files, arguments, search path and description. It has no machine yet, and
    /// shares no key and no generation with the other.
    pub async fn clone_deployment(&self, id: DeploymentId, name: &str) -> Result<Deployment, StateError> {
        checked_name(name)?;
        let mut transaction = self.database.write().await?;
        let new = DeploymentId(self.system.ids.uuid());
        free_name(&mut transaction, Some(name), new).await?;
        let copied = transaction
            .execute(
                "INSERT INTO deployments (id, name, description, source, arguments, nix_path, created_at) \
                 SELECT $2, $3, description, source, arguments, nix_path, $4 FROM deployments WHERE id = $1",
                values![id, new, name, self.now()],
            )
            .await?;
        if copied == 0 {
            return Err(gone(id));
        }
        let deployment = load(&mut transaction, new).await?;
        transaction.commit().await?;
        Ok(deployment)
    }

    /// Forgets a deployment with all that belongs to it. With machines it is refused unless forced; while a run
    /// holds the lock it is always refused.
    pub async fn delete_deployment(&self, id: DeploymentId, force: bool) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.not_locked(&mut transaction, id).await?;
        let rows = transaction
            .rows("SELECT name FROM machines WHERE deployment = $1 ORDER BY name", values![id])
            .await?;
        if !force && !rows.is_empty() {
            let machines = rows.iter().map(|row| row.text("name")).collect::<Result<_, _>>()?;
            return Err(StateError::HasMachines { machines });
        }
        if transaction.execute("DELETE FROM deployments WHERE id = $1", values![id]).await? == 0 {
            return Err(gone(id));
        }
        transaction.commit().await
    }
}

pub(super) async fn load(transaction: &mut Transaction, id: DeploymentId) -> Result<Deployment, StateError> {
    let row = transaction
        .row(
            "SELECT d.*, (SELECT COUNT(*) FROM machines m WHERE m.deployment = d.id) AS machines \
             FROM deployments d WHERE d.id = $1",
            values![id],
        )
        .await?;
    deployment(&row.ok_or_else(|| gone(id))?)
}

fn deployment(row: &Row) -> Result<Deployment, StateError> {
    Ok(Deployment {
        id: DeploymentId(uuid(row, "id")?),
        name: row.optional_text("name")?,
        description: row.text("description")?,
        source: json(row, "source")?,
        arguments: json(row, "arguments")?,
        nix_path: json(row, "nix_path")?,
        created: time(row, "created_at")?,
        machines: number(row, "machines")?,
        last_generation: number(row, "last_generation")?,
    })
}

/// NixOps' rule, so that names keep working after an import.
pub(super) fn checked_name(name: &str) -> Result<(), StateError> {
    let first = name.chars().next().is_some_and(|it| it.is_ascii_alphabetic() || "_-".contains(it));
    if first && name.chars().all(|it| it.is_ascii_alphanumeric() || "_-.".contains(it)) {
        return Ok(());
    }
    Err(StateError::BadName { name: name.to_owned() })
}

pub(super) async fn free_name(
    transaction: &mut Transaction,
    name: Option<&str>,
    id: DeploymentId,
) -> Result<(), StateError> {
    let Some(name) = name else { return Ok(()) };
    let row =
        transaction.row("SELECT id FROM deployments WHERE name = $1 AND id <> $2", values![name, id]).await?;
    match row {
        None => Ok(()),
        Some(row) => {
            Err(StateError::NameTaken { name: name.to_owned(), id: DeploymentId(uuid(&row, "id")?) })
        }
    }
}

/// The error for a deployment that another process deleted meanwhile, or that never was.
pub(super) fn gone(id: DeploymentId) -> StateError {
    StateError::DeploymentGone { id }
}

fn titled(id: uuid::Uuid, name: Option<&str>) -> String {
    name.map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}

pub(super) fn text(value: &impl Serialize) -> Value {
    Value::Text(serde_json::to_string(value).expect("texts and lists of them can always be JSON"))
}

//! The machines of a deployment: what was learned at first contact, keys, and the system each got last.
//!
//! Facts of the first contact (release, key pair, host keys) are kept by whoever comes first, so that two processes
//! never lock each other out; what a run did to a machine is written under its lease.

use std::fmt;

use jiff::Timestamp;

use super::database::{Row, Transaction, values};
use super::sealing::{Sealing, sealed};
use super::{DeploymentId, Kept, Lease, State, StateError, json, similar, stored, time};

/// A key pair in OpenSSH's text formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKeyPair {
    pub private: Kept,
    /// One line, as in `authorized_keys`.
    pub public: String,
}

/// Where a machine was reached last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: Option<u16>,
    pub user: String,
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.user, self.host)?;
        self.port.map_or(Ok(()), |port| write!(out, ":{port}"))
    }
}

/// One machine as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineRecord {
    pub name: String,
    pub recorded: Timestamp,
    /// The NixOS release at first contact: the default of `system.stateVersion` for ever.
    pub state_version: Option<String>,
    pub ssh_key: Option<SshKeyPair>,
    /// The machine accepts `ssh_key`: a system with it was activated.
    pub ssh_key_deployed: bool,
    /// Public host keys (`ssh-ed25519 AAAA…`) pinned on first use; empty before.
    pub host_keys: Vec<String>,
    /// The system that was activated last.
    pub toplevel: Option<String>,
    /// The generation of the deployment that this system belongs to.
    pub generation: Option<u64>,
    pub address: Option<Address>,
}

impl State {
    /// The machines of a deployment by name.
    pub async fn machines(&self, deployment: DeploymentId) -> Result<Vec<MachineRecord>, StateError> {
        let mut transaction = self.database.read().await?;
        let rows = transaction
            .rows("SELECT * FROM machines WHERE deployment = $1 ORDER BY name", values![deployment])
            .await?;
        rows.iter().map(machine).collect()
    }

    /// One machine, if it is recorded.
    pub async fn machine(
        &self,
        deployment: DeploymentId,
        name: &str,
    ) -> Result<Option<MachineRecord>, StateError> {
        let mut transaction = self.database.read().await?;
        find(&mut transaction, deployment, name).await
    }

    /// Records a machine that is not recorded yet, and returns what is known of it.
    pub async fn record_machine(
        &self,
        deployment: DeploymentId,
        name: &str,
    ) -> Result<MachineRecord, StateError> {
        let mut transaction = self.database.write().await?;
        self.ensure(&mut transaction, deployment, name).await?;
        let record = found(&mut transaction, deployment, name).await?;
        transaction.commit().await?;
        Ok(record)
    }

    /// Keeps the release of the first contact. A machine that already has one keeps that; what holds is returned.
    pub async fn keep_state_version(
        &self,
        deployment: DeploymentId,
        name: &str,
        release: &str,
    ) -> Result<String, StateError> {
        let mut transaction = self.database.write().await?;
        self.ensure(&mut transaction, deployment, name).await?;
        transaction
            .execute(
                "UPDATE machines SET state_version = $3 WHERE deployment = $1 AND name = $2 AND state_version IS NULL",
                values![deployment, name, release],
            )
            .await?;
        let record = found(&mut transaction, deployment, name).await?;
        transaction.commit().await?;
        Ok(record.state_version.expect("the release was set in this transaction"))
    }

    /// Keeps a key pair for a machine that has none, and returns the pair that holds. Use only what is returned.
    pub async fn keep_ssh_key(
        &self,
        deployment: DeploymentId,
        name: &str,
        pair: SshKeyPair,
    ) -> Result<SshKeyPair, StateError> {
        let mut transaction = self.database.write().await?;
        self.ensure(&mut transaction, deployment, name).await?;
        let private = match &pair.private {
            Kept::Open(secret) => sealed(Sealing::of(&mut transaction).await?.as_ref(), secret.expose()),
            Kept::Sealed(file) => file.clone(),
        };
        transaction
            .execute(
                "UPDATE machines SET private_key = $3, public_key = $4, key_deployed = 0 \
                 WHERE deployment = $1 AND name = $2 AND private_key IS NULL",
                values![deployment, name, private, pair.public],
            )
            .await?;
        let record = found(&mut transaction, deployment, name).await?;
        transaction.commit().await?;
        Ok(record.ssh_key.expect("the key pair was set in this transaction"))
    }

    /// The machine now accepts its key pair (or, after a rollback to before it, no longer does).
    pub async fn set_ssh_key_deployed(
        &self,
        lease: &Lease,
        name: &str,
        deployed: bool,
    ) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        self.ensure(&mut transaction, lease.deployment(), name).await?;
        transaction
            .execute(
                "UPDATE machines SET key_deployed = $3 WHERE deployment = $1 AND name = $2",
                values![lease.deployment(), name, deployed],
            )
            .await?;
        transaction.commit().await
    }

    /// Pins host keys on first use. Keys that are already pinned stay; those that hold are returned.
    pub async fn pin_host_keys(
        &self,
        deployment: DeploymentId,
        name: &str,
        keys: &[String],
    ) -> Result<Vec<String>, StateError> {
        let mut transaction = self.database.write().await?;
        self.ensure(&mut transaction, deployment, name).await?;
        let record = found(&mut transaction, deployment, name).await?;
        if !record.host_keys.is_empty() {
            return Ok(record.host_keys);
        }
        set_host_keys(&mut transaction, deployment, name, keys).await?;
        transaction.commit().await?;
        Ok(keys.to_vec())
    }

    /// Forgets pinned host keys, for a machine that was really installed anew.
    pub async fn forget_host_keys(&self, deployment: DeploymentId, name: &str) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        found(&mut transaction, deployment, name).await?;
        set_host_keys(&mut transaction, deployment, name, &[]).await?;
        transaction.commit().await
    }

    /// Remembers where a machine was reached.
    pub async fn set_address(
        &self,
        deployment: DeploymentId,
        name: &str,
        address: &Address,
    ) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.ensure(&mut transaction, deployment, name).await?;
        transaction
            .execute(
                "UPDATE machines SET host = $3, port = $4, login_user = $5 WHERE deployment = $1 AND name = $2",
                values![deployment, name, &address.host, address.port.map(i64::from), &address.user],
            )
            .await?;
        transaction.commit().await
    }

    /// Remembers the system that a machine now runs, and of which generation it is (none: of none that was recorded).
    pub async fn set_system(
        &self,
        lease: &Lease,
        name: &str,
        toplevel: &str,
        generation: Option<u64>,
    ) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        self.ensure(&mut transaction, lease.deployment(), name).await?;
        transaction
            .execute(
                "UPDATE machines SET toplevel = $3, generation = $4 WHERE deployment = $1 AND name = $2",
                values![lease.deployment(), name, toplevel, generation.map(stored)],
            )
            .await?;
        transaction.commit().await
    }

    /// Calls a machine by another name, here and in the generations, so that a rollback still finds it. Refused while a
    /// run holds the lock: its journal and plan go by the names as they were.
    pub async fn rename_machine(
        &self,
        deployment: DeploymentId,
        name: &str,
        new: &str,
    ) -> Result<(), StateError> {
        checked_name(new)?;
        let mut transaction = self.database.write().await?;
        self.not_locked(&mut transaction, deployment).await?;
        found(&mut transaction, deployment, name).await?;
        if find(&mut transaction, deployment, new).await?.is_some() {
            return Err(StateError::MachineNameTaken { name: new.to_owned() });
        }
        transaction
            .execute(
                "UPDATE machines SET name = $3 WHERE deployment = $1 AND name = $2",
                values![deployment, name, new],
            )
            .await?;
        // A generation may hold a machine of the new name that was forgotten since; there each keeps its own.
        transaction
            .execute(
                "UPDATE generation_machines SET machine = $3 WHERE deployment = $1 AND machine = $2 \
                 AND number NOT IN (SELECT number FROM generation_machines WHERE deployment = $1 AND machine = $3)",
                values![deployment, name, new],
            )
            .await?;
        transaction.commit().await
    }

    /// Forgets a machine. The machine itself is not touched; its key pair is gone.
    pub async fn forget_machine(&self, deployment: DeploymentId, name: &str) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        found(&mut transaction, deployment, name).await?;
        transaction
            .execute("DELETE FROM machines WHERE deployment = $1 AND name = $2", values![deployment, name])
            .await?;
        transaction.commit().await
    }

    /// Forgets machines, all or none of them. They themselves are not touched; their key pairs are gone.
    pub async fn forget_machines(&self, lease: &Lease, names: &[&str]) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        for &name in names {
            found(&mut transaction, lease.deployment(), name).await?;
            transaction
                .execute(
                    "DELETE FROM machines WHERE deployment = $1 AND name = $2",
                    values![lease.deployment(), name],
                )
                .await?;
        }
        transaction.commit().await
    }

    /// A row for the machine, so that the pieces can be updated one by one.
    async fn ensure(
        &self,
        transaction: &mut Transaction,
        deployment: DeploymentId,
        name: &str,
    ) -> Result<(), StateError> {
        let known =
            transaction.row("SELECT id FROM deployments WHERE id = $1", values![deployment]).await?.is_some();
        if !known {
            return Err(super::deployments::gone(deployment));
        }
        transaction
            .execute(
                "INSERT INTO machines (deployment, name, recorded_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (deployment, name) DO NOTHING",
                values![deployment, name, self.now()],
            )
            .await
            .map(drop)
    }
}

/// NixOps' rule for machines in a network.
fn checked_name(name: &str) -> Result<(), StateError> {
    let first = name.chars().next().is_some_and(|it| it != '.');
    if first && name.chars().all(|it| it.is_ascii_alphanumeric() || "_-.".contains(it)) {
        return Ok(());
    }
    Err(StateError::BadMachineName { name: name.to_owned() })
}

async fn set_host_keys(
    transaction: &mut Transaction,
    deployment: DeploymentId,
    name: &str,
    keys: &[String],
) -> Result<(), StateError> {
    let text = serde_json::to_string(keys).expect("texts and lists of them can always be JSON");
    transaction
        .execute(
            "UPDATE machines SET host_keys = $3 WHERE deployment = $1 AND name = $2",
            values![deployment, name, text],
        )
        .await
        .map(drop)
}

async fn find(
    transaction: &mut Transaction,
    deployment: DeploymentId,
    name: &str,
) -> Result<Option<MachineRecord>, StateError> {
    let row = transaction
        .row("SELECT * FROM machines WHERE deployment = $1 AND name = $2", values![deployment, name])
        .await?;
    row.as_ref().map(machine).transpose()
}

/// The machine, or the error that names those that there are.
async fn found(
    transaction: &mut Transaction,
    deployment: DeploymentId,
    name: &str,
) -> Result<MachineRecord, StateError> {
    if let Some(record) = find(transaction, deployment, name).await? {
        return Ok(record);
    }
    let rows = transaction
        .rows("SELECT name FROM machines WHERE deployment = $1 ORDER BY name", values![deployment])
        .await?;
    let candidates = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
    let similar = similar(name, candidates.iter().map(String::as_str));
    Err(StateError::MachineNotFound { name: name.to_owned(), candidates, similar })
}

pub(super) fn machine(row: &Row) -> Result<MachineRecord, StateError> {
    let private = row.optional_text("private_key")?.map(Kept::stored);
    let port = row.optional_integer("port")?.map(u16::try_from).transpose();
    let port = port.map_err(|_| row.damaged("port"))?;
    let generation = row.optional_integer("generation")?.map(u64::try_from).transpose();
    Ok(MachineRecord {
        name: row.text("name")?,
        recorded: time(row, "recorded_at")?,
        state_version: row.optional_text("state_version")?,
        ssh_key: private
            .zip(row.optional_text("public_key")?)
            .map(|(private, public)| SshKeyPair { private, public }),
        ssh_key_deployed: row.integer("key_deployed")? != 0,
        host_keys: json(row, "host_keys")?,
        toplevel: row.optional_text("toplevel")?,
        generation: generation.map_err(|_| row.damaged("generation"))?,
        address: row
            .optional_text("host")?
            .zip(row.optional_text("login_user")?)
            .map(|(host, user)| Address { host, port, user }),
    })
}

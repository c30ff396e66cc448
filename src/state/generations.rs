//! Generations: which system every machine had after a deploy, numbered 1, 2, … per deployment.
//!
//! A number is never given twice, not even after its generation was deleted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::database::{Row, Transaction, values};
use super::{DeploymentId, Lease, RunId, State, StateError, number, stored, time, uuid};

/// What is recorded at the end of a deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGeneration {
    /// The revision of the network's own repository, where it has one.
    pub revision: Option<String>,
    pub description: String,
    /// Machine name → its system.
    pub machines: BTreeMap<String, GenerationMachine>,
}

/// The system of one machine in a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationMachine {
    /// Store path of the system.
    pub toplevel: String,
    /// Store path of the derivation it was built from, to build it again where it was collected.
    pub derivation: Option<String>,
}

/// One generation as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    pub number: u64,
    /// The run that made it.
    pub run: RunId,
    pub created: Timestamp,
    pub user: String,
    pub host: String,
    pub revision: Option<String>,
    pub description: String,
    pub machines: BTreeMap<String, GenerationMachine>,
}

impl State {
    /// Records the next generation under the lease of its run.
    pub async fn record_generation(
        &self,
        lease: &Lease,
        new: NewGeneration,
    ) -> Result<Generation, StateError> {
        let deployment = lease.deployment();
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        transaction
            .execute(
                "UPDATE deployments SET last_generation = last_generation + 1 WHERE id = $1",
                values![deployment],
            )
            .await?;
        let row = transaction
            .row("SELECT last_generation FROM deployments WHERE id = $1", values![deployment])
            .await?
            .ok_or_else(|| super::deployments::gone(deployment))?;
        let generation = Generation {
            number: number(&row, "last_generation")?,
            run: lease.run(),
            created: self.now(),
            user: lease.holder().user.clone(),
            host: lease.holder().host.clone(),
            revision: new.revision,
            description: new.description,
            machines: new.machines,
        };
        transaction
            .execute(
                "INSERT INTO generations (deployment, number, run, created_at, user_name, host, revision, description) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                values![
                    deployment,
                    stored(generation.number),
                    generation.run,
                    generation.created,
                    &generation.user,
                    &generation.host,
                    generation.revision.clone(),
                    &generation.description,
                ],
            )
            .await?;
        for (name, machine) in &generation.machines {
            transaction
                .execute(
                    "INSERT INTO generation_machines (deployment, number, machine, toplevel, derivation) \
                     VALUES ($1, $2, $3, $4, $5)",
                    values![
                        deployment,
                        stored(generation.number),
                        name,
                        &machine.toplevel,
                        machine.derivation.clone()
                    ],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(generation)
    }

    /// All generations of a deployment, oldest first.
    pub async fn generations(&self, deployment: DeploymentId) -> Result<Vec<Generation>, StateError> {
        all(&mut self.database.read().await?, deployment).await
    }

    pub async fn generation(&self, deployment: DeploymentId, wanted: u64) -> Result<Generation, StateError> {
        let mut transaction = self.database.read().await?;
        match load(&mut transaction, deployment, wanted).await? {
            Some(generation) => Ok(generation),
            None => Err(StateError::GenerationNotFound {
                number: wanted,
                newest: newest(&mut transaction, deployment).await?,
            }),
        }
    }

    /// The newest generation that was not deleted; none before the first deploy.
    pub async fn newest_generation(
        &self,
        deployment: DeploymentId,
    ) -> Result<Option<Generation>, StateError> {
        let mut transaction = self.database.read().await?;
        match newest(&mut transaction, deployment).await? {
            Some(number) => load(&mut transaction, deployment, number).await,
            None => Ok(None),
        }
    }

    /// Forgets generations, all or none of them: each has to be there, not the newest, and run by no machine. Refused while
    /// a run holds the lock, which may be on its way to one of them.
    pub async fn delete_generations(
        &self,
        deployment: DeploymentId,
        wanted: &[u64],
    ) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.not_locked(&mut transaction, deployment).await?;
        let newest = newest(&mut transaction, deployment).await?;
        // Named twice is meant once.
        for wanted in wanted.iter().copied().collect::<BTreeSet<u64>>() {
            delete(&mut transaction, deployment, wanted, newest).await?;
        }
        transaction.commit().await
    }
}

async fn delete(
    transaction: &mut Transaction,
    deployment: DeploymentId,
    wanted: u64,
    newest: Option<u64>,
) -> Result<(), StateError> {
    // Nothing has a number that cannot be stored.
    let number = i64::try_from(wanted).unwrap_or(0);
    if newest == Some(wanted) {
        return Err(StateError::GenerationInUse { number: wanted, why: "it is the newest".to_owned() });
    }
    let rows = transaction
        .rows(
            "SELECT name FROM machines WHERE deployment = $1 AND generation = $2 ORDER BY name",
            values![deployment, number],
        )
        .await?;
    if !rows.is_empty() {
        let names = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
        let more = names.len().saturating_sub(NAMES_SHOWN);
        let shown = names[..names.len() - more].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Err(StateError::GenerationInUse { number: wanted, why: format!("it runs on {shown}{more}") });
    }
    let deleted = transaction
        .execute("DELETE FROM generations WHERE deployment = $1 AND number = $2", values![deployment, number])
        .await?;
    if deleted == 0 {
        return Err(StateError::GenerationNotFound { number: wanted, newest });
    }
    Ok(())
}

/// How many machines a message names.
const NAMES_SHOWN: usize = 10;

/// All generations of a deployment, oldest first.
pub(super) async fn all(
    transaction: &mut Transaction,
    deployment: DeploymentId,
) -> Result<Vec<Generation>, StateError> {
    let rows = transaction
        .rows("SELECT * FROM generations WHERE deployment = $1 ORDER BY number", values![deployment])
        .await?;
    let mut generations = rows.iter().map(generation).collect::<Result<Vec<_>, _>>()?;
    let rows = transaction
        .rows("SELECT * FROM generation_machines WHERE deployment = $1 ORDER BY number", values![deployment])
        .await?;
    for row in &rows {
        let of: u64 = number(row, "number")?;
        if let Ok(index) = generations.binary_search_by_key(&of, |generation| generation.number) {
            let (name, machine) = machine(row)?;
            generations[index].machines.insert(name, machine);
        }
    }
    Ok(generations)
}

async fn newest(transaction: &mut Transaction, deployment: DeploymentId) -> Result<Option<u64>, StateError> {
    let row = transaction
        .row(
            "SELECT number FROM generations WHERE deployment = $1 ORDER BY number DESC LIMIT 1",
            values![deployment],
        )
        .await?;
    row.as_ref().map(|row| number(row, "number")).transpose()
}

async fn load(
    transaction: &mut Transaction,
    deployment: DeploymentId,
    wanted: u64,
) -> Result<Option<Generation>, StateError> {
    // Nothing has a number that cannot be stored.
    let Ok(wanted) = i64::try_from(wanted) else { return Ok(None) };
    let row = transaction
        .row("SELECT * FROM generations WHERE deployment = $1 AND number = $2", values![deployment, wanted])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut generation = generation(&row)?;
    let rows = transaction
        .rows(
            "SELECT * FROM generation_machines WHERE deployment = $1 AND number = $2",
            values![deployment, wanted],
        )
        .await?;
    generation.machines = rows.iter().map(machine).collect::<Result<_, _>>()?;
    Ok(Some(generation))
}

fn generation(row: &Row) -> Result<Generation, StateError> {
    Ok(Generation {
        number: number(row, "number")?,
        run: RunId(uuid(row, "run")?),
        created: time(row, "created_at")?,
        user: row.text("user_name")?,
        host: row.text("host")?,
        revision: row.optional_text("revision")?,
        description: row.text("description")?,
        machines: BTreeMap::new(),
    })
}

fn machine(row: &Row) -> Result<(String, GenerationMachine), StateError> {
    let machine =
        GenerationMachine { toplevel: row.text("toplevel")?, derivation: row.optional_text("derivation")? };
    Ok((row.text("machine")?, machine))
}

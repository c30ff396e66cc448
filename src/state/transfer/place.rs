//! Writing imported deployments into the state, all of them or none.

use std::collections::BTreeMap;

use super::{
    Exported, ExportedDeployment, ExportedMachine, ExportedRun, NixopsRecord, TransferError, is_secret,
};
use crate::state::database::{Transaction, values};
use crate::state::deployments::{checked_name, free_name, text};
use crate::state::sealing::{Sealing, sealed, sealed_record};
use crate::state::{DeploymentId, RunId, State, StateError, stored, uuid};

impl State {
    /// Remembers deployments under the UUIDs that they have. One that is already here, or a name that another one has,
    /// is refused, and then nothing is written.
    pub async fn import(&self, exported: &Exported) -> Result<(), TransferError> {
        exported.checked("the import")?;
        let mut transaction = self.database.write().await?;
        let sealing = Sealing::of(&mut transaction).await?;
        for it in &exported.deployments {
            place(&mut transaction, it, sealing.as_ref()).await?;
        }
        Ok(transaction.commit().await?)
    }
}

async fn place(
    transaction: &mut Transaction,
    it: &ExportedDeployment,
    sealing: Option<&Sealing>,
) -> Result<(), TransferError> {
    let id = it.uuid;
    let known = transaction.row("SELECT name FROM deployments WHERE id = $1", values![id]).await?;
    if let Some(row) = known {
        return Err(TransferError::Known { uuid: id, name: row.optional_text("name")? });
    }
    if let Some(name) = &it.name {
        checked_name(name)?;
    }
    free_name(transaction, it.name.as_deref(), id).await?;
    let source = it.source.stored()?;
    transaction
        .execute(
            "INSERT INTO deployments (id, name, description, source, arguments, nix_path, created_at, last_generation) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                id,
                it.name.clone(),
                &it.description,
                source,
                text(&it.arguments),
                text(&it.nix_path),
                it.created,
                stored(it.last_generation),
            ],
        )
        .await?;
    if let Some(record) = &it.nixops {
        place_nixops(transaction, id, record, sealing).await?;
    }
    for machine in &it.machines {
        place_machine(transaction, id, machine, sealing).await?;
    }
    place_generations(transaction, it).await?;
    for run in &it.runs {
        place_run(transaction, id, run).await?;
    }
    // Leases count on from what the journals say, so that a run that is resumed here sees its earlier entries as such.
    let fence = it.runs.iter().flat_map(|run| &run.journal).map(|entry| entry.fence).max();
    if let Some(fence) = fence {
        transaction
            .execute(
                "INSERT INTO locks (deployment, fence, run, user_name, host, process, process_start, boot, since, \
                 expires_at) VALUES ($1, $2, NULL, '', '', 0, 0, '', 0, 0)",
                values![id, stored(fence)],
            )
            .await?;
    }
    Ok(())
}

async fn place_nixops(
    transaction: &mut Transaction,
    id: DeploymentId,
    record: &NixopsRecord,
    sealing: Option<&Sealing>,
) -> Result<(), StateError> {
    let own = std::iter::once(("", "", &record.attributes));
    let resources =
        record.resources.iter().map(|(name, it)| (name.as_str(), it.kind.as_str(), &it.attributes));
    for (name, kind, attributes) in own.chain(resources) {
        let (secrets, open): (BTreeMap<_, _>, BTreeMap<_, _>) =
            attributes.iter().partition(|(name, value)| is_secret(name, value));
        transaction
            .execute(
                "INSERT INTO nixops_attributes (deployment, resource, kind, attributes, secrets) \
                 VALUES ($1, $2, $3, $4, $5)",
                values![id, name, kind, text(&open), sealed_record(sealing, &secrets)],
            )
            .await?;
    }
    Ok(())
}

async fn place_machine(
    transaction: &mut Transaction,
    id: DeploymentId,
    it: &ExportedMachine,
    sealing: Option<&Sealing>,
) -> Result<(), StateError> {
    let address = it.address.as_ref();
    transaction
        .execute(
            "INSERT INTO machines (deployment, name, recorded_at, state_version, private_key, public_key, \
             key_deployed, host_keys, toplevel, generation, host, port, login_user) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            values![
                id,
                &it.name,
                it.recorded,
                it.state_version.clone(),
                it.private_key.as_deref().map(|key| sealed(sealing, key)),
                it.public_key.clone(),
                it.key_deployed,
                text(&it.host_keys),
                it.system.clone(),
                it.generation.map(stored),
                address.map(|it| it.host.clone()),
                address.and_then(|it| it.port).map(i64::from),
                address.map(|it| it.user.clone()),
            ],
        )
        .await
        .map(drop)
}

async fn place_generations(transaction: &mut Transaction, it: &ExportedDeployment) -> Result<(), StateError> {
    for generation in &it.generations {
        transaction
            .execute(
                "INSERT INTO generations (deployment, number, run, created_at, user_name, host, revision, description) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                values![
                    it.uuid,
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
                        it.uuid,
                        stored(generation.number),
                        name,
                        &machine.system,
                        machine.derivation.clone()
                    ],
                )
                .await?;
        }
    }
    Ok(())
}

async fn place_run(
    transaction: &mut Transaction,
    id: DeploymentId,
    run: &ExportedRun,
) -> Result<(), TransferError> {
    // The run of a deployment that was cloned or restored by hand may be here under another one.
    let known = transaction.row("SELECT id FROM runs WHERE id = $1", values![run.id]).await?;
    if let Some(row) = known {
        return Err(TransferError::KnownRun { run: RunId(uuid(&row, "id")?) });
    }
    transaction
        .execute(
            "INSERT INTO runs (id, deployment, kind, plan_version, plan, user_name, host, process, started_at, \
             ended_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                run.id,
                id,
                run.kind.as_str(),
                i64::from(run.plan_version),
                &run.plan,
                &run.user,
                &run.host,
                i64::from(run.process),
                run.started,
                run.ended,
                run.outcome.map(|it| it.as_str()),
            ],
        )
        .await?;
    for entry in &run.journal {
        transaction
            .execute(
                "INSERT INTO journal (run, sequence, step, event, machine, message, output, at, fence) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                values![
                    run.id,
                    stored(entry.sequence),
                    &entry.step,
                    entry.event.as_str(),
                    entry.machine.clone(),
                    &entry.message,
                    entry.output.clone(),
                    entry.at,
                    stored(entry.fence),
                ],
            )
            .await?;
    }
    Ok(())
}

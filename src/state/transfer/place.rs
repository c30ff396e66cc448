//! Writing imported deployments into the state, all of them or none.

use std::collections::BTreeMap;

use super::{
    Exported, ExportedDeployment, ExportedLine, ExportedMachine, ExportedRun, NixopsRecord, TransferError,
    is_secret,
};
use crate::state::database::{Transaction, Value, values};
use crate::state::deployments::{checked_name, free_name, text};
use crate::state::sealing::{Sealing, sealed, sealed_record};
use crate::state::{
    DeploymentId, LogLine, Resumption, RunId, Scope, State, StateError, history, resumptions, stored, uuid,
};

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
    place_machines(transaction, id, &it.machines, sealing).await?;
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

async fn place_machines(
    transaction: &mut Transaction,
    id: DeploymentId,
    machines: &[ExportedMachine],
    sealing: Option<&Sealing>,
) -> Result<(), StateError> {
    let rows = machines.iter().map(|it| {
        let address = it.address.as_ref();
        vec![
            Value::from(id),
            Value::from(&it.name),
            Value::from(it.recorded),
            Value::from(it.state_version.clone()),
            Value::from(it.private_key.as_deref().map(|key| sealed(sealing, key))),
            Value::from(it.public_key.clone()),
            Value::from(it.key_deployed),
            text(&it.host_keys),
            Value::from(it.system.clone()),
            Value::from(it.generation.map(stored)),
            Value::from(address.map(|it| it.host.clone())),
            Value::from(address.and_then(|it| it.port).map(i64::from)),
            Value::from(address.map(|it| it.user.clone())),
        ]
    });
    let columns = [
        "deployment",
        "name",
        "recorded_at",
        "state_version",
        "private_key",
        "public_key",
        "key_deployed",
        "host_keys",
        "toplevel",
        "generation",
        "host",
        "port",
        "login_user",
    ];
    transaction.insert("machines", columns, rows.collect()).await
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
        let machines = generation.machines.iter().map(|(name, machine)| {
            vec![
                Value::from(it.uuid),
                Value::from(stored(generation.number)),
                Value::from(name),
                Value::from(&machine.system),
                Value::from(machine.derivation.clone()),
            ]
        });
        let columns = ["deployment", "number", "machine", "toplevel", "derivation"];
        transaction.insert("generation_machines", columns, machines.collect()).await?;
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
    let resumed = run.resumed.iter().map(|it| Resumption {
        user: it.user.clone(),
        host: it.host.clone(),
        process: it.process,
        at: it.at,
    });
    resumptions::place(transaction, run.id, 0, &resumed.collect::<Vec<_>>()).await?;
    let entries = run.journal.iter().map(|entry| {
        vec![
            Value::from(run.id),
            Value::from(stored(entry.sequence)),
            Value::from(&entry.step),
            Value::from(entry.event.as_str()),
            Value::from(entry.machine.clone()),
            Value::from(&entry.message),
            Value::from(entry.output.clone()),
            Value::from(entry.at),
            Value::from(stored(entry.fence)),
        ]
    });
    let columns = ["run", "sequence", "step", "event", "machine", "message", "output", "at", "fence"];
    transaction.insert("journal", columns, entries.collect()).await?;
    if let Some(it) = &run.scope {
        let (goal, left_out, changes) = (it.goal.clone(), it.left_out.clone(), it.changes.clone());
        let scope = Scope { goal, machines: it.machines, left_out, changes };
        history::place_scope(transaction, run.id, &scope).await?;
    }
    let line = |it: &ExportedLine| LogLine {
        at: it.at,
        machine: it.machine.clone(),
        warning: it.warning,
        text: it.text.clone(),
    };
    let lines: Vec<LogLine> = run.log.iter().map(line).collect();
    history::place_lines(transaction, run.id, 0, &lines).await?;
    Ok(())
}

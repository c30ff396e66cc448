//! All that the state remembers of deployments, as plain data in a fixed order.

use std::collections::BTreeMap;

use super::{
    Exported, ExportedAddress, ExportedDeployment, ExportedEntry, ExportedGeneration, ExportedLine,
    ExportedMachine, ExportedResumption, ExportedRun, ExportedScope, ExportedSystem, NixopsRecord,
    NixopsResource, VERSION,
};
use crate::state::database::{Transaction, values};
use crate::state::sealing::{Kept, Opener};
use crate::state::{
    Deployment, DeploymentId, RunId, State, StateError, deployments, generations, history, journal, json,
    machines, number, resumptions, runs, time, uuid,
};

impl State {
    /// These deployments with everything that belongs to them; private keys and other secrets only where they are
    /// wanted.
    pub async fn export(&self, wanted: &[DeploymentId], include_keys: bool) -> Result<Exported, StateError> {
        let mut wanted = wanted.to_vec();
        wanted.sort();
        wanted.dedup();
        let mut transaction = self.database.read().await?;
        let keys = match include_keys {
            true => Some(self.opener(&mut transaction).await?),
            false => None,
        };
        let mut deployments = Vec::with_capacity(wanted.len());
        for id in wanted {
            let it = deployment(&mut transaction, id, keys.as_ref()).await?;
            deployments.push(it.ok_or_else(|| self.undecipherable())?);
        }
        Ok(Exported { version: VERSION, deployments })
    }
}

async fn deployment(
    transaction: &mut Transaction,
    id: DeploymentId,
    keys: Option<&Opener>,
) -> Result<Option<ExportedDeployment>, StateError> {
    let it: Deployment = deployments::load(transaction, id).await?;
    let Some(nixops) = nixops(transaction, id, keys).await? else { return Ok(None) };
    let Some(machines) = machines_of(transaction, id, keys).await? else { return Ok(None) };
    Ok(Some(ExportedDeployment {
        uuid: it.id,
        name: it.name,
        description: it.description,
        source: it.source,
        arguments: it.arguments,
        nix_path: it.nix_path,
        created: it.created,
        last_generation: it.last_generation,
        nixops,
        machines,
        generations: generations_of(transaction, id).await?,
        runs: runs_of(transaction, id).await?,
    }))
}

/// What NixOps knew, if it knew the deployment; none where a secret does not open.
async fn nixops(
    transaction: &mut Transaction,
    id: DeploymentId,
    keys: Option<&Opener>,
) -> Result<Option<Option<NixopsRecord>>, StateError> {
    let rows = transaction.rows("SELECT * FROM nixops_attributes WHERE deployment = $1", values![id]).await?;
    let (mut attributes, mut resources) = (None, BTreeMap::new());
    for row in &rows {
        let mut all: BTreeMap<String, String> = json(row, "attributes")?;
        if let Some(opener) = keys {
            let Some(secrets) = opener.reveal(&Kept::stored(row.text("secrets")?)) else { return Ok(None) };
            let secrets: BTreeMap<String, String> =
                serde_json::from_str(secrets.expose()).map_err(|_| row.damaged("secrets"))?;
            all.extend(secrets);
        }
        let name = row.text("resource")?;
        if name.is_empty() {
            attributes = Some(all);
        } else {
            resources.insert(name, NixopsResource { kind: row.text("kind")?, attributes: all });
        }
    }
    Ok(Some(attributes.map(|attributes| NixopsRecord { attributes, resources })))
}

/// The machines by name; none where a secret does not open.
async fn machines_of(
    transaction: &mut Transaction,
    id: DeploymentId,
    keys: Option<&Opener>,
) -> Result<Option<Vec<ExportedMachine>>, StateError> {
    let rows = transaction.rows("SELECT * FROM machines WHERE deployment = $1", values![id]).await?;
    let all = rows.iter().map(|row| {
        let it = machines::machine(row)?;
        let private_key = match keys.zip(it.ssh_key) {
            Some((opener, pair)) => match opener.reveal(&pair.private) {
                Some(secret) => Some(secret.expose().to_owned()),
                None => return Ok(None),
            },
            None => None,
        };
        Ok(Some(ExportedMachine {
            address: it.address.map(|it| ExportedAddress { host: it.host, port: it.port, user: it.user }),
            recorded: it.recorded,
            state_version: it.state_version,
            host_keys: it.host_keys,
            // A machine may have a public key without the private one, which an export left out.
            public_key: row.optional_text("public_key")?,
            private_key,
            key_deployed: it.ssh_key_deployed,
            system: it.toplevel,
            generation: it.generation,
            name: it.name,
        }))
    });
    let Some(mut all) = all.collect::<Result<Option<Vec<_>>, StateError>>()? else { return Ok(None) };
    // Servers sort by the rules of a language, which differ.
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(all))
}

async fn generations_of(
    transaction: &mut Transaction,
    id: DeploymentId,
) -> Result<Vec<ExportedGeneration>, StateError> {
    let all = generations::all(transaction, id).await?;
    let system = |it: crate::state::GenerationMachine| ExportedSystem {
        system: it.toplevel,
        derivation: it.derivation,
    };
    let all = all.into_iter().map(|it| ExportedGeneration {
        number: it.number,
        run: it.run,
        created: it.created,
        user: it.user,
        host: it.host,
        revision: it.revision,
        description: it.description,
        machines: it.machines.into_iter().map(|(name, it)| (name, system(it))).collect(),
    });
    Ok(all.collect())
}

async fn runs_of(transaction: &mut Transaction, id: DeploymentId) -> Result<Vec<ExportedRun>, StateError> {
    let rows = transaction
        .rows(
            "SELECT r.*, s.goal, s.machines FROM runs r LEFT JOIN run_scopes s ON s.run = r.id \
             WHERE r.deployment = $1 ORDER BY r.started_at, r.id",
            values![id],
        )
        .await?;
    let entries = transaction
        .rows(
            "SELECT j.* FROM journal j JOIN runs r ON r.id = j.run WHERE r.deployment = $1 ORDER BY j.run, j.sequence",
            values![id],
        )
        .await?;
    let mut journals: BTreeMap<RunId, Vec<ExportedEntry>> = BTreeMap::new();
    for row in &entries {
        let it = journal::entry(row)?;
        journals.entry(RunId(uuid(row, "run")?)).or_default().push(ExportedEntry {
            sequence: it.sequence,
            step: it.step,
            event: it.event,
            machine: it.machine,
            message: it.message,
            output: it.output,
            at: time(row, "at")?,
            fence: it.fence,
        });
    }
    let (mut scopes, mut logs) = (scopes_of(transaction, id).await?, logs_of(transaction, id).await?);
    let mut resumed = resumptions_of(transaction, id).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let it = runs::record(row)?;
        all.push(ExportedRun {
            id: it.id,
            kind: it.kind,
            user: it.user,
            host: it.host,
            process: it.process,
            started: it.started,
            ended: it.ended,
            outcome: it.outcome,
            resumed: resumed.remove(&it.id).unwrap_or_default(),
            plan_version: number(row, "plan_version")?,
            plan: row.text("plan")?,
            journal: journals.remove(&it.id).unwrap_or_default(),
            scope: scopes.remove(&it.id),
            log: logs.remove(&it.id).unwrap_or_default(),
        });
    }
    Ok(all)
}

async fn resumptions_of(
    transaction: &mut Transaction,
    id: DeploymentId,
) -> Result<BTreeMap<RunId, Vec<ExportedResumption>>, StateError> {
    let rows = transaction
        .rows(
            "SELECT s.* FROM run_resumptions s JOIN runs r ON r.id = s.run WHERE r.deployment = $1 \
             ORDER BY s.run, s.sequence",
            values![id],
        )
        .await?;
    let mut all: BTreeMap<RunId, Vec<ExportedResumption>> = BTreeMap::new();
    for row in &rows {
        let it = resumptions::resumption(row)?;
        let it = ExportedResumption { user: it.user, host: it.host, process: it.process, at: it.at };
        all.entry(RunId(uuid(row, "run")?)).or_default().push(it);
    }
    Ok(all)
}

async fn scopes_of(
    transaction: &mut Transaction,
    id: DeploymentId,
) -> Result<BTreeMap<RunId, ExportedScope>, StateError> {
    let rows = transaction
        .rows("SELECT s.* FROM run_scopes s JOIN runs r ON r.id = s.run WHERE r.deployment = $1", values![id])
        .await?;
    let scopes = rows.iter().map(|row| {
        let it = history::scope(row)?;
        let (goal, machines, left_out, changes) = (it.goal, it.machines, it.left_out, it.changes);
        Ok((RunId(uuid(row, "run")?), ExportedScope { goal, machines, left_out, changes }))
    });
    scopes.collect()
}

async fn logs_of(
    transaction: &mut Transaction,
    id: DeploymentId,
) -> Result<BTreeMap<RunId, Vec<ExportedLine>>, StateError> {
    let rows = transaction
        .rows(
            "SELECT l.* FROM run_lines l JOIN runs r ON r.id = l.run WHERE r.deployment = $1 ORDER BY l.run, l.sequence",
            values![id],
        )
        .await?;
    let mut logs: BTreeMap<RunId, Vec<ExportedLine>> = BTreeMap::new();
    for row in &rows {
        let it = history::line(row)?;
        let line = ExportedLine { at: it.at, machine: it.machine, warning: it.warning, text: it.text };
        logs.entry(RunId(uuid(row, "run")?)).or_default().push(line);
    }
    Ok(logs)
}

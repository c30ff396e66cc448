//! The machines of a network as they run: found, reached and with their keys read, for runs that bring them no system.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::deploy::{addresses, settings, unreachable, warn};
use super::look::{self, Seen, Selection, Settling};
use super::result::MachineResult;
use super::{Event, OnFailure, Policy, RunError, Session, contact, keys, staging};
use crate::network::selectors::Selector;
use crate::network::{MachineName, RolloutSettings};
use crate::nix::Nix;
use crate::plan::{Goal, Rollout, Wanted};
use crate::state::{Deployment, Lease};
use crate::steps::{Phase, World};

/// Which machines, and what of them.
pub(super) struct Looking<'a> {
    pub deployment: &'a Deployment,
    pub on: Option<&'a Selector>,
    pub policy: &'a Policy,
    /// Ask the network for their keys.
    pub with_keys: bool,
    /// Read the keys, so that they can be sent.
    pub read: bool,
}

/// The machines that answer.
pub(super) struct Running {
    /// Each is to keep the system that it runs.
    pub wanted: BTreeMap<MachineName, Wanted>,
    pub world: Arc<World>,
    pub left_out: BTreeMap<MachineName, MachineResult>,
    /// The network's limits; its stages are about new systems.
    pub rollout: Rollout,
}

pub(super) async fn as_they_run(
    session: &Session,
    lease: &Lease,
    nix: Nix,
    looking: &Looking<'_>,
) -> Result<Running, RunError> {
    let deployment = looking.deployment;
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    let evaluating = if looking.with_keys { "the keys of the network" } else { "the network" };
    session.say(None, format!("evaluating {evaluating}..."));
    let mut evaluation = match looking.on {
        None if looking.with_keys => look::evaluate_keys(&nix, deployment, &records, None).await?,
        // Keys of machines that are not meant may not even be readable here.
        _ => look::evaluate(&nix, deployment, &records, None, false).await?,
    };
    let settings = settings(&evaluation);
    let selection = look::select(&settings, looking.on)?;
    let of_network = RolloutSettings::read(&evaluation.rollout)?;
    let rollout = staging::rollout(&of_network, &selection, looking.policy)?;
    let mut rollout = Rollout { stages: Vec::new(), soak: 0, ..rollout };
    let Selection { machines, needs, .. } = selection;
    session.tell(Event::Machines(machines.iter().cloned().collect()));
    if looking.with_keys && looking.on.is_some() {
        evaluation = look::evaluate_keys(&nix, deployment, &records, Some(&machines)).await?;
    }
    warn(session, &evaluation);
    let (addresses, mut left_out) = addresses(&machines, &settings, Goal::Switch);
    if addresses.is_empty() {
        return Err(RunError::NoMachines);
    }
    let world = look::world(session, lease, nix, &addresses, &records, looking.policy, &[]).await?;
    let seen = look::probe(session, lease, &world, &addresses, &records, Settling::Awaited).await?;
    let Seen { observed, failed } = seen;
    let on_failure = looking.policy.on_failure_of(OnFailure::default());
    if !failed.is_empty() && (on_failure != OnFailure::Continue || observed.is_empty()) {
        return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
    }
    // Limits count who is away already. Nobody is left out for another one: each stays as it is.
    let _ = rollout.count_down(&failed.keys().cloned().collect());
    left_out.extend(unreachable(&failed, BTreeMap::new(), &BTreeMap::new(), observed.keys()));
    let mut wanted: BTreeMap<MachineName, Wanted> = BTreeMap::new();
    for (machine, seen) in observed {
        let Some(current) = seen.current_system.clone() else {
            let brings = if looking.read { "sends its keys" } else { "brings one" };
            let why = format!("it runs no system of NixOS yet; the first deploy {brings}");
            left_out.insert(machine, MachineResult::Failed { why, phase: Phase::Reach, touched: false });
            continue;
        };
        let facts = &evaluation.machines[&machine];
        let of_machine = Wanted {
            observed: seen,
            needs: needs.get(&machine).cloned().unwrap_or_default(),
            tags: facts.deployment.tags.iter().cloned().collect(),
            accepts_key: facts.deployment.provision_ssh_key,
            keys: Some(facts.keys.iter().map(|key| (key.upload_at, key.path.clone())).collect()),
            checks: facts.deployment.health_checks.clone(),
            folder: keys::network_folder(deployment),
            ..Wanted::new(addresses[&machine].clone(), current)
        };
        wanted.insert(machine, of_machine);
    }
    let taking_part: BTreeSet<MachineName> = wanted.keys().cloned().collect();
    for it in wanted.values_mut() {
        it.needs = &it.needs & &taking_part;
    }
    if looking.read {
        let folder = keys::network_folder(deployment);
        keys::read_all(session, &world, &evaluation, &taking_part, &folder).await?;
    }
    Ok(Running { wanted, world, left_out, rollout })
}

//! Sending keys and nothing else: after a reboot `/run/keys` is empty, and a key may have a new value.
//!
//! Evaluates what the network says of keys, but no system, and builds nothing. No key is removed: what runs may be an earlier
//! system, which still wants it; a deploy removes what its network has no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry_out::{Sitting, carry_out};
use super::deploy::{addresses, settings, unreachable, warn};
use super::lease::KeptLease;
use super::look::{self, Seen, Selection, Settling};
use super::result::{MachineResult, RunResult};
use super::{Event, Interrupts, OnFailure, Policy, RunError, Session, contact, keys};
use crate::network::MachineName;
use crate::network::selectors::Selector;
use crate::nix::Nix;
use crate::plan::{self, Goal, Plan, Wanted};
use crate::state::{Deployment, Lease, RunKind};
use crate::steps::{Phase, World};

/// Whose keys to send, and how.
pub struct SendKeys<'a> {
    pub deployment: &'a Deployment,
    pub on: Option<&'a Selector>,
    /// Also keys that are there as they should be.
    pub force: bool,
    /// Show which keys would be looked at, and touch nothing.
    pub dry_run: bool,
    /// Ask (see [`Event::Asked`]) before machines are touched.
    pub ask: bool,
    pub policy: Policy,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
}

/// Sends the keys that are missing or differ. `Ok` also when machines failed: the result says so.
pub async fn send_keys(
    session: &Session,
    request: SendKeys<'_>,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let mut nix = Nix::find(&session.system).await?;
    nix.path.clone_from(&request.deployment.nix_path);
    nix.options.clone_from(&request.nix_options);
    let mut kept = KeptLease::take(session, request.deployment).await?;
    let lease = kept.lease.clone();
    let preparing = prepare(session, &request, nix, &lease);
    let prepared = kept.while_nothing_is_touched(interrupts, preparing).await;
    let result = match prepared {
        Ok(prepared) if request.dry_run => {
            Ok(RunResult::of_nothing(lease.run(), Goal::Keys, prepared.left_out))
        }
        Ok(prepared) => finish(session, &request, &lease, prepared, interrupts).await,
        Err(error) => Err(error),
    };
    kept.give_back(session, result).await
}

/// A plan, ready to go, and the machines that are not part of it.
struct Prepared {
    plan: Plan,
    world: Arc<World>,
    left_out: BTreeMap<MachineName, MachineResult>,
}

async fn prepare(
    session: &Session,
    request: &SendKeys<'_>,
    nix: Nix,
    lease: &Lease,
) -> Result<Prepared, RunError> {
    let deployment = request.deployment;
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    session.say(None, "evaluating the keys of the network...");
    let mut evaluation = match request.on {
        None => look::evaluate_keys(&nix, deployment, &records, None).await?,
        // Keys of machines that are not meant may not even be readable here.
        Some(_) => look::evaluate(&nix, deployment, &records, None, false).await?,
    };
    let settings = settings(&evaluation);
    let Selection { machines, needs, .. } = look::select(&settings, request.on)?;
    session.tell(Event::Machines(machines.iter().cloned().collect()));
    if request.on.is_some() {
        evaluation = look::evaluate_keys(&nix, deployment, &records, Some(&machines)).await?;
    }
    warn(session, &evaluation);
    let (addresses, mut left_out) = addresses(&machines, &settings, Goal::Switch);
    if addresses.is_empty() {
        return Err(RunError::NoMachines);
    }
    let world = look::world(session, lease, nix, &addresses, &records, &request.policy, &[]).await?;
    let seen = look::probe(session, lease, &world, &addresses, &records, Settling::Awaited).await?;
    let Seen { observed, failed } = seen;
    let on_failure = request.policy.on_failure_of(OnFailure::default());
    if !failed.is_empty() && (on_failure != OnFailure::Continue || observed.is_empty()) {
        return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
    }
    // Keys need no order: a machine gets its own also where one that it needs does not answer.
    left_out.extend(unreachable(&failed, BTreeMap::new(), &BTreeMap::new(), observed.keys()));
    let mut wanted: BTreeMap<MachineName, Wanted> = BTreeMap::new();
    for (machine, seen) in observed {
        let Some(current) = seen.current_system.clone() else {
            let why = "it runs no system of NixOS yet; the first deploy sends its keys".to_owned();
            left_out.insert(machine, MachineResult::Failed { why, phase: Phase::Reach, touched: false });
            continue;
        };
        let facts = &evaluation.machines[&machine];
        let wanted_of_machine = Wanted {
            observed: seen,
            needs: needs.get(&machine).cloned().unwrap_or_default(),
            tags: facts.deployment.tags.iter().cloned().collect(),
            accepts_key: facts.deployment.provision_ssh_key,
            keys: Some(facts.keys.iter().map(|key| (key.upload_at, key.path.clone())).collect()),
            ..Wanted::new(addresses[&machine].clone(), current)
        };
        wanted.insert(machine, wanted_of_machine);
    }
    let taking_part: BTreeSet<MachineName> = wanted.keys().cloned().collect();
    for it in wanted.values_mut() {
        it.needs = &it.needs & &taking_part;
    }
    if !request.dry_run {
        let folder = keys::network_folder(deployment);
        keys::read_all(session, &world, &evaluation, &taking_part, &folder).await?;
    }
    let plan = plan::make_for_keys(deployment.id.0, wanted, request.force)?;
    session.tell(Event::Planned(Box::new(plan.clone())));
    if request.ask && !request.dry_run {
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::Asked { answer });
        if !answered.await.unwrap_or(false) {
            return Err(RunError::Declined);
        }
    }
    Ok(Prepared { plan, world, left_out })
}

async fn finish(
    session: &Session,
    request: &SendKeys<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { plan, world, left_out } = prepared;
    let done = carry_out(
        session,
        lease,
        Sitting::First(RunKind::SendKeys),
        &plan,
        world,
        request.policy,
        interrupts,
    )
    .await;
    let mut result = match done {
        Err(RunError::Journal { source, mut result }) => {
            result.machines.extend(left_out);
            return Err(RunError::Journal { source, result });
        }
        other => other?,
    };
    result.machines.extend(left_out);
    session.state.finish_run(lease, result.outcome()).await?;
    Ok(result)
}

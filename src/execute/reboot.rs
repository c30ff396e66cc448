//! Rebooting machines, and nothing else: those that others need first, each waited for until it runs again in another boot.
//!
//! A machine comes back with the system that it boots, which is not always the one that it runs. Keys, which a reboot takes, are
//! sent again, and its health checks must hold before the machines go on that need it. Nothing is taken back: there is no way
//! back from a reboot.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::carry_out::{Beginning, Sitting, carry_out, end};
use super::lease::KeptLease;
use super::result::{MachineResult, RunResult};
use super::running::{Looking, Running, as_they_run};
use super::{Event, Interrupts, Policy, RunError, Session};
use crate::network::selectors::Selector;
use crate::network::{MachineName, Reboot};
use crate::nix::Nix;
use crate::plan::{self, Plan};
use crate::state::{Deployment, Lease, RunKind};
use crate::steps::{Phase, World};

/// Which machines to reboot, and how.
pub struct Rebooting<'a> {
    pub deployment: &'a Deployment,
    pub on: Option<&'a Selector>,
    /// Ask (see [`Event::Asked`]) before machines are touched.
    pub ask: bool,
    /// Wait for each machine; without it nothing is known of any, and none is waited for by another.
    pub wait: bool,
    /// How many seconds a machine may be away.
    pub within: u64,
    /// Send the keys again that a reboot takes.
    pub keys: bool,
    pub policy: Policy,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
}

/// Reboots machines. `Ok` also when some failed: the result says so.
pub async fn reboot(
    session: &Session,
    request: Rebooting<'_>,
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
        Ok(prepared) => finish(session, &request, &lease, prepared, interrupts).await,
        Err(error) => Err(error),
    };
    kept.give_back(session, result).await
}

struct Prepared {
    plan: Plan,
    world: Arc<World>,
    left_out: BTreeMap<MachineName, MachineResult>,
}

async fn prepare(
    session: &Session,
    request: &Rebooting<'_>,
    nix: Nix,
    lease: &Lease,
) -> Result<Prepared, RunError> {
    let deployment = request.deployment;
    let keys = request.keys && request.wait;
    let looking =
        Looking { deployment, on: request.on, policy: &request.policy, with_keys: keys, read: keys };
    let Running { mut wanted, world, mut left_out, rollout } =
        as_they_run(session, lease, nix, &looking).await?;
    wanted.retain(|machine, it| {
        let Some(boots) = it.observed.profile.clone() else {
            let why = "its system profile is empty, so what it would boot is not known".to_owned();
            let failed = MachineResult::Failed { why, phase: Phase::Reach, touched: false };
            left_out.insert(machine.clone(), failed);
            return false;
        };
        if Some(&boots) != it.observed.current_system.as_ref() {
            let text = format!("it comes back with {}, which is not what it runs now", boots.name());
            session.warn(Some(machine), text);
        }
        (it.toplevel, it.reboot, it.reboot_within) = (boots, Reboot::Always, request.within);
        it.keys = it.keys.take().filter(|_| keys);
        true
    });
    if wanted.is_empty() {
        return Err(RunError::NoMachines);
    }
    // One that is left out is waited for by nobody.
    let there: std::collections::BTreeSet<MachineName> = wanted.keys().cloned().collect();
    for it in wanted.values_mut() {
        it.needs = &it.needs & &there;
    }
    let plan = plan::make_for_reboots(deployment.id.0, wanted, rollout, request.wait)?;
    session.tell(Event::Planned(Box::new(plan.clone())));
    if request.ask {
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::Asked { question: "reboot?", answer });
        if !answered.await.unwrap_or(false) {
            return Err(RunError::Declined);
        }
    }
    Ok(Prepared { plan, world, left_out })
}

async fn finish(
    session: &Session,
    request: &Rebooting<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { plan, world, left_out } = prepared;
    let sitting = Sitting::First(Beginning::new(RunKind::Reboot, &left_out));
    let policy = Policy { rollback: false, ..request.policy };
    let done = carry_out(session, lease, sitting, &plan, world, policy, interrupts).await;
    let mut result = match done {
        Err(RunError::Journal { source, mut result }) => {
            result.machines.extend(left_out);
            return Err(RunError::Journal { source, result });
        }
        other => other?,
    };
    result.machines.extend(left_out);
    end(session, lease, result.outcome()).await?;
    Ok(result)
}

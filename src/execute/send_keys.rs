//! Sending keys and nothing else: after a reboot `/run/keys` is empty, and a key may have a new value.
//!
//! Evaluates what the network says of keys, but no system, and builds nothing. No key is removed: what runs may be an earlier
//! system, which still wants it; a deploy removes what its network has no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::carry_out::{Beginning, Sitting, carry_out, end};
use super::lease::KeptLease;
use super::result::{MachineResult, RunResult};
use super::running::{Looking, Running, as_they_run};
use super::{Event, Interrupts, Policy, RunError, Session};
use crate::network::MachineName;
use crate::network::selectors::Selector;
use crate::nix::Nix;
use crate::plan::{self, Goal, Plan};
use crate::state::{Deployment, Lease, RunKind};
use crate::steps::World;

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
    let looking = Looking {
        deployment,
        on: request.on,
        policy: &request.policy,
        with_keys: true,
        read: !request.dry_run,
    };
    let running = as_they_run(session, lease, nix, &looking).await?;
    let Running { wanted, world, left_out, .. } = running;
    let plan = plan::make_for_keys(deployment.id.0, wanted, request.force)?;
    session.tell(Event::Planned(Box::new(plan.clone())));
    if request.ask && !request.dry_run {
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::Asked { question: "deploy?", answer });
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
    let sitting = Sitting::First(Beginning::new(RunKind::SendKeys, &left_out));
    let done = carry_out(session, lease, sitting, &plan, world, request.policy, interrupts).await;
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

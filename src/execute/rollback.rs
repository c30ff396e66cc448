//! A rollback: the machines return to the systems of an earlier generation, in order and confirmed like a deploy.
//!
//! Nothing is evaluated or built: it works when the network's files are broken or gone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::carry_out::{Beginning, Sitting, carry_out, end};
use super::lease::KeptLease;
use super::look::{self, Seen, Settling};
use super::result::RunResult;
use super::{Event, Interrupts, OnFailure, Policy, RunError, Session, contact, login, record};
use crate::network::{HookSettings, MachineName, Reboot};
use crate::nix::{Nix, StorePath};
use crate::plan::{self, Address, Goal, MachinePlan, Plan, Wanted};
use crate::state::{Deployment, Generation, Lease, MachineRecord, RunKind};
use crate::steps::World;

pub struct Rollback<'a> {
    pub deployment: &'a Deployment,
    /// The generation to go back to; without it the one before the current.
    pub generation: Option<u64>,
    pub policy: Policy,
}

/// Brings the machines of a deployment back to a generation.
pub async fn rollback(
    session: &Session,
    request: Rollback<'_>,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let nix = Nix::find(&session.system).await?;
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

/// A plan back to a generation, ready to go.
struct Prepared {
    number: u64,
    plan: Plan,
    world: Arc<World>,
}

async fn prepare(
    session: &Session,
    request: &Rollback<'_>,
    nix: Nix,
    lease: &Lease,
) -> Result<Prepared, RunError> {
    let deployment = request.deployment;
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    let generation = goal(session, request, &records).await?;
    let machines = generation.machines.keys().map(|name| MachineName::new(name.clone())).collect();
    // Where a machine is now, not where it was then; what its system was then is in the generation.
    let known = login::last_planned(session, deployment.id, machines).await?;
    let then = Plan::from_json(&session.state.run(generation.run).await?.plan)?;
    session.tell(Event::Machines(
        generation.machines.keys().map(|name| MachineName::new(name.clone())).collect(),
    ));
    session.say(None, format!("switching to generation {}", generation.number));

    let mut addresses: BTreeMap<MachineName, Address> = BTreeMap::new();
    for name in generation.machines.keys() {
        let machine = MachineName::new(name.clone());
        let address = address(known.get(&machine), records.get(&machine));
        let number = generation.number;
        let address = address.ok_or_else(|| RunError::NoAddress { number, machine: machine.clone() })?;
        addresses.insert(machine, address);
    }
    let world = look::world(session, lease, nix, &addresses, &records, &request.policy, &[]).await?;
    // Whoever goes back wants to be there soon: stages are for going forward.
    let rollout = request.policy.rollout(None, OnFailure::default());
    let Seen { observed, failed } =
        look::probe(session, lease, &world, &addresses, &records, Settling::Awaited).await?;
    if !failed.is_empty() && (rollout.on_failure != OnFailure::Continue || observed.is_empty()) {
        return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
    }
    let wanted = observed.into_iter().map(|(machine, observed)| {
        let path = &generation.machines[machine.as_str()].toplevel;
        let not_a_system = |_| RunError::NotASystem { number: generation.number, path: path.clone() };
        let wanted = Wanted {
            address: addresses[&machine].clone(),
            observed,
            toplevel: StorePath::new(path.clone()).map_err(not_a_system)?,
            derivation: None,
            needs: known.get(&machine).map(|it| it.needs.clone()).unwrap_or_default(),
            tags: known.get(&machine).map(|it| it.tags.clone()).unwrap_or_default(),
            always_activate: true,
            confirm_within: request.policy.confirm_within(Some(plan::CONFIRM_SECONDS)),
            substitute: false,
            // Keys are no part of a system: those that are there stay.
            keys: None,
            checks_before: Vec::new(),
            checks: Vec::new(),
            // They are in no system, and the network is not asked.
            hooks: HookSettings::default(),
            reboot: Reboot::Never,
            build_on_target: false,
            reboot_within: plan::REBOOT_SECONDS,
            folder: PathBuf::from("/"),
            accepts_key: then.machines.get(&machine).is_some_and(|it| it.accepts_key),
        };
        Ok::<_, RunError>((machine, wanted))
    });
    let plan = plan::make(deployment.id.0, Goal::Switch, wanted.collect::<Result<_, _>>()?, rollout)?;
    session.tell(Event::Planned(Box::new(plan.clone())));
    Ok(Prepared { number: generation.number, plan, world })
}

async fn finish(
    session: &Session,
    request: &Rollback<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { number, plan, world } = prepared;
    let sitting = Sitting::First(Beginning::new(RunKind::Rollback, &BTreeMap::new()));
    let done = carry_out(session, lease, sitting, &plan, world, request.policy, interrupts).await;
    let result = RunResult { generation: Some(number), ..done? };
    record::rolled_back(session, lease, number, &plan, &result).await?;
    end(session, lease, result.outcome()).await?;
    Ok(result)
}

/// The generation that was asked for, or the one before what the machines run now.
async fn goal(
    session: &Session,
    request: &Rollback<'_>,
    records: &BTreeMap<MachineName, MachineRecord>,
) -> Result<Generation, RunError> {
    let id = request.deployment.id;
    if let Some(number) = request.generation {
        return Ok(session.state.generation(id, number).await?);
    }
    let generations = session.state.generations(id).await?;
    let newest = generations.last().map(|generation| generation.number).ok_or(RunError::NoGeneration)?;
    // What the machines run now is the newest generation all of whose systems they run: after a rollback an old one.
    let runs = |generation: &Generation| {
        generation.machines.iter().all(|(name, it)| {
            let record = records.get(&MachineName::new(name.clone()));
            record.and_then(|record| record.toplevel.as_ref()) == Some(&it.toplevel)
        })
    };
    let current = generations.iter().rfind(|it| runs(it)).map_or(newest, |generation| generation.number);
    let earlier = generations.into_iter().rfind(|generation| generation.number < current);
    earlier.ok_or(RunError::NoEarlierGeneration { current })
}

/// Where the last plan has the machine, or else where it was reached last.
fn address(planned: Option<&MachinePlan>, record: Option<&MachineRecord>) -> Option<Address> {
    if let Some(planned) = planned {
        return Some(planned.address.clone());
    }
    login::recorded(record?)
}

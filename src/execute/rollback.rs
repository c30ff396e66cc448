//! A rollback: the machines return to the systems of an earlier generation, in order and confirmed like a deploy.
//!
//! Nothing is evaluated or built: it works when the network's files are broken or gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatcher::{self, Dispatch};
use super::lease::KeptLease;
use super::look::{self, Seen};
use super::result::RunResult;
use super::{Event, Interrupts, OnFailure, Policy, RunError, Session, contact, login, record};
use crate::network::MachineName;
use crate::nix::{Nix, StorePath};
use crate::plan::{self, Address, Goal, MachinePlan, Plan, Wanted};
use crate::state::{Deployment, Generation, Lease, MachineRecord, NewRun, RunKind};
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
    let prepared = tokio::select! {
        prepared = prepare(session, &request, nix, &lease) => prepared,
        lost = kept.lost() => Err(lost),
        Some(_) = interrupts.recv() => Err(RunError::Interrupted),
    };
    let result = match prepared {
        Ok(prepared) => carry_out(session, &request, &lease, prepared, interrupts).await,
        Err(error) => Err(error),
    };
    kept.give_back(result).await
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
    let old = session.state.run(generation.run).await?;
    let old = Plan::from_json(&old.plan)?;
    session.tell(Event::Machines(
        generation.machines.keys().map(|name| MachineName::new(name.clone())).collect(),
    ));
    session.say(None, format!("switching to generation {}", generation.number));

    let mut addresses: BTreeMap<MachineName, Address> = BTreeMap::new();
    for name in generation.machines.keys() {
        let machine = MachineName::new(name.clone());
        let address = address(old.machines.get(&machine), records.get(&machine));
        let number = generation.number;
        let address = address.ok_or_else(|| RunError::NoAddress { number, machine: machine.clone() })?;
        addresses.insert(machine, address);
    }
    let world = look::world(session, lease, nix, &addresses, &records, &request.policy)?;
    let Seen { observed, failed } = look::probe(session, lease, &world, &addresses, &records).await?;
    if !failed.is_empty() && (request.policy.on_failure == OnFailure::Stop || observed.is_empty()) {
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
            needs: old.machines.get(&machine).map(|it| it.needs.clone()).unwrap_or_default(),
            always_activate: true,
            substitute: false,
            accepts_key: false,
        };
        Ok::<_, RunError>((machine, wanted))
    });
    let plan = plan::make(deployment.id.0, Goal::Switch, wanted.collect::<Result<_, _>>()?)?;
    session.tell(Event::Planned(Box::new(plan.clone())));
    Ok(Prepared { number: generation.number, plan, world })
}

async fn carry_out(
    session: &Session,
    request: &Rollback<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { number, plan, world } = prepared;
    session
        .state
        .start_run(
            lease,
            NewRun { kind: RunKind::Rollback, plan_version: plan::VERSION, plan: plan.to_json() },
        )
        .await?;
    let tell = |event| session.tell(event);
    let (state, policy) = (&session.state, request.policy);
    let dispatched =
        dispatcher::run(Dispatch { plan: &plan, world, state, lease, policy, tell: &tell, interrupts })
            .await?;
    let result = RunResult {
        run: lease.run(),
        goal: Goal::Switch,
        machines: dispatched.machines,
        generation: Some(number),
        interrupted: dispatched.interrupted,
    };
    record::rolled_back(session, lease, number, &plan, &result).await?;
    session.state.finish_run(lease, result.outcome()).await?;
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
    let current =
        records.values().filter_map(|record| record.generation).max().ok_or(RunError::NoGeneration)?;
    let generations = session.state.generations(id).await?;
    let earlier = generations.into_iter().rfind(|generation| generation.number < current);
    earlier.ok_or(RunError::NoEarlierGeneration { current })
}

/// Where the machine was when the generation was deployed, or else where it was reached last.
fn address(planned: Option<&MachinePlan>, record: Option<&MachineRecord>) -> Option<Address> {
    if let Some(planned) = planned {
        return Some(planned.address.clone());
    }
    login::recorded(record?)
}

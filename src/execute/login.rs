//! Where the machines of a deployment are, when nobody asks the network: as the last run that knew them planned it.

use std::collections::{BTreeMap, BTreeSet};

use super::{RunError, Session, contact};
use crate::network::MachineName;
use crate::plan::{Address, Goal, MachinePlan, Plan};
use crate::state::{DeploymentId, MachineRecord};
use crate::system::Destination;

/// The destination of a machine that was reached before, with the keys that the state knows.
pub async fn login(
    session: &Session,
    deployment: DeploymentId,
    machine: &MachineName,
) -> Result<Destination, RunError> {
    let never = || RunError::NeverReached { machine: machine.to_string() };
    let record = session.state.machine(deployment, machine.as_str()).await?.ok_or_else(never)?;
    let mut planned = last_planned(session, deployment, [machine.clone()].into()).await?;
    let address = planned.remove(machine).map(|planned| planned.address).or_else(|| recorded(&record));
    contact::destination(session, machine, &address.ok_or_else(never)?, Some(&record), false).await
}

/// Each machine as the newest plan has it that knows the machine.
pub(super) async fn last_planned(
    session: &Session,
    deployment: DeploymentId,
    mut wanted: BTreeSet<MachineName>,
) -> Result<BTreeMap<MachineName, MachinePlan>, RunError> {
    let mut found = BTreeMap::new();
    // Newest first; nearly always the first one knows all of them.
    for run in session.state.runs(Some(deployment)).await? {
        if wanted.is_empty() {
            break;
        }
        // A plan of a version that we cannot read says nothing; an older run may still know the machine.
        let Ok(plan) = Plan::from_json(&session.state.run(run.id).await?.plan) else { continue };
        for (machine, planned) in plan.machines {
            if wanted.remove(&machine) {
                found.insert(machine, planned);
            }
        }
    }
    Ok(found)
}

/// What the newest run that brought each machine a system wanted of it.
pub(super) async fn last_goals(
    session: &Session,
    deployment: DeploymentId,
    mut wanted: BTreeSet<MachineName>,
) -> Result<BTreeMap<MachineName, Goal>, RunError> {
    let mut found = BTreeMap::new();
    for run in session.state.runs(Some(deployment)).await? {
        if wanted.is_empty() {
            break;
        }
        let Ok(plan) = Plan::from_json(&session.state.run(run.id).await?.plan) else { continue };
        if plan.goal < Goal::Boot {
            continue;
        }
        for machine in plan.machines.into_keys() {
            if wanted.remove(&machine) {
                found.insert(machine, plan.goal);
            }
        }
    }
    Ok(found)
}

/// Where a machine was reached last, as far as the state itself keeps it.
pub(super) fn recorded(record: &MachineRecord) -> Option<Address> {
    let reached = record.address.as_ref()?;
    Some(Address {
        host: reached.host.clone(),
        port: reached.port,
        user: Some(reached.user.clone()).filter(|user| !user.is_empty()),
        ssh_options: Vec::new(),
        escalation: Vec::new(),
        host_keys: Vec::new(),
    })
}

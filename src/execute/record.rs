//! What the state keeps of a run that came to its end: which machine runs which system, and the generation.

use std::collections::{BTreeMap, BTreeSet};

use super::result::{MachineResult, RunResult};
use super::{RunError, Session};
use crate::network::MachineName;
use crate::plan::Plan;
use crate::state::{Deployment, GenerationMachine, Lease, NewGeneration};
use crate::steps::Phase;

/// After a deploy: a new generation of what all machines now run, unless it equals the newest.
pub(super) async fn deployed(
    session: &Session,
    lease: &Lease,
    deployment: &Deployment,
    names: &[MachineName],
    plan: &Plan,
    result: &RunResult,
) -> Result<Option<u64>, RunError> {
    let done = done(result);
    if done.is_empty() {
        return Ok(None);
    }
    let mut machines: BTreeMap<String, GenerationMachine> = BTreeMap::new();
    let newest = session.state.newest_generation(deployment.id).await?;
    // Machines that were not part of this run run what they ran.
    let in_network: BTreeSet<&str> = names.iter().map(MachineName::as_str).collect();
    for record in session.state.machines(deployment.id).await? {
        if !in_network.contains(record.name.as_str()) {
            let machine = MachineName::new(record.name);
            session.say(Some(&machine), "it is no longer part of the network and stays as it is");
            continue;
        }
        if let Some(toplevel) = record.toplevel {
            let known = newest.as_ref().and_then(|newest| newest.machines.get(&record.name));
            let derivation = known.filter(|it| it.toplevel == toplevel).and_then(|it| it.derivation.clone());
            machines.insert(record.name, GenerationMachine { toplevel, derivation });
        }
    }
    for machine in &done {
        let planned = &plan.machines[*machine];
        let toplevel = planned.toplevel.to_string();
        let derivation = planned.derivation.as_ref().map(ToString::to_string);
        machines.insert(machine.to_string(), GenerationMachine { toplevel, derivation });
    }
    let systems = |machines: &BTreeMap<String, GenerationMachine>| -> Vec<(String, String)> {
        machines.iter().map(|(name, it)| (name.clone(), it.toplevel.clone())).collect()
    };
    let number = match newest {
        Some(newest) if systems(&newest.machines) == systems(&machines) => newest.number,
        _ => {
            let description = deployment.description.clone();
            let new = NewGeneration { revision: None, description, machines };
            session.state.record_generation(lease, new).await?.number
        }
    };
    for machine in done {
        let planned = &plan.machines[machine];
        session.state.set_system(lease, machine.as_str(), planned.toplevel.as_str(), Some(number)).await?;
        session.state.set_ssh_key_deployed(lease, machine.as_str(), planned.accepts_key).await?;
    }
    Ok(Some(number))
}

/// After a rollback: the machines run the systems of a generation that is there already.
pub(super) async fn rolled_back(
    session: &Session,
    lease: &Lease,
    number: u64,
    plan: &Plan,
    result: &RunResult,
) -> Result<(), RunError> {
    for machine in done(result) {
        let toplevel = plan.machines[machine].toplevel.as_str();
        session.state.set_system(lease, machine.as_str(), toplevel, Some(number)).await?;
        session
            .state
            .set_ssh_key_deployed(lease, machine.as_str(), plan.machines[machine].accepts_key)
            .await?;
    }
    Ok(())
}

/// The machines that have their systems: also those where only what comes after it failed.
fn done(result: &RunResult) -> Vec<&MachineName> {
    let has_it = |it: &MachineResult| {
        matches!(it, MachineResult::Done { .. } | MachineResult::Failed { phase: Phase::After, .. })
    };
    let done = result.machines.iter().filter(|(_, it)| has_it(it));
    done.map(|(machine, _)| machine).collect()
}

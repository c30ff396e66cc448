//! Where a machine of a deployment is, for an operator who wants to log in.

use super::{RunError, Session, contact};
use crate::network::MachineName;
use crate::plan::Address;
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
    let address = recorded(&record).ok_or_else(never)?;
    contact::destination(session, machine, &address, Some(&record))
}

/// Where a machine was reached last.
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

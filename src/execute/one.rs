//! A connection to one machine, for what the operator does there by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::each::connected;
use super::{RunError, Session, login};
use crate::network::MachineName;
use crate::state::DeploymentId;
use crate::system::{Destination, Remote};

/// Who is to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum As {
    Root,
    /// The user that the network names, or this one.
    User(Option<String>),
}

/// Connects to a machine that the state knows; the host key is verified as for a deploy.
pub async fn connect(
    session: &Session,
    deployment: DeploymentId,
    machine: &MachineName,
    who: As,
    patience: Duration,
) -> Result<(Destination, Arc<dyn Remote>), RunError> {
    let mut destination = login(session, deployment, machine).await?;
    if let As::User(user) = who {
        destination.user = user.or(destination.user);
        destination.escalation.clear();
    }
    match connected(&session.system, &*session.remotes, &destination, patience).await {
        Ok(remote) => Ok((destination, remote)),
        Err(error) => {
            let machines = BTreeMap::from([(machine.clone(), error.into())]);
            Err(RunError::Unreachable { machines, all: 1 })
        }
    }
}

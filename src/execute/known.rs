//! The machines that the state knows, and those of them that a selector means. The network is not asked: it may be gone.

use std::collections::BTreeMap;

use super::login::{last_planned, recorded};
use super::{RunError, Session, contact};
use crate::network::MachineName;
use crate::network::selectors::{Machines, Selector};
use crate::plan::Address;
use crate::state::{Deployment, MachineRecord};
use crate::system::Destination;

/// A machine as the state remembers it.
#[derive(Clone, Debug)]
pub struct Known {
    pub machine: MachineName,
    pub record: MachineRecord,
    /// Where it was reached last; none where it never was.
    pub address: Option<Address>,
    /// The boot in which the last run that planned it found it.
    pub boot_id: Option<String>,
}

impl Known {
    /// How to log in there, with the keys that the state knows.
    pub async fn destination(&self, session: &Session) -> Result<Destination, RunError> {
        let never = || RunError::NeverReached { machine: self.machine.to_string() };
        let address = self.address.as_ref().ok_or_else(never)?;
        contact::destination(session, &self.machine, address, Some(&self.record), false).await
    }
}

/// The machines of a deployment that are meant, by name; all of them without a selector. Tags and what a machine needs are
/// those of its last run.
pub async fn known(
    session: &Session,
    deployment: &Deployment,
    on: Option<&Selector>,
) -> Result<Vec<Known>, RunError> {
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    if records.is_empty() {
        return Err(RunError::NoneKnown { deployment: deployment.title() });
    }
    let planned = last_planned(session, deployment.id, records.keys().cloned().collect()).await?;
    let names: Vec<&MachineName> = records.keys().collect();
    let at: BTreeMap<&MachineName, usize> = names.iter().copied().zip(0..).collect();
    let mut all = Machines::default();
    for name in &names {
        let planned = planned.get(*name);
        let tags: Vec<&str> = planned.iter().flat_map(|it| it.tags.iter().map(String::as_str)).collect();
        let needs: Vec<usize> =
            planned.iter().flat_map(|it| &it.needs).filter_map(|need| at.get(need).copied()).collect();
        all.add(name.as_str(), &tags, &needs);
    }
    let meant: Vec<MachineName> = match on {
        Some(selector) => selector.select(&all)?.into_iter().map(|at| names[at].clone()).collect(),
        None => names.into_iter().cloned().collect(),
    };
    let mut records = records;
    let known = meant.into_iter().filter_map(|machine| {
        let record = records.remove(&machine)?;
        let planned = planned.get(&machine);
        let address = planned.map(|it| it.address.clone()).or_else(|| recorded(&record));
        Some(Known { boot_id: planned.map(|it| it.observed.boot_id.clone()), address, record, machine })
    });
    Ok(known.collect())
}

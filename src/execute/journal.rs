//! Where the dispatcher writes what happens to steps: the state under a lease, or the journal of the simulation.

use super::log::RunLog;
use crate::state::{Lease, NewEntry, State, StateError};
use crate::system::Pending;

/// What the journal says of a step that succeeded without doing anything.
pub(super) const ALREADY: &str = "there was nothing to do";

/// The journal of one run.
pub(super) trait Journal: Send + Sync {
    /// Adds entries, all or none. When it returns, they outlive this process.
    fn append(&self, entries: Vec<NewEntry>) -> Pending<'_, Result<(), StateError>>;
}

/// The journal in the state, which gets what was said together with each entry.
pub(super) struct Kept<'a> {
    pub state: &'a State,
    pub lease: &'a Lease,
    pub log: &'a RunLog,
}

impl Journal for Kept<'_> {
    fn append(&self, entries: Vec<NewEntry>) -> Pending<'_, Result<(), StateError>> {
        Box::pin(async move {
            let lines = self.log.take();
            self.state.append_with(self.lease, entries, &lines).await.map(drop)
        })
    }
}

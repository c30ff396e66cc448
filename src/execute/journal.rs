//! Where the dispatcher writes what happens to steps: the state under a lease, or the journal of the simulation.

use crate::state::{Lease, NewEntry, State, StateError};
use crate::system::Pending;

/// The journal of one run.
pub(super) trait Journal: Send + Sync {
    /// Adds entries, all or none. When it returns, they outlive this process.
    fn append(&self, entries: Vec<NewEntry>) -> Pending<'_, Result<(), StateError>>;
}

impl Journal for (&State, &Lease) {
    fn append(&self, entries: Vec<NewEntry>) -> Pending<'_, Result<(), StateError>> {
        let (state, lease) = *self;
        Box::pin(async move { state.append(lease, entries).await.map(drop) })
    }
}

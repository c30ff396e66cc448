//! Keeping the lock of a deployment while a run prepares itself and goes on.

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{RunError, Session};
use crate::state::{Deployment, Holder, Lease, RunId, State, StateError};

/// A lease that is renewed until it is given back. Dropping it stops the renewal; the lease then runs out by itself.
pub(super) struct KeptLease {
    pub lease: Lease,
    state: State,
    renewal: JoinHandle<()>,
    lost: oneshot::Receiver<StateError>,
}

impl KeptLease {
    pub(super) async fn take(session: &Session, deployment: &Deployment) -> Result<Self, RunError> {
        let holder = Holder::this_process(&session.system);
        let run = RunId::new(&session.system);
        let lease = session.state.acquire(deployment.id, &holder, run).await?;
        let (tell, lost) = oneshot::channel();
        let (state, clock, renewed) = (session.state.clone(), session.system.clock.clone(), lease.clone());
        // A task of its own: an operator who thinks about a question must not cost us the lease.
        let renewal = tokio::spawn(async move {
            loop {
                clock.sleep(Lease::RENEW_EVERY).await;
                if let Err(error) = state.renew(&renewed).await {
                    // Nobody listens any more when the run has ended meanwhile.
                    let _ = tell.send(error);
                    return;
                }
            }
        });
        Ok(Self { lease, state: session.state.clone(), renewal, lost })
    }

    /// Returns when the lease was lost, and why.
    pub(super) async fn lost(&mut self) -> RunError {
        match (&mut self.lost).await {
            Ok(error) => error.into(),
            // The renewal task ends only with a message.
            Err(_) => std::future::pending().await,
        }
    }

    /// Gives the lease back. What the run came to is more important than that this failed: then the lease runs out.
    pub(super) async fn give_back<T>(
        self,
        session: &Session,
        result: Result<T, RunError>,
    ) -> Result<T, RunError> {
        self.renewal.abort();
        let released = self.state.release(self.lease.clone()).await;
        if let (Err(error), Ok(_)) = (released, &result) {
            session.warn(None, format!("the lock could not be given back: {error}"));
        }
        result
    }
}

impl Drop for KeptLease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

//! Keeping the lock of a deployment while a run prepares itself and goes on.

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Interrupts, RunError, Session};
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
        Self::take_for(session, deployment, RunId::new(&session.system)).await
    }

    /// For a run that there is already.
    pub(super) async fn take_for(
        session: &Session,
        deployment: &Deployment,
        run: RunId,
    ) -> Result<Self, RunError> {
        let holder = Holder::this_process(&session.system);
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

    /// The part of a run before anything is touched: there is nothing to finish, so an interrupt ends it, and so does
    /// the loss of the lease.
    pub(super) async fn while_nothing_is_touched<T>(
        &mut self,
        interrupts: &mut Interrupts,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        tokio::select! {
            biased;
            Some(_) = interrupts.recv() => Err(RunError::Interrupted),
            done = work => done,
            // The renewal task ends only with a message.
            Ok(lost) = &mut self.lost => Err(lost.into()),
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

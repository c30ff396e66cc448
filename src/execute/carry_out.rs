//! From a plan that nobody objects to, to a result: stored before anything is touched, then given to the dispatcher.
//! A run that goes on is opened again instead. Decides nothing.

use std::sync::Arc;

use super::dispatcher::{self, Dispatch};
use super::result::RunResult;
use super::standing::Standing;
use super::{Interrupts, Policy, RunError, Session};
use crate::plan::{self, Plan};
use crate::state::{Lease, NewRun, RunKind};
use crate::steps::World;

/// Whether a run begins or goes on.
pub(super) enum Sitting {
    First(RunKind),
    /// After an earlier process of the same run that ended, or did not.
    Later(Standing),
}

/// Carries out a plan as the run of the lease. What the state is to remember of the result is up to the caller.
pub(super) async fn carry_out(
    session: &Session,
    lease: &Lease,
    sitting: Sitting,
    plan: &Plan,
    world: Arc<World>,
    policy: Policy,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let standing = match sitting {
        Sitting::First(kind) => {
            let stored = NewRun { kind, plan_version: plan::VERSION, plan: plan.to_json() };
            session.state.start_run(lease, stored).await?;
            Standing::default()
        }
        Sitting::Later(standing) => {
            session.state.resume_run(lease).await?;
            standing
        }
    };
    let (journal, tell) = ((&session.state, lease), |event| session.tell(event));
    let dispatched = dispatcher::run(Dispatch {
        plan,
        standing: &standing,
        world,
        journal: &journal,
        policy,
        tell: &tell,
        interrupts,
    })
    .await;
    super::roots::forget_plans(session, lease.deployment());
    let result = RunResult {
        run: lease.run(),
        goal: plan.goal,
        machines: dispatched.machines,
        generation: None,
        interrupted: dispatched.interrupted,
    };
    match dispatched.trouble {
        Some(source) => Err(RunError::Journal { source, result: Box::new(result) }),
        None => Ok(result),
    }
}

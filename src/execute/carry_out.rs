//! From a plan that nobody objects to, to a result: stored before anything is touched, then given to the dispatcher.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatcher::{self, Dispatch};
use super::result::RunResult;
use super::standing::Standing;
use super::{Interrupts, Policy, RunError, Session};
use crate::plan::{self, Plan};
use crate::state::{Lease, NewRun, RunKind};
use crate::steps::World;

/// Carries out a plan as the run of the lease. What the state is to remember of the result is up to the caller.
pub(super) async fn carry_out(
    session: &Session,
    lease: &Lease,
    kind: RunKind,
    plan: &Plan,
    world: Arc<World>,
    policy: Policy,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let stored = NewRun { kind, plan_version: plan::VERSION, plan: plan.to_json() };
    session.state.start_run(lease, stored).await?;
    let standing = Standing::of(plan, &[], &BTreeMap::new());
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

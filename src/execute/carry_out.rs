//! From a plan that nobody objects to, to a result: stored before anything is touched, then given to the dispatcher.
//! A run that goes on is opened again instead. Decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatcher::{self, Dispatch};
use super::journal::Kept;
use super::result::{MachineResult, RunResult};
use super::standing::Standing;
use super::{Interrupts, Policy, RunError, Session};
use crate::network::MachineName;
use crate::plan::{self, Plan};
use crate::state::{Lease, NewRun, Outcome, RunKind, Scope};
use crate::steps::World;

/// Whether a run begins or goes on.
pub(super) enum Sitting {
    First(Beginning),
    /// After an earlier process of the same run that ended, or did not.
    Later(Standing),
}

/// What the state is told of a run that begins, besides its plan.
pub(super) struct Beginning {
    pub kind: RunKind,
    /// Machines that were meant and are no part of the plan, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What was foreseen of the machines, as JSON text.
    pub changes: Option<String>,
}

impl Beginning {
    pub(super) fn new(kind: RunKind, left_out: &BTreeMap<MachineName, MachineResult>) -> Self {
        let left_out = left_out.iter().map(|(machine, it)| (machine.to_string(), it.because().to_owned()));
        Self { kind, left_out: left_out.collect(), changes: None }
    }
}

/// Writes how a run ended, and what was said until then.
pub(super) async fn end(session: &Session, lease: &Lease, outcome: Outcome) -> Result<(), RunError> {
    session.state.keep_lines(lease, &session.log.take()).await?;
    Ok(session.state.finish_run(lease, outcome).await?)
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
        Sitting::First(Beginning { kind, left_out, changes }) => {
            let (goal, machines) = (plan.goal.as_str().to_owned(), plan.machines.len() as u64);
            let scope = Scope { goal, machines, left_out, changes };
            let stored = NewRun { kind, plan_version: plan::VERSION, plan: plan.to_json(), scope };
            session.state.start_run(lease, stored).await?;
            Standing::default()
        }
        Sitting::Later(standing) => {
            session.state.resume_run(lease).await?;
            standing
        }
    };
    let journal = Kept { state: &session.state, lease, log: &session.log };
    let tell = |event| session.tell(event);
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

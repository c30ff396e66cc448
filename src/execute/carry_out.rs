//! From a plan that nobody objects to, to a result: stored before anything is touched, then given to the dispatcher.
//! A run that goes on is opened again instead. Decides nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::dispatcher::{self, Dispatch};
use super::journal::Kept;
use super::result::{MachineResult, RunResult};
use super::standing::Standing;
use super::{Interrupts, Policy, RunError, Session, difference};
use crate::network::MachineName;
use crate::nix::Nix;
use crate::plan::{self, Changes, Plan};
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

/// How long the history may look for what changed, once the run itself is over.
const LOOKING: Duration = Duration::from_secs(10);

/// Has the history remember which packages changed on the machines that have their systems now, as far as the store here,
/// and those of the machines, tell quickly. The run is over and does not depend on it: what cannot be found out, or kept, is not known later.
pub(super) async fn remember_changes(
    session: &Session,
    lease: &Lease,
    nix: &Nix,
    world: &Arc<World>,
    plan: &Plan,
    result: &RunResult,
) {
    let changed = |machine: &MachineName| {
        matches!(result.machines.get(machine), Some(MachineResult::Done { changed: true }))
    };
    let machines = plan.machines.iter().filter(|(machine, _)| changed(machine));
    let machines = machines
        .map(|(machine, it)| (machine.clone(), it.observed.current_system.clone(), it.toplevel.clone()));
    let found = difference::within(nix, world, machines, LOOKING).await;
    let changes = found.into_iter().map(|(machine, packages)| {
        (machine, Changes { packages, ..Changes::unknown("it was not looked at before the run") })
    });
    let changes: BTreeMap<MachineName, Changes> = changes.collect();
    if let (false, Ok(text)) = (changes.is_empty(), serde_json::to_string(&changes)) {
        let _ = session.state.keep_changes(lease, &text).await;
    }
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

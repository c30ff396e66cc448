//! A plan and what it would change: evaluated, probed, built here, and compared. No machine is touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::deploy::{Deploy, Prepared, nix_of, prepare};
use super::foresee::foresee;
use super::lease::KeptLease;
use super::roots::PlanRoots;
use super::saved::{Made, SavedPlan, StateMark, Wishes};
use super::{Interrupts, RunError, Session, contact};
use crate::network::MachineName;
use crate::nix::NixError;
use crate::plan::Plan;
use crate::state::{Deployment, Lease};
use crate::steps::{Step, World, build_at};

/// What is to be planned.
pub struct Planning<'a> {
    pub deploy: Deploy<'a>,
    /// Build what is to be compared. Without it, what is not here by chance is unknown.
    pub build: bool,
    /// The plan will be kept in a file: what was evaluated and built for it is kept from being collected.
    pub keep: bool,
}

/// Makes the plan of a deploy and looks at what it would change.
pub async fn plan(
    session: &Session,
    request: Planning<'_>,
    interrupts: &mut Interrupts,
) -> Result<SavedPlan, RunError> {
    let nix = nix_of(session, &request.deploy).await?;
    let mut kept = KeptLease::take(session, request.deploy.deployment).await?;
    let lease = kept.lease.clone();
    let work = async {
        let prepared = prepare(session, &request.deploy, nix, &lease).await?;
        explain(session, &request, &lease, prepared).await
    };
    let result = kept.while_nothing_is_touched(interrupts, work).await;
    kept.give_back(session, result).await
}

async fn explain(
    session: &Session,
    request: &Planning<'_>,
    lease: &Lease,
    prepared: Prepared,
) -> Result<SavedPlan, RunError> {
    let deployment = request.deploy.deployment;
    let Prepared { plan, world, left_out, .. } = prepared;
    let roots = PlanRoots::new(session, lease.deployment(), plan.id())?;
    roots.keep_derivations(session, &world.nix, &plan).await;
    let built = if request.build { build(session, &plan.steps, &world, &roots).await } else { Ok(()) };
    let changes = match built {
        Ok(()) => foresee(&plan, &world).await,
        Err(error) => {
            roots.remove();
            return Err(error);
        }
    };
    if request.keep {
        roots.let_go_of_others();
    } else {
        roots.remove();
    }
    Ok(SavedPlan::new(Made {
        made: session.system.clock.now().to_string(),
        title: deployment.title(),
        wishes: Wishes {
            on: request.deploy.on_text.map(str::to_owned),
            policy: request.deploy.policy,
            no_keys: request.deploy.no_keys,
            reboot: request.deploy.reboot,
            reboot_within: request.deploy.reboot_within,
            build_on_target: request.deploy.build_on_target,
            nix_options: request.deploy.nix_options.clone(),
        },
        state: StateMark::of(&session.state, deployment.id).await?,
        host_keys: trusted_keys(session, deployment, &plan).await?,
        left_out: left_out.into_iter().map(|(machine, it)| (machine, it.because().to_owned())).collect(),
        changes,
        plan,
    }))
}

/// The host keys that are trusted for each machine: those that the network names, else those that were met.
pub(super) async fn trusted_keys(
    session: &Session,
    deployment: &Deployment,
    plan: &Plan,
) -> Result<BTreeMap<MachineName, Vec<String>>, RunError> {
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    let trusted = plan.machines.iter().map(|(machine, it)| {
        let met = || records.get(machine).map(|it| it.host_keys.clone()).unwrap_or_default();
        let pinned = &it.address.host_keys;
        (machine.clone(), if pinned.is_empty() { met() } else { pinned.clone() })
    });
    Ok(trusted.collect())
}

/// Builds every system of the plan, a few at a time. The first failure ends it: there is nothing to compare then.
async fn build(
    session: &Session,
    steps: &[crate::plan::PlannedStep],
    world: &Arc<World>,
    roots: &PlanRoots,
) -> Result<(), RunError> {
    let mut builds =
        steps.iter().filter_map(|it| if let Step::BuildClosure(it) = &it.step { Some(it) } else { None });
    let limit = crate::steps::BuildClosure::KIND.limit;
    let mut tasks: JoinSet<Result<(), NixError>> = JoinSet::new();
    session.say(None, "building all machine configurations...");
    loop {
        while tasks.len() < limit
            && let Some(step) = builds.next()
        {
            let (step, world) = (step.clone(), world.clone());
            let root = roots.of_machine(step.machine.as_str());
            tasks.spawn(async move { build_at(&world, &step, &root).await.map(drop) });
        }
        let Some(joined) = tasks.join_next().await else { return Ok(()) };
        let built = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        built?;
    }
}

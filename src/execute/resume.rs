//! A run that was interrupted, or that failed, is brought to its end: with its stored plan, from where its journal says
//! that it stands.
//!
//! No new plan is made: where the machines, or what was built, are not what the plan was made from any more, the run is
//! refused, and a new deploy is due. The network is evaluated again only where keys have to be sent, whose texts are kept
//! nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry_out::{Sitting, carry_out, end};
use super::lease::KeptLease;
use super::look::{self, Seen, Settling};
use super::result::RunResult;
use super::standing::{At, Standing, moved};
use super::{Event, Interrupts, OnFailure, Policy, RunError, Session, contact, keys, record};
use crate::network::MachineName;
use crate::nix::{self, Nix};
use crate::plan::{Address, Goal, Plan, PlannedStep};
use crate::state::{self, Deployment, Lease, MachineRecord, Outcome, Run, RunId, RunKind, RunRecord};
use crate::steps::{Step, World};

/// Which run is to be brought to its end.
pub struct Resume<'a> {
    pub deployment: &'a Deployment,
    /// The id of a run, or the beginning of one; without it the last run that did not succeed.
    pub run: Option<&'a str>,
    pub policy: Policy,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
}

/// Brings a run to its end. `Ok` also when machines failed: the result says so.
pub async fn resume(
    session: &Session,
    request: Resume<'_>,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let mut nix = Nix::find(&session.system).await?;
    nix.path.clone_from(&request.deployment.nix_path);
    nix.options.clone_from(&request.nix_options);
    let run = choose(session, request.deployment, request.run).await?;
    let mut kept = KeptLease::take_for(session, request.deployment, run).await?;
    let lease = kept.lease.clone();
    let preparing = prepare(session, &request, nix, &lease);
    let prepared = kept.while_nothing_is_touched(interrupts, preparing).await;
    let result = match prepared {
        Ok(prepared) => finish(session, &request, &lease, prepared, interrupts).await,
        Err(error) => Err(error),
    };
    kept.give_back(session, result).await
}

/// A run, ready to go on.
struct Prepared {
    kind: RunKind,
    plan: Plan,
    standing: Standing,
    world: Arc<World>,
}

async fn prepare(
    session: &Session,
    request: &Resume<'_>,
    nix: Nix,
    lease: &Lease,
) -> Result<Prepared, RunError> {
    let deployment = request.deployment;
    let run = session.state.run(lease.run()).await?;
    // Somebody may have been faster between the choice and the lock.
    if run.record.outcome == Some(Outcome::Succeeded) {
        return Err(RunError::NothingToResume { last: Some(Box::new(run.record)) });
    }
    let plan = Plan::from_json(&run.plan)?;
    nothing_came_after(session, &run, &plan).await?;
    session.tell(Event::Machines(plan.machines.keys().cloned().collect()));
    session.say(None, format!("going on with {}", run.record.title()));

    let records = contact::by_name(session.state.machines(deployment.id).await?);
    // What is only built may never have been met. The others were, before the plan was made.
    if plan.goal != Goal::Build
        && let Some(machine) = plan.machines.keys().find(|it| !records.contains_key(*it))
    {
        return Err(RunError::NotRecorded { machine: machine.clone() });
    }
    let addresses: BTreeMap<MachineName, Address> =
        plan.machines.iter().map(|(machine, planned)| (machine.clone(), planned.address.clone())).collect();
    let world = look::world(session, lease, nix, &addresses, &records, &request.policy, &[]).await?;
    let observed = if plan.goal == Goal::Build {
        BTreeMap::new()
    } else {
        // A machine that waits for its confirmation may still get it, so it is taken as it is.
        let seen = look::probe(session, lease, &world, &addresses, &records, Settling::AsItIs).await?;
        let Seen { observed, failed } = seen;
        let on_failure = request.policy.on_failure_of(plan.rollout.on_failure);
        if !failed.is_empty() && (on_failure != OnFailure::Continue || observed.is_empty()) {
            return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
        }
        observed
    };
    let moved = moved(&plan, &observed);
    if !moved.is_empty() {
        return Err(RunError::TakenElsewhere { machines: moved });
    }
    let standing = Standing::of(&plan, &run.journal, &observed);
    nothing_is_gone(&world, &plan, &standing).await?;
    read_keys(session, deployment, &records, &world, &plan, &standing).await?;
    tell_where_it_stands(session, &plan, &standing);
    session.tell(Event::Planned(Box::new(plan.clone())));
    Ok(Prepared { kind: run.record.kind, plan, standing, world })
}

async fn finish(
    session: &Session,
    request: &Resume<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { kind, plan, standing, world } = prepared;
    let sitting = Sitting::Later(standing);
    let mut result = carry_out(session, lease, sitting, &plan, world, request.policy, interrupts).await?;
    match kind {
        RunKind::Deploy if plan.goal == Goal::Switch => {
            result.generation =
                record::deployed(session, lease, request.deployment, &plan.network, &plan, &result).await?;
        }
        RunKind::Deploy | RunKind::SendKeys | RunKind::Reboot => {}
        RunKind::Rollback => {
            let number = generation_of(session, request.deployment, &plan).await?;
            result.generation = Some(number);
            record::rolled_back(session, lease, number, &plan, &result).await?;
        }
    }
    end(session, lease, result.outcome()).await?;
    Ok(result)
}

/// The named run, or the last one that did not succeed.
async fn choose(session: &Session, deployment: &Deployment, named: Option<&str>) -> Result<RunId, RunError> {
    let runs = session.state.runs(Some(deployment.id)).await?;
    if let Some(named) = named {
        let wanted = named.to_ascii_lowercase();
        let mut fitting =
            runs.into_iter().filter(|run| !wanted.is_empty() && run.id.to_string().starts_with(&wanted));
        return match (fitting.next(), fitting.next()) {
            (Some(run), None) if run.outcome == Some(Outcome::Succeeded) => {
                Err(RunError::NothingToResume { last: Some(Box::new(run)) })
            }
            (Some(run), None) => Ok(run.id),
            (None, _) => Err(RunError::UnknownRun { named: named.to_owned() }),
            (Some(_), Some(_)) => Err(RunError::AmbiguousRun { named: named.to_owned() }),
        };
    }
    match last_of_all(session, deployment).await? {
        Some(run) if run.outcome != Some(Outcome::Succeeded) => Ok(run.id),
        last => Err(RunError::NothingToResume { last: last.map(Box::new) }),
    }
}

/// The last run that did not succeed, or that changed what machines run. What only built, copied or sent keys hides no
/// run that was to do more.
async fn last_of_all(session: &Session, deployment: &Deployment) -> Result<Option<RunRecord>, RunError> {
    for run in session.state.runs(Some(deployment.id)).await? {
        if run.outcome != Some(Outcome::Succeeded) {
            return Ok(Some(run));
        }
        let changing = changing_steps(&session.state.run(run.id).await?);
        if changing.is_none_or(|steps| !steps.is_empty()) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Refuses a run after which another one changed its machines: going on would undo that behind its back.
async fn nothing_came_after(session: &Session, run: &Run, plan: &Plan) -> Result<(), RunError> {
    // The numbers of leases only grow, whatever clocks do.
    let ours = run.journal.iter().map(|entry| entry.fence).max();
    for other in session.state.runs(Some(run.record.deployment)).await? {
        let may_be_later = other.ended.is_none_or(|ended| ended >= run.record.started);
        if other.id == run.record.id || !may_be_later {
            continue;
        }
        let other = session.state.run(other.id).await?;
        let changing = changing_steps(&other);
        let changed = other.journal.iter().find(|entry| {
            let is_later = match ours {
                Some(fence) => entry.fence > fence,
                None => entry.at >= run.record.started,
            };
            let machine = entry.machine.as_ref().map(|it| MachineName::new(it.as_str()));
            is_later
                && entry.event != state::Event::Skipped
                && machine.is_some_and(|it| plan.machines.contains_key(&it))
                && changing.as_ref().is_none_or(|steps| steps.contains(&entry.step))
        });
        if let Some(entry) = changed {
            let machine = MachineName::new(entry.machine.clone().unwrap_or_default());
            return Err(RunError::Superseded { by: Box::new(other.record), machine });
        }
    }
    Ok(())
}

/// The steps of a run that change what machines run or boot; none where its plan cannot be read, and any may do that.
fn changing_steps(run: &Run) -> Option<BTreeSet<String>> {
    let plan = Plan::from_json(&run.plan).ok()?;
    let changes = |it: &PlannedStep| matches!(it.step, Step::ActivateSystem(_) | Step::PersistSystem(_));
    let changing = plan.steps.into_iter().filter(changes);
    Some(changing.map(|it| it.id.as_str().to_owned()).collect())
}

/// Refuses a run whose systems were collected with all they could be built from.
async fn nothing_is_gone(world: &World, plan: &Plan, standing: &Standing) -> Result<(), RunError> {
    let to_build = plan.steps.iter().enumerate().filter_map(|(at, planned)| match &planned.step {
        Step::BuildClosure(it) if standing.at(at) != At::Done => Some(it),
        _ => None,
    });
    let to_build: Vec<_> = to_build.collect();
    let systems: Vec<_> = to_build.iter().map(|it| &it.toplevel).collect();
    let missing = nix::invalid(&world.nix, &systems).await?;
    let to_build: Vec<_> = to_build.into_iter().filter(|it| missing.contains(&it.toplevel)).collect();
    let derivations: Vec<_> = to_build.iter().map(|it| &it.derivation).collect();
    let missing = nix::invalid(&world.nix, &derivations).await?;
    match to_build.into_iter().find(|it| missing.contains(&it.derivation)) {
        Some(gone) => {
            Err(RunError::Gone { machine: gone.machine.clone(), system: gone.toplevel.name().to_owned() })
        }
        None => Ok(()),
    }
}

/// Reads the keys that are still to be sent, which only the network tells.
async fn read_keys(
    session: &Session,
    deployment: &Deployment,
    records: &BTreeMap<MachineName, MachineRecord>,
    world: &World,
    plan: &Plan,
    standing: &Standing,
) -> Result<(), RunError> {
    let mut due: BTreeMap<&MachineName, BTreeSet<&str>> = BTreeMap::new();
    for (at, planned) in plan.steps.iter().enumerate() {
        if let (Step::SendKeys(it), true) = (&planned.step, standing.at(at) != At::Done) {
            due.entry(&it.machine).or_default().extend(it.paths.iter().map(String::as_str));
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    session.say(None, "evaluating the network for the keys that are still to be sent...");
    let only: BTreeSet<MachineName> = due.keys().map(|machine| (*machine).clone()).collect();
    let evaluation = look::evaluate_keys(&world.nix, deployment, records, Some(&only)).await;
    let mut evaluation = evaluation.map_err(|source| RunError::NoKeys { source: Box::new(source) })?;
    for (machine, paths) in due {
        let keys = evaluation.machines.get_mut(machine).map(|it| &mut it.keys);
        let there: BTreeSet<&str> =
            keys.iter().flat_map(|keys| keys.iter()).map(|key| key.path.as_str()).collect();
        if let Some(path) = paths.difference(&there).next() {
            return Err(RunError::KeyGone { machine: machine.clone(), path: (*path).to_owned() });
        }
        // Keys that came into the network since are not part of this run.
        if let Some(keys) = keys {
            keys.retain(|key| paths.contains(key.path.as_str()));
        }
    }
    let folder = keys::network_folder(deployment);
    keys::read_all(session, world, &evaluation, &only, &folder).await
}

/// A line about each machine on which something was done.
fn tell_where_it_stands(session: &Session, plan: &Plan, standing: &Standing) {
    let back = standing.on_the_way_back(plan);
    for machine in plan.machines.keys() {
        let of_machine = |at: &usize| {
            plan.steps[*at].step.machine() == Some(machine) && plan.steps[*at].step.kind().touches
        };
        let mut begun = standing.begun().iter().copied().filter(of_machine).peekable();
        let text = if back.contains_key(machine) {
            "it was on its way back to its earlier system, which is finished first"
        } else if begun.peek().is_none() {
            continue;
        } else if begun.all(|at| standing.at(at) == At::Done) {
            "it is done already"
        } else {
            "its activation is begun again"
        };
        session.say(Some(machine), text);
    }
}

/// The generation that a rollback brings back: its systems are those of the plan.
async fn generation_of(session: &Session, deployment: &Deployment, plan: &Plan) -> Result<u64, RunError> {
    let generations = session.state.generations(deployment.id).await?;
    let is_it = |machines: &BTreeMap<String, state::GenerationMachine>| {
        plan.machines.iter().all(|(machine, planned)| {
            machines.get(machine.as_str()).is_some_and(|it| it.toplevel == planned.toplevel.as_str())
        })
    };
    let found = generations.iter().rfind(|generation| is_it(&generation.machines));
    found.map(|generation| generation.number).ok_or(RunError::GenerationGone)
}

/// The last run of a deployment, where that was broken off.
pub(super) async fn broken_off(
    session: &Session,
    deployment: &Deployment,
) -> Result<Option<RunRecord>, RunError> {
    let last = last_of_all(session, deployment).await?;
    Ok(last.filter(|run| matches!(run.outcome, None | Some(Outcome::Interrupted))))
}

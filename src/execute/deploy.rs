//! A deploy: evaluate, look at the machines, plan, store the plan, carry it out, remember the result.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::carry_out::{Beginning, Sitting, carry_out, end, remember_changes};
use super::lease::KeptLease;
use super::look::{self, Seen, Selection, Settling};
use super::result::{MachineResult, RunResult};
use super::{
    Event, Interrupts, OnFailure, Policy, RunError, SavedPlan, Session, chain, contact, exact, keys, record,
    resume, roots, staging,
};
use crate::network::selectors::Selector;
use crate::network::{DeploymentSettings, MachineName, Reboot, RolloutSettings};
use crate::nix::{Evaluation, Nix};
use crate::plan::{self, Address, Goal, Plan, StageKind, Wanted};
use crate::state::{Deployment, Lease, RunKind};
use crate::steps::{Phase, World};

/// What to deploy, and how.
pub struct Deploy<'a> {
    pub deployment: &'a Deployment,
    pub goal: Goal,
    /// Ask (see [`Event::Asked`]) before the plan is carried out.
    pub ask: bool,
    /// Machines whose known host keys are to be forgotten first: the next key they show is trusted.
    pub trust_new_host_keys: &'a [String],
    pub on: Option<&'a Selector>,
    /// The same as it was written.
    pub on_text: Option<&'a str>,
    pub policy: Policy,
    /// Send no keys, and leave those that are there.
    pub no_keys: bool,
    /// Reboot machines at least so far, whatever the network says.
    pub reboot: Reboot,
    /// How many seconds a machine may be away for that.
    pub reboot_within: u64,
    /// Whether machines build their own systems, instead of what the network says.
    pub build_on_target: Option<bool>,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
    /// A plan that was kept: exactly it is carried out, or nothing.
    pub exactly: Option<&'a SavedPlan>,
}

/// Brings the machines of a deployment to what its network says. `Ok` also when machines failed: the result says so.
pub async fn deploy(
    session: &Session,
    request: Deploy<'_>,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let nix = nix_of(session, &request).await?;
    let mut kept = KeptLease::take(session, request.deployment).await?;
    let lease = kept.lease.clone();
    let preparing = async {
        let prepared = prepare(session, &request, nix, &lease).await?;
        if let Some(saved) = request.exactly {
            let moved = exact::since(session, &request, saved, &prepared).await?;
            if !moved.is_empty() {
                return Err(RunError::Moved { moved });
            }
        }
        roots::keep_derivations(session, &prepared.world.nix, &prepared.plan).await?;
        consent(session, &request, &prepared).await?;
        Ok(prepared)
    };
    let prepared = kept.while_nothing_is_touched(interrupts, preparing).await;
    let result = match prepared {
        Ok(prepared) => finish(session, &request, &lease, prepared, interrupts).await,
        Err(error) => Err(error),
    };
    kept.give_back(session, result).await
}

/// Nix, with what the deployment and the operator want of it.
pub(super) async fn nix_of(session: &Session, request: &Deploy<'_>) -> Result<Nix, RunError> {
    let mut nix = Nix::find(&session.system).await?;
    nix.path.clone_from(&request.deployment.nix_path);
    nix.options.clone_from(&request.nix_options);
    Ok(nix)
}

/// Shows the plan, and asks where there is somebody to ask.
async fn consent(session: &Session, request: &Deploy<'_>, prepared: &Prepared) -> Result<(), RunError> {
    session.tell(Event::Planned(Box::new(prepared.plan.clone())));
    if request.goal == Goal::Boot {
        let text =
            "nothing is activated now, so nobody confirms that it works: that is seen at the next boot";
        session.warn(None, text);
    }
    if request.ask {
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::Asked { question: "deploy?", answer });
        if !answered.await.unwrap_or(false) {
            return Err(RunError::Declined);
        }
    }
    Ok(())
}

/// A plan, ready to go, and the machines that will not be part of it.
pub(super) struct Prepared {
    pub plan: Plan,
    pub world: Arc<World>,
    pub left_out: BTreeMap<MachineName, MachineResult>,
}

/// Everything up to the plan.
pub(super) async fn prepare(
    session: &Session,
    request: &Deploy<'_>,
    nix: Nix,
    lease: &Lease,
) -> Result<Prepared, RunError> {
    let deployment = request.deployment;
    if let Some(run) = resume::broken_off(session, deployment).await? {
        let title = run.title();
        session.warn(None, format!("{title} did not come to its end; `nixwright resume` would bring it there, and this is a new run"));
    }
    let mut records = contact::by_name(session.state.machines(deployment.id).await?);

    // One evaluation tells everything once every machine is known. Before, a cheap one tells where the machines are.
    let known = !records.is_empty() && records.values().all(|record| record.state_version.is_some());
    session.say(None, "evaluating the network...");
    let mut evaluation =
        look::evaluate(&nix, deployment, &records, None, known && request.on.is_none()).await?;
    let settings = settings(&evaluation);
    let selection = look::select(&settings, request.on)?;
    let mut rollout =
        staging::rollout(&RolloutSettings::read(&evaluation.rollout)?, &selection, &request.policy)?;
    let Selection { machines, needs, .. } = selection;
    if let Some(unknown) =
        request.trust_new_host_keys.iter().find(|it| !settings.contains_key(&MachineName::new(it.as_str())))
    {
        return Err(RunError::UnknownMachine { machine: unknown.clone() });
    }
    session.tell(Event::Machines(machines.iter().cloned().collect()));
    warn(session, &evaluation);

    for machine in machines.iter().filter(|machine| settings[*machine].provision_ssh_key) {
        contact::key_pair(session, lease, machine, records.get(machine)).await?;
    }
    let (addresses, mut left_out) = addresses(&machines, &settings, request.goal);
    if addresses.is_empty() {
        return Err(RunError::NoMachines);
    }
    let fresh = contact::by_name(session.state.machines(deployment.id).await?);
    let mut learned = fresh != records;
    records = fresh;
    let world = look::world(
        session,
        lease,
        nix.clone(),
        &addresses,
        &records,
        &request.policy,
        request.trust_new_host_keys,
    )
    .await?;
    let seen = if request.goal == Goal::Build {
        // Nothing is needed of the machines; those that were never met are evaluated as they are.
        let observed = addresses.keys().map(|machine| (machine.clone(), crate::steps::Observed::default()));
        Seen { observed: observed.collect(), failed: BTreeMap::new() }
    } else {
        look::probe(session, lease, &world, &addresses, &records, Settling::Awaited).await?
    };
    let Seen { observed, failed } = seen;
    if !failed.is_empty() && (rollout.on_failure != OnFailure::Continue || observed.is_empty()) {
        return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
    }
    let missing = rollout.count_down(&failed.keys().cloned().collect());
    left_out.extend(unreachable(&failed, missing, &needs, observed.keys()));
    let canaries = rollout.stages.iter().filter(|stage| stage.kind == StageKind::Canary);
    for canary in canaries.flat_map(|stage| &stage.machines) {
        match left_out.get(canary) {
            Some(MachineResult::Failed { .. } | MachineResult::Skipped { .. }) => {
                return Err(RunError::Unreachable { machines: failed, all: addresses.len() });
            }
            None if addresses.contains_key(canary) => {}
            _ => session.warn(Some(canary), "it is the canary, but no part of this run"),
        }
    }
    let fresh = contact::by_name(session.state.machines(deployment.id).await?);
    learned |= fresh
        .iter()
        .any(|(name, it)| Some(&it.state_version) != records.get(name).map(|it| &it.state_version));
    records = fresh;

    let taking_part: BTreeSet<MachineName> =
        observed.keys().filter(|machine| !left_out.contains_key(*machine)).cloned().collect();
    let evaluated = taking_part.iter().all(|machine| evaluation.machines[machine].toplevel.is_some());
    if learned || !evaluated {
        session.say(None, "evaluating all machine configurations...");
        evaluation = look::evaluate(&nix, deployment, &records, Some(&taking_part), true).await?;
        warn(session, &evaluation);
    }
    if request.goal >= Goal::Boot && !request.no_keys {
        let folder = keys::network_folder(deployment);
        keys::read_all(session, &world, &evaluation, &taking_part, &folder).await?;
    }
    let wanted = taking_part.iter().map(|machine| {
        let facts = evaluation.machines.get(machine);
        let facts = facts.filter(|facts| facts.toplevel.is_some());
        let facts = facts.ok_or_else(|| RunError::NotEvaluated { machine: machine.clone() })?;
        let needs = needs.get(machine).map(|needs| needs & &taking_part).unwrap_or_default();
        let wanted = Wanted {
            address: addresses[machine].clone(),
            observed: observed[machine].clone(),
            toplevel: facts
                .toplevel
                .clone()
                .ok_or_else(|| RunError::NotEvaluated { machine: machine.clone() })?,
            derivation: facts.drv.clone(),
            needs,
            tags: facts.deployment.tags.iter().cloned().collect(),
            always_activate: facts.deployment.always_activate,
            confirm_within: request.policy.confirm_within(facts.deployment.confirm_timeout),
            substitute: facts.deployment.substitute_on_destination,
            accepts_key: facts.deployment.provision_ssh_key,
            keys: (!request.no_keys)
                .then(|| facts.keys.iter().map(|key| (key.upload_at, key.path.clone())).collect()),
            checks_before: facts.deployment.pre_deploy_checks.clone(),
            checks: facts.deployment.health_checks.clone(),
            hooks: facts.deployment.hooks.clone(),
            reboot: facts.deployment.reboot.max(request.reboot),
            reboot_within: request.reboot_within,
            build_on_target: request.build_on_target.unwrap_or(facts.deployment.build_on_target),
            folder: keys::network_folder(deployment),
        };
        Ok::<_, RunError>((machine.clone(), wanted))
    });
    let wanted: BTreeMap<MachineName, Wanted> = wanted.collect::<Result<_, _>>()?;
    for (machine, _) in wanted.iter().filter(|(_, it)| request.goal >= Goal::Test && it.has_no_way_back()) {
        let text = "it runs no earlier system to go back to: if it is cut off, it stays cut off until it is restarted";
        session.warn(Some(machine), text);
    }
    let plan = plan::make(deployment.id.0, request.goal, wanted, rollout)?;
    let plan = Plan { network: evaluation.names, ..plan };
    Ok(Prepared { plan, world, left_out })
}

async fn finish(
    session: &Session,
    request: &Deploy<'_>,
    lease: &Lease,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> Result<RunResult, RunError> {
    let Prepared { plan, world, left_out } = prepared;
    let nix = world.nix.clone();
    session.say(None, "building all machine configurations...");
    let mut beginning = Beginning::new(RunKind::Deploy, &left_out);
    beginning.changes = request.exactly.and_then(SavedPlan::changes_text);
    let sitting = Sitting::First(beginning);
    let done = carry_out(session, lease, sitting, &plan, world.clone(), request.policy, interrupts).await;
    let mut result = match done {
        Err(RunError::Journal { source, mut result }) => {
            result.machines.extend(left_out);
            return Err(RunError::Journal { source, result });
        }
        other => other?,
    };
    if request.goal == Goal::Switch {
        result.generation =
            record::deployed(session, lease, request.deployment, &plan.network, &plan, &result).await?;
    }
    result.machines.extend(left_out);
    end(session, lease, result.outcome()).await?;
    // Of a plan that was looked at before all of it is known.
    if request.goal >= Goal::Boot && request.exactly.is_none() && !result.interrupted {
        remember_changes(session, lease, &nix, &world, &plan, &result).await;
    }
    Ok(result)
}

pub(super) fn settings(evaluation: &Evaluation) -> BTreeMap<MachineName, DeploymentSettings> {
    evaluation.machines.iter().map(|(machine, facts)| (machine.clone(), facts.deployment.clone())).collect()
}

/// What Nix said besides its answer: warnings of modules, traces.
pub(super) fn warn(session: &Session, evaluation: &Evaluation) {
    for line in &evaluation.said {
        session.warn(None, line.trim_start_matches("warning: "));
    }
}

/// Where the machines are; those that say they are nowhere, or are not to be touched, are left out.
pub(super) fn addresses(
    machines: &BTreeSet<MachineName>,
    settings: &BTreeMap<MachineName, DeploymentSettings>,
    goal: Goal,
) -> (BTreeMap<MachineName, Address>, BTreeMap<MachineName, MachineResult>) {
    let mut addresses = BTreeMap::new();
    let mut left_out = BTreeMap::new();
    for machine in machines {
        if settings[machine].build_only && goal > Goal::Build {
            let because = "it is only built (`deployment.buildOnly`), by `--build-only`".to_owned();
            left_out.insert(machine.clone(), MachineResult::LeftOut { because });
            continue;
        }
        match contact::address(&settings[machine]) {
            Some(address) => {
                addresses.insert(machine.clone(), address);
            }
            None => {
                let because = "its `deployment.targetHost` is null".to_owned();
                left_out.insert(machine.clone(), MachineResult::LeftOut { because });
            }
        }
    }
    (addresses, left_out)
}

/// The machines that cannot take part because they, or what they need, did not answer.
pub(super) fn unreachable<'a>(
    failed: &BTreeMap<MachineName, crate::steps::StepError>,
    missing: BTreeMap<MachineName, String>,
    needs: &BTreeMap<MachineName, BTreeSet<MachineName>>,
    answering: impl Iterator<Item = &'a MachineName>,
) -> BTreeMap<MachineName, MachineResult> {
    let mut out: BTreeMap<MachineName, MachineResult> = failed
        .iter()
        .map(|(machine, error)| {
            (
                machine.clone(),
                MachineResult::Failed { why: chain(error), phase: Phase::Reach, touched: false },
            )
        })
        .collect();
    let answering: BTreeSet<&MachineName> = answering.collect();
    let missing: BTreeMap<MachineName, String> =
        missing.into_iter().filter(|(machine, _)| answering.contains(machine)).collect();
    let mut queue: VecDeque<&MachineName> = failed.keys().chain(missing.keys()).collect();
    out.extend(
        missing
            .iter()
            .map(|(machine, because)| (machine.clone(), MachineResult::Skipped { because: because.clone() })),
    );
    let mut dependents: BTreeMap<&MachineName, Vec<&MachineName>> = BTreeMap::new();
    for (machine, needed) in needs {
        for need in needed {
            dependents.entry(need).or_default().push(machine);
        }
    }
    while let Some(missing) = queue.pop_front() {
        for machine in dependents.get(missing).into_iter().flatten().filter(|it| answering.contains(*it)) {
            if !out.contains_key(*machine) {
                let because = match failed.contains_key(missing) {
                    true => format!("`{missing}` could not be reached"),
                    false => format!("`{missing}` was left out"),
                };
                out.insert((*machine).clone(), MachineResult::Skipped { because });
                queue.push_back(machine);
            }
        }
    }
    out
}

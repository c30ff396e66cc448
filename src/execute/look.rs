//! Looking before deciding: what Nix says of the network, and how the machines are.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use tokio::task::JoinSet;

use super::contact;
use super::{Event, Policy, RunError, Session};
use crate::graph::Cycle;
use crate::network::selectors::{Machines, Selector};
use crate::network::{DeploymentSettings, MachineName};
use crate::nix::{self, Asked, Evaluation, Nix, Remembered};
use crate::plan::{Address, PlanError};
use crate::state::{Address as Recorded, Deployment, Lease, MachineRecord, Source};
use crate::steps::{Observed, ProbeMachine, StepError, World};
use crate::system::{NoRoot, RemoteError};

/// How many machines are asked at the same time. Each costs a connection: about a tenth of a second of processor.
const PROBES: usize = 30;

/// What Nix evaluates for a deployment.
pub fn input(source: &Source) -> nix::Input<'_> {
    match source {
        Source::Files { files, .. } => nix::Input::of(files),
        Source::Flake { reference, .. } => nix::Input::Reference(reference),
    }
}

/// What Nix is told of a machine.
pub fn remembered(record: &MachineRecord) -> Remembered {
    Remembered {
        state_version: record.state_version.clone(),
        public_key: record.ssh_key.as_ref().map(|pair| pair.public.clone()),
    }
}

/// Evaluates the network with what the state remembers of its machines: their settings, and with `derivations` their
/// systems and keys.
pub(super) async fn evaluate(
    nix: &Nix,
    deployment: &Deployment,
    records: &BTreeMap<MachineName, MachineRecord>,
    only: Option<&BTreeSet<MachineName>>,
    derivations: bool,
) -> Result<Evaluation, RunError> {
    evaluate_as_far_as(nix, deployment, records, only, derivations, derivations).await
}

/// The settings and the keys of machines, but not their systems, which are dear.
pub(super) async fn evaluate_keys(
    nix: &Nix,
    deployment: &Deployment,
    records: &BTreeMap<MachineName, MachineRecord>,
    only: Option<&BTreeSet<MachineName>>,
) -> Result<Evaluation, RunError> {
    evaluate_as_far_as(nix, deployment, records, only, false, true).await
}

async fn evaluate_as_far_as(
    nix: &Nix,
    deployment: &Deployment,
    records: &BTreeMap<MachineName, MachineRecord>,
    only: Option<&BTreeSet<MachineName>>,
    derivations: bool,
    keys: bool,
) -> Result<Evaluation, RunError> {
    let arguments: Vec<(String, String)> = deployment.arguments.clone().into_iter().collect();
    let asked = Asked {
        input: input(&deployment.source),
        dialect: deployment.source.dialect(),
        arguments: &arguments,
        uuid: deployment.id.to_string(),
        deployment: deployment.title(),
        machines: records.iter().map(|(machine, record)| (machine.clone(), remembered(record))).collect(),
        only: only.map(|names| names.iter().cloned().collect()),
        derivations,
        keys,
        examine: false,
        values: &[],
        names: &[],
    };
    Ok(nix::evaluate(nix, &asked).await?)
}

/// The machines that a selector and the network's settings leave, and what each of them needs.
pub(super) struct Selection {
    /// All machines of the network, for other selectors.
    pub all: Machines,
    pub machines: BTreeSet<MachineName>,
    pub needs: BTreeMap<MachineName, BTreeSet<MachineName>>,
}

/// Pairs of machines of which one waits for the other that a plan writes down. Ten thousand machines that each need a hundred
/// are half as many.
const MOST_NEEDS: usize = 2_000_000;

/// Resolves `dependsOn` of every machine, then the selection.
pub(super) fn select(
    settings: &BTreeMap<MachineName, DeploymentSettings>,
    on: Option<&Selector>,
) -> Result<Selection, RunError> {
    let names: Vec<&MachineName> = settings.keys().collect();
    let mut all = Machines::default();
    for (name, settings) in settings {
        let tags: Vec<&str> = settings.tags.iter().map(String::as_str).collect();
        all.add(name.as_str(), &tags, &[]);
    }
    let mut needs: BTreeMap<MachineName, BTreeSet<MachineName>> = BTreeMap::new();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    // What each selector selects, and a machine that it selects and that needs it.
    let mut circle: Option<(usize, usize)> = None;
    let mut known: BTreeMap<&str, (Rc<Vec<usize>>, Option<usize>)> = BTreeMap::new();
    for (at, (name, settings)) in settings.iter().enumerate() {
        let needed = needs.entry(name.clone()).or_default();
        for text in &settings.depends_on {
            if !known.contains_key(text.as_str()) {
                let selected = Selector::parse(text).and_then(|selector| selector.select(&all));
                let selected =
                    selected.map_err(|source| RunError::DependsOn { machine: name.clone(), source })?;
                known.insert(text, (Rc::new(selected), None));
            }
            let Some((selected, inside)) = known.get_mut(text.as_str()) else { continue };
            // A machine may belong to a group that it needs; it needs itself only where it says so by name.
            let in_group = text != name.as_str() && selected.binary_search(&at).is_ok();
            if in_group && let Some(other) = inside.replace(at) {
                // Two of a group that need the group need each other.
                circle.get_or_insert((other, at));
            }
            let selected = selected.clone();
            if edges.len() + selected.len() > MOST_NEEDS {
                return Err(match circle {
                    Some((one, other)) => {
                        PlanError::from(Cycle(vec![names[one].clone(), names[other].clone()])).into()
                    }
                    None => RunError::TooManyNeeds { most: MOST_NEEDS, selector: text.clone() },
                });
            }
            for need in selected.iter().copied() {
                if need == at && in_group {
                    continue;
                }
                needed.insert(names[need].clone());
                edges.push((at, need));
            }
        }
    }
    for (at, need) in edges {
        all.add_dependency(at, need);
    }
    let machines = match on {
        Some(selector) => selector.select(&all)?.into_iter().map(|at| names[at].clone()).collect(),
        None => names.into_iter().cloned().collect(),
    };
    Ok(Selection { all, machines, needs })
}

/// How each machine is, or why it could not be asked.
pub(super) struct Seen {
    pub observed: BTreeMap<MachineName, Observed>,
    pub failed: BTreeMap<MachineName, StepError>,
}

/// What is done about a machine on which an activation of an earlier run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settling {
    /// It is waited for: which system the machine will run is not known before.
    Awaited,
    AsItIs,
}

/// How often a password that no machine takes may be typed again.
const PASSWORDS: usize = 3;

/// Asks all machines, many at a time, and keeps what a first contact teaches: release, host keys, address. Where users
/// need a password to become root, the operator is asked for it, once for all machines.
pub(super) async fn probe(
    session: &Session,
    lease: &Lease,
    world: &Arc<World>,
    addresses: &BTreeMap<MachineName, Address>,
    records: &BTreeMap<MachineName, MachineRecord>,
    settling: Settling,
) -> Result<Seen, RunError> {
    let mut seen = probe_once(session, lease, world, addresses, records, settling).await?;
    for _ in 0..PASSWORDS {
        let locked = |error: &StepError| matches!(error, StepError::Remote(RemoteError::Escalation { why, .. }) if *why != NoRoot::Refused);
        let again: BTreeMap<MachineName, Address> = addresses
            .iter()
            .filter(|(machine, _)| seen.failed.get(*machine).is_some_and(locked))
            .map(|(machine, address)| (machine.clone(), address.clone()))
            .collect();
        let Some(machine) = again.keys().next() else { break };
        let others = again.len() - 1;
        let login = world.destination(machine).login();
        let question = match others {
            0 => format!("password of {login} on `{machine}`, to become root:"),
            _ => format!("password of {login} on `{machine}` and {others} more, to become root:"),
        };
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::PasswordAsked { question, answer });
        let Ok(Some(password)) = answered.await else { break };
        world.remotes.escalate_with(password);
        let more = probe_once(session, lease, world, &again, records, settling).await?;
        let some_took_it = !more.observed.is_empty();
        seen.failed.retain(|machine, _| !again.contains_key(machine));
        seen.observed.extend(more.observed);
        seen.failed.extend(more.failed);
        // A machine with another password than the rest is told as failed.
        if some_took_it {
            break;
        }
    }
    Ok(seen)
}

async fn probe_once(
    session: &Session,
    lease: &Lease,
    world: &Arc<World>,
    addresses: &BTreeMap<MachineName, Address>,
    records: &BTreeMap<MachineName, MachineRecord>,
    settling: Settling,
) -> Result<Seen, RunError> {
    let mut waiting = addresses.keys();
    let mut tasks: JoinSet<(MachineName, Result<Observed, StepError>)> = JoinSet::new();
    let mut seen = Seen { observed: BTreeMap::new(), failed: BTreeMap::new() };
    loop {
        while tasks.len() < PROBES
            && let Some(machine) = waiting.next()
        {
            let first_contact = records.get(machine).is_none_or(|record| record.toplevel.is_none());
            let settled = settling == Settling::Awaited;
            let probe = ProbeMachine { machine: machine.clone(), first_contact, settled };
            let world = world.clone();
            tasks.spawn(async move {
                let answer = probe.run(&world).await;
                (probe.machine, answer)
            });
        }
        let Some(joined) = tasks.join_next().await else { return Ok(seen) };
        let (machine, answer) = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        match answer {
            Ok(observed) => {
                learn(session, lease, &machine, &addresses[&machine], records.get(&machine), &observed)
                    .await?;
                seen.observed.insert(machine, observed);
            }
            Err(error) => {
                seen.failed.insert(machine, error);
            }
        }
    }
}

async fn learn(
    session: &Session,
    lease: &Lease,
    machine: &MachineName,
    address: &Address,
    record: Option<&MachineRecord>,
    observed: &Observed,
) -> Result<(), RunError> {
    let (state, deployment) = (&session.state, lease.deployment());
    if record.is_none_or(|record| record.state_version.is_none()) {
        match &observed.release {
            Some(release) => {
                state.keep_state_version(deployment, machine.as_str(), release).await?;
                session.say(Some(machine), format!("setting state version to {release}"));
            }
            None => session.warn(Some(machine), "cannot determine NixOS version"),
        }
    }
    let met = contact::met_host_keys(session, machine);
    if address.host_keys.is_empty() && !met.is_empty() {
        let known = record.map(|record| record.host_keys.as_slice()).unwrap_or_default();
        if !known.is_empty() && known != met {
            // Only an operator who said so gets here: ssh accepts no other key than the known one.
            state.forget_host_keys(deployment, machine.as_str()).await?;
        }
        if known != met {
            state.pin_host_keys(deployment, machine.as_str(), &met).await?;
        }
    }
    let reached = Recorded {
        host: address.host.clone(),
        port: address.port,
        user: address.user.clone().unwrap_or_default(),
    };
    if record.is_none_or(|record| record.address.as_ref() != Some(&reached)) {
        state.set_address(deployment, machine.as_str(), &reached).await?;
    }
    Ok(())
}

/// The world of a run: destinations with their files; what steps say becomes events.
pub(super) async fn world(
    session: &Session,
    lease: &Lease,
    nix: Nix,
    addresses: &BTreeMap<MachineName, Address>,
    records: &BTreeMap<MachineName, MachineRecord>,
    policy: &Policy,
    trusted: &[String],
) -> Result<Arc<World>, RunError> {
    let mut destinations = BTreeMap::new();
    for (machine, address) in addresses {
        let destination = contact::destination(
            session,
            machine,
            address,
            records.get(machine),
            trusted.iter().any(|name| name == machine.as_str()),
        )
        .await?;
        destinations.insert(machine.clone(), destination);
    }
    let (events, log) = (session.events.clone(), session.log.clone());
    Ok(Arc::new(World {
        system: session.system.clone(),
        nix,
        remotes: session.remotes.clone(),
        destinations,
        roots: session.roots(lease.deployment())?,
        patience: policy.patience,
        keys: OnceLock::new(),
        said: Arc::new(move |said| {
            log.add(&said, false);
            // A run goes on when nobody listens.
            let _ = events.send(super::Event::Said(said));
        }),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::HookSettings;

    /// Machines by number, and what each of them waits for.
    fn network(count: usize, of: impl Fn(usize) -> (&'static str, &'static str)) -> Settings {
        let machine = |at: usize| {
            let (tag, needs) = of(at);
            let settings = serde_json::json!({
                "targetHost": null, "targetPort": null, "targetUser": null, "targetEnv": "none", "sshOptions": [],
                "privilegeEscalationCommand": [], "hostKeys": [], "provisionSSHKey": false, "tags": [tag],
                "alwaysActivate": false, "buildOnly": false, "substituteOnDestination": false, "confirmTimeout": null,
                "dependsOn": [needs], "healthChecks": [], "preDeployChecks": [], "hooks": HookSettings::default(),
                "reboot": "never", "buildOnTarget": false,
            });
            (MachineName::new(format!("m{at:05}")), serde_json::from_value(settings).unwrap())
        };
        (0..count).map(machine).collect()
    }

    type Settings = BTreeMap<MachineName, DeploymentSettings>;

    #[test]
    fn more_needs_than_a_plan_holds_are_refused_with_the_selector() {
        let halves = |at: usize| if at < 2_000 { ("back", "m00000") } else { ("front", "@back") };
        let error = select(&network(4_000, halves), None).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains("more than 2000000 pairs") && error.contains("`@back` selects many"),
            "{error}"
        );
        let all = select(&network(4_000, |_| ("x", "*")), None).map(|_| ()).unwrap_err().to_string();
        assert_eq!(all, "these machines wait for each other: `m00000` needs `m00001` needs `m00000`");
    }
}

//! What a network would be now beside what was deployed of it: evaluated and built here, compared with what the state remembers.
//!
//! No machine is asked and nothing is locked or recorded: whether the machines still run what was deployed is a matter of
//! [`status`](super::status()), and what a deploy would do there one of [`plan`](super::plan()).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Event, RunError, Session, chain, contact, look};
use crate::network::MachineName;
use crate::network::selectors::Selector;
use crate::nix::{self, Message, Nix, NixError, StorePath};
use crate::plan::{Foreseen, PackageChanges};
use crate::state::Deployment;
use crate::steps::{StepError, World, root_name};
use crate::system::Sharing;

/// Of which deployment, and how far.
pub struct Differing<'a> {
    pub deployment: &'a Deployment,
    pub on: Option<&'a Selector>,
    /// Build what is to be compared. Without it, what is not here by chance is unknown.
    pub build: bool,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
}

/// A machine then and now.
#[derive(Clone, Debug)]
pub struct MachineDifference {
    /// What was deployed last; none of a machine that never got a system.
    pub deployed: Option<StorePath>,
    /// The generation that this belongs to.
    pub generation: Option<u64>,
    /// What the network makes of it now.
    pub now: StorePath,
    /// None where both are the same.
    pub packages: Option<Foreseen<PackageChanges>>,
}

impl MachineDifference {
    pub fn changes(&self) -> bool {
        self.deployed.as_ref() != Some(&self.now)
    }
}

/// A network then and now.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    pub machines: BTreeMap<MachineName, MachineDifference>,
    /// Machines that were deployed and are no part of the network any more.
    pub gone: BTreeSet<String>,
}

/// How many machines are built or compared at the same time: each costs a few processes.
const AT_ONCE: usize = 4;

pub async fn difference(session: &Session, request: Differing<'_>) -> Result<Difference, RunError> {
    let deployment = request.deployment;
    let mut nix = Nix::find(&session.system).await?;
    nix.path.clone_from(&deployment.nix_path);
    nix.options.clone_from(&request.nix_options);
    let records = contact::by_name(session.state.machines(deployment.id).await?);
    session.say(None, "evaluating the network...");
    let mut evaluation = look::evaluate(&nix, deployment, &records, None, request.on.is_none()).await?;
    let settings = super::deploy::settings(&evaluation);
    let selection = look::select(&settings, request.on)?;
    session.tell(Event::Machines(selection.machines.iter().cloned().collect()));
    if request.on.is_some() {
        evaluation = look::evaluate(&nix, deployment, &records, Some(&selection.machines), true).await?;
    }
    super::deploy::warn(session, &evaluation);
    let mut difference = Difference::default();
    let mut derivations = BTreeMap::new();
    for machine in &selection.machines {
        let facts = evaluation.machines.get(machine);
        let now = facts.and_then(|facts| facts.toplevel.clone());
        let now = now.ok_or_else(|| RunError::NotEvaluated { machine: machine.clone() })?;
        let record = records.get(machine);
        let deployed = record.and_then(|record| record.toplevel.as_deref());
        derivations.insert(machine.clone(), facts.and_then(|facts| facts.drv.clone()));
        let of_machine = MachineDifference {
            deployed: deployed.and_then(|path| StorePath::new(path).ok()),
            generation: record.and_then(|record| record.generation),
            now,
            packages: None,
        };
        difference.machines.insert(machine.clone(), of_machine);
    }
    if request.on.is_none() {
        let names = records.keys().filter(|machine| !evaluation.machines.contains_key(*machine));
        difference.gone = names.map(ToString::to_string).collect();
    }
    if request.build && difference.machines.values().any(MachineDifference::changes) {
        session.say(None, "building all machine configurations...");
    }
    let mut waiting = difference.machines.iter().filter(|(_, it)| it.changes());
    let mut tasks: JoinSet<(MachineName, Result<Foreseen<PackageChanges>, NixError>)> = JoinSet::new();
    let mut compared = BTreeMap::new();
    loop {
        while tasks.len() < AT_ONCE
            && let Some((machine, it)) = waiting.next()
        {
            let derivation = derivations[machine].clone().filter(|_| request.build);
            let root = session.folder().join(root_name(machine.as_str()));
            let (nix, machine, it) = (nix.clone(), machine.clone(), it.clone());
            tasks.spawn(async move { (machine, packages(&nix, &it, derivation.as_ref(), &root).await) });
        }
        let Some(joined) = tasks.join_next().await else { break };
        let (machine, it) = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        compared.insert(machine, it?);
    }
    for (machine, packages) in compared {
        if let Some(it) = difference.machines.get_mut(&machine) {
            it.packages = Some(packages);
        }
    }
    Ok(difference)
}

/// The packages of a machine then and now, where both systems are, or can be built, here. That a system does not build is an
/// error; what is not here is only unknown.
async fn packages(
    nix: &Nix,
    it: &MachineDifference,
    derivation: Option<&StorePath>,
    root: &Path,
) -> Result<Foreseen<PackageChanges>, NixError> {
    if let Some(derivation) = derivation {
        // What a build says is of no interest here, but has to be taken from it.
        let (sender, mut said) = tokio::sync::mpsc::unbounded_channel::<Message>();
        let listening = async { while said.recv().await.is_some() {} };
        let (built, ()) = tokio::join!(nix::build(nix, derivation, root, sender), listening);
        built?;
    }
    Ok(compared(nix, it.deployed.as_ref(), &it.now).await)
}

/// Two systems compared, if both are in the store here.
pub(super) async fn compared(
    nix: &Nix,
    before: Option<&StorePath>,
    after: &StorePath,
) -> Foreseen<PackageChanges> {
    let looking = async {
        for (path, what) in
            before.map(|path| (path, "what it ran")).into_iter().chain([(after, "its system")])
        {
            if !nix::is_valid(nix, path).await? {
                return Ok(Foreseen::Unknown(format!("{what} is not in the store here")));
            }
        }
        let earlier = match before {
            Some(before) => nix::closure(nix, before).await?,
            None => Vec::new(),
        };
        let later = nix::closure(nix, after).await?;
        Ok::<_, NixError>(Foreseen::Known(PackageChanges::between(&earlier, &later)))
    };
    looking.await.unwrap_or_else(|error| Foreseen::Unknown(chain(&error)))
}

/// The same where the store here does not have both: the machine has what it ran until just now, and what it runs.
async fn asked(
    nix: &Nix,
    world: &Arc<World>,
    machine: &MachineName,
    before: Option<&StorePath>,
    after: &StorePath,
) -> Result<PackageChanges, StepError> {
    let remote = world.connect(machine, Sharing::Shared).await?;
    let there = async |path| nix::closure_there(path, machine.as_str(), &*remote).await;
    let earlier = match before {
        Some(before) => there(before).await?,
        None => Vec::new(),
    };
    let later = match nix::is_valid(nix, after).await? {
        true => nix::closure(nix, after).await?,
        false => there(after).await?,
    };
    Ok(PackageChanges::between(&earlier, &later))
}

/// For the history of a run: what changed in the closures of these machines, as far as that is found out in this time.
pub(super) async fn within(
    nix: &Nix,
    world: &Arc<World>,
    machines: impl Iterator<Item = (MachineName, Option<StorePath>, StorePath)>,
    limit: Duration,
) -> BTreeMap<MachineName, Foreseen<PackageChanges>> {
    let mut found = BTreeMap::new();
    let mut waiting = machines;
    let mut tasks: JoinSet<(MachineName, Foreseen<PackageChanges>)> = JoinSet::new();
    let looking = async {
        loop {
            while tasks.len() < AT_ONCE
                && let Some((machine, before, after)) = waiting.next()
            {
                let (nix, world) = (nix.clone(), world.clone());
                tasks.spawn(async move {
                    let packages = match compared(&nix, before.as_ref(), &after).await {
                        Foreseen::Unknown(why) => {
                            let asked = asked(&nix, &world, &machine, before.as_ref(), &after).await;
                            asked.map_or(Foreseen::Unknown(why), Foreseen::Known)
                        }
                        known => known,
                    };
                    (machine, packages)
                });
            }
            let Some(joined) = tasks.join_next().await else { break };
            let (machine, packages) =
                joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            found.insert(machine, packages);
        }
    };
    // What is not known by then stays unknown.
    let _ = tokio::time::timeout(limit, looking).await;
    found
}

//! What a plan would change on each machine: asked of the machines, compared with what was built here.
//!
//! Reads only. What cannot be told is said to be unknown, with the reason; nothing here ends a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::chain;
use crate::network::MachineName;
use crate::nix::{self, StorePath};
use crate::plan::{
    Changes, CopySize, Foreseen, Goal, KeyChanges, MachinePlan, PackageChanges, Plan, SizedPath, UnitChanges,
};
use crate::steps::{self, Standing, Step, StepError, Surveyed, World};
use crate::system::Sharing;

/// How many machines are looked at at the same time: each costs a connection and a few processes here.
const AT_ONCE: usize = 10;

/// The changes of every machine of a plan.
pub(super) async fn foresee(plan: &Plan, world: &Arc<World>) -> BTreeMap<MachineName, Changes> {
    let mut waiting = plan.machines.iter();
    let mut tasks: JoinSet<(MachineName, Changes)> = JoinSet::new();
    let mut all = BTreeMap::new();
    loop {
        while tasks.len() < AT_ONCE
            && let Some((machine, planned)) = waiting.next()
        {
            let look = Look::new(plan, world, machine, planned);
            tasks.spawn(async move {
                let changes = look.changes().await;
                (look.machine, changes)
            });
        }
        let Some(joined) = tasks.join_next().await else { return all };
        let (machine, changes) = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        all.insert(machine, changes);
    }
}

/// What would become of the keys of every machine now.
pub(super) async fn key_changes(
    plan: &Plan,
    world: &Arc<World>,
) -> BTreeMap<MachineName, Foreseen<KeyChanges>> {
    let mut all = BTreeMap::new();
    for (machine, planned) in &plan.machines {
        all.insert(machine.clone(), told(Look::new(plan, world, machine, planned).keys().await));
    }
    all
}

/// One machine to be looked at.
struct Look {
    world: Arc<World>,
    machine: MachineName,
    planned: MachinePlan,
    goal: Goal,
    steps: Vec<Step>,
}

/// Where the new system is.
#[derive(Clone, Copy)]
struct Lies {
    here: bool,
    there: bool,
}

impl Look {
    fn new(plan: &Plan, world: &Arc<World>, machine: &MachineName, planned: &MachinePlan) -> Self {
        let steps = plan.steps.iter().map(|it| &it.step).filter(|it| it.machine() == Some(machine));
        Self {
            world: world.clone(),
            machine: machine.clone(),
            planned: planned.clone(),
            goal: plan.goal,
            steps: steps.cloned().collect(),
        }
    }

    async fn changes(&self) -> Changes {
        if self.goal == Goal::Build {
            return Changes::unknown("it is only built, and the machine was not asked");
        }
        let lies = match self.lies().await {
            Ok(lies) => lies,
            Err(error) => return Changes::unknown(&chain(&error)),
        };
        let keys = told(self.keys().await);
        if !lies.here && !lies.there {
            return Changes { keys, ..Changes::unknown("its system is not built yet") };
        }
        let surveyed = self.surveyed(lies).await;
        Changes {
            packages: told(self.packages(lies).await),
            copy: told(self.copy(lies).await),
            units: told(self.units(lies, &surveyed).await),
            reboot: match &surveyed {
                Ok((runs, new)) => reboot(runs, new),
                Err(error) => Foreseen::Unknown(chain(error)),
            },
            keys,
        }
    }

    async fn lies(&self) -> Result<Lies, StepError> {
        let toplevel = &self.planned.toplevel;
        let check = crate::system::Command::new("nix-store").args(["--check-validity", toplevel.as_str()]);
        Ok(Lies {
            here: nix::is_valid(&self.world.nix, toplevel).await?,
            there: self.world.on(&self.machine, &check).await?.ended.success(),
        })
    }

    /// What runs there, and what is to run.
    async fn surveyed(&self, lies: Lies) -> Result<(Surveyed, Surveyed), StepError> {
        let runs = steps::survey_machine(&self.world, &self.machine).await?;
        let new = if lies.here {
            steps::survey_here(&self.world, &self.planned.toplevel).await.map_err(nix::NixError::from)?
        } else {
            steps::survey_there(&self.world, &self.machine, &self.planned.toplevel).await?
        };
        Ok((runs, new))
    }

    async fn packages(&self, lies: Lies) -> Result<PackageChanges, StepError> {
        let toplevel = &self.planned.toplevel;
        if self.planned.observed.current_system.as_ref() == Some(toplevel) {
            let size = self.closure_there(toplevel).await?.iter().map(|it| it.1).sum();
            return Ok(PackageChanges { size_before: size, size_after: size, ..PackageChanges::default() });
        }
        let before = match &self.planned.observed.current_system {
            Some(current) => self.closure_there(current).await?,
            None => Vec::new(),
        };
        let after = if lies.here {
            nix::closure(&self.world.nix, toplevel).await?
        } else {
            self.closure_there(toplevel).await?
        };
        Ok(PackageChanges::between(&before, &after))
    }

    async fn closure_there(&self, path: &StorePath) -> Result<Vec<SizedPath>, StepError> {
        let remote = self.world.connect(&self.machine, Sharing::Shared).await?;
        Ok(nix::closure_there(path, self.machine.as_str(), &*remote).await?)
    }

    async fn copy(&self, lies: Lies) -> Result<CopySize, StepError> {
        let room = steps::room(&self.world, &self.machine).await?;
        let mut copy = CopySize { free: room.map(|room| room.bytes), ..CopySize::default() };
        if !lies.there {
            let remote = self.world.connect(&self.machine, Sharing::Shared).await?;
            let (nix, toplevel) = (&self.world.nix, &self.planned.toplevel);
            let missing = nix::missing_paths(nix, toplevel, self.machine.as_str(), &*remote).await?;
            (copy.paths, copy.bytes) = (missing.len(), nix::size(nix, &missing).await?);
            copy.too_large = room.is_some_and(|room| room.is_too_little_for(copy.bytes));
        }
        Ok(copy)
    }

    async fn units(
        &self,
        lies: Lies,
        surveyed: &Result<(Surveyed, Surveyed), StepError>,
    ) -> Result<UnitChanges, String> {
        let toplevel = &self.planned.toplevel;
        let activates = self.steps.iter().any(|step| matches!(step, Step::ActivateSystem(_)));
        if !activates || self.planned.observed.current_system.as_ref() == Some(toplevel) {
            return Ok(UnitChanges::default());
        }
        if lies.there
            && let Ok(said) = steps::dry_activation(&self.world, &self.machine, toplevel).await
            && said.ended.success()
        {
            let words = format!("{}\n{}", said.stdout_text(), said.stderr_text());
            return Ok(UnitChanges::of_dry_activation(&words));
        }
        let (runs, new) = surveyed.as_ref().map_err(|error| chain(error))?;
        Ok(UnitChanges::between(runs, new))
    }

    async fn keys(&self) -> Result<KeyChanges, StepError> {
        let mut keys = KeyChanges::default();
        for step in &self.steps {
            match step {
                // The same ones again, after a reboot that may take them.
                Step::SendKeys(step) if step.all => {}
                Step::SendKeys(step) => {
                    for (path, standing) in step.standings(&self.world).await? {
                        let list = match standing {
                            Standing::Missing => &mut keys.new,
                            Standing::Different => &mut keys.changed,
                            Standing::AsItShouldBe => &mut keys.unchanged,
                        };
                        list.push(path);
                    }
                }
                Step::RemoveKeys(step) => keys.removed.extend(step.leaving(&self.world).await?),
                _ => {}
            }
        }
        Ok(keys)
    }
}

/// What only a reboot brings into effect.
fn reboot(runs: &Surveyed, new: &Surveyed) -> Foreseen<Vec<String>> {
    let (Some(booted), Some(boots)) = (&runs.boot, &new.boot) else {
        return Foreseen::Unknown("what it has booted is not known".to_owned());
    };
    let names = booted.keys().chain(boots.keys().filter(|name| !booted.contains_key(*name)));
    let mut differ: Vec<String> =
        names.filter(|name| booted.get(*name) != boots.get(*name)).cloned().collect();
    if runs.interface.is_some() && runs.interface != new.interface {
        differ.push("init".to_owned());
    }
    Foreseen::Known(differ)
}

/// Something known, or why it is not.
fn told<T, E: Reason>(answer: Result<T, E>) -> Foreseen<T> {
    answer.map_or_else(|error| Foreseen::Unknown(error.reason()), Foreseen::Known)
}

/// A reason in one text.
trait Reason {
    fn reason(self) -> String;
}

impl Reason for StepError {
    fn reason(self) -> String {
        chain(&self)
    }
}

impl Reason for String {
    fn reason(self) -> String {
        self
    }
}

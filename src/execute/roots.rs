//! Links that keep what a plan needs from being collected, beside the state.
//!
//! A saved plan has a folder of its own, with the systems that were built for it and the derivations that it names. It goes
//! when the plan is carried out, when another run makes the plan worthless, or when there are too many of them.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::session::roots_of;
use super::{RunError, Session, chain};
use crate::nix::{self, Nix, StorePath};
use crate::plan::Plan;
use crate::state::DeploymentId;
use crate::steps::root_name;
use crate::system::System;

/// So many saved plans of a deployment keep what they need. An older one can still be carried out: it is built again.
const MOST: usize = 8;

/// The links of one plan.
pub(super) struct PlanRoots {
    system: System,
    /// The folders of all plans of the deployment.
    all: PathBuf,
    folder: PathBuf,
}

impl PlanRoots {
    pub(super) fn new(session: &Session, deployment: DeploymentId, plan: Uuid) -> Result<Self, RunError> {
        let all = session.roots(deployment)?.join(PLANS);
        // Sorted by name, the oldest is first.
        let folder = all.join(format!("{:016}-{plan}", session.system.clock.now().as_millisecond()));
        let made = session.system.files.create_private_folder(&folder);
        made.map_err(|source| RunError::Folder { folder: folder.display().to_string(), source })?;
        Ok(Self { system: session.system.clone(), all, folder })
    }

    /// Where the link to the system of a machine lies.
    pub(super) fn of_machine(&self, machine: &str) -> PathBuf {
        self.folder.join(root_name(machine))
    }

    /// Keeps the derivations of a plan, too, so that they are still there when they are built.
    pub(super) async fn keep_derivations(&self, session: &Session, nix: &Nix, plan: &Plan) {
        keep(session, nix, plan, &self.folder.join(".drv")).await;
    }

    /// Lets go of the oldest plans.
    pub(super) fn let_go_of_others(&self) {
        let files = &self.system.files;
        let Ok(names) = files.read_folder(&self.all) else { return };
        for (name, _) in names.iter().rev().skip(MOST) {
            let _ = files.remove_folder(&self.all.join(name));
        }
    }

    pub(super) fn remove(&self) {
        // What stays is removed with the next run.
        let _ = self.system.files.remove_folder(&self.folder);
    }
}

/// The folder of saved plans among the roots of a deployment. No machine is called so: names begin with no dot.
const PLANS: &str = ".plans";

/// After a run no saved plan of the deployment can be carried out any more.
pub(super) fn forget_plans(session: &Session, deployment: DeploymentId) {
    let folder: &Path = &roots_of(&session.state, deployment).join(PLANS);
    let _ = session.system.files.remove_folder(folder);
}

/// Keeps the derivations of a run from being collected between evaluation and build. The next run replaces them, so that
/// one that was interrupted finds them again.
pub(super) async fn keep_derivations(session: &Session, nix: &Nix, plan: &Plan) -> Result<(), RunError> {
    let folder = session.roots(DeploymentId(plan.deployment))?.join(".derivations");
    let _ = session.system.files.remove_folder(&folder);
    let made = session.system.files.create_private_folder(&folder);
    made.map_err(|source| RunError::Folder { folder: folder.display().to_string(), source })?;
    keep(session, nix, plan, &folder.join("drv")).await;
    Ok(())
}

async fn keep(session: &Session, nix: &Nix, plan: &Plan, root: &Path) {
    let derivations: Vec<&StorePath> =
        plan.machines.values().filter_map(|it| it.derivation.as_ref()).collect();
    if let Err(error) = nix::keep_derivations(nix, &derivations, root).await {
        // Only a collection at just the wrong moment is worse for it.
        session.warn(None, format!("what was evaluated is not kept from being collected: {}", chain(&error)));
    }
}

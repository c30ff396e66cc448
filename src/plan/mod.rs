//! From what is wanted and what was seen to a complete, immutable plan.
//!
//! Pure: the same input gives the same plan, byte for byte. Every choice is made here (which system, from which one,
//! in which order, over which address); carrying it out needs no further decision. Never starts or contacts anything.

mod build;
mod changes;
#[cfg(test)]
pub(crate) mod example;
mod packages;
mod reboots;
mod rollout;
mod units;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use build::{make, make_for_keys};
pub use changes::{Changes, CopySize, Foreseen, KeyChanges};
pub use packages::{PackageChange, PackageChanges, SizedPath};
pub use reboots::make_for_reboots;
pub use rollout::{MaxUnavailable, Rollout, Stage, StageKind};
pub use units::{UnitBasis, UnitChanges};
pub use wanted::{CONFIRM_SECONDS, REBOOT_SECONDS, Wanted};

use crate::network::{MachineName, UploadAt};
use crate::nix::StorePath;
use crate::steps::{AwaitStage, CheckHealth, Observed, SendKeys, Soak, Step};

/// The version of the stored form. A reader refuses newer ones; what came after the first has a default.
pub const VERSION: u32 = 2;

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Reboot machines into what they boot.
    Reboot,
    /// Send keys, and leave the systems of the machines alone.
    Keys,
    /// Build here, touch no machine.
    Build,
    /// Build and copy, activate nothing.
    Copy,
    /// Build and copy, and hear from the machines what an activation would do.
    DryActivate,
    /// Boot it from now on, but do not activate it now.
    Boot,
    /// Activate, but boot the earlier system next time.
    Test,
    /// Activate and boot it from now on.
    #[default]
    Switch,
}

impl Goal {
    /// The word in plans, as in the history.
    pub fn as_str(self) -> &'static str {
        match self {
            Goal::Reboot => "reboot",
            Goal::Keys => "keys",
            Goal::Build => "build",
            Goal::Copy => "copy",
            Goal::DryActivate => "dry-activate",
            Goal::Boot => "boot",
            Goal::Test => "test",
            Goal::Switch => "switch",
        }
    }
}

/// Where a machine is, as the plan needs it: no key, no file of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    pub host: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub ssh_options: Vec<String>,
    pub escalation: Vec<String>,
    /// Host keys that the network itself names; with any of them no other key is accepted.
    pub host_keys: Vec<String>,
}

impl Address {
    /// A host that ssh knows how to reach: its usual port, user and options.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            user: None,
            ssh_options: Vec::new(),
            escalation: Vec::new(),
            host_keys: Vec::new(),
        }
    }
}

/// What becomes of one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachinePlan {
    pub address: Address,
    /// As it was seen when the plan was made.
    pub observed: Observed,
    pub toplevel: StorePath,
    pub derivation: Option<StorePath>,
    /// The machines that must be done before this one is activated.
    pub needs: BTreeSet<MachineName>,
    /// The root user accepts the key pair of ours once this system is active.
    pub accepts_key: bool,
    /// For selectors of commands that do not ask the network.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
}

impl MachinePlan {
    /// Whether the machine already runs, and would boot, what it is to get.
    pub fn is_current(&self) -> bool {
        [&self.observed.current_system, &self.observed.profile]
            .into_iter()
            .all(|it| it.as_ref() == Some(&self.toplevel))
    }
}

/// The id of a step: its kind and machine or stage, unique in its plan and the same in every plan of the same network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    pub fn of(step: &Step) -> Self {
        let kind = match step {
            // A machine may get keys twice.
            Step::SendKeys(SendKeys { all: true, .. }) => "send-all-keys",
            Step::SendKeys(SendKeys { when: UploadAt::PostActivation, .. }) => "send-late-keys",
            Step::CheckHealth(CheckHealth { held_in_boot: Some(_), .. }) => "check-health-again",
            _ => step.kind().name,
        };
        Self(match step {
            Step::AwaitStage(AwaitStage { stage, .. }) | Step::Soak(Soak { stage, .. }) => {
                format!("{kind} {stage}")
            }
            _ => step.machine().map_or_else(|| kind.to_owned(), |machine| format!("{kind} {machine}")),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A step in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    pub id: StepId,
    pub step: Step,
    /// Positions in the plan's list, all of them smaller than its own.
    pub after: Vec<usize>,
}

/// All that a run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub version: u32,
    pub deployment: Uuid,
    pub goal: Goal,
    pub machines: BTreeMap<MachineName, MachinePlan>,
    /// Every machine of the network, also those that are no part of it; empty where nobody looked at the network.
    #[serde(default)]
    pub network: Vec<MachineName>,
    #[serde(default)]
    pub rollout: Rollout,
    /// The order of activation, stage by stage and rank by rank.
    pub order: Vec<Vec<MachineName>>,
    /// In an order in which they could be done one by one.
    pub steps: Vec<PlannedStep>,
}

impl Plan {
    /// Derived from the whole content: two plans with one id are the same plan.
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&self.deployment, self.to_json().as_bytes())
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a plan is made of texts, numbers and lists")
    }

    /// Reads a stored plan.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|source| PlanError::Unreadable { source })?;
        if !(1..=VERSION).contains(&head.version) {
            return Err(PlanError::Version { found: head.version });
        }
        serde_json::from_str(text).map_err(|source| PlanError::Unreadable { source })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Cycle(#[from] crate::graph::Cycle),
    #[error("the stage `{earlier}` cannot come before the stage `{later}`: {}", needs(.way))]
    Stages { earlier: String, later: String, way: Vec<MachineName> },
    #[error("the stored plan has version {found}, but this nixwright knows version {VERSION}")]
    Version { found: u32 },
    #[error("the stored plan cannot be read")]
    Unreadable { source: serde_json::Error },
}

/// Need by need.
fn needs(way: &[MachineName]) -> String {
    let steps = way.windows(2).map(|pair| format!("`{}` needs `{}`", pair[0], pair[1]));
    steps.collect::<Vec<_>>().join(", ")
}

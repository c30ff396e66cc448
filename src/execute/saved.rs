//! A plan with all that was foreseen, in the form in which it is kept in a file: to be shown, compared and carried out later.
//!
//! It holds no text of a key. Whoever may read the file learns which machines there are, so only its owner may.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Deploy, Policy};
use crate::network::selectors::Selector;
use crate::network::{MachineName, Reboot};
use crate::plan::{Changes, Plan};
use crate::state::{Deployment, DeploymentId, State, StateError};
use crate::system::System;

/// The version of the file's form. A reader refuses versions that it does not know.
const VERSION: u32 = 1;

/// The first word of every such file.
const FORMAT: &str = "nixwright-plan";

/// Larger than any plan that was ever made; what is larger is no plan.
const LARGEST: u64 = 1 << 30;

/// A plan, what it changes, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlan {
    format: String,
    version: u32,
    /// Derived from the plan: another one is another plan, or a damaged file.
    pub id: Uuid,
    /// When it was made, in UTC (RFC 3339).
    pub made: String,
    /// What people call the deployment.
    pub title: String,
    pub wishes: Wishes,
    pub state: StateMark,
    /// The host keys that were trusted for each machine.
    pub host_keys: BTreeMap<MachineName, Vec<String>>,
    /// The machines that are not part of it, and why.
    pub left_out: BTreeMap<MachineName, String>,
    pub changes: BTreeMap<MachineName, Changes>,
    pub plan: Plan,
}

/// What the operator asked for when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wishes {
    /// The selector, as it was written.
    pub on: Option<String>,
    pub policy: Policy,
    pub no_keys: bool,
    pub reboot: Reboot,
    /// Seconds that a reboot may take.
    pub reboot_within: u64,
    /// Whether machines build their own systems, instead of what the network says.
    #[serde(default)]
    pub build_on_target: Option<bool>,
    /// `--option` pairs for Nix.
    pub nix_options: Vec<(String, String)>,
}

/// How far the state was: another run since moves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMark {
    pub run: Option<Uuid>,
    pub generation: Option<u64>,
}

impl StateMark {
    pub(super) async fn of(state: &State, deployment: DeploymentId) -> Result<Self, StateError> {
        let newest = state.runs(Some(deployment)).await?.into_iter().next();
        let generation = state.newest_generation(deployment).await?;
        Ok(Self { run: newest.map(|run| run.id.0), generation: generation.map(|it| it.number) })
    }
}

/// What a plan is saved with.
pub(super) struct Made {
    pub made: String,
    pub title: String,
    pub wishes: Wishes,
    pub state: StateMark,
    pub host_keys: BTreeMap<MachineName, Vec<String>>,
    pub left_out: BTreeMap<MachineName, String>,
    pub changes: BTreeMap<MachineName, Changes>,
    pub plan: Plan,
}

impl SavedPlan {
    pub(super) fn new(made: Made) -> Self {
        let Made { made, title, wishes, state, host_keys, left_out, changes, plan } = made;
        let (format, id) = (FORMAT.to_owned(), plan.id());
        Self { format, version: VERSION, id, made, title, wishes, state, host_keys, left_out, changes, plan }
    }

    /// A plan of which nothing else is known, for tests of several rooms.
    #[cfg(test)]
    pub(crate) fn example(plan: Plan) -> Self {
        Self::new(Made {
            made: "2026-01-01T00:00:00Z".to_owned(),
            title: "demo".to_owned(),
            wishes: Wishes::default(),
            state: StateMark::default(),
            host_keys: BTreeMap::new(),
            left_out: BTreeMap::new(),
            changes: BTreeMap::new(),
            plan,
        })
    }

    /// What it changes, as the history of runs keeps it.
    pub(super) fn changes_text(&self) -> Option<String> {
        serde_json::to_string(&self.changes).ok()
    }

    /// The request that it was made for.
    pub fn request<'a>(
        &'a self,
        deployment: &'a Deployment,
        on: Option<&'a Selector>,
        ask: bool,
    ) -> Deploy<'a> {
        Deploy {
            deployment,
            goal: self.plan.goal,
            ask,
            trust_new_host_keys: &[],
            on,
            on_text: self.wishes.on.as_deref(),
            policy: self.wishes.policy,
            no_keys: self.wishes.no_keys,
            reboot: self.wishes.reboot,
            reboot_within: self.wishes.reboot_within,
            build_on_target: self.wishes.build_on_target,
            nix_options: self.wishes.nix_options.clone(),
            exactly: Some(self),
        }
    }

    /// Writes it whole or not at all, readable for its owner only.
    pub fn write(&self, system: &System, path: &Path) -> Result<(), PlanFileError> {
        let mut text =
            serde_json::to_string_pretty(self).expect("a plan is made of texts, numbers and lists");
        text.push('\n');
        let written = system.files.write(path, text.as_bytes(), 0o600);
        written.map_err(|source| PlanFileError::Write { path: path.display().to_string(), source })
    }

    pub fn read(system: &System, path: &Path) -> Result<Self, PlanFileError> {
        let shown = path.display().to_string();
        let bytes = system.files.read_regular(path, LARGEST);
        let bytes = bytes.map_err(|source| PlanFileError::Read { path: shown.clone(), source })?;
        let bytes = bytes.ok_or_else(|| PlanFileError::NotAPlan { path: shown.clone() })?;
        Self::from_json(&bytes, shown)
    }

    fn from_json(bytes: &[u8], path: String) -> Result<Self, PlanFileError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        // What is not even JSON may be a plan that was cut off; what is another JSON is none.
        let head = match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(document) => serde_json::from_value::<Head>(document).ok(),
            Err(_) if String::from_utf8_lossy(bytes).contains(FORMAT) => {
                return Err(PlanFileError::Damaged { path });
            }
            Err(_) => None,
        };
        let head = head.filter(|head| head.format == FORMAT);
        let Some(head) = head else { return Err(PlanFileError::NotAPlan { path }) };
        if head.version != VERSION {
            return Err(PlanFileError::Version { path, found: head.version });
        }
        let saved: Self =
            serde_json::from_slice(bytes).map_err(|_| PlanFileError::Damaged { path: path.clone() })?;
        if saved.plan.version != crate::plan::VERSION {
            return Err(PlanFileError::Version { path, found: saved.plan.version });
        }
        if saved.plan.id() != saved.id {
            return Err(PlanFileError::Damaged { path });
        }
        Ok(saved)
    }
}

/// Why a file is no plan to go by.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    #[error("could not read the plan {path}")]
    Read { path: String, source: std::io::Error },
    #[error("could not write the plan {path}")]
    Write { path: String, source: std::io::Error },
    #[error("{path} is not a plan of nixwright")]
    NotAPlan { path: String },
    #[error("the plan {path} is damaged: it is not as it was written")]
    Damaged { path: String },
    #[error("the plan {path} has version {found}, but this nixwright knows version {VERSION}")]
    Version { path: String, found: u32 },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> SavedPlan {
        SavedPlan::example(crate::plan::example::three_tiers())
    }

    fn read(text: &str) -> Result<SavedPlan, PlanFileError> {
        SavedPlan::from_json(text.as_bytes(), "p.json".to_owned())
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (system, path) = (System::os(), folder.path().join("plan.json"));
        saved().write(&system, &path).unwrap();
        assert_eq!(SavedPlan::read(&system, &path).unwrap(), saved());
        assert_eq!(system.files.mode(&path).unwrap(), 0o600);
        assert!(matches!(SavedPlan::read(&system, folder.path()), Err(PlanFileError::Read { .. })));
    }

    #[test]
    fn what_is_no_sound_plan_is_refused() {
        let text = serde_json::to_string(&saved()).unwrap();
        assert!(read(&text).is_ok());
        let cut = &text[..text.len() / 2];
        assert!(matches!(read(cut), Err(PlanFileError::Damaged { .. })));
        let other = text.replace("web.example", "evil.example");
        assert!(matches!(read(&other), Err(PlanFileError::Damaged { .. })));
        let newer = text.replacen("\"version\":1", "\"version\":7", 1);
        assert!(matches!(read(&newer), Err(PlanFileError::Version { found: 7, .. })));
        for foreign in ["", "{}", "[1]", "hello", "{\"format\":\"other\",\"version\":1}"] {
            assert!(matches!(read(foreign), Err(PlanFileError::NotAPlan { .. })), "{foreign}");
        }
    }
}

//! Deployments as they travel between states: the shape of our export, and what else can be imported.
//!
//! [`State::export`](super::State::export) gives all that is remembered of deployments as plain data, [`Exported::text`] its
//! JSON, and [`Exported::read`] takes that JSON back, or that of `nixops export`;
//! [`State::read_nixops`](super::State::read_nixops) reads a state file of NixOps. [`State::import`](super::State::import)
//! writes it, all or nothing. The same state always gives the same text. Locks do not travel.

mod collect;
mod error;
mod nixops;
mod nixops_file;
mod place;
mod read;
mod unique;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeploymentId, Event, Outcome, RunId, RunKind, Source};

pub use error::TransferError;

/// The version of the JSON shape below. Since the second, runs have a scope and a log, since the third who resumed them; those
/// before are still read.
pub(super) const VERSION: u32 = 3;

/// Deployments with all that is remembered of them, as `nixwright export` prints them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exported {
    #[cfg_attr(test, schemars(range(min = 1, max = 3)))]
    pub version: u32,
    /// By UUID.
    pub deployments: Vec<ExportedDeployment>,
}

/// One deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedDeployment {
    #[cfg_attr(test, schemars(with = "String"))]
    pub uuid: DeploymentId,
    pub name: Option<String>,
    pub description: String,
    pub source: Source,
    /// As Nix source text.
    pub arguments: BTreeMap<String, String>,
    pub nix_path: Vec<String>,
    /// In UTC (RFC 3339), as all times here.
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub created: Timestamp,
    /// The number of the last generation, also where that was deleted; 0 before the first.
    pub last_generation: u64,
    /// What NixOps knew, for a deployment that was imported from it.
    pub nixops: Option<NixopsRecord>,
    /// By name.
    pub machines: Vec<ExportedMachine>,
    /// Oldest first.
    pub generations: Vec<ExportedGeneration>,
    /// Oldest first.
    pub runs: Vec<ExportedRun>,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedMachine {
    pub name: String,
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub recorded: Timestamp,
    pub state_version: Option<String>,
    pub address: Option<ExportedAddress>,
    /// As in `known_hosts`: `ssh-ed25519 AAAA…`.
    pub host_keys: Vec<String>,
    /// The public half of the key that was made for it.
    pub public_key: Option<String>,
    /// Only with `--include-keys`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key: Option<String>,
    /// The machine accepts this key.
    pub key_deployed: bool,
    /// The store path of the system that was activated last.
    pub system: Option<String>,
    pub generation: Option<u64>,
}

/// Where a machine was reached last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedAddress {
    pub host: String,
    pub port: Option<u16>,
    pub user: String,
}

/// One generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedGeneration {
    pub number: u64,
    #[cfg_attr(test, schemars(with = "String"))]
    pub run: RunId,
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub created: Timestamp,
    pub user: String,
    pub host: String,
    pub revision: Option<String>,
    pub description: String,
    /// By name.
    pub machines: BTreeMap<String, ExportedSystem>,
}

/// The system of a machine in a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedSystem {
    pub system: String,
    pub derivation: Option<String>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedRun {
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: RunId,
    pub kind: RunKind,
    /// Who began it.
    pub user: String,
    pub host: String,
    pub process: u32,
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub started: Timestamp,
    #[serde(with = "optional_time_text")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub ended: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    /// Who went on with it, in their order.
    #[serde(default)]
    pub resumed: Vec<ExportedResumption>,
    pub plan_version: u32,
    /// The plan, a JSON document in a text: what was stored is kept to the letter.
    pub plan: String,
    /// In the order in which it was written.
    pub journal: Vec<ExportedEntry>,
    /// What it was for; null for a run from before that was kept.
    #[serde(default)]
    pub scope: Option<ExportedScope>,
    /// What was said while it went on.
    #[serde(default)]
    pub log: Vec<ExportedLine>,
}

/// One time that a run was resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedResumption {
    pub user: String,
    pub host: String,
    pub process: u32,
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub at: Timestamp,
}

/// What a run was for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedScope {
    /// How far it went, in the plan's word.
    pub goal: String,
    /// How many machines the plan is for.
    pub machines: u64,
    /// The machines that were meant and are no part of the plan, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What was foreseen of each machine, a JSON document in a text.
    pub changes: Option<String>,
}

/// A line that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedLine {
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub at: Timestamp,
    pub machine: Option<String>,
    pub warning: bool,
    pub text: String,
}

/// One entry of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedEntry {
    pub sequence: u64,
    pub step: String,
    pub event: Event,
    pub machine: Option<String>,
    pub message: String,
    pub output: Option<String>,
    #[serde(with = "time_text")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub at: Timestamp,
    pub fence: u64,
}

/// What NixOps knew of a deployment, each attribute as the text that it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NixopsRecord {
    pub attributes: BTreeMap<String, String>,
    /// By name, machines and all others.
    pub resources: BTreeMap<String, NixopsResource>,
}

/// A machine or another resource of NixOps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NixopsResource {
    #[serde(rename = "type")]
    pub kind: String,
    /// Those that give away a secret only with `--include-keys`.
    pub attributes: BTreeMap<String, String>,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub exported: Exported,
    /// What a person should know about it, one sentence each.
    pub notes: Vec<String>,
}

impl Exported {
    /// As JSON; the same state always gives the same text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("all keys of the format are texts");
        text.push('\n');
        text
    }
}

/// Whether an attribute of NixOps gives away a secret.
fn is_secret(name: &str, value: &str) -> bool {
    const SIGNS: [&str; 6] = ["private", "pass", "token", "secret", "accesskey", "credential"];
    // Addresses are called private, too, and are not secret.
    let lower = name.to_ascii_lowercase().replace("privateip", "");
    lower == "keys" || SIGNS.iter().any(|sign| lower.contains(sign)) || value.contains("PRIVATE KEY-----")
}

/// Times as texts.
mod time_text {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        parsed(&String::deserialize(from)?)
    }

    pub(super) fn parsed<E: Error>(text: &str) -> Result<Timestamp, E> {
        let time: Result<Timestamp, _> = text.parse();
        time.map(crate::state::to_the_microsecond)
            .map_err(|_| E::custom(format!("`{text}` is no time; expected one like `2026-11-22T10:00:00Z`")))
    }
}

mod optional_time_text {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        time.map(|time| time.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| super::time_text::parsed(&text)).transpose()
    }
}

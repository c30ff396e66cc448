//! Deployments and their machines as tables and JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
#[cfg(test)]
use serde_json::Value;

use super::screen;
use super::table::{self, Column};
use crate::network::Dialect;
use crate::state::{Deployment, HeldLock, ShownMachine, Source};
use crate::system::Terminal;

/// The version of the JSON shapes below.
const VERSION: u32 = 1;

/// All deployments, as `nixops list` shows them.
pub fn table(deployments: &[Deployment], terminal: Terminal) -> String {
    let columns = [
        Column::whole("UUID"),
        Column::new("Name"),
        Column::new("Description"),
        Column::right("# Machines"),
        Column::new("Type"),
    ];
    let rows = deployments.iter().map(|it| {
        let name = it.name.clone().unwrap_or_else(|| "(none)".to_owned());
        let kind = if it.machines > 0 { "none" } else { "" };
        vec![it.id.to_string(), name, described(it), it.machines.to_string(), kind.to_owned()]
    });
    table::render(&columns, rows.collect(), terminal.line_width())
}

fn described(deployment: &Deployment) -> String {
    let text = deployment.description.as_str();
    if text.is_empty() { "Unnamed network".to_owned() } else { text.to_owned() }
}

/// What `nixwright list --json` and `nixwright info --all --json` print.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DeploymentsJson<'a, Machines> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    deployments: Vec<DeploymentJson<'a, Machines>>,
}

/// What `nixwright info --json` prints: one deployment.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DeploymentJson<'a, Machines> {
    /// Only in `info`, which prints one.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    uuid: String,
    name: Option<&'a str>,
    description: &'a str,
    /// Where the network lies; empty for a flake.
    files: Vec<&'a Path>,
    /// The reference of the flake, where it is one.
    flake: Option<&'a str>,
    /// Whose shape the network is read as, where that was said.
    dialect: Option<&'static str>,
    /// As Nix source text.
    arguments: &'a BTreeMap<String, String>,
    nix_path: &'a [String],
    /// In UTC (RFC 3339).
    created: String,
    machines: Machines,
    /// 0 before the first.
    last_generation: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MachineJson<'a> {
    name: &'a str,
    host: Option<&'a str>,
    port: Option<u16>,
    user: Option<&'a str>,
    state_version: Option<&'a str>,
    /// As in `known_hosts`: `ssh-ed25519 AAAA…`.
    host_keys: &'a [String],
    /// The public half of the key that was made for it.
    public_key: Option<&'a str>,
    /// The store path of the system that was activated last.
    system: Option<&'a str>,
    generation: Option<u64>,
}

#[cfg(test)]
pub(crate) fn schemas() -> [(&'static str, Value); 3] {
    use super::schemas::of;
    type Machines<'a> = Vec<MachineJson<'a>>;
    [
        ("list", of::<DeploymentsJson<'_, u64>>()),
        ("info", of::<DeploymentJson<'_, Machines<'_>>>()),
        ("info-all", of::<DeploymentsJson<'_, Machines<'_>>>()),
    ]
}

pub fn json(deployments: &[Deployment]) -> String {
    let deployments = deployments.iter().map(|it| shape(it, None, it.machines)).collect();
    super::json_text(&DeploymentsJson { version: VERSION, deployments })
}

fn shape<Machines>(
    it: &Deployment,
    version: Option<u32>,
    machines: Machines,
) -> DeploymentJson<'_, Machines> {
    let (files, flake) = match &it.source {
        Source::Files { files, .. } => (files.iter().map(AsRef::as_ref).collect(), None),
        Source::Flake { reference, .. } => (Vec::new(), Some(reference.as_ref())),
    };
    DeploymentJson {
        version,
        uuid: it.id.to_string(),
        name: it.name.as_deref(),
        description: &it.description,
        files,
        flake,
        dialect: it.source.dialect().map(Dialect::as_str),
        arguments: &it.arguments,
        nix_path: &it.nix_path,
        created: it.created.to_string(),
        machines,
        last_generation: it.last_generation,
    }
}

/// One deployment, with what is remembered of its machines.
pub fn info(
    deployment: &Deployment,
    machines: &[ShownMachine],
    lock: Option<&HeldLock>,
    terminal: Terminal,
) -> String {
    let mut text = String::new();
    let mut fact = |name: &str, value: String| text.push_str(&format!("{name}: {value}\n"));
    fact("Network name", deployment.name.clone().unwrap_or_else(|| "(none)".to_owned()));
    fact("Network UUID", deployment.id.to_string());
    fact("Network description", described(deployment));
    let is_flake = matches!(deployment.source, Source::Flake { .. });
    fact(if is_flake { "Nix flake" } else { "Nix expressions" }, deployment.source.place());
    if let Some(dialect) = deployment.source.dialect() {
        fact("Read as", dialect.to_string());
    }
    if !deployment.nix_path.is_empty() {
        fact(
            "Nix path",
            deployment.nix_path.iter().map(|it| format!("-I {it}")).collect::<Vec<_>>().join(" "),
        );
    }
    if !deployment.arguments.is_empty() {
        let arguments = deployment.arguments.iter().map(|(name, value)| format!("{name} = {value}"));
        fact("Nix arguments", arguments.collect::<Vec<_>>().join(", "));
    }
    if let Some(lock) = lock.filter(|lock| !lock.stale) {
        fact("Locked by", format!("{} since {}", lock.holder, lock.since));
    }
    text.push('\n');
    let rows = machines.iter().map(|it| cells(deployment, it)).collect();
    text.push_str(&table::render(&machine_columns(), rows, terminal.line_width()));
    text
}

fn machine_columns() -> [Column; 6] {
    [
        Column::whole("Name"),
        Column::new("Status"),
        Column::whole("Address"),
        Column::right("Generation"),
        Column::new("State version"),
        Column::whole("System"),
    ]
}

fn cells(deployment: &Deployment, it: &ShownMachine) -> Vec<String> {
    vec![
        it.name.clone(),
        freshness(deployment, it).to_owned(),
        it.address.as_ref().map(ToString::to_string).unwrap_or_default(),
        it.generation.map(|number| number.to_string()).unwrap_or_default(),
        it.state_version.clone().unwrap_or_default(),
        it.toplevel.clone().unwrap_or_default(),
    ]
}

/// Whether a machine has what was deployed last, as far as is remembered.
fn freshness(deployment: &Deployment, it: &ShownMachine) -> &'static str {
    match (&it.toplevel, it.generation) {
        (None, _) => "New",
        (Some(_), Some(generation)) if generation == deployment.last_generation => "Up-to-date",
        (Some(_), _) => "Outdated",
    }
}

/// A deployment with its machines.
pub type Known = (Deployment, Vec<ShownMachine>);

/// The machines of all deployments in one table.
pub fn info_of_all(all: &[Known], terminal: Terminal) -> String {
    let rows = all.iter().flat_map(|(deployment, machines)| {
        let of_one = move |it| [vec![deployment.title()], cells(deployment, it)].concat();
        machines.iter().map(of_one)
    });
    let columns = [vec![Column::whole("Deployment")], machine_columns().to_vec()].concat();
    table::render(&columns, rows.collect(), terminal.line_width())
}

/// A line for each machine, with the columns of `nixops info --plain` between tabs: name, status, type, resource id, address,
/// private address; before them with `named` UUID and name of the deployment.
pub fn info_plain(all: &[Known], named: bool) -> String {
    let mut text = String::new();
    for (deployment, machines) in all {
        let (uuid, name) = (deployment.id.to_string(), deployment.name.clone().unwrap_or_default());
        for it in machines {
            if named {
                text.extend([uuid.as_str(), "\t", &screen::line(&name), "\t"]);
            }
            let status = freshness(deployment, it).to_ascii_lowercase();
            let host = it.address.as_ref().map_or("", |address| address.host.as_str());
            // Machines that somebody else made have no id, and one address.
            text.extend([&*screen::line(&it.name), "\t", &status, "\tnone\t\t"]);
            text.extend([&*screen::line(host), "\t\n"]);
        }
    }
    text
}

/// About; with two host keys, of which one is long.
const LENGTH_OF_A_MACHINE: usize = 1024;

pub fn info_json(deployment: &Deployment, machines: &[ShownMachine]) -> String {
    let length = machines.len() * LENGTH_OF_A_MACHINE;
    super::sized_json_text(&shape(deployment, Some(VERSION), machine_shapes(machines)), length)
}

pub fn info_of_all_json(all: &[Known]) -> String {
    let deployments = all.iter().map(|(it, machines)| shape(it, None, machine_shapes(machines)));
    super::json_text(&DeploymentsJson { version: VERSION, deployments: deployments.collect() })
}

fn machine_shapes(machines: &[ShownMachine]) -> Vec<MachineJson<'_>> {
    machines
        .iter()
        .map(|it| MachineJson {
            name: &it.name,
            host: it.address.as_ref().map(|address| address.host.as_str()),
            port: it.address.as_ref().and_then(|address| address.port),
            user: it.address.as_ref().map(|address| address.user.as_str()),
            state_version: it.state_version.as_deref(),
            host_keys: &it.host_keys,
            public_key: it.public_key.as_deref(),
            system: it.toplevel.as_deref(),
            generation: it.generation,
        })
        .collect()
}

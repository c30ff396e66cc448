//! Deployments and their machines as tables and JSON.

use serde_json::{Value, json};

use super::table::{self, Column};
use crate::state::{Deployment, HeldLock, MachineRecord, Source};
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

pub fn json(deployments: &[Deployment]) -> String {
    let list: Vec<Value> = deployments.iter().map(value).collect();
    line(&json!({ "version": VERSION, "deployments": list }))
}

fn value(it: &Deployment) -> Value {
    let (files, flake) = match &it.source {
        Source::Files { files, .. } => (files.as_slice(), None),
        Source::Flake { reference, .. } => (Default::default(), Some(reference)),
    };
    json!({
        "uuid": it.id,
        "name": it.name,
        "description": it.description,
        "files": files,
        "flake": flake,
        "dialect": it.source.dialect(),
        "arguments": it.arguments,
        "nixPath": it.nix_path,
        "created": it.created.to_string(),
        "machines": it.machines,
        "lastGeneration": it.last_generation,
    })
}

/// One deployment, with what is remembered of its machines.
pub fn info(
    deployment: &Deployment,
    machines: &[MachineRecord],
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
    let rows = machines.iter().map(|it| {
        let status = match (&it.toplevel, it.generation) {
            (None, _) => "New",
            (Some(_), Some(generation)) if generation == deployment.last_generation => "Up-to-date",
            (Some(_), _) => "Outdated",
        };
        vec![
            it.name.clone(),
            status.to_owned(),
            it.address.as_ref().map(ToString::to_string).unwrap_or_default(),
            it.generation.map(|number| number.to_string()).unwrap_or_default(),
            it.state_version.clone().unwrap_or_default(),
            it.toplevel.clone().unwrap_or_default(),
        ]
    });
    let columns = [
        Column::whole("Name"),
        Column::new("Status"),
        Column::whole("Address"),
        Column::right("Generation"),
        Column::new("State version"),
        Column::whole("System"),
    ];
    text.push_str(&table::render(&columns, rows.collect(), terminal.line_width()));
    text
}

pub fn info_json(deployment: &Deployment, machines: &[MachineRecord]) -> String {
    let machines: Vec<Value> = machines
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "host": it.address.as_ref().map(|address| &address.host),
                "port": it.address.as_ref().and_then(|address| address.port),
                "user": it.address.as_ref().map(|address| &address.user),
                "stateVersion": it.state_version,
                "hostKeys": it.host_keys,
                "publicKey": it.ssh_key.as_ref().map(|pair| &pair.public),
                "system": it.toplevel,
                "generation": it.generation,
            })
        })
        .collect();
    let mut shown = value(deployment);
    shown["version"] = json!(VERSION);
    shown["machines"] = Value::Array(machines);
    line(&shown)
}

fn line(value: &Value) -> String {
    format!("{value:#}\n")
}

//! The model of a network, as a table and as JSON version 1.

use std::path::Path;

use serde::Serialize;

use crate::network::{Machine, Network, Origin, Plain, Setting};
use crate::text::Span;

use super::findings::shown_path;
use super::screen;
use super::table::{self, Column};

/// The machines, a line each, and below them what is not known.
pub fn table(network: &Network, width: usize) -> String {
    let mut text = String::new();
    if let Some(description) = network.description() {
        text.push_str(&format!("{}\n\n", screen::lines(description)));
    }
    let rows = network.machines.iter().map(|machine| row(network, machine)).collect();
    let columns = ["Machine", "Host", "User", "Port", "Tags", "Needs"].map(Column::new);
    if network.machines.is_empty() {
        text.push_str("no machines\n");
    } else {
        text.push_str(&table::render(&columns, rows, width));
    }
    let reasons = reasons(network);
    if !reasons.is_empty() {
        text.push('\n');
        for reason in reasons {
            text.push_str(&format!("not known: {}\n", screen::line(&reason)));
        }
    }
    text
}

fn row(network: &Network, machine: &Machine) -> Vec<String> {
    let cell = |option: &str, default: &str| match machine.deployment(option) {
        Setting::Unset => default.to_owned(),
        Setting::Unknown(_) => "?".to_owned(),
        setting => setting.value().map_or_else(|| "?".to_owned(), plain_cell),
    };
    let list = |option: &str| {
        let (items, all) = machine.deployment_list(option);
        let mut items: Vec<&str> = items.into_iter().map(|(text, _)| text).collect();
        if !all {
            items.push("?");
        }
        items.join(", ")
    };
    let host = match machine.deployment("targetHost") {
        Setting::Unset => format!("{} (its name)", machine.name),
        _ => cell("targetHost", ""),
    };
    let _ = network;
    vec![
        machine.name.to_string(),
        host,
        cell("targetUser", "root"),
        cell("targetPort", "22"),
        list("tags"),
        list("dependsOn"),
    ]
}

fn plain_cell(value: &Plain) -> String {
    match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(text) => text.to_owned(),
        None => value.shown(),
    }
}

/// Why machines or their values are not known, one sentence each.
fn reasons(network: &Network) -> Vec<String> {
    let mut reasons = network.unknown();
    for machine in &network.machines {
        for option in ["targetHost", "targetUser", "targetPort"] {
            if let Setting::Unknown(reason) = machine.deployment(option)
                && machine.open.iter().all(|gap| gap.reason != reason)
            {
                reasons.push(format!("{option} of `{}`: {reason}", machine.name));
            }
        }
    }
    reasons
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkJson {
    version: u32,
    dialect: &'static str,
    description: Option<String>,
    files: Vec<String>,
    /// Whether these are all machines.
    complete: bool,
    machines: Vec<MachineJson>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MachineJson {
    name: String,
    defined: Vec<String>,
    settings: Vec<SettingJson>,
    depends_on: Vec<String>,
    references: Vec<String>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingJson {
    option: String,
    /// As Nix would print it; null where it is not known.
    value: Option<String>,
    unknown: Option<String>,
    definitions: Vec<DefinitionJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinitionJson {
    at: String,
    priority: i64,
    from_defaults: bool,
    certain: bool,
}

/// The model, version 1.
pub fn json(network: &Network, working_folder: &Path) -> String {
    let place = |at: Span| {
        let position = network.sources().position(at);
        let path = shown_path(network.sources().path(at.file), working_folder);
        format!("{path}:{}:{}", position.line, position.column)
    };
    let dependencies = network.dependencies();
    let machines = network
        .machines
        .iter()
        .zip(&dependencies)
        .map(|(machine, edges)| MachineJson {
            name: machine.name.to_string(),
            defined: machine.sources.iter().map(|it| place(it.name_at)).collect(),
            settings: settings(machine, &place),
            depends_on: edges.iter().map(|it| network.machines[it.on].name.to_string()).collect(),
            references: references(network, machine),
            unknown: machine.open.iter().map(|it| it.reason.to_string()).collect(),
        })
        .collect();
    let model = NetworkJson {
        version: 1,
        dialect: network.dialect.as_str(),
        description: network.description().map(str::to_owned),
        files: network
            .files
            .iter()
            .map(|file| shown_path(network.sources().path(*file), working_folder))
            .collect(),
        complete: network.is_complete(),
        machines,
        unknown: reasons(network),
    };
    let mut text = serde_json::to_string_pretty(&model).expect("the model has only strings and numbers");
    text.push('\n');
    text
}

fn settings(machine: &Machine, place: &dyn Fn(Span) -> String) -> Vec<SettingJson> {
    let mut paths: Vec<Vec<&str>> =
        machine.definitions.iter().map(|it| it.path.iter().map(AsRef::as_ref).collect()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| {
            let setting = machine.setting(&path);
            let unknown = match &setting {
                Setting::Unknown(reason) => Some(reason.to_string()),
                _ => setting.value().and_then(Plain::unknown).map(str::to_owned),
            };
            let values: Vec<String> = match &setting {
                Setting::Known(definitions) => definitions.iter().map(|it| it.value.written()).collect(),
                _ => Vec::new(),
            };
            SettingJson {
                option: path.join("."),
                value: Some(values.join(" ++ ")).filter(|it| !it.is_empty()),
                unknown,
                definitions: machine
                    .definitions_of(&path)
                    .map(|it| DefinitionJson {
                        at: place(it.value.at),
                        priority: it.priority,
                        from_defaults: it.origin == Origin::Defaults,
                        certain: it.certain,
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The machines whose `nodes.<name>` stands between this machine's first and last definition.
fn references(network: &Network, machine: &Machine) -> Vec<String> {
    let mut names: Vec<String> = network
        .references
        .iter()
        .filter(|it| {
            machine.sources.iter().any(|source| {
                source.value_at.file == it.at.file
                    && source.value_at.start <= it.at.start
                    && it.at.end <= source.value_at.end
            })
        })
        .map(|it| it.machine.clone())
        .collect();
    names.dedup();
    names
}

//! The model of a network as JSON version 1. `docs/formats/show.md` describes it.

use std::path::Path;

use serde::Serialize;

use super::reasons;
use crate::network::{Account, Definition, Machine, Network, Origin, Setting};
use crate::report::findings::shown_path;
use crate::report::unknown::place;
use crate::text::Span;
use crate::value::Why;

/// Which part of the model.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Machines, by index.
    pub machines: &'a [usize],
    /// The one option that was asked for.
    pub option: Option<&'a [&'a str]>,
    /// Whether options that nobody sets are there with their defaults.
    pub defaults: bool,
}

/// What `nixwright show --json` prints: what is known of a network without Nix. Places are texts `file:line:column`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct NetworkJson {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SettingJson {
    option: String,
    /// As Nix would print it; null where it is not known.
    value: Option<String>,
    /// Whether the value is the option's default, because nobody sets it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
    /// The first cause.
    unknown: Option<String>,
    /// The chain that leads to the first cause, which is the last link.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because: Vec<LinkJson>,
    definitions: Vec<DefinitionJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LinkJson {
    reason: String,
    at: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DefinitionJson {
    at: String,
    priority: i64,
    from_defaults: bool,
    certain: bool,
    /// Whether it is one of those that make the value.
    decides: bool,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<NetworkJson>()
}

/// The model, version 1.
pub fn json(network: &Network, working_folder: &Path, wanted: Wanted<'_>) -> String {
    let place = |at: Span| place(network.sources(), at, working_folder);
    let needs = network.needs();
    let machines = wanted
        .machines
        .iter()
        .map(|index| {
            let machine = &network.machines[*index];
            MachineJson {
                name: machine.name.to_string(),
                defined: machine.sources.iter().map(|it| place(it.name_at)).collect(),
                settings: settings(network, machine, wanted, &place),
                depends_on: needs
                    .of_machine(*index)
                    .iter()
                    .map(|it| network.machines[it.on].name.to_string())
                    .collect(),
                references: references(network, machine),
                unknown: machine.open.iter().map(|it| it.reason.to_string()).collect(),
            }
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
        unknown: reasons(network, wanted.machines),
    };
    let mut text = serde_json::to_string_pretty(&model).expect("the model has only strings and numbers");
    text.push('\n');
    text
}

fn settings(
    network: &Network,
    machine: &Machine,
    wanted: Wanted<'_>,
    place: &dyn Fn(Span) -> String,
) -> Vec<SettingJson> {
    let mut accounts = match wanted.option {
        Some(path) => network.accounts_at(machine, path),
        None => network.accounts(machine),
    };
    if wanted.option.is_none() && !wanted.defaults {
        accounts.retain(|it| !it.is_default());
    }
    accounts.sort_by(|a, b| a.path.cmp(&b.path));
    accounts.iter().map(|account| setting(account, place)).collect()
}

fn setting(account: &Account<'_>, place: &dyn Fn(Span) -> String) -> SettingJson {
    let (unknown, winners): (Option<Why>, &[&Definition]) = match &account.setting {
        Setting::Unknown(why) => (Some(why.clone()), &[]),
        Setting::Unset => (None, &[]),
        Setting::Known(winners) => (account.partly_unknown(), winners),
    };
    let default = account.default.as_ref().filter(|_| matches!(account.setting, Setting::Unset));
    let written = match &account.setting {
        Setting::Known(_) => Some(account.written()),
        _ => default.map(|it| it.written()),
    };
    let because = unknown.iter().flat_map(|why| why.links());
    let because =
        because.map(|link| LinkJson { reason: link.reason.to_string(), at: link.at.map(place) }).collect();
    let definition = |decides: bool| {
        move |it: &&Definition| DefinitionJson {
            at: place(it.value.at),
            priority: it.priority,
            from_defaults: it.origin == Origin::Defaults,
            certain: it.certain,
            decides,
        }
    };
    let deciding = winners.iter().map(definition(true));
    SettingJson {
        option: account.path.join("."),
        value: written,
        default: default.is_some(),
        unknown: unknown.map(|it| it.to_string()),
        because,
        definitions: deciding.chain(account.others.iter().map(definition(false))).collect(),
    }
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

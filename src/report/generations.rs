//! Generations of a deployment as a table and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table::{self, Column};
use crate::state::{Generation, GenerationMachine, ShownMachine};
use crate::system::Terminal;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// All generations, oldest first, as `nix-env --list-generations` shows them: the current one is marked.
pub fn table(generations: &[Generation], machines: &[ShownMachine], terminal: Terminal) -> String {
    let columns = [
        Column::right("Generation"),
        Column::new("Date (UTC)"),
        Column::new("By"),
        Column::right("Machines"),
        Column::new(""),
    ];
    let rows = generations.iter().map(|it| {
        let running = machines.iter().filter(|machine| machine.generation == Some(it.number)).count();
        let mark = match running {
            0 => String::new(),
            all if all == machines.len() => "(current)".to_owned(),
            some => format!("(current on {some} of {})", machines.len()),
        };
        vec![
            it.number.to_string(),
            it.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            format!("{}@{}", it.user, it.host),
            it.machines.len().to_string(),
            mark,
        ]
    });
    table::render(&columns, rows.collect(), terminal.line_width())
}

/// What `nixwright list-generations --json` prints, oldest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct GenerationsJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    generations: Vec<GenerationJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct GenerationJson<'a> {
    number: u64,
    /// When it was made, in UTC (RFC 3339).
    created: String,
    user: &'a str,
    host: &'a str,
    /// The run that made it.
    run: String,
    /// By name.
    machines: BTreeMap<&'a str, SystemJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SystemJson<'a> {
    /// The store path of the system.
    system: &'a str,
    /// The store path of what builds it, where it is remembered.
    derivation: Option<&'a str>,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<GenerationsJson<'_>>()
}

fn system(it: &GenerationMachine) -> SystemJson<'_> {
    SystemJson { system: &it.toplevel, derivation: it.derivation.as_deref() }
}

pub fn json(generations: &[Generation]) -> String {
    let generations = generations
        .iter()
        .map(|it| GenerationJson {
            number: it.number,
            created: it.created.to_string(),
            user: &it.user,
            host: &it.host,
            run: it.run.to_string(),
            machines: it.machines.iter().map(|(name, it)| (name.as_str(), system(it))).collect(),
        })
        .collect();
    super::json_text(&GenerationsJson { version: VERSION, generations })
}

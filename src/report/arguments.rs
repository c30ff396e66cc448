//! The arguments of function networks, as a table and as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::table::{self, Column};
use crate::network::{Network, TakenArgument};
use crate::system::Terminal;

const VERSION: u32 = 1;

/// Each argument once, by name, with all files that take it.
fn by_name(network: &Network) -> BTreeMap<&str, Vec<&TakenArgument>> {
    let mut all: BTreeMap<&str, Vec<&TakenArgument>> = BTreeMap::new();
    for it in &network.taken_arguments {
        all.entry(&it.name).or_default().push(it);
    }
    all
}

/// Line and column, counted from one.
fn place(network: &Network, it: &TakenArgument) -> (u32, u32) {
    let source = network.sources().file(it.at.file);
    let at = source.lines().position(&source.text, it.at.start);
    (at.line, at.column)
}

pub fn table(
    network: &Network,
    given: &BTreeMap<String, String>,
    folder: &Path,
    terminal: Terminal,
) -> String {
    let rows = by_name(network).into_iter().map(|(name, takers)| {
        let places: Vec<String> = takers
            .iter()
            .map(|it| {
                let path = network.sources().path(it.at.file);
                let path = path.strip_prefix(folder).unwrap_or(path);
                format!("{}:{}", path.display(), place(network, it).0)
            })
            .collect();
        let set_to = match given.get(name) {
            Some(value) => value.clone(),
            None if takers.iter().all(|it| it.has_default) => "(default)".to_owned(),
            None => "(missing)".to_owned(),
        };
        vec![name.to_owned(), places.join(", "), set_to]
    });
    let columns = [Column::whole("Name"), Column::whole("Location"), Column::new("Set to")];
    table::render(&columns, rows.collect(), terminal.line_width())
}

/// What `nixwright show-arguments --json` prints: the arguments that the files of a network take.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ArgumentsJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// Sorted by name.
    arguments: Vec<ArgumentJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ArgumentJson<'a> {
    name: &'a str,
    /// The functions that take it.
    locations: Vec<LocationJson<'a>>,
    /// What it is set to, as Nix source text; null where it is not set.
    value: Option<&'a String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LocationJson<'a> {
    /// Absolute.
    file: &'a Path,
    line: u32,
    column: u32,
    has_default: bool,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<ArgumentsJson<'_>>()
}

pub fn json(network: &Network, given: &BTreeMap<String, String>) -> String {
    let location = |it: &&TakenArgument| {
        let (line, column) = place(network, it);
        let file = network.sources().path(it.at.file);
        LocationJson { file, line, column, has_default: it.has_default }
    };
    let arguments = by_name(network)
        .into_iter()
        .map(|(name, takers)| ArgumentJson {
            name,
            locations: takers.iter().map(location).collect(),
            value: given.get(name),
        })
        .collect();
    super::json_text(&ArgumentsJson { version: VERSION, arguments })
}

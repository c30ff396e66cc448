//! The arguments of function networks, as a table and as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

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

pub fn json(network: &Network, given: &BTreeMap<String, String>) -> String {
    let all: Vec<Value> = by_name(network)
        .into_iter()
        .map(|(name, takers)| {
            let locations: Vec<Value> = takers
                .iter()
                .map(|it| {
                    let (line, column) = place(network, it);
                    json!({
                        "file": network.sources().path(it.at.file),
                        "line": line,
                        "column": column,
                        "hasDefault": it.has_default,
                    })
                })
                .collect();
            json!({ "name": name, "locations": locations, "value": given.get(name) })
        })
        .collect();
    format!("{}\n", json!({ "version": VERSION, "arguments": all }))
}

//! What a network would be now beside what was deployed, for people and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plan::{Rows, package_rows};
use super::table::{self, Column};
use crate::execute::{Difference, MachineDifference};
use crate::plan::{Foreseen, PackageChanges};
use crate::system::Terminal;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// A table for each machine that differs; a line for all that do not.
pub fn text(difference: &Difference, terminal: Terminal) -> String {
    let mut text = String::new();
    for (machine, it) in difference.machines.iter().filter(|(_, it)| it.changes()) {
        let from = it.deployed.as_ref().map_or("nothing", |path| path.short_hash());
        let change = format!("{from} → {}", it.now.short_hash());
        let mut rows = Rows::default();
        rows.one("system", it.now.name());
        match &it.packages {
            Some(Foreseen::Known(packages)) => package_rows(&mut rows, packages, it.deployed.is_none()),
            Some(unknown) => rows.unknown("packages", unknown),
            None => {}
        }
        let columns = [Column::whole(machine.as_str()), Column::new(&change)];
        text.push_str(&table::render(&columns, rows.into_rows(), terminal.line_width()));
        text.push('\n');
    }
    let same: Vec<&str> =
        difference.machines.iter().filter(|(_, it)| !it.changes()).map(|(name, _)| name.as_str()).collect();
    if !same.is_empty() {
        text.push_str(&format!("as deployed: {}\n", same.join(", ")));
    }
    if !difference.gone.is_empty() {
        let gone: Vec<&str> = difference.gone.iter().map(String::as_str).collect();
        text.push_str(&format!("no longer part of the network: {}\n", gone.join(", ")));
    }
    text
}

/// What `nixwright diff --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DifferenceJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// Whether anything differs.
    changes: bool,
    /// By name.
    machines: BTreeMap<&'a str, MachineJson<'a>>,
    /// Machines that were deployed and are no part of the network any more.
    gone: &'a BTreeSet<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MachineJson<'a> {
    changes: bool,
    /// The store path of the system that was deployed last; null where none was.
    deployed: Option<&'a str>,
    /// The generation that it belongs to.
    generation: Option<u64>,
    /// The store path of the system that the network makes of it now.
    now: &'a str,
    /// Null where nothing differs, or where it is not known.
    packages: Option<&'a PackageChanges>,
    /// Why it is not known.
    unknown: Option<&'a str>,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<DifferenceJson<'_>>()
}

pub fn json(difference: &Difference) -> String {
    let machines = difference.machines.iter().map(|(name, it)| (name.as_str(), shape(it)));
    let changes = !difference.gone.is_empty() || difference.machines.values().any(MachineDifference::changes);
    super::json_text(&DifferenceJson {
        version: VERSION,
        changes,
        machines: machines.collect(),
        gone: &difference.gone,
    })
}

fn shape(it: &MachineDifference) -> MachineJson<'_> {
    let unknown = match &it.packages {
        Some(Foreseen::Unknown(because)) => Some(because.as_str()),
        _ => None,
    };
    MachineJson {
        changes: it.changes(),
        deployed: it.deployed.as_ref().map(|path| path.as_str()),
        generation: it.generation,
        now: it.now.as_str(),
        packages: it.packages.as_ref().and_then(Foreseen::known),
        unknown,
    }
}

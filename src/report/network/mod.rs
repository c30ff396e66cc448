//! The model of a network: as a table, as a page per machine, and as JSON version 1 (`docs/formats/show.md`).

mod json;
mod layout;
mod page;

use crate::network::{Machine, Network, Plain, Setting, grouped};

use super::screen;
use super::table::{self, Column};

#[cfg(test)]
pub(crate) use json::schema;
pub use json::{Wanted, json};
pub use page::{Screen, option_page, page};

/// The machines of these indices, a line each, and below them what is not known.
pub fn table(network: &Network, chosen: &[usize], width: usize) -> String {
    let mut text = String::new();
    if let Some(description) = network.description() {
        text.push_str(&format!("{}\n\n", screen::lines(description)));
    }
    let rows = chosen.iter().map(|at| row(network, &network.machines[*at])).collect();
    let columns = ["Machine", "Host", "User", "Port", "Tags", "Needs"].map(Column::new);
    if network.machines.is_empty() {
        text.push_str("no machines\n");
    } else {
        text.push_str(&table::render(&columns, rows, width));
    }
    let reasons = reasons(network, chosen);
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
    vec![
        machine.name.to_string(),
        host,
        cell("targetUser", if network.dialect.leaves_user_to_ssh() { "null" } else { "root" }),
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
fn reasons(network: &Network, chosen: &[usize]) -> Vec<String> {
    let mut reasons = network.unknown_of(chosen);
    for option in ["targetHost", "targetUser", "targetPort", "tags", "dependsOn"] {
        let machines = chosen.iter().map(|at| &network.machines[*at]);
        let unknown = machines.filter_map(|machine| match machine.deployment(option) {
            Setting::Unknown(reason) if machine.open.iter().all(|gap| gap.reason != reason) => {
                Some((reason.to_string(), machine.name.as_str()))
            }
            _ => None,
        });
        let grouped = grouped(unknown).into_iter();
        reasons.extend(grouped.map(|(reason, names)| format!("{option} of {names}: {reason}")));
    }
    reasons
}

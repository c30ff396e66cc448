//! Generations of a deployment as a table and as JSON.

use serde_json::{Value, json};

use super::table::{self, Column};
use crate::state::{Generation, MachineRecord};
use crate::system::Terminal;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// All generations, oldest first, as `nix-env --list-generations` shows them: the current one is marked.
pub fn table(generations: &[Generation], machines: &[MachineRecord], terminal: Terminal) -> String {
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

pub fn json(generations: &[Generation]) -> String {
    let list: Vec<Value> = generations
        .iter()
        .map(|it| {
            let machines: serde_json::Map<String, Value> = it
                .machines
                .iter()
                .map(|(name, it)| {
                    (name.clone(), json!({ "system": it.toplevel, "derivation": it.derivation }))
                })
                .collect();
            json!({
                "number": it.number,
                "created": it.created.to_string(),
                "user": it.user,
                "host": it.host,
                "run": it.run,
                "machines": machines,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "version": VERSION, "generations": list }))
}

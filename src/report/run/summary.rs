//! The end of a run: what became of each machine, and the one line that users of NixOps look for.

use super::super::table::{self, Column};
use super::{GREEN, RED, painted};
use crate::execute::{MachineResult, RunResult};
use crate::plan::Goal;
use crate::state::Outcome;
use crate::system::Terminal;

/// The summary, ending in a newline. `title` is the name of the deployment.
pub fn summary(title: &str, result: &RunResult, terminal: Terminal) -> String {
    let colour = terminal.colour_stderr;
    let outcome = result.outcome();
    let mut text = String::new();
    if outcome != Outcome::Succeeded || result.machines.len() > 1 {
        let rows = result.machines.iter().map(|(machine, it)| {
            let (word, why) = described(it, result.goal);
            vec![machine.to_string(), word, why]
        });
        text.push_str(&table::render(
            &["Machine", "Result", ""].map(Column::new),
            rows.collect(),
            terminal.line_width(),
        ));
    }
    let done = result.machines.values().filter(|it| matches!(it, MachineResult::Done { .. })).count();
    let all = result.machines.len();
    let end = match outcome {
        Outcome::Succeeded => {
            let what = match result.goal {
                Goal::Reboot => "rebooted",
                Goal::Keys => "keys sent",
                Goal::Build => "built",
                Goal::Copy => "copied",
                Goal::DryActivate => "dry activation finished",
                Goal::Boot => "set for the next boot",
                Goal::Test | Goal::Switch => "deployment finished",
            };
            painted(colour, GREEN, &format!("{what} successfully"))
        }
        Outcome::Failed if result.goal == Goal::Reboot => painted(colour, RED, "no machine was rebooted"),
        Outcome::Failed => painted(colour, RED, "deployment failed; no machine was changed"),
        Outcome::Partly => {
            let what = if result.goal == Goal::Reboot { "reboot" } else { "deployment" };
            painted(colour, RED, &format!("{what} failed: {done} of {all} machines are done"))
        }
        Outcome::RolledBack => {
            painted(colour, RED, "deployment failed; every machine is back on its previous system")
        }
        Outcome::Interrupted => {
            let end = format!("interrupted: {done} of {all} machines are done; `nixwright resume` goes on");
            painted(colour, RED, &end)
        }
    };
    if let Some(generation) = result.generation.filter(|_| done > 0) {
        text.push_str(&format!("generation {generation}\n"));
    }
    text.push_str(&format!("{title}> {end}\n"));
    text
}

/// The machines that a plan leaves out, and why.
pub fn not_part_of_it(result: &RunResult, terminal: Terminal) -> String {
    let rows = result.machines.iter().map(|(machine, it)| {
        let (word, why) = described(it, result.goal);
        vec![machine.to_string(), word, why]
    });
    table::render(&["Machine", "Not in the plan", ""].map(Column::new), rows.collect(), terminal.line_width())
}

/// A word and a reason. The reason's first line; the rest was told when it happened.
fn described(result: &MachineResult, goal: Goal) -> (String, String) {
    let first = |why: &str| why.lines().next().unwrap_or_default().to_owned();
    match result {
        MachineResult::Done { changed: true } if goal == Goal::Boot => {
            ("boots it next".to_owned(), String::new())
        }
        MachineResult::Done { changed: true } if goal == Goal::Reboot => {
            ("rebooted".to_owned(), String::new())
        }
        MachineResult::Done { changed: true } => ("deployed".to_owned(), String::new()),
        MachineResult::Done { changed: false } if goal < Goal::Test => ("done".to_owned(), String::new()),
        MachineResult::Done { changed: false } => ("unchanged".to_owned(), String::new()),
        MachineResult::RolledBack { why } => ("rolled back".to_owned(), first(why)),
        MachineResult::Failed { why, .. } => ("failed".to_owned(), first(why)),
        MachineResult::LeftOut { because } => ("left out".to_owned(), because.clone()),
        MachineResult::Skipped { because } => ("skipped".to_owned(), because.clone()),
    }
}

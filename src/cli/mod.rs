//! The command line: clap definitions, one file per command, errors to exit codes. No domain logic.
//!
//! [`run`] is the whole program: it never exits the process and prints only through the [`Ui`] it is handed.

mod commands;
mod completion;
mod counting;
mod deployment_args;
mod error;
mod event_file;
mod examined;
mod exit_code;
mod machine_args;
mod manual;
mod network_args;
mod options_arg;
mod project;
mod repairs;
mod runs;
#[cfg(test)]
mod static_commands;
mod talking;
mod ui;
mod watch;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use crate::report::screen;
use crate::system::System;

pub use deployment_args::{DeploymentArgs, StateArgs};
pub use error::{CommandError, ErrorKind};
pub use exit_code::ExitCode;
pub use network_args::{GivenArgs, NetworkArgs, PinArgs, ReadArgs};
pub use options_arg::OptionsArg;
pub use ui::Ui;

use commands::Command;

/// Checks, deploys, remembers and draws networks of NixOS machines
#[derive(Debug, clap::Parser)]
#[command(name = "nixwright", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// Runs the program with the given arguments, the program's name first.
pub fn run(system: &System, ui: &mut Ui<'_>, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    if let Some(shell) = system.environment.get(completion::VARIABLE) {
        return completion::answer(system, ui, shell, arguments.into_iter().collect());
    }
    let outcome = match parse(arguments, ui.terminal.width) {
        Ok(line) => commands::run(system, ui, line.command),
        Err(error) => return say_usage(ui, &error),
    };
    let outcome = match ui.finish() {
        Ok(()) => outcome,
        Err(error) => outcome.and(Err(error)),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            if error.kind != ErrorKind::BrokenPipe {
                ui.say(&screen::lines(&error.to_string()));
            }
            error.exit_code()
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>, width: usize) -> Result<Line, clap::Error> {
    let matches = definition_within(width).try_get_matches_from(arguments)?;
    Line::from_arg_matches(&matches)
}

/// The whole command line.
pub fn definition() -> clap::Command {
    definition_within(80)
}

/// The same, its lists made for this width.
fn definition_within(width: usize) -> clap::Command {
    manual::arranged(Line::command(), width)
}

/// Help is a result; everything else that clap says is talk, and a usage error.
fn say_usage(ui: &mut Ui<'_>, error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        let colour = ui.terminal.colour_stderr;
        let text = if colour { text.ansi().to_string() } else { text.to_string() };
        ui.say(text.trim_end());
        return ExitCode::Usage;
    }
    let text = if ui.terminal.colour_stdout { text.ansi().to_string() } else { text.to_string() };
    // That nobody reads the help is no error.
    let _ = ui.print(&text);
    let _ = ui.finish();
    ExitCode::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        definition().debug_assert();
    }
}

//! `nixwright man`: the manual pages, from the same definitions as the help.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::cli::{CommandError, ExitCode, Ui, definition_within};
use crate::network::did_you_mean;
use crate::system::System;

/// Print the page of a command for `man`, or write all pages
///
/// Examples: nixwright man deploy | man -l -; nixwright man --output ~/.local/share/man/man1
///
/// Exit codes: 0 done; 2 no such command, or a page cannot be written
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ManArgs {
    /// The command, such as `deploy` or `run show`; without one, the program's own page
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Vec<String>,

    /// Write the pages of all commands into this folder, which must be there
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

pub(super) fn man(system: &System, ui: &mut Ui<'_>, args: &ManArgs) -> Result<ExitCode, CommandError> {
    // `man` moves text in by 7 columns.
    let mut program = definition_within(80 - 9).disable_help_subcommand(true);
    program.build();
    let Some(folder) = &args.output else {
        let mut meant = &program;
        for name in &args.command {
            meant = meant.find_subcommand(name).ok_or_else(|| no_command(meant, name))?;
        }
        ui.print(&page(meant)?)?;
        return Ok(ExitCode::Done);
    };
    let folder = system.environment.absolute(folder);
    let cannot = |path: &std::path::Path, error: std::io::Error| {
        CommandError::usage(format!("{} cannot be written: {error}", path.display()))
    };
    let mut open = vec![&program];
    while let Some(command) = open.pop() {
        let path = folder.join(Man::new(command.clone()).get_filename());
        system.files.write(&path, page(command)?.as_bytes(), 0o644).map_err(|error| cannot(&path, error))?;
        open.extend(command.get_subcommands().filter(|it| !it.is_hide_set()));
    }
    Ok(ExitCode::Done)
}

fn page(command: &clap::Command) -> Result<String, CommandError> {
    let mut page = Vec::new();
    let version = format!("nixwright {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(version).manual("nixwright");
    man.render(&mut page).map_err(CommandError::usage)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn no_command(of: &clap::Command, name: &str) -> CommandError {
    let near = did_you_mean(name, of.get_subcommands().map(clap::Command::get_name));
    let error = CommandError::usage(format!("{} has no command `{name}`", of.get_name()));
    error.hint(near.unwrap_or_else(|| "`nixwright --help` lists them".to_owned()))
}

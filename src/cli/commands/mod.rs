//! One file per command. A command's doc comment is its help page; its function parses the arguments into domain
//! types, calls the library and hands the result to `report`. Nothing a library user could want lives here.
//!
//! To add a command: write `commands/<verb>.rs` with `<Verb>Args` and `pub(super) fn <verb>(…)`, and add below its
//! module, its variant and its arm.

mod check;
mod eval;
mod explain;
mod show;

use crate::system::System;

use super::{CommandError, ExitCode, Ui};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Check(check::CheckArgs),
    Explain(explain::ExplainArgs),
    Show(show::ShowArgs),
    Eval(eval::EvalArgs),
}

pub(super) fn run(system: &System, ui: &mut Ui<'_>, command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Check(args) => check::check(system, ui, &args),
        Command::Explain(args) => explain::explain(ui, &args),
        Command::Show(args) => show::show(system, ui, &args),
        Command::Eval(args) => eval::eval(system, ui, &args),
    }
}

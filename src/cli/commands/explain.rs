//! `nixwright explain`: the page of a check, or the list of all checks.

use crate::checks;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::network::did_you_mean;
use crate::report;

/// Explain a check
///
/// Prints the page of a check: what it finds, why that is bad, what to do instead, what it cannot see, and
/// examples. Without a name, lists all checks.
///
/// Example: nixwright explain target-host-empty
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The check's name, as findings show it in brackets
    check: Option<String>,
}

pub(super) fn explain(ui: &mut Ui<'_>, args: &ExplainArgs) -> Result<ExitCode, CommandError> {
    let terminal = ui.terminal;
    let Some(id) = &args.check else {
        ui.print(&report::pages::list(checks::all(), terminal.width))?;
        return Ok(ExitCode::Done);
    };
    let Some(check) = checks::find(id) else {
        let error = CommandError::usage(format!("there is no check called `{id}`"));
        let near = did_you_mean(id, checks::all().iter().map(|check| check.id));
        return Err(error.hint(near.unwrap_or_else(|| "`nixwright explain` lists the checks".to_owned())));
    };
    ui.print(&report::pages::page(check, terminal.colour_stdout))?;
    Ok(ExitCode::Done)
}

//! `nixwright explain`: the pages of checks, or the list of all checks.

use crate::checks::{self, Check};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::network::did_you_mean;
use crate::report::pages;

/// Explain checks
///
/// Prints the page of each check: what it finds, why that is bad, what to do instead, what it cannot see, and
/// examples. Without a name, lists all checks.
///
/// Examples: nixwright explain target-host-empty; nixwright explain --json
///
/// Exit codes: 0 done; 2 no check has the name
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The checks' names, as findings show them in brackets
    #[arg(value_name = "CHECK")]
    checks: Vec<String>,

    /// Print them for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn explain(ui: &mut Ui<'_>, args: &ExplainArgs) -> Result<ExitCode, CommandError> {
    let terminal = ui.terminal;
    let wanted: Vec<&Check> = args.checks.iter().map(|id| named(id)).collect::<Result<_, _>>()?;
    let all = if wanted.is_empty() { checks::all() } else { &wanted };
    if args.json {
        ui.print(&pages::json(all))?;
    } else if wanted.is_empty() {
        ui.print(&pages::list(all, terminal.width))?;
    } else {
        let pages: Vec<String> =
            all.iter().map(|check| pages::page(check, terminal.width, terminal.colour_stdout)).collect();
        ui.print(&pages.join("\n"))?;
    }
    Ok(ExitCode::Done)
}

fn named(id: &str) -> Result<&'static Check, CommandError> {
    checks::find(id).ok_or_else(|| {
        let near = did_you_mean(id, checks::all().iter().map(|check| check.id));
        let error = CommandError::usage(format!("there is no check called `{id}`"));
        error.hint(near.unwrap_or_else(|| "`nixwright explain` lists the checks".to_owned()))
    })
}

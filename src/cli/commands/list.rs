//! `nixwright list`: all deployments.

use crate::cli::deployment_args::StateArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::report;
use crate::system::System;

/// List all deployments
///
/// Prints a table: UUID, name, description, how many machines are recorded, and their type.
///
/// Examples: nixwright list; nixwright list --json
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn list(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ListArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.state.peek(system).await?;
    let deployments = state.deployments().await?;
    state.close().await;
    let text = if args.json {
        report::deployments::json(&deployments)
    } else {
        report::deployments::table(&deployments, ui.terminal)
    };
    ui.print(&text)?;
    if deployments.is_empty() {
        ui.say(
            "no deployment is remembered yet; `nixwright deploy FILE…` or `nixwright create FILE…` makes one",
        );
    }
    Ok(ExitCode::Done)
}

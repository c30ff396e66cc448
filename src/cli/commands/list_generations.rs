//! `nixwright list-generations`: what was deployed, and can be gone back to.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::report;
use crate::system::System;

/// List the generations of a deployment
///
/// Every deploy that changes a machine makes a generation: the systems of all machines. `nixwright rollback NUMBER`
/// goes back to one.
///
/// Example: nixwright list-generations -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListGenerationsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn list_generations(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ListGenerationsArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let generations = state.generations(deployment.id).await?;
    let machines = state.shown_machines(deployment.id, false).await?;
    state.close().await;
    let text = if args.json {
        report::generations::json(&generations)
    } else {
        report::generations::table(&generations, &machines, ui.terminal)
    };
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

//! `nixwright info`: one deployment and its machines.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::report;
use crate::system::System;

/// Show a deployment and its machines
///
/// Prints what is remembered: the files, arguments and search path, and for each recorded machine where it was
/// reached, which generation and which system it got last. Asks neither Nix nor the machines.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InfoArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn info(
    system: &System,
    ui: &mut Ui<'_>,
    args: &InfoArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let machines = state.machines(deployment.id).await?;
    let lock = state.lock(deployment.id).await?;
    state.close().await;
    let text = if args.json {
        report::deployments::info_json(&deployment, &machines)
    } else {
        report::deployments::info(&deployment, &machines, lock.as_ref(), ui.terminal)
    };
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

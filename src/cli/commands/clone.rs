//! `nixwright clone`: the same network once more, for other machines.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::system::System;

/// Make a new deployment of the same network
///
/// Copies the files, arguments, search path and description of a deployment, and prints the UUID of the new one. Its
/// machines, their keys, its generations and its runs are not copied.
///
/// Example: nixwright clone -d production --name staging
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CloneArgs {
    /// The name of the new deployment
    #[arg(short, long)]
    name: String,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn clone(
    system: &System,
    ui: &mut Ui<'_>,
    args: &CloneArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let new = state.clone_deployment(deployment.id, &args.name).await?;
    state.close().await;
    ui.say(&format!("created deployment '{}'", new.id));
    ui.line(&new.id.to_string())?;
    Ok(ExitCode::Done)
}

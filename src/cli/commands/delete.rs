//! `nixwright delete`: forgets a deployment.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::roots_of;
use crate::system::System;

/// Forget a deployment
///
/// Removes the record of a deployment: its generations, runs and keys. The machines stay as they are. Refused while
/// machines are recorded, because their keys would be lost, unless `--force` is given.
///
/// Example: nixwright delete -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeleteArgs {
    /// Delete it although machines are recorded
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn delete(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DeleteArgs,
) -> Result<ExitCode, CommandError> {
    let Some(wanted) = &args.deployment.deployment else {
        return Err(CommandError::usage("which deployment is to be deleted?").hint("name it with `-d NAME`"));
    };
    let state = args.deployment.state.open(system).await?;
    let deployment = state.find_deployment(wanted).await?;
    state.delete_deployment(deployment.id, args.force).await?;
    // Its systems may be collected now.
    system.files.remove_folder(&roots_of(&state, deployment.id))?;
    state.close().await;
    ui.say(&format!("deleted deployment '{}'", deployment.title()));
    Ok(ExitCode::Done)
}

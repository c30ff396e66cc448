//! `nixwright rename`: a machine by another name.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::roots_of;
use crate::steps::root_name;
use crate::system::System;

/// Rename a machine
///
/// Changes the name in the record: the machine keeps its keys, its state version and its generations. Do the same in the
/// network's files before the next deploy; a machine that they do not name is left alone. Deployments are renamed by
/// `nixwright modify --name`.
///
/// Example: nixwright rename -d target web frontend
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RenameArgs {
    /// The machine as it is called now
    current: String,

    /// Its new name
    new: String,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn rename(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RenameArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    state.rename_machine(deployment.id, &args.current, &args.new).await?;
    // The next deploy makes one under the new name; this one would keep its system for ever.
    system.files.remove(&roots_of(&state, deployment.id).join(root_name(&args.current)))?;
    state.close().await;
    ui.say(&format!("renamed machine '{}' to '{}'", args.current, args.new));
    Ok(ExitCode::Done)
}

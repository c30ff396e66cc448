//! `nixwright create`: a record for a network.

use crate::cli::deployment_args::StateArgs;
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::system::System;

/// Remember a network as a new deployment
///
/// Prints the UUID of the deployment. Its files, arguments and search path are remembered; nothing is evaluated and
/// no machine is touched. `nixwright deploy -d NAME` deploys it.
///
/// Example: nixwright create ./target.nix ./config.nix -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CreateArgs {
    #[command(flatten)]
    network: NetworkArgs,

    /// The name of the new deployment
    #[arg(
        short = 'd',
        long = "deployment",
        value_name = "NAME",
        visible_short_alias = 'n',
        visible_alias = "name"
    )]
    name: Option<String>,

    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn create(
    system: &System,
    ui: &mut Ui<'_>,
    args: &CreateArgs,
) -> Result<ExitCode, CommandError> {
    let new = args.network.new_deployment(system, args.name.clone())?;
    let state = args.state.open(system).await?;
    let deployment = state.create_deployment(new).await?;
    state.close().await;
    ui.say(&format!("created deployment '{}'", deployment.id));
    ui.line(&deployment.id.to_string())?;
    Ok(ExitCode::Done)
}

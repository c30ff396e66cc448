//! `nixwright show-arguments`: which arguments a network takes.

use crate::cli::deployment_args::{DeploymentArgs, recorded_request};
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::network::Network;
use crate::report::arguments;
use crate::system::System;

/// Show the arguments that a network takes
///
/// Prints the name of each argument that a file of the network takes, where, and what it is set to: on the command line
/// or by `nixwright set-args`, else `(default)` where the file has one, or `(missing)`. Files that `require` names are
/// looked at, too. Needs no Nix.
///
/// Examples: nixwright show-arguments; nixwright show-arguments ./network.nix; nixwright show-arguments -d target --json
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgumentsArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,

    /// Print JSON, version 1
    #[arg(long)]
    json: bool,
}

pub(super) async fn show_arguments(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ShowArgumentsArgs,
) -> Result<ExitCode, CommandError> {
    let meant = args.deployment.meant(system, &args.network).await?;
    let network =
        Network::load(&recorded_request(system, &meant.source, &meant.arguments, &meant.nix_path)?)?;
    let text = if args.json {
        arguments::json(&network, &meant.arguments)
    } else {
        arguments::table(&network, &meant.arguments, system.environment.working_folder(), ui.terminal)
    };
    ui.print(&text)?;
    if !args.json && network.taken_arguments.is_empty() {
        ui.say("no file of the network names an argument");
    }
    Ok(ExitCode::Done)
}

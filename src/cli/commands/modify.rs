//! `nixwright modify`: what is recorded of a deployment, changed.

use super::set_args;
use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, NetworkArgs};
use crate::state::Changes;
use crate::system::System;

/// Change what is recorded of a deployment
///
/// Files that are named replace all files of the deployment, and search paths all search paths; arguments that are named are
/// set, and the others stay (`nixwright set-args --unset` forgets one). What is not named stays as it is. All is changed or
/// nothing. Nothing is evaluated, and no machine is touched.
///
/// Examples: nixwright modify -d target ./target.nix ./config-2.nix; nixwright modify -d target --name production
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ModifyArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,

    /// The new name of the deployment
    #[arg(short, long)]
    name: Option<String>,

    /// What the deployment is for; otherwise that of the network's files, where they are named
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

pub(super) async fn modify(system: &System, args: &ModifyArgs) -> Result<ExitCode, CommandError> {
    let mut changes =
        Changes { name: args.name.clone(), description: args.description.clone(), ..Changes::default() };
    if args.network.is_named() {
        let new = args.network.new_deployment(system, None)?;
        changes.source = Some(new.source);
        changes.description = changes.description.or(Some(new.description));
    }
    let (given, nix_path) = args.network.recorded(system);
    if !nix_path.is_empty() {
        changes.nix_path = Some(nix_path);
    }
    changes.dialect = args.network.read.dialect;
    if changes == Changes::default() && given.is_empty() {
        return Err(CommandError::usage("it is not said what to change").hint(
            "name files, or give `--name`, `--description`, `-I`, `--arg`, `--argstr` or `--dialect`",
        ));
    }
    changes.arguments = set_args::arguments(&args.network.given.arg, &args.network.given.argstr)?;
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    state.modify_deployment(deployment.id, changes).await?;
    state.close().await;
    Ok(ExitCode::Done)
}

//! `nixwright info`: one deployment and its machines.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::report::deployments;
use crate::system::System;

/// Show a deployment and its machines
///
/// Prints what is remembered: the files, arguments and search path, and for each recorded machine where it was
/// reached, which generation and which system it got last. Asks neither Nix nor the machines.
///
/// `--plain` prints a line for each machine, with the columns of NixOps between tabs: name, status (`new`, `up-to-date` or
/// `outdated`), type, resource id, address, private address; with `--all` UUID and name of the deployment before them.
///
/// Examples: nixwright info -d target; nixwright info --all --plain | cut -f 2,3,7
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct InfoArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print a line for each machine, for scripts
    #[arg(long, conflicts_with = "json")]
    plain: bool,

    /// Show the machines of all deployments
    #[arg(long, conflicts_with = "deployment")]
    all: bool,

    /// Nothing: what NixOps needed it for is always so
    #[arg(long, hide = true)]
    no_eval: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn info(
    system: &System,
    ui: &mut Ui<'_>,
    args: &InfoArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let meant = match args.all {
        true => state.deployments().await?,
        false => vec![args.deployment.find(system, &state).await?],
    };
    let mut known = Vec::new();
    for deployment in meant {
        let machines = state.shown_machines(deployment.id, args.json).await?;
        known.push((deployment, machines));
    }
    let text = if args.plain {
        deployments::info_plain(&known, args.all)
    } else if args.all && args.json {
        deployments::info_of_all_json(&known)
    } else if args.all {
        deployments::info_of_all(&known, ui.terminal)
    } else {
        let (deployment, machines) = &known[0];
        match args.json {
            true => deployments::info_json(deployment, machines),
            false => {
                let lock = state.lock(deployment.id).await?;
                deployments::info(deployment, machines, lock.as_ref(), ui.terminal)
            }
        }
    };
    state.close().await;
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

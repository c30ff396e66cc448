//! `nixwright export`: deployments as JSON.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::system::System;

/// Print a deployment as JSON, for a backup or another state
///
/// All that is remembered: files, arguments, machines, generations, runs with their journals, and the attributes that NixOps
/// had. `nixwright import` reads it. The same state always gives the same text. Private keys, and what else is secret, are
/// left out; with `--include-keys` they are there in clear: keep such a file as you keep keys.
///
/// Example: nixwright export --all --include-keys > backup.json
///
/// Exit codes: 0 printed; 2 there is no such deployment; 8 the state is damaged
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExportArgs {
    /// All deployments
    #[arg(long, conflicts_with = "deployment")]
    all: bool,

    /// Also private keys and other secrets, in clear
    #[arg(long)]
    include_keys: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn export(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ExportArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let wanted = if args.all {
        state.deployments().await?.iter().map(|it| it.id).collect()
    } else {
        vec![args.deployment.find(system, &state).await?.id]
    };
    let exported = state.export(&wanted, args.include_keys).await?;
    state.close().await;
    ui.print(&exported.text())?;
    Ok(ExitCode::Done)
}

//! `nixwright send-keys`: machines get the keys that they lack.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::runs::{self, RunArgs};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, SendKeys};
use crate::network::selectors::Selector;
use crate::system::System;

/// Send the keys of machines to them
///
/// After a reboot `/run/keys` is empty: this fills it again. Only keys that are missing, or that differ in content, owner or
/// mode, are sent, all of a machine in one stream. Nothing is built or activated, and no key is removed; `deploy` removes
/// those that the network has no more.
///
/// Example: nixwright send-keys -d target --on web
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SendKeysArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Also send keys that are there as they should be
    #[arg(long)]
    force: bool,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,
}

pub(super) async fn send_keys(
    system: &System,
    ui: &mut Ui<'_>,
    args: &SendKeysArgs,
) -> Result<ExitCode, CommandError> {
    let on = args.on.as_deref().map(Selector::parse).transpose().map_err(execute::RunError::from)?;
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (session, talking) = args.run.session(system, state)?;
    let request = SendKeys {
        deployment: &deployment,
        on: on.as_ref(),
        force: args.force,
        dry_run: false,
        ask: args.run.ask(ui.terminal),
        policy: args.run.policy(),
        nix_options: args.nix_option.chunks_exact(2).map(|it| (it[0].clone(), it[1].clone())).collect(),
    };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::send_keys(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}

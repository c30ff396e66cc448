//! `nixwright reboot`: machines are restarted, in the order of their needs.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::runs::{self, RunArgs};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Rebooting};
use crate::network::selectors::Selector;
use crate::plan::REBOOT_SECONDS;
use crate::system::System;

/// Reboot machines, and wait until each runs again
///
/// What a machine needs (`deployment.dependsOn`) is back before the machine itself is rebooted; machines that do not need each
/// other are rebooted at the same time, unless `-j` or `network.rollout` (`maxParallel`, `maxUnavailable`) limits that. A
/// machine is back when it answers in another boot and runs the system that it boots. Then its keys, which a reboot takes, are
/// sent again, and its health checks must hold. After a failure nothing more is rebooted, unless `--on-failure continue`.
///
/// On a terminal it asks first. It reboots and nothing else: a system that was only tried (`deploy --test`) is gone afterwards,
/// one that waits for the next boot (`deploy --boot`) comes. NixOps' `--hard`, a reset by the cloud's own interface, and `--rescue`
/// are not to be had: nixwright reaches machines over ssh alone.
///
/// Example: nixwright reboot -d target --on 'web-*' -j 1
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RebootArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Only begin the reboots: wait for no machine, and send no keys
    #[arg(long)]
    no_wait: bool,

    /// Send no keys afterwards
    #[arg(long)]
    no_keys: bool,

    /// Seconds that a machine may be away
    #[arg(long, value_name = "SECONDS", default_value_t = REBOOT_SECONDS, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    reboot_timeout: u64,

    /// Not to be had: NixOps' reset by the interface of a cloud
    #[arg(long, hide = true)]
    hard: bool,

    /// Not to be had, as the one before
    #[arg(long, hide = true)]
    rescue: bool,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,
}

pub(super) async fn reboot(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RebootArgs,
) -> Result<ExitCode, CommandError> {
    for (asked, flag) in [(args.hard, "--hard"), (args.rescue, "--rescue")] {
        if asked {
            let error = CommandError::usage(format!(
                "`{flag}` is not to be had: nixwright reaches machines over ssh, and knows no other way to restart them"
            ));
            return Err(error.hint("a machine that does not answer is reset by whoever hosts it"));
        }
    }
    let on = args.on.as_deref().map(Selector::parse).transpose().map_err(execute::RunError::from)?;
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (session, talking) = args.run.session(system, state)?;
    let request = Rebooting {
        deployment: &deployment,
        on: on.as_ref(),
        ask: args.run.ask(ui.terminal),
        wait: !args.no_wait,
        within: args.reboot_timeout,
        keys: !args.no_keys,
        policy: args.run.policy(),
        nix_options: args.nix_option.chunks_exact(2).map(|it| (it[0].clone(), it[1].clone())).collect(),
    };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::reboot(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}

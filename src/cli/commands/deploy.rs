//! `nixwright deploy`: machines become what the network says.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::runs::{self, RunArgs, Talking};
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::execute::{self, Deploy};
use crate::network::selectors::Selector;
use crate::plan::Goal;
use crate::state::{Deployment, State};
use crate::system::System;

/// Deploy a network
///
/// Checks the network, evaluates and builds it with Nix, copies each machine's system to it over ssh, and activates
/// the systems in the order that `deployment.dependsOn` gives. Each machine must answer over a new connection before
/// its new system becomes the one that boots; one that fails goes back to what it ran.
///
/// A network that is named by its files gets its record by itself.
///
/// Example: nixwright deploy -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeployArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Show what would be done, and touch nothing
    #[arg(long, group = "goal")]
    dry_run: bool,

    /// Build the systems, and touch no machine
    #[arg(long, group = "goal")]
    build_only: bool,

    /// Build and copy the systems, and activate none
    #[arg(long, group = "goal")]
    copy_only: bool,

    /// Activate the systems, but leave what boots as it is
    #[arg(long, group = "goal")]
    test: bool,

    /// Do not stop at findings of the static checks
    #[arg(long)]
    no_check: bool,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,

    /// Forget the known host key of a machine and trust the one it shows next; check it on its console first
    #[arg(long, value_name = "MACHINE")]
    trust_new_host_key: Vec<String>,
}

impl DeployArgs {
    fn goal(&self) -> Goal {
        match (self.build_only, self.copy_only, self.test) {
            (true, _, _) => Goal::Build,
            (_, true, _) => Goal::Copy,
            (_, _, true) => Goal::Test,
            _ => Goal::Switch,
        }
    }

    /// The named deployment, or that of the named files, made on the spot where there is none.
    async fn find(&self, system: &System, state: &State) -> Result<Deployment, CommandError> {
        let nothing_named = self.network.files.is_empty();
        if nothing_named
            && (self.deployment.named(system).is_some() || !state.deployments().await?.is_empty())
        {
            return self.deployment.find(system, state).await;
        }
        let new = self.network.new_deployment(system, self.deployment.deployment.clone())?;
        match state.find_by_source(&new.source).await? {
            Some(known) => Ok(known),
            None => Ok(state.create_deployment(new).await?),
        }
    }
}

pub(super) async fn deploy(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DeployArgs,
) -> Result<ExitCode, CommandError> {
    let on = args.on.as_deref().map(Selector::parse).transpose().map_err(execute::RunError::from)?;
    let state = args.deployment.state.open(system).await?;
    let deployment = args.find(system, &state).await?;
    if !runs::check(system, ui, &deployment, args.no_check)? {
        return Ok(ExitCode::Findings);
    }
    let (session, talking) = Talking::session(system, state)?;
    let request = Deploy {
        deployment: &deployment,
        goal: args.goal(),
        dry_run: args.dry_run,
        ask: args.run.ask(ui.terminal),
        on: on.as_ref(),
        policy: args.run.policy(),
        nix_options: args.nix_option.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        trust_new_host_keys: &args.trust_new_host_key,
    };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::deploy(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, args.dry_run, run).await;
    session.close().await;
    runs::finish(ui, &title, result?, args.dry_run)
}

//! `nixwright diff`: what the network would be now, beside what was deployed.

use crate::cli::machine_args::until_interrupted;
use crate::cli::talking::Talking;
use crate::cli::{CommandError, ExitCode, Ui, deployment_args::DeploymentArgs, runs};
use crate::execute::{self, Differing, RunError, Session};
use crate::network::selectors::Selector;
use crate::report;
use crate::system::System;

/// Show what changed in a network since it was deployed
///
/// Evaluates the network as it is now, builds the systems that are others than those that were deployed last, and compares them:
/// which packages come, go and change on each machine. No machine is asked, and nothing is locked or recorded. What a
/// deploy would do on the machines (bytes to copy, units, keys, reboots) is shown by `nixwright plan`, and whether they still run
/// what was deployed by `nixwright status`.
///
/// Example: nixwright diff -d target --on 'web-*'
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DiffArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Build nothing: what is not built yet is not compared
    #[arg(long)]
    no_build: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,
}

pub(super) async fn diff(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DiffArgs,
) -> Result<ExitCode, CommandError> {
    let on = args.on.as_deref().map(Selector::parse).transpose().map_err(RunError::from)?;
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (sender, events) = tokio::sync::mpsc::unbounded_channel();
    let session = Session::new(system.clone(), state, sender)?;
    let talking = Talking::new(system, events, None);
    let request = Differing {
        deployment: &deployment,
        on: on.as_ref(),
        build: !args.no_build,
        nix_options: args.nix_option.chunks_exact(2).map(|it| (it[0].clone(), it[1].clone())).collect(),
    };
    let (interrupts, title) = (runs::interrupts()?, deployment.title());
    let difference = until_interrupted(session, talking, ui, &title, interrupts, async |session| {
        execute::difference(session, request).await
    })
    .await?;
    let text = match args.json {
        true => report::difference::json(&difference),
        false => report::difference::text(&difference, ui.terminal),
    };
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

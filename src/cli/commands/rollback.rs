//! `nixwright rollback`: machines return to an earlier generation.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::runs::{self, RunArgs};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Rollback};
use crate::system::System;

/// Go back to an earlier generation
///
/// Activates the systems of a generation, in the order and with the confirmation of a deploy. Without a number: the
/// generation before the current one. Evaluates and builds nothing, so it works when the network's files do not.
///
/// Examples: nixwright rollback -d target; nixwright rollback 3 -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RollbackArgs {
    /// The generation, as `nixwright list-generations` numbers them
    generation: Option<u64>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    run: RunArgs,
}

pub(super) async fn rollback(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RollbackArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (session, talking) = args.run.session(system, state)?;
    let request =
        Rollback { deployment: &deployment, generation: args.generation, policy: args.run.policy() };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::rollback(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}

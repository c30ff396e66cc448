//! `nixwright delete-generation`: forgets what nobody will go back to.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::system::System;

/// Forget generations of a deployment
///
/// All that are named, or none of them where one cannot be forgotten: the newest, and those that a machine runs. Their
/// numbers are not used again. Nothing is deleted on the machines.
///
/// Example: nixwright delete-generation -d target 1 2
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeleteGenerationArgs {
    /// The generations, as `nixwright list-generations` numbers them
    #[arg(value_name = "GENERATION", required = true)]
    generations: Vec<u64>,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn delete_generation(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DeleteGenerationArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    state.delete_generations(deployment.id, &args.generations).await?;
    state.close().await;
    let numbers: Vec<String> = args.generations.iter().map(u64::to_string).collect();
    let noun = if numbers.len() == 1 { "generation" } else { "generations" };
    ui.say(&format!("deleted {noun} {} of '{}'", numbers.join(", "), deployment.title()));
    Ok(ExitCode::Done)
}

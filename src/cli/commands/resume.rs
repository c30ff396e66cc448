//! `nixwright resume`: a run that was interrupted, or failed, is brought to its end.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::runs::{self, RunArgs};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Resume};
use crate::system::System;

/// Bring an interrupted or failed run to its end
///
/// Carries out what is left of a run: what was killed, interrupted by Ctrl-C, cut off by a power loss, or stopped by a
/// machine that failed. Every step is in the run's journal before it begins, so it is known what is done and what was
/// under way. Machines that have their new system keep it; one in the middle of its activation is activated again,
/// whether or not it went back by itself meanwhile; the others follow, in the order of the run's own plan.
///
/// Without RUN it is the last run of the deployment that did not succeed. The plan is not made anew: a machine that did
/// not answer when it was made is no part of it, and changes in the network's files since do not count, except for the
/// contents of keys that are still to be sent. A run is refused when a later one changed its machines, when a machine runs
/// a system that this run knows nothing of, or when what it built was collected; then deploy again.
///
/// Example: nixwright resume -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ResumeArgs {
    /// The run: its id, or the beginning of it
    #[arg(value_name = "RUN")]
    run_id: Option<String>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    run: RunArgs,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,
}

pub(super) async fn resume(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ResumeArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (session, talking) = args.run.session(system, state)?;
    let nix_options = args.nix_option.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    let request = Resume {
        deployment: &deployment,
        run: args.run_id.as_deref(),
        policy: args.run.policy(),
        nix_options: nix_options.collect(),
    };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::resume(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}

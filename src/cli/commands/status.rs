//! `nixwright status`: how the machines are.

use crate::cli::machine_args::{MachineArgs, ReachArgs, until_interrupted};
use crate::cli::{CommandError, ExitCode, Ui, runs};
use crate::execute::{self, MachineStatus};
use crate::report;
use crate::system::System;

/// Show how the machines of a deployment are
///
/// Asks every machine over ssh, all at the same time: whether it answers, whether it runs what was deployed, load, disks,
/// failed and stopped units, keys that are missing, whether a reboot is needed. Works from what is remembered: nothing is
/// evaluated, locked or changed, and the network's files need not be there.
///
/// A machine that cannot be reached is not healthy; the others are shown all the same.
///
/// Example: nixwright status -d target --on 'web-*'
///
/// Exit codes: 0 all machines are healthy; 1 one is not; 2 there is no such deployment or machine
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    machines: MachineArgs,

    #[command(flatten)]
    reach: ReachArgs,
}

pub(super) async fn status(
    system: &System,
    ui: &mut Ui<'_>,
    args: &StatusArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.machines.deployment.state.peek(system).await?;
    let (deployment, on) = args.machines.find(system, &state).await?;
    let (session, talking) = args.reach.session(system, state)?;
    let interrupts = runs::interrupts()?;
    let title = deployment.title();
    let patience = args.reach.patience();
    let machines = until_interrupted(session, talking, ui, &title, interrupts, async |session| {
        execute::status(session, &deployment, on.as_ref(), patience).await
    })
    .await?;
    let text = if args.json {
        report::status::json(&deployment, &machines)
    } else {
        report::status::status(&machines, ui.terminal)
    };
    ui.print(&text)?;
    let healthy = machines.iter().all(MachineStatus::is_healthy);
    Ok(if healthy { ExitCode::Done } else { ExitCode::Findings })
}

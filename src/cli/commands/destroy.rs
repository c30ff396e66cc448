//! `nixwright destroy`: forgets machines.

use crate::cli::machine_args::MachineArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Session};
use crate::network::MachineName;
use crate::system::System;

/// Forget machines of a deployment
///
/// Their records go: where they were reached, the keys that only the state has, what was deployed. The machines themselves are
/// not touched and run on. `nixwright delete` forgets the deployment afterwards; a deploy of a network that still has a
/// machine learns it anew.
///
/// Asks first on a terminal; elsewhere `--yes` is needed. Refused while a run of the deployment is going on.
///
/// Example: nixwright destroy -d target --on web
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DestroyArgs {
    #[command(flatten)]
    machines: MachineArgs,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn destroy(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DestroyArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.machines.deployment.state.open(system).await?;
    let (deployment, on) = args.machines.find(system, &state).await?;
    let session = Session::new(system.clone(), state, tokio::sync::mpsc::unbounded_channel().0)?;
    let known = execute::known(&session, &deployment, on.as_ref()).await?;
    let machines: Vec<MachineName> = known.into_iter().map(|it| it.machine).collect();
    let names: Vec<&str> = machines.iter().map(MachineName::as_str).collect();
    let (names, title) = (names.join(", "), deployment.title());
    if !args.yes {
        let question = format!("forget {names} of {title}, with the keys that only the state has?");
        if !(ui.terminal.stdin_is_terminal && ui.terminal.stderr_is_terminal) {
            return Err(CommandError::usage(format!("nobody can be asked: {question}"))
                .hint("`--yes` says so beforehand"));
        }
        ui.ask(&format!("{question} (y/N)"));
        let mut line = String::new();
        let heard = std::io::stdin().read_line(&mut line);
        if heard.is_err() || !matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            ui.say("nothing was forgotten");
            return Ok(ExitCode::Usage);
        }
    }
    let forgotten = execute::destroy(&session, &deployment, &machines).await;
    session.close().await;
    forgotten?;
    for machine in &machines {
        ui.say(&format!("{machine}> forgotten; the machine itself runs on as it is"));
    }
    Ok(ExitCode::Done)
}

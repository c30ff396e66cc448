//! `nixwright unlock`: takes the lock of a deployment away from whoever holds it.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::system::System;

/// Break the lock of a deployment
///
/// Says who held it and since when. Whoever loses the lock can record nothing more, but what it is doing to a machine just
/// now goes on: be sure that it is dead. A lock whose holder is gone needs no breaking, as the next run takes it. Asks
/// before it breaks the lock of a holder that may be alive; where nobody can be asked, `--yes` is needed.
///
/// Example: nixwright unlock -d target
///
/// Exit codes: 0 also where nobody held it; 2 where the answer was no
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct UnlockArgs {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn unlock(
    system: &System,
    ui: &mut Ui<'_>,
    args: &UnlockArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let title = deployment.title();
    let Some(held) = state.lock(deployment.id).await? else {
        ui.say(&format!("nobody holds the lock of '{title}'"));
        return Ok(ExitCode::Done);
    };
    let gone = if held.stale { ", which is gone or gave no sign of life for a minute" } else { "" };
    ui.say(&format!("the lock of '{title}' is held by {} since {}{gone}", held.holder, held.since));
    if !held.stale && !args.yes {
        if !ui.terminal.stdin_is_terminal || !ui.terminal.stderr_is_terminal {
            return Err(CommandError::usage("the holder may be alive, and nobody can be asked")
                .hint("break its lock all the same with `--yes`"));
        }
        ui.ask("break it? (y/N)");
        let mut line = String::new();
        let heard = std::io::stdin().read_line(&mut line);
        if heard.is_err() || !matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            return Err(CommandError::usage("the lock was not broken"));
        }
    }
    let broken = state.break_lock_of(deployment.id, held.run).await?;
    state.close().await;
    ui.say(match broken {
        Some(_) => "the lock was broken",
        None => "the lock was given back meanwhile",
    });
    Ok(ExitCode::Done)
}

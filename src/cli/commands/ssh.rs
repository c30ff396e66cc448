//! `nixwright ssh`: a login on a machine.

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{Session, login};
use crate::network::{MachineName, did_you_mean};
use crate::ssh;
use crate::system::{Ended, System};

/// Log in on a machine, or run a command there
///
/// Uses the address, the key and the host keys that the state knows of the machine. What follows its name is given
/// to the shell there as ssh gives it. The exit status is that of ssh.
///
/// Example: nixwright ssh -d target web systemctl status nginx
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SshArgs {
    /// The machine, or USER@MACHINE
    #[arg(value_name = "[USER@]MACHINE")]
    machine: String,

    /// A command for the shell of the machine; all that follows belongs to it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn ssh(system: &System, ui: &mut Ui<'_>, args: &SshArgs) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    let (user, name) = match args.machine.rsplit_once('@') {
        Some((user, name)) => (Some(user.to_owned()), name),
        None => (None, args.machine.as_str()),
    };
    let machines = state.machines(deployment.id).await?;
    if !machines.iter().any(|machine| machine.name == name) {
        let error = CommandError::usage(format!("unknown machine `{name}` in {}", deployment.title()));
        let near = did_you_mean(name, machines.iter().map(|machine| machine.name.as_str()));
        return Err(match near {
            Some(near) => error.hint(near),
            None => error.hint("a machine is known from its first deploy on; `nixwright info` lists them"),
        });
    }
    let session = Session::new(system.clone(), state, tokio::sync::mpsc::unbounded_channel().0)?;
    let mut destination = login(&session, deployment.id, &MachineName::new(name)).await?;
    destination.user = user.or(destination.user);
    ui.finish()?;
    // From here on a signal must not end us before the session's folder, with its key, is gone.
    let mut end = signal(SignalKind::terminate()).map_err(CommandError::usage)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(CommandError::usage)?;
    // Ctrl-C at the terminal is for the program there, which gets it, too.
    let _interrupt = signal(SignalKind::interrupt()).map_err(CommandError::usage)?;
    let login = ssh::login(&destination, &args.command);
    let ended = tokio::select! {
        ended = system.processes.attach(&login) => ended,
        _ = end.recv() => Ok(Ended::Limit),
        _ = hangup.recv() => Ok(Ended::Limit),
    };
    session.close().await;
    match ended.map_err(CommandError::usage)? {
        Ended::Exit(0) => Ok(ExitCode::Done),
        Ended::Exit(code) => Ok(ExitCode::Other(u8::try_from(code).unwrap_or(u8::MAX))),
        Ended::Signal(_) | Ended::Limit => Ok(ExitCode::Interrupted),
    }
}

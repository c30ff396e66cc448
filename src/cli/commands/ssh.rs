//! `nixwright ssh`: a login on a machine.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::machine_args::{attached, machine_named};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{Session, login};
use crate::network::MachineName;
use crate::ssh;
use crate::system::System;

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
    machine_named(&state, &deployment, name).await?;
    let session = Session::new(system.clone(), state, tokio::sync::mpsc::unbounded_channel().0)?;
    let mut destination = login(&session, deployment.id, &MachineName::new(name)).await?;
    destination.user = user.or(destination.user);
    let ended = attached(system, ui, &ssh::login(&destination, &args.command)).await;
    session.close().await;
    ended
}

//! `nixwright mount`: the files of a machine in a folder here.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::machine_args::{ReachArgs, attached, machine_named};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, As};
use crate::network::MachineName;
use crate::ssh;
use crate::system::System;

/// Mount the files of a machine on a folder here
///
/// Needs sshfs on this machine. Stays in the foreground: the mount is there until Ctrl-C, or until somebody unmounts it.
/// Without a path it is all files of the machine; with a colon and no path the home of the user.
///
/// Example: nixwright mount -d target web:/var/www ./www
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MountArgs {
    /// The machine, and what of it
    #[arg(value_name = "[USER@]MACHINE[:PATH]")]
    machine: String,

    /// An empty folder
    folder: String,

    /// An option for sshfs
    #[arg(short = 'o', long = "sshfs-option", value_name = "OPTION")]
    sshfs_option: Vec<String>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    reach: ReachArgs,
}

pub(super) async fn mount(
    system: &System,
    ui: &mut Ui<'_>,
    args: &MountArgs,
) -> Result<ExitCode, CommandError> {
    let (login, path) = args.machine.split_once(':').unwrap_or((&args.machine, "/"));
    let (user, machine) = match login.rsplit_once('@') {
        Some((user, machine)) => (Some(user.to_owned()), machine),
        None => (None, login),
    };
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    machine_named(&state, &deployment, machine).await?;
    let (session, talking) = args.reach.session(system, state)?;
    let name = MachineName::new(machine);
    let connecting = execute::connect(&session, deployment.id, &name, As::User(user), args.reach.patience());
    let connected = talking.while_working(ui, &deployment.title(), connecting).await;
    let ended = match connected {
        Ok((destination, remote)) => {
            ui.say(&format!("{machine}> mounting {path} on {}; Ctrl-C unmounts it", args.folder));
            let sshfs = ssh::sshfs(&destination, &*remote, path, &args.folder, &args.sshfs_option);
            attached(system, ui, &sshfs)
                .await
                .map_err(|error| error.hint("`mount` needs sshfs on this machine"))
        }
        Err(error) => Err(error.into()),
    };
    session.close().await;
    ended
}

//! `nixwright repl`: Nix' own prompt with the machines of a network.

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::execute::{self, RunError};
use crate::nix::{self, Asked, Nix};
use crate::system::{Ended, System};

/// Look at a network in `nix repl`
///
/// Starts `nix repl` with `nodes`, the machines as NixOS evaluates them, `resources`, and `pkgs`, the packages of the
/// first machine. A flake is evaluated as it is now, and may look at this machine.
///
/// Examples: nixwright repl ./network.nix; echo 'nodes.web.config.networking.hostName' | nixwright repl -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ReplArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn repl(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ReplArgs,
) -> Result<ExitCode, CommandError> {
    let meant = args.deployment.meant(system, &args.network).await?;
    let mut nix = Nix::find(system).await.map_err(RunError::from)?;
    nix.path = meant.nix_path;
    let arguments: Vec<(String, String)> = meant.arguments.into_iter().collect();
    let asked = Asked {
        input: execute::input(&meant.source),
        dialect: meant.source.dialect(),
        arguments: &arguments,
        uuid: meant.uuid,
        deployment: meant.title,
        machines: meant.remembered,
        only: None,
        derivations: false,
        keys: false,
        examine: false,
        values: &[],
        names: &[],
    };
    let temporary = system.environment.temporary_folder();
    let folder = tempfile::Builder::new()
        .prefix("nixwright-")
        .tempdir_in(&temporary)
        .map_err(|source| FolderError { folder: temporary.display().to_string(), source })
        .map_err(CommandError::usage)?;
    let file = folder.path().join("network.nix");
    let command = nix::repl(&nix, &asked, &file).await.map_err(RunError::from)?;
    ui.finish()?;
    // From here on a signal must not end us before the expression, which holds the arguments, is gone.
    let mut end = signal(SignalKind::terminate()).map_err(CommandError::usage)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(CommandError::usage)?;
    // Ctrl-C at the terminal is for Nix, which gets it, too.
    let _interrupt = signal(SignalKind::interrupt()).map_err(CommandError::usage)?;
    let ended = tokio::select! {
        ended = system.processes.attach(&command) => ended,
        _ = end.recv() => Ok(Ended::Limit),
        _ = hangup.recv() => Ok(Ended::Limit),
    };
    match ended.map_err(CommandError::usage)? {
        Ended::Exit(0) => Ok(ExitCode::Done),
        Ended::Exit(code) => Ok(ExitCode::Other(u8::try_from(code).unwrap_or(u8::MAX))),
        Ended::Signal(_) | Ended::Limit => Ok(ExitCode::Interrupted),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not make a folder in {folder}")]
struct FolderError {
    folder: String,
    source: std::io::Error,
}

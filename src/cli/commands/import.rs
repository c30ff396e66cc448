//! `nixwright import`: deployments from a file.

use std::path::PathBuf;

use crate::cli::deployment_args::StateArgs;
use crate::cli::{CommandError, ErrorKind, ExitCode, NetworkArgs, Ui};
use crate::state::{Exported, FoundDeployments, Source, State, TransferError};
use crate::system::System;

/// Remember deployments that another state knew, also those of NixOps
///
/// Reads what `nixwright export` printed, or `nixops export` of NixOps 1.7 and 2; with `--from-nixops` a state file of NixOps,
/// which is only read. Names, files, arguments, search paths, addresses, key pairs, releases and systems are taken over, and
/// every other attribute is kept and exported again. Deployments keep their UUIDs; one that is already known is refused, and
/// then nothing is imported. Prints the UUIDs.
///
/// NixOps 2 does not remember where its network is: say it with `--network`.
///
/// Examples: nixops export --all | nixwright import; nixwright import --from-nixops ~/.nixops/deployments.nixops
///
/// Exit codes: 0 imported; 2 the file cannot be read, or a name is taken; 8 the file is damaged, of another shape or newer, or
/// the deployment is already known
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArgs {
    /// The file; without it, or for `-`, standard input
    #[arg(value_name = "FILE", conflicts_with = "from_nixops")]
    file: Option<PathBuf>,

    /// Read a state file of NixOps
    #[arg(long, value_name = "FILE")]
    from_nixops: Option<PathBuf>,

    /// The files or the folder of the network, for a deployment that does not say
    #[arg(long, value_name = "NETWORK")]
    network: Vec<PathBuf>,

    /// Accepted as in NixOps; keys that the file holds are always imported
    #[arg(long)]
    include_keys: bool,

    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn import(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ImportArgs,
) -> Result<ExitCode, CommandError> {
    let mut found = read(system, ui, args).await?;
    say_where(system, args, &mut found)?;
    let state = args.state.open(system).await?;
    state.import(&found.exported).await?;
    state.close().await;
    for note in &found.notes {
        ui.say(&format!("note: {note}"));
    }
    if found.exported.deployments.is_empty() {
        ui.say("there is no deployment in it");
    }
    for it in &found.exported.deployments {
        ui.say(&format!("added deployment '{}'", it.uuid));
        ui.line(&it.uuid.to_string())?;
    }
    Ok(ExitCode::Done)
}

async fn read(system: &System, ui: &Ui<'_>, args: &ImportArgs) -> Result<FoundDeployments, CommandError> {
    if let Some(file) = &args.from_nixops {
        return Ok(State::read_nixops(system, &system.environment.absolute(file)).await?);
    }
    let (bytes, from) = match args.file.as_ref().filter(|file| file.as_os_str() != "-") {
        Some(file) => (system.files.read(&system.environment.absolute(file)), file.display().to_string()),
        None if args.file.is_none() && ui.terminal.stdin_is_terminal => {
            return Err(CommandError::usage("it is not said what to import")
                .hint("name a file, `--from-nixops FILE`, or `-` for standard input"));
        }
        None => (system.files.read_stdin(), "standard input".to_owned()),
    };
    let bytes = bytes.map_err(|source| TransferError::Unreadable { from: from.clone(), source })?;
    Ok(Exported::read(system, &bytes, &from)?)
}

/// Gives the deployment that does not know its network the one that was named.
fn say_where(system: &System, args: &ImportArgs, found: &mut FoundDeployments) -> Result<(), CommandError> {
    let lost = |source: &Source| matches!(source, Source::Files { files, .. } if files.is_empty());
    let mut without: Vec<_> = found.exported.deployments.iter_mut().filter(|it| lost(&it.source)).collect();
    if !args.network.is_empty() {
        let [only] = without.as_mut_slice() else {
            let error = format!("`--network` is for one deployment, but {} do not say theirs", without.len());
            return Err(CommandError::usage(error));
        };
        let named = NetworkArgs { files: args.network.clone(), ..NetworkArgs::default() };
        only.source = named.new_deployment(system, None)?.source;
        return Ok(());
    }
    for it in without {
        let title = it.name.clone().unwrap_or_else(|| it.uuid.to_string());
        found.notes.push(format!(
            "{title}: the file does not say where its network is; name it with `nixwright modify -d {title} FILE`"
        ));
    }
    Ok(())
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::State(error) => error.into(),
            TransferError::Unreadable { .. } => CommandError::usage(error),
            TransferError::NoText { .. } => CommandError::new(ErrorKind::State, error)
                .hint("a state file of NixOps is read with `--from-nixops FILE`"),
            other => CommandError::new(ErrorKind::State, other),
        }
    }
}

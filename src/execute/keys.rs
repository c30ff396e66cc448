//! Reading the keys that machines are to get, before anything is touched: a key that is not there stops the run while
//! that is cheap.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{RunError, Session};
use crate::network::{Key, KeyError, KeySource, MachineName};
use crate::nix::Evaluation;
use crate::state::{Deployment, Source};
use crate::steps::{ReadyKey, World};
use crate::system::{Command, ProcessError};

/// A program that prints a key may ask its user for a password first.
const COMMAND_LIMIT: Duration = Duration::from_secs(300);

/// Why a key could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadKeyError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("could not read {}, the file of `{option}`", .file.display())]
    File { option: String, file: PathBuf, source: std::io::Error },
    #[error("the command that prints `{option}` failed")]
    Command { option: String, source: ProcessError },
    #[error("the command that prints `{option}` names no program")]
    NoProgram { option: String },
}

/// Where relative files of the network start: the folder of its first file.
pub(super) fn network_folder(deployment: &Deployment) -> PathBuf {
    let Source::Files { files, .. } = &deployment.source else { return PathBuf::from("/") };
    files.first().and_then(|file| file.parent()).map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

/// Reads the keys of machines and hands them to the steps.
pub(super) async fn read_all(
    session: &Session,
    world: &World,
    evaluation: &Evaluation,
    machines: &BTreeSet<MachineName>,
    folder: &Path,
) -> Result<(), RunError> {
    let mut keys = BTreeMap::new();
    for machine in machines {
        let of_machine = evaluation.machines.get(machine).map(|it| it.keys.as_slice()).unwrap_or_default();
        keys.insert(machine.clone(), read(session, machine, of_machine, folder).await?);
    }
    let given = world.keys.set(keys);
    debug_assert!(given.is_ok(), "the keys of a run are read once");
    Ok(())
}

/// The keys of a machine, read. `folder` is the network's own: relative files start there.
async fn read(
    session: &Session,
    machine: &MachineName,
    keys: &[Key],
    folder: &Path,
) -> Result<Vec<ReadyKey>, RunError> {
    let mut ready = Vec::with_capacity(keys.len());
    for key in keys {
        let contents = contents(session, key, folder)
            .await
            .map_err(|source| RunError::Key { machine: machine.clone(), source })?;
        ready.push(ReadyKey {
            path: key.path.clone(),
            user: key.user.clone(),
            group: key.group.clone(),
            permissions: key.permissions.clone(),
            make_folders: key.make_folders,
            action: key.action.clone(),
            when: key.upload_at,
            contents,
        });
    }
    Ok(ready)
}

async fn contents(session: &Session, key: &Key, folder: &Path) -> Result<Vec<u8>, ReadKeyError> {
    let option = || key.option.clone();
    match key.source()? {
        KeySource::Text(text) => Ok(text.as_bytes().to_vec()),
        KeySource::File(file) => {
            let file = folder.join(file);
            let read = session.system.files.read(&file);
            read.map_err(|source| ReadKeyError::File { option: option(), file, source })
        }
        KeySource::Command(words) => {
            let (program, arguments) =
                words.split_first().ok_or_else(|| ReadKeyError::NoProgram { option: option() })?;
            let mut command = Command::new(program).args(arguments.iter().cloned()).limit(COMMAND_LIMIT);
            command.folder = Some(folder.to_owned());
            let failed = |source| ReadKeyError::Command { option: option(), source };
            let output = session.system.processes.run(&command, None).await.map_err(failed)?;
            Ok(output.checked(&command).map_err(failed)?.stdout)
        }
    }
}

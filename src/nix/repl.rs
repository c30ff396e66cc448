//! `nix repl` with the machines of a network at hand: what to start. It writes the expression, and starts nothing.

use std::path::Path;

use super::evaluate::{self, Asked, Input};
use super::programs::Version;
use super::{LockedFlake, Nix, NixError, expression};
use crate::system::Command;

/// From here on files are named by a flag; references of flakes took their place.
const FLAG_FOR_FILES: Version = Version { major: 2, minor: 10 };

/// The command, which reads `file`: that must stay until it ends.
pub async fn repl(nix: &Nix, asked: &Asked<'_>, file: &Path) -> Result<Command, NixError> {
    let flake = match asked.input {
        Input::Files(_) => None,
        Input::Flake(folder) => Some(LockedFlake::find(nix, &folder.display().to_string()).await?),
        Input::Reference(reference) => Some(LockedFlake::find(nix, reference).await?),
    };
    let files = match asked.input {
        Input::Files(files) => files,
        _ => &[],
    };
    let reference = flake.as_ref().map(|it| it.reference.as_str());
    let text = expression::of_files(&evaluate::request(asked, files, reference, true)?, asked.arguments);
    nix.system
        .files
        .write(file, text.as_bytes(), 0o600)
        .map_err(|source| NixError::Files { folder: file.display().to_string(), source })?;
    let mut command = nix.flake_command(&["repl"]);
    for entry in &nix.path {
        command = command.args(["-I", entry]);
    }
    if nix.version >= FLAG_FOR_FILES {
        command = command.arg("--file");
    }
    Ok(command.arg(file.display().to_string()))
}

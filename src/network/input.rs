//! The files a network is read from: found, checked for being readable text, and refused with a clear error where
//! they are not. Reads bytes; knows no Nix.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Dialect;
use crate::system::{self, FileKind, Files};

/// Why a network could not be read at all. Never the user's Nix: that gives findings.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("there is no file `{path}`")]
    NotFound { path: String },
    #[error("`{path}` is a folder without a network: it has none of {names}")]
    NoNetworkInFolder { path: String, names: String },
    #[error("`{path}` is a pipe, socket or device, not a file")]
    NotAFile { path: String },
    #[error("`{path}` cannot be read")]
    Unreadable { path: String, source: io::Error },
    #[error("`{path}` is a symlink that leads round in a circle")]
    SymlinkLoop { path: String },
    #[error("`{path}` is not text: byte {at} is not UTF-8")]
    NotText { path: String, at: usize },
    #[error("`{path}` is encrypted by {program}")]
    Encrypted { path: String, program: &'static str },
    #[error("`{path}` has {size} bytes, which no Nix file has")]
    TooLarge { path: String, size: u64 },
    #[error("no network was given, and none of {names} lies in `{folder}` or above it")]
    NothingFound { folder: String, names: String },
    #[error("the network cannot be read as one of {dialect}: {why}")]
    NotOfDialect { dialect: Dialect, why: String },
    #[error("the argument `{name}` is not a Nix expression: {message}")]
    Argument { name: String, message: String },
}

impl LoadError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            LoadError::NotFound { path } if path == "-" => {
                "`nixwright check --stdin-path NAME` reads a network from standard input".to_owned()
            }
            LoadError::NotFound { .. } => {
                "is the name spelt right, and is it relative to this folder?".to_owned()
            }
            LoadError::NoNetworkInFolder { .. } => "name the file, if it is called otherwise".to_owned(),
            LoadError::NotText { .. } => "a network is a text file in the Nix language".to_owned(),
            LoadError::Encrypted { program, .. } => format!("unlock the repository with {program} first"),
            LoadError::NothingFound { .. } => {
                "name the file, as in `nixwright check ./network.nix`".to_owned()
            }
            LoadError::NotAFile { .. } => {
                "to check what another program prints, use `--stdin-path NAME`".to_owned()
            }
            LoadError::NotOfDialect { .. } => {
                "leave `--dialect` out, and the network is read as what it is".to_owned()
            }
            _ => return None,
        })
    }
}

/// Nix files are source code; the largest in nixpkgs has 3 MB.
const LARGEST: u64 = 64 << 20;

/// The names under which a network is looked for when none is given, the most certain first.
pub const NAMES: [&str; 5] = ["nixwright.nix", "hive.nix", "network.nix", "nixops.nix", "flake.nix"];

/// The nearest network in a folder or above it.
pub fn nearest_network(files: &dyn Files, folder: &Path) -> Result<PathBuf, LoadError> {
    for above in folder.ancestors() {
        for name in NAMES {
            let path = above.join(name);
            if files.kind(&path).is_ok_and(|kind| kind == FileKind::Regular) {
                return Ok(path);
            }
        }
    }
    Err(LoadError::NothingFound { folder: folder.display().to_string(), names: listed(&NAMES) })
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The names in a folder that is named as a network, the most certain first: what has a network's name is one, and
/// of the others Nix reads `default.nix`.
const NAMES_IN_FOLDER: [&str; 6] =
    ["nixwright.nix", "hive.nix", "network.nix", "nixops.nix", "default.nix", "flake.nix"];

/// The file of a network that was named; of a folder, the file inside that holds it.
pub fn network_file(files: &dyn Files, path: &Path, given: &Path) -> Result<PathBuf, LoadError> {
    let is_file = |it: &Path| files.kind(it).is_ok_and(|kind| kind == FileKind::Regular);
    if files.kind(path).is_ok_and(|kind| kind == FileKind::Folder) {
        let found = NAMES_IN_FOLDER.iter().map(|name| path.join(name)).find(|it| is_file(it));
        if let Some(found) = found {
            return Ok(readable(files, &found, given)?.0);
        }
    }
    Ok(readable(files, path, given)?.0)
}

/// The flake beside the `default.nix` for which a folder was taken: where that file is no network, the flake may be.
pub(super) fn flake_instead(files: &dyn Files, path: &Path) -> Option<PathBuf> {
    let is_folder = files.kind(path).is_ok_and(|kind| kind == FileKind::Folder);
    let taken = network_file(files, path, path).ok().filter(|it| is_folder && it.ends_with("default.nix"))?;
    let flake = taken.with_file_name("flake.nix");
    files.kind(&flake).is_ok_and(|kind| kind == FileKind::Regular).then_some(flake)
}

/// The canonical path and text of a file that was named.
/// `path` is absolute; `given` is how the user wrote it.
pub fn readable(files: &dyn Files, path: &Path, given: &Path) -> Result<(PathBuf, Arc<str>), LoadError> {
    let shown = given.display().to_string();
    let trouble = |error: io::Error| trouble(&shown, error);
    let mut path = path.to_owned();
    let mut kind = files.kind(&path).map_err(trouble)?;
    if kind == FileKind::Folder {
        let mut found = None;
        for inside in std::iter::once("default.nix").chain(NAMES).map(|name| path.join(name)) {
            match files.kind(&inside) {
                Ok(FileKind::Regular) => {
                    found = Some(inside);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(trouble(error)),
                _ => {}
            }
        }
        let Some(found) = found else {
            return Err(LoadError::NoNetworkInFolder { path: shown, names: listed(&NAMES_IN_FOLDER) });
        };
        path = found;
        kind = FileKind::Regular;
    }
    if kind != FileKind::Regular {
        return Err(LoadError::NotAFile { path: shown });
    }
    let path = files.canonicalize(&path).map_err(trouble)?;
    // Whatever it was a moment ago, it may be a pipe or grow by now.
    let Some(bytes) = files.read_regular(&path, LARGEST).map_err(trouble)? else {
        let size = files.size(&path).map_err(trouble)?;
        return Err(LoadError::TooLarge { path: shown, size });
    };
    if let Some(program) = crate::syntax::ciphertext(&bytes) {
        return Err(LoadError::Encrypted { path: shown, program });
    }
    // A zero byte is valid UTF-8, but no text has one.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(LoadError::NotText { path: shown, at });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((path, text.into())),
        Err(error) => Err(LoadError::NotText { path: shown, at: error.utf8_error().valid_up_to() }),
    }
}

fn trouble(path: &str, error: io::Error) -> LoadError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LoadError::NotFound { path },
        _ if system::is_symlink_loop(&error) => LoadError::SymlinkLoop { path },
        _ => LoadError::Unreadable { path, source: error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Request};
    use crate::system::OverlayFiles;

    /// The name of the file that is read for a folder with these files.
    fn taken(files: &[(&str, &str)]) -> String {
        let mut overlay = OverlayFiles::alone();
        for (name, text) in files {
            overlay.put(Path::new("/net").join(name), *text);
        }
        let network = Network::load(&Request::new(Arc::new(overlay), vec![PathBuf::from("/net")])).unwrap();
        let path = network.sources().path(network.inputs[0].file);
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    #[test]
    fn of_a_folder_the_file_that_is_a_network_is_read() {
        let network = "{ web.deployment.targetHost = \"10.0.0.1\"; }";
        let hive = ("hive.nix", "{ meta = { }; web = { }; }");
        let flake =
            ("flake.nix", "{ outputs = { self }: { nixopsConfigurations.default = { web = { }; }; }; }");
        assert_eq!(taken(&[("default.nix", "{ }"), hive, flake]), "hive.nix");
        assert_eq!(taken(&[("default.nix", network), flake]), "default.nix");
        assert_eq!(taken(&[("default.nix", "{ }"), flake]), "flake.nix");
        assert_eq!(taken(&[("default.nix", "{ }")]), "default.nix");
    }

    #[test]
    fn a_reason_that_many_machines_share_is_given_once() {
        let names = ["a", "b", "c", "d", "e"];
        let reasons = names.map(|name| ("because".to_owned(), name));
        let listed = |count: usize| crate::network::grouped(reasons[..count].to_vec()).remove(0).1;
        assert_eq!(listed(1), "`a`");
        assert_eq!(listed(3), "`a`, `b` and `c`");
        assert_eq!(listed(5), "`a`, `b`, `c` and 2 more");
    }
}

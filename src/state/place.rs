//! Where the state lies: a server, or a file; and the file before SQLite sees it: kind, first bytes, mode bits.
//!
//! SQLite opens files by itself, so a fake file system cannot stand in here: this file works on the real one.

use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StateError;
use super::database::Server;
use crate::system::System;

/// A checked answer to "which state?".
pub(super) enum Place {
    File(File),
    Server {
        server: Box<Server>,
        /// Where files of this user that belong to the state lie.
        beside: PathBuf,
    },
}

/// A file of SQLite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: PathBuf,
    /// The place nobody chose: its folder is ours to create and to close to others.
    default: bool,
}

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No file, or an empty one that a process left which died right after creating it.
    Nothing,
    Database,
}

/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The length of the header of a SQLite file, and where in it the page size stands.
const HEAD: u64 = 100;
const PAGE_SIZE: std::ops::Range<usize> = 16..18;

impl Place {
    /// Reads what `--state` says, else `NIXWRIGHT_STATE`, else the default place of this user.
    pub(super) fn new(system: &System, given: Option<&str>) -> Result<Self, StateError> {
        let environment = &system.environment;
        let home = || {
            let home = environment.data_home().ok_or(StateError::NoPlace)?;
            Ok(environment.absolute(&home).join("nixwright"))
        };
        let Some(given) = given.or_else(|| environment.get("NIXWRIGHT_STATE")) else {
            return Ok(Self::File(File { path: home()?.join("state.sqlite"), default: true }));
        };
        if let Some((scheme, _)) = given.split_once("://") {
            let server = if matches!(scheme, "postgres" | "postgresql") { Server::new(given) } else { None };
            // The rest of such a URL may hold a password and is not repeated.
            let server = server.ok_or_else(|| StateError::Place { given: format!("{scheme}://…") })?;
            return Ok(Self::Server { server: Box::new(server), beside: home()? });
        }
        let path = given.strip_prefix("sqlite:").unwrap_or(given);
        if path.is_empty() || path.contains('\0') {
            return Err(StateError::Place { given: given.to_owned() });
        }
        Ok(Self::File(File { path: environment.absolute(Path::new(path)), default: false }))
    }
}

impl File {
    /// Looks at the file without opening it for writing.
    pub(super) fn look(&self) -> Result<Found, StateError> {
        // `O_NONBLOCK`, because opening a pipe without a writer would wait for one for ever.
        let opened = std::fs::OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(&self.path);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(source) => return Err(self.trouble("open", source)),
        };
        let kind = file.metadata().map_err(|source| self.trouble("look at", source))?.file_type();
        if kind.is_dir()
            || kind.is_fifo()
            || kind.is_socket()
            || kind.is_char_device()
            || kind.is_block_device()
        {
            return Err(StateError::NotAFile { path: self.path.clone() });
        }
        let mut head = Vec::new();
        let read = Read::by_ref(&mut file).take(HEAD).read_to_end(&mut head);
        read.map_err(|source| self.trouble("read", source))?;
        if head.is_empty() {
            return Ok(Found::Nothing);
        }
        if !head.starts_with(MAGIC) {
            return Err(StateError::NotADatabase { path: self.path.clone() });
        }
        // SQLite notices when whole pages are missing, but reads a last page that was cut as if it ended in zeros.
        let length = file.metadata().map_err(|source| self.trouble("look at", source))?.len();
        match head.get(PAGE_SIZE) {
            Some(&[high, low]) => {
                // The number 1 stands for 65,536, which two bytes cannot hold.
                let page = match u64::from(u16::from_be_bytes([high, low])) {
                    1 => 65_536,
                    other => other,
                };
                if page > 0 && length.is_multiple_of(page) { Ok(Found::Database) } else { Err(self.cut()) }
            }
            _ => Err(self.cut()),
        }
    }

    fn cut(&self) -> StateError {
        StateError::Damaged { path: self.path.clone(), detail: "the file was cut short".to_owned() }
    }

    /// Makes sure that there is a file to write to which only this user can read.
    pub(super) fn prepare(&self) -> Result<(), StateError> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if self.default {
            let created = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            created.map_err(|source| self.trouble_at("create", folder, source))?;
            restrict(folder, 0o700).map_err(|source| self.trouble_at("close to others", folder, source))?;
        }
        let created =
            std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.path);
        match created {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StateError::MissingFolder { folder: folder.to_owned() });
            }
            Err(source) => return Err(self.trouble("create", source)),
        }
        // The file holds private keys; SQLite gives its -wal and -shm files the mode of this one.
        restrict(&self.path, 0o600).map_err(|source| self.trouble("close to others", source))
    }

    /// Whether changes lie in a write-ahead log beside the file, so that the file alone is not the whole state.
    pub(super) fn unfolded(&self) -> bool {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::File::open(log).and_then(|log| log.metadata()).is_ok_and(|log| log.len() > 0)
    }

    fn trouble(&self, act: &'static str, source: io::Error) -> StateError {
        self.trouble_at(act, &self.path, source)
    }

    fn trouble_at(&self, act: &'static str, path: &Path, source: io::Error) -> StateError {
        match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied if act != "open" => {
                StateError::ReadOnly { path: self.path.clone() }
            }
            io::ErrorKind::PermissionDenied => StateError::Forbidden { path: self.path.clone() },
            io::ErrorKind::NotADirectory => {
                StateError::MissingFolder { folder: self.path.parent().unwrap_or(Path::new("/")).to_owned() }
            }
            io::ErrorKind::IsADirectory => StateError::NotAFile { path: path.to_owned() },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StateError::Full { path: self.path.clone() }
            }
            _ => StateError::Prepare { act, path: path.to_owned(), source },
        }
    }
}

/// Linux and the BSDs differ here; the value only matters for pipes, which are refused either way.
const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };

/// Takes away what `mode` does not grant, and touches nothing where that is already so.
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    let now = std::fs::File::open(path)?.metadata()?.permissions().mode() & 0o777;
    if now & !mode == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(now & mode))
}

/// An empty file that only this user can read and that was not there before.
pub(super) fn create_new(path: &Path) -> io::Result<()> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Puts a finished file in the place of another, after all of it is on the disk.
pub(super) fn settle(finished: &Path, place: &Path) -> io::Result<()> {
    std::fs::File::open(finished)?.sync_all()?;
    std::fs::rename(finished, place)
}

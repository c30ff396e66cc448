//! Files that remember what was asked of them: what a network depends on. Whatever way a file was looked at, it counts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashSet;

use crate::system::{FileKind, Files, Stamp};

/// Paths that somebody asked about.
pub(super) type Paths = FxHashSet<PathBuf>;

/// Other files, and every path that they were asked about.
pub(super) struct AskedFiles {
    files: Arc<dyn Files>,
    asked: Mutex<Paths>,
}

impl AskedFiles {
    pub(super) fn new(files: Arc<dyn Files>) -> Self {
        Self { files, asked: Mutex::default() }
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> Paths {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask(&self, path: &Path) -> &dyn Files {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.contains(path) {
            asked.insert(path.to_owned());
        }
        self.files.as_ref()
    }
}

impl Files for AskedFiles {
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        self.ask(path).kind(path)
    }

    fn kind_of_link(&self, path: &Path) -> io::Result<FileKind> {
        self.ask(path).kind_of_link(path)
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        self.ask(path).size(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.ask(path).read(path)
    }

    fn read_regular(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        self.ask(path).read_regular(path, most)
    }

    fn read_folder(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        self.ask(path).read_folder(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.ask(path).canonicalize(path)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.ask(path).mode(path)
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        self.ask(path).stamp(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.ask(path).read_link(path)
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write(&self, _: &Path, _: &[u8], _: u32) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn create_private_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

//! Texts laid over a file system: what an editor has not saved, what came on standard input, and whole trees in
//! tests. Nothing is ever written through it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileKind, Files};

/// Files in memory, in front of others or alone.
#[derive(Clone, Default)]
pub struct OverlayFiles {
    below: Option<Arc<dyn Files>>,
    texts: BTreeMap<PathBuf, Arc<[u8]>>,
    folders: BTreeSet<PathBuf>,
    /// What is not there, though it lies below.
    hidden: BTreeSet<PathBuf>,
    stdin: Option<Arc<[u8]>>,
}

impl OverlayFiles {
    /// Nothing but what is put here.
    pub fn alone() -> Self {
        Self::default()
    }

    /// What is put here hides what lies below.
    pub fn over(below: Arc<dyn Files>) -> Self {
        Self { below: Some(below), ..Self::default() }
    }

    /// Puts a file at an absolute path; its folders exist from then on.
    pub fn put(&mut self, path: impl Into<PathBuf>, bytes: impl AsRef<[u8]>) {
        let path = path.into();
        for folder in path.ancestors().skip(1) {
            // What is above a folder that is known is known, too.
            if !self.folders.insert(folder.to_owned()) {
                break;
            }
        }
        self.hidden.remove(&path);
        self.texts.insert(path, bytes.as_ref().into());
    }

    /// Makes a file at an absolute path one that is not there.
    pub fn hide(&mut self, path: impl Into<PathBuf>) {
        let path = path.into();
        self.texts.remove(&path);
        self.hidden.insert(path);
    }

    /// Puts a text where standard input is read.
    pub fn put_stdin(&mut self, bytes: impl AsRef<[u8]>) {
        self.stdin = Some(bytes.as_ref().into());
    }

    /// Asks about a path what lies below, where it is not hidden.
    fn ask_about<T>(&self, path: &Path, question: impl FnOnce(&dyn Files) -> io::Result<T>) -> io::Result<T> {
        if !self.hidden.is_empty() && self.hidden.contains(&tidy(path)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.ask(question)
    }

    fn ask<T>(&self, question: impl FnOnce(&dyn Files) -> io::Result<T>) -> io::Result<T> {
        match &self.below {
            Some(below) => question(below.as_ref()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// `.` and `..` without looking at the disk: paths in memory have no symlinks.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::from("/");
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            std::path::Component::Normal(name) => tidy.push(name),
            _ => {}
        }
    }
    tidy
}

impl Files for OverlayFiles {
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let path = tidy(path);
        if self.texts.contains_key(&path) {
            Ok(FileKind::Regular)
        } else if self.folders.contains(&path) {
            Ok(FileKind::Folder)
        } else {
            self.ask_about(&path, |below| below.kind(&path))
        }
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        match &self.stdin {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.ask(|below| below.read_stdin()),
        }
    }

    fn kind_of_link(&self, path: &Path) -> io::Result<FileKind> {
        let tidied = tidy(path);
        if self.texts.contains_key(&tidied) || self.folders.contains(&tidied) {
            self.kind(path)
        } else {
            self.ask_about(path, |below| below.kind_of_link(path))
        }
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        match self.texts.get(&tidy(path)) {
            Some(bytes) => Ok(bytes.len() as u64),
            None => self.ask_about(path, |below| below.size(path)),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(&tidy(path)) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.ask_about(path, |below| below.read(path)),
        }
    }

    fn read_regular(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        match self.texts.get(&tidy(path)) {
            Some(bytes) => Ok((bytes.len() as u64 <= most).then(|| bytes.to_vec())),
            None => self.ask_about(path, |below| below.read_regular(path, most)),
        }
    }

    fn read_folder(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        let folder = tidy(path);
        let mut names: BTreeMap<String, FileKind> = match self.ask(|below| below.read_folder(path)) {
            Ok(names) => names.into_iter().collect(),
            Err(_) if self.folders.contains(&folder) => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let inside = |it: &&PathBuf| it.parent() == Some(&folder);
        for name in self.hidden.iter().filter(inside).filter_map(|it| it.file_name()) {
            names.remove(&*name.to_string_lossy());
        }
        for (paths, kind) in [
            (self.texts.keys().filter(inside).collect::<Vec<_>>(), FileKind::Regular),
            (self.folders.iter().filter(inside).collect(), FileKind::Folder),
        ] {
            for name in paths.into_iter().filter_map(|it| it.file_name()) {
                names.insert(name.to_string_lossy().into_owned(), kind);
            }
        }
        Ok(names.into_iter().collect())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let tidied = tidy(path);
        if self.texts.contains_key(&tidied) || self.folders.contains(&tidied) {
            Ok(tidied)
        } else {
            self.ask_about(path, |below| below.canonicalize(path))
        }
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        match self.ask_about(path, |below| below.mode(path)) {
            Err(_) if self.texts.contains_key(&tidy(path)) => Ok(0o644),
            mode => mode,
        }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.ask_about(path, |below| below.read_link(path))
    }

    fn write(&self, path: &Path, _: &[u8], _: u32) -> io::Result<()> {
        Err(refused(path))
    }

    fn create_private_folder(&self, path: &Path) -> io::Result<()> {
        Err(refused(path))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Err(refused(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Err(refused(path))
    }
}

fn refused(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, format!("{} cannot be changed", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_not_there() {
        let mut below = OverlayFiles::alone();
        below.put("/a/b.nix", "1");
        below.put("/a/c.nix", "2");
        let mut files = OverlayFiles::over(Arc::new(below));
        files.hide("/a/b.nix");
        assert_eq!(files.read(Path::new("/a/x/../b.nix")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(files.kind(Path::new("/a/b.nix")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(files.read_folder(Path::new("/a")).unwrap(), [("c.nix".to_owned(), FileKind::Regular)]);
        files.put("/a/b.nix", "3");
        assert_eq!(files.read(Path::new("/a/b.nix")).unwrap(), b"3");
    }

    #[test]
    fn texts_make_folders_and_hide_nothing_else() {
        let mut files = OverlayFiles::alone();
        files.put("/a/b/c.nix", "1");
        assert_eq!(files.kind(Path::new("/a/b")).unwrap(), FileKind::Folder);
        assert_eq!(files.read(Path::new("/a/x/../b/c.nix")).unwrap(), b"1");
        assert_eq!(files.read_folder(Path::new("/a")).unwrap(), [("b".to_owned(), FileKind::Folder)]);
        assert_eq!(files.kind(Path::new("/a/z")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}

//! Files: the few questions and acts that the program needs.

#![expect(clippy::disallowed_methods, reason = "this file is where the real calls are")]

use std::io;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Regular,
    Folder,
    Symlink,
    /// A pipe, socket or device.
    Other,
}

impl FileKind {
    /// As Nix names it.
    pub fn nix_name(self) -> &'static str {
        match self {
            FileKind::Regular => "regular",
            FileKind::Folder => "directory",
            FileKind::Symlink => "symlink",
            FileKind::Other => "unknown",
        }
    }
}

/// Tells whether what lies at a path is still what lay there: it changes whenever the file is written or replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    inode: u64,
    /// Seconds and nanoseconds of the last change.
    changed: (i64, i64),
}

/// The file system.
pub trait Files: Send + Sync {
    /// The kind of what a path names, symlinks followed.
    fn kind(&self, path: &Path) -> io::Result<FileKind>;

    /// The kind of the path itself, symlinks not followed.
    fn kind_of_link(&self, path: &Path) -> io::Result<FileKind>;

    /// The size in bytes of what a path names, symlinks followed.
    fn size(&self, path: &Path) -> io::Result<u64>;

    /// All bytes of a regular file. Refuses folders, pipes and devices, which could block for ever.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The same of what the caller knows to be a regular file, with fewer questions; nothing where it is larger than
    /// `most`.
    fn read_regular(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        if self.size(path)? > most { Ok(None) } else { self.read(path).map(Some) }
    }

    /// The names in a folder with their kinds (symlinks not followed), sorted by name.
    fn read_folder(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>>;

    /// The absolute path without symlinks.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// Writes a file whole or not at all (temporary file, then rename), with the given mode bits.
    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()>;

    /// Opens a file to be written from its beginning, piece by piece; also a pipe, which takes until somebody reads it.
    fn overwrite(&self, _path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Creates a folder and its missing parents with mode 0700.
    fn create_private_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it; one that is not there is no error.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file; one that is not there is no error.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// The mode bits of a file, to write it back as it was.
    fn mode(&self, _path: &Path) -> io::Result<u32> {
        Ok(0o644)
    }

    /// What tells a later file from this one; the same for ever where nothing changes.
    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        Ok(Stamp { size: self.size(path)?, ..Stamp::default() })
    }

    /// What a symlink says, not followed any further.
    fn read_link(&self, _path: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// All of standard input.
    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug)]
pub struct OsFiles;

impl Files for OsFiles {
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        Ok(kind_of(std::fs::metadata(path)?.file_type()))
    }

    fn kind_of_link(&self, path: &Path) -> io::Result<FileKind> {
        Ok(kind_of(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        Ok(std::fs::metadata(path)?.len())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.kind(path)? {
            FileKind::Regular => std::fs::read(path),
            FileKind::Folder => Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder")),
            FileKind::Symlink | FileKind::Other => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"))
            }
        }
    }

    fn read_regular(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        // A pipe that was put in its place would block without the flag.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let opened = file.metadata()?;
        if !opened.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        if opened.len() > most {
            return Ok(None);
        }
        // One byte more, so that the end is seen without growing. It may be longer by now, and is not read without end.
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or_default() + 1);
        (&mut file).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }

    fn read_folder(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            names.push((entry.file_name().to_string_lossy().into_owned(), kind_of(entry.file_type()?)));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        match std::fs::metadata(path).map(|it| it.file_type()) {
            Ok(kind) if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            // A pipe or a device takes what is written; a file must not stand in its place.
            Ok(kind) if !kind.is_file() => {
                return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
            }
            _ => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut temporary = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
            .make_in(folder.unwrap_or(Path::new(".")), |path| {
                std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
            })?;
        // The mask of this process is not to take bits from a file that had them.
        temporary.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        Ok(())
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
        let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(file))
    }

    fn create_private_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        gone_is_fine(std::fs::remove_dir_all(path))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        gone_is_fine(std::fs::remove_file(path))
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path)?.permissions()) & 0o7777)
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        let it = std::fs::metadata(path)?;
        Ok(Stamp { size: it.len(), inode: it.ino(), changed: (it.ctime(), it.ctime_nsec()) })
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes)?;
        Ok(bytes)
    }
}

/// Whether a path could not be followed because its symlinks lead round in a circle.
pub fn is_symlink_loop(error: &io::Error) -> bool {
    // `io::ErrorKind::FilesystemLoop` is not stable yet.
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

fn gone_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn kind_of(kind: std::fs::FileType) -> FileKind {
    if kind.is_file() {
        FileKind::Regular
    } else if kind.is_dir() {
        FileKind::Folder
    } else if kind.is_symlink() {
        FileKind::Symlink
    } else {
        debug_assert!(kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device());
        FileKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_has_its_mode_and_replaces_the_old_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        OsFiles.write(&path, b"one", 0o600).unwrap();
        OsFiles.write(&path, b"two", 0o600).unwrap();
        assert_eq!(OsFiles.read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(OsFiles.read_folder(folder.path()).unwrap(), [("key".to_owned(), FileKind::Regular)]);
    }

    #[test]
    fn a_regular_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(OsFiles.read_regular(&path, 4).unwrap(), Some(b"four".to_vec()));
        assert_eq!(OsFiles.read_regular(&path, 3).unwrap(), None);
        // Like a file that grows, this one has more than it says.
        assert_eq!(OsFiles.read_regular(Path::new("/proc/self/status"), 3).unwrap(), None);
        assert!(OsFiles.read_regular(folder.path(), 1 << 20).is_err());
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(OsFiles.read_regular(&pipe, 4).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_pipe_stays_a_pipe_when_it_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        OsFiles.write(&pipe, b"whole", 0o600).unwrap();
        // A file in its place would let the reader wait for ever.
        assert!(!std::fs::metadata(&pipe).unwrap().is_file());
        assert_eq!(reader.join().unwrap(), "whole");
    }

    #[test]
    fn folders_are_not_read_as_files() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(OsFiles.read(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }
}

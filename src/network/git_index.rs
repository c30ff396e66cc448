//! Which files git knows of: its index, read as it lies on the disk. Asks no git and changes nothing.
//!
//! Versions 2 to 4. What it does not understand (a split index, a damaged one) is no index: then nobody can say that a
//! file is unknown to git.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::system::Files;

/// The paths in an index, relative to the top of the work tree.
pub(super) struct GitIndex {
    files: FxHashSet<Vec<u8>>,
    /// Submodules, and folders that a sparse index does not look into.
    folders: Vec<Vec<u8>>,
}

/// Larger ones belong to no network.
const LARGEST: u64 = 256 << 20;

const SUBMODULE: u32 = 0o160_000;
const FOLDER: u32 = 0o040_000;

impl GitIndex {
    /// The index of the work tree with this top.
    pub(super) fn read(files: &dyn Files, top: &Path) -> Option<Self> {
        let folder = git_folder(files, top)?;
        let bytes = files.read_regular(&folder.join("index"), LARGEST).ok()??;
        let config = files.read(&folder.join("config")).unwrap_or_default();
        let sha256 =
            String::from_utf8_lossy(&config).to_lowercase().replace(' ', "").contains("objectformat=sha256");
        Self::parse(&bytes, if sha256 { 32 } else { 20 })
    }

    /// Whether git knows of a path, or leaves it to a submodule.
    pub(super) fn knows(&self, path: &Path) -> bool {
        let path = path.as_os_str().as_encoded_bytes();
        let below =
            |folder: &Vec<u8>| path.strip_prefix(folder.as_slice()).is_some_and(|it| it.starts_with(b"/"));
        self.files.contains(path) || self.folders.iter().any(below)
    }

    fn parse(bytes: &[u8], hash: usize) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        let (magic, version, count) = (reader.take(4)?, reader.number()?, reader.number()?);
        if magic != b"DIRC" || !(2..=4).contains(&version) {
            return None;
        }
        let mut index = Self { files: FxHashSet::default(), folders: Vec::new() };
        let mut name: Vec<u8> = Vec::new();
        for _ in 0..count {
            let start = reader.at;
            reader.take(24)?;
            let mode = reader.number()?;
            reader.take(12 + hash)?;
            let flags = reader.short()?;
            if flags & 0x4000 != 0 {
                reader.take(2)?;
            }
            if version == 4 {
                let dropped = reader.offset()?;
                name.truncate(name.len().checked_sub(dropped)?);
                name.extend(reader.line()?);
            } else {
                name = reader.line()?.to_vec();
                // Entries are padded to eight bytes; one of the zeros is read already.
                let length = reader.at - start;
                reader.take(length.next_multiple_of(8) - length)?;
            }
            match mode & 0o170_000 {
                SUBMODULE | FOLDER => index.folders.push(name.strip_suffix(b"/").unwrap_or(&name).to_vec()),
                _ => drop(index.files.insert(name.clone())),
            }
        }
        // Behind the entries: extensions, each with its name and size, then a checksum.
        while bytes.len().saturating_sub(reader.at) > hash {
            let extension = reader.take(4)?;
            let size = reader.number()? as usize;
            if extension == b"link" {
                return None;
            }
            reader.take(size)?;
        }
        Some(index)
    }
}

/// The folder of a work tree in which git keeps what it knows. In a linked work tree `.git` is a file that names it.
fn git_folder(files: &dyn Files, top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    match files.read(&git) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Some(top.join(text.strip_prefix("gitdir:")?.trim()))
        }
        Err(_) => Some(git),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Up to the next zero, which is taken, too.
    fn line(&mut self) -> Option<&'a [u8]> {
        let length = self.bytes.get(self.at..)?.iter().position(|it| *it == 0)?;
        let line = self.take(length)?;
        self.take(1)?;
        Some(line)
    }

    /// A number of variable length, as git writes offsets: seven bits each, one is added for each that follows.
    fn offset(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        loop {
            let byte = *self.take(1)?.first()?;
            value = value.checked_shl(7)?.checked_add(usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            value = value.checked_add(1)?;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the test asks the real git for a real index")]

    use std::process::Command;

    use super::*;
    use crate::system::OsFiles;

    fn git(folder: &Path, arguments: &[&str]) -> bool {
        let mut command = Command::new("git");
        command.current_dir(folder).args(["-c", "user.name=n", "-c", "user.email=e"]).args(arguments);
        command.output().is_ok_and(|it| it.status.success())
    }

    #[test]
    fn every_version_of_the_index_says_what_git_knows() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        if !git(here, &["init", "--quiet"]) {
            println!("skipped: git is not installed");
            return;
        }
        std::fs::create_dir_all(here.join("machines/some-long-name")).unwrap();
        let known = ["a.nix", "machines/web.nix", "machines/web2.nix", "machines/some-long-name/default.nix"];
        for name in known.iter().chain(&["machines/new.nix"]) {
            std::fs::write(here.join(name), "{ }").unwrap();
        }
        assert!(GitIndex::read(&OsFiles, here).is_none(), "there is no index yet");
        for version in ["2", "3", "4"] {
            assert!(git(
                here,
                &["add", "a.nix", "machines/web.nix", "machines/some-long-name", "--intent-to-add"]
            ));
            assert!(git(here, &["add", "machines/web2.nix"]));
            assert!(git(here, &["update-index", "--index-version", version]));
            let index = GitIndex::read(&OsFiles, here).expect("the index is read");
            for name in known {
                assert!(index.knows(Path::new(name)), "version {version} has {name}");
            }
            assert!(!index.knows(Path::new("machines/new.nix")));
            assert!(!index.knows(Path::new("machines")));
        }
    }

    #[test]
    fn what_is_no_index_is_none() {
        for bytes in [&b""[..], b"DIRC", b"DIRC\0\0\0\x02\0\0\0\x01", b"DIRC\0\0\0\x09\0\0\0\0"] {
            assert!(GitIndex::parse(bytes, 20).is_none());
        }
        let mut split = b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0".to_vec();
        split.extend([0; 20]);
        assert!(GitIndex::parse(&split, 20).is_none());
    }
}

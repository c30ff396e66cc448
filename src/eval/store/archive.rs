//! Nix' archive format (NAR), hashed while it is made: what a path copied into the store is known by. Files are read
//! through the evaluator, which records them; how much is read is bounded.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::hash::{Algorithm, Hash};
use crate::eval::files::Access;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax;
use crate::system::FileKind;
use crate::value::{Reason, Value};

/// Bytes in one copied path. Sources that configure machines are far smaller; hashing more takes too long.
const MOST_BYTES: u64 = 64 << 20;

/// Files and folders in one copied path.
const MOST_FILES: u32 = 20_000;

const DEEPEST_FOLDER: u32 = 200;

/// Bytes hashed in the time of a step.
const HASHED_IN_A_STEP: u64 = 16;

/// An archive being hashed.
struct Archive<'a> {
    hash: Sha256,
    bytes: u64,
    files: u32,
    depth: u32,
    /// Called with the path and the kind of each file in a folder: whether it belongs to the archive.
    filter: Option<Value>,
    top: &'a Path,
}

impl Archive<'_> {
    fn text(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        self.hash.update((text.len() as u64).to_le_bytes());
        self.hash.update(text);
        self.hash.update(&[0; 8][..(8 - text.len() % 8) % 8]);
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.text(text);
        }
    }
}

impl Evaluator {
    /// The hash of a path as an archive. A link is not followed, folders on the way to the path are.
    pub(in crate::eval) fn archive_hash(&mut self, path: &Path, filter: Option<Value>) -> Evaluated<Hash> {
        let mut archive = Archive { hash: Sha256::new(), bytes: 0, files: 0, depth: 0, filter, top: path };
        archive.text("nix-archive-1");
        self.add_to_archive(path, &mut archive)?;
        Ok(Hash { algorithm: Algorithm::Sha256, bytes: archive.hash.finalize().to_vec() })
    }

    /// The hash of the content of a file, which need not be a text.
    pub(in crate::eval) fn content_hash(&mut self, path: &Path, algorithm: Algorithm) -> Evaluated<Hash> {
        let bytes = self.read_bytes(path)?;
        self.not_locked(path, &bytes)?;
        self.steps += bytes.len() as u64 / HASHED_IN_A_STEP;
        Ok(algorithm.of(&bytes))
    }

    fn add_to_archive(&mut self, path: &Path, archive: &mut Archive<'_>) -> Evaluated<()> {
        archive.files += 1;
        self.steps += 10;
        if archive.files > MOST_FILES || archive.depth > DEEPEST_FOLDER {
            return self.too_much(archive.top);
        }
        self.seen_link(path)?;
        archive.text("(");
        match self.link_kind(path)? {
            FileKind::Regular => self.add_file(path, archive)?,
            FileKind::Folder => self.add_folder(path, archive)?,
            FileKind::Symlink => {
                self.record(path, Access::Kind, true);
                let target = match self.files.read_link(path) {
                    Ok(target) => target,
                    Err(error) => {
                        let reason = Reason::Unreadable(path.to_owned(), error.to_string());
                        return self.unknown_here(reason);
                    }
                };
                let Some(target) = target.to_str() else { return self.odd_name(path) };
                archive.texts(&["type", "symlink", "target", target]);
            }
            FileKind::Other => {
                let why = "it is no file, folder or link".to_owned();
                return self.unknown_here(Reason::Unreadable(path.to_owned(), why));
            }
        }
        archive.text(")");
        Ok(())
    }

    /// The folders on the way are followed, so that what they lead to must be allowed, too.
    fn seen_link(&mut self, path: &Path) -> Evaluated<()> {
        self.allowed(path)?;
        let Some(folder) = path.parent() else { return Ok(()) };
        match self.files.canonicalize(folder) {
            Ok(real) => self.allowed(&real.join(path.file_name().unwrap_or_default())),
            // What does not exist is found out by whoever looks at it.
            Err(_) => Ok(()),
        }
    }

    fn link_kind(&mut self, path: &Path) -> Evaluated<FileKind> {
        match self.files.kind_of_link(path) {
            Ok(kind) => Ok(kind),
            Err(error) => self.file_error(path, Access::Kind, &error),
        }
    }

    fn add_file(&mut self, path: &Path, archive: &mut Archive<'_>) -> Evaluated<()> {
        archive.texts(&["type", "regular"]);
        let size = self.files.size(path).unwrap_or(0);
        if archive.bytes.saturating_add(size) > MOST_BYTES {
            return self.too_much(archive.top);
        }
        let bytes = self.read_bytes(path)?;
        self.not_locked(path, &bytes)?;
        archive.bytes += bytes.len() as u64;
        self.steps += bytes.len() as u64 / HASHED_IN_A_STEP;
        if self.steps >= self.settings.fuel {
            return self.unknown_here(Reason::Fuel);
        }
        match self.files.mode(path) {
            Ok(mode) if mode & 0o100 != 0 => archive.texts(&["executable", ""]),
            Ok(_) => {}
            Err(error) => {
                return self.unknown_here(Reason::Unreadable(path.to_owned(), error.to_string()));
            }
        }
        archive.text("contents");
        archive.text(&bytes);
        Ok(())
    }

    /// A file that git-crypt has locked is another one where it is not locked.
    fn not_locked(&mut self, path: &Path, bytes: &[u8]) -> Evaluated<()> {
        match syntax::ciphertext(bytes) {
            Some("git-crypt") => self.unknown_here(Reason::Encrypted(path.to_owned(), "git-crypt")),
            _ => Ok(()),
        }
    }

    fn add_folder(&mut self, path: &Path, archive: &mut Archive<'_>) -> Evaluated<()> {
        archive.texts(&["type", "directory"]);
        let mut names = match self.files.read_folder(path) {
            Ok(names) => names,
            Err(error) => {
                return self.unknown_here(Reason::Unreadable(path.to_owned(), error.to_string()));
            }
        };
        self.record(path, Access::List, true);
        names.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        archive.depth += 1;
        for (name, kind) in names {
            if name.contains(char::REPLACEMENT_CHARACTER) {
                return self.odd_name(path);
            }
            let inner = path.join(&name);
            if let Some(filter) = archive.filter
                && !self.belongs(filter, &inner, kind)?
            {
                continue;
            }
            archive.texts(&["entry", "(", "name", &name, "node"]);
            self.nested(|this| this.add_to_archive(&inner, archive))?;
            archive.text(")");
        }
        archive.depth -= 1;
        Ok(())
    }

    fn belongs(&mut self, filter: Value, path: &Path, kind: FileKind) -> Evaluated<bool> {
        let path = self.make_string(&path.to_string_lossy());
        let kind = self.make_string(kind.nix_name());
        let answer = self.call2(filter, path, kind)?;
        self.bool(answer)
    }

    fn too_much(&mut self, path: &Path) -> Evaluated<()> {
        let why = "it is too large to be hashed here".to_owned();
        self.unknown_here(Reason::Unreadable(PathBuf::from(path), why))
    }

    fn odd_name(&mut self, path: &Path) -> Evaluated<()> {
        let why = "a name in it is no text".to_owned();
        self.unknown_here(Reason::Unreadable(path.to_owned(), why))
    }
}

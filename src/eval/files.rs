//! Files: imports, search paths, and the record of every question asked of the file system.

use std::hash::{Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Evaluated, Evaluator, TOP, ahead};
use crate::syntax::{self, ExprId, Parsed, Sym};
use crate::system::FileKind;
use crate::text::FileId;
use crate::value::{EnvId, ErrorKind, Like, Reason, Stop, Unknown, Value};

/// What was asked about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    Read,
    List,
    Kind,
}

/// A question to the file system, and whether there was something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    pub path: PathBuf,
    pub access: Access,
    pub found: bool,
}

/// A file that is read as Nix, JSON or text is refused above this size: nothing that configures a machine is larger.
const LARGEST_FILE: u64 = 64 << 20;

/// Bytes in tables for a byte of Nix.
const TABLES_PER_BYTE: usize = 8;

/// With more of them nobody needs to know which they are.
const MOST_DETOURS: usize = 1000;

/// What a question to the file system costs, for each folder on the way.
const STEPS_PER_QUESTION: u64 = 50;

impl Evaluator {
    /// Paths that were come by in another way than by writing them, or a folder above them, in a file: strings, `..` behind
    /// something, files whose place somebody asked for.
    pub fn detours(&self) -> &[PathBuf] {
        &self.detours
    }

    /// Where links led that were followed.
    pub fn links(&self) -> &[PathBuf] {
        &self.links
    }

    /// Whether evaluation met the end of its fuel or came near it: with a little more to do it would know less.
    pub fn was_near_its_end(&self) -> bool {
        self.steps > self.settings.fuel / 2 || self.unknowns.iter().any(|it| it.reason == Reason::Fuel)
    }

    /// Evaluates a file, or the `default.nix` of a folder. Each file is evaluated once.
    pub fn import(&mut self, path: &Path) -> Evaluated {
        if let Some(text) = self.text_in_store(path) {
            return self.import_text(path, &text);
        }
        let (path, kind) = self.import_target(path)?;
        if let Some(known) = self.imports.get(&path) {
            return self.force(*known);
        }
        let library = self.settings.nixpkgs.as_ref().is_some_and(|it| path.starts_with(it));
        let (_, value) = self.read_source(path, kind, library)?;
        self.force(value)
    }

    /// Evaluates a text that evaluation put into the store.
    fn import_text(&mut self, path: &Path, text: &[u8]) -> Evaluated {
        if let Some(known) = self.imports.get(path) {
            return self.force(*known);
        }
        let Ok(text) = std::str::from_utf8(text) else {
            return self.unknown_here(Reason::NotText(path.to_owned()));
        };
        let file = self.sources.add(path, text);
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let value = self.load(file, &folder, false);
        self.imports.insert(path.to_owned(), value);
        self.force(value)
    }

    /// The value of a file like [`Evaluator::import`], not forced, and the file's id.
    pub fn import_lazily(&mut self, path: &Path) -> Evaluated<(FileId, Value)> {
        let (path, kind) = self.import_target(path)?;
        if !self.imports.contains_key(&path) {
            return self.read_source(path, kind, false);
        }
        let file = self.sources.find(&path).expect("an imported file is a source");
        Ok((file, self.imports[&path]))
    }

    /// Reads a file that `import_target` gave, or takes it from who has read ahead, and gives its value, not forced.
    fn read_source(&mut self, path: PathBuf, kind: FileKind, library: bool) -> Evaluated<(FileId, Value)> {
        self.question(&path)?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let (file, value) = match self.ahead.as_mut().and_then(|ahead| ahead.take(&path)) {
            Some(found) => {
                // It costs what reading costs, so that evaluation stops where it would without.
                self.room(found.text.len(), 2)?;
                self.record(&path, Access::Read, true);
                let file = self.sources.add(path.clone(), found.text);
                let parsed = Arc::new(found.parsed);
                self.keep_parsed(&path, file, &parsed);
                (file, self.load_parsed(file, &folder, library, &parsed, TOP))
            }
            None => {
                let bytes = self.read_resolved(&path, kind)?;
                let parses = self.settings.parses.clone();
                if let Some((text, parsed)) = parses.as_ref().and_then(|it| it.find(&path, &bytes)) {
                    let file = self.sources.add(path.clone(), text);
                    (file, self.load_parsed(file, &folder, library, &parsed, TOP))
                } else {
                    let text = self.text_of(&path, bytes)?;
                    let file = self.sources.add(path.clone(), text);
                    let parsed = Arc::new(syntax::parse(file, &self.sources.file(file).text));
                    self.look_ahead(&parsed, &folder);
                    self.keep_parsed(&path, file, &parsed);
                    (file, self.load_parsed(file, &folder, library, &parsed, TOP))
                }
            }
        };
        let value = self.hooked(&path, value);
        let value = self.with_library(&path, value);
        self.imports.insert(path, value);
        Ok((file, value))
    }

    /// Remembers what was parsed for those who evaluate it again.
    fn keep_parsed(&self, path: &Path, file: FileId, parsed: &Arc<Parsed>) {
        if let Some(parses) = &self.settings.parses {
            parses.keep(path, &self.sources.file(file).text, parsed);
        }
    }

    /// Lets the other thread read what a file names; a file that names much starts it.
    fn look_ahead(&mut self, parsed: &Parsed, folder: &Path) {
        if !self.settings.read_ahead {
            return;
        }
        let paths = ahead::paths_in(&parsed.module, folder);
        match &self.ahead {
            Some(ahead) => ahead.follow(paths),
            None if paths.len() >= ahead::MANY_PATHS => {
                self.ahead = ahead::Ahead::start(self.files.clone(), folder, paths);
                self.program.make_room();
            }
            None => {}
        }
    }

    /// Whether a file belongs to the library and not to the user.
    pub fn is_library(&self, file: FileId) -> bool {
        let inputs = self.settings.inputs.iter().map(|(_, folder)| folder);
        let mut folders = self.settings.nixpkgs.iter().chain(inputs);
        self.library_files.contains_key(&file)
            || folders.any(|folder| self.sources.path(file).starts_with(folder))
    }

    /// The file that a path names for `import`: symlinks followed, `default.nix` of a folder.
    fn import_target(&mut self, path: &Path) -> Evaluated<(PathBuf, FileKind)> {
        match self.resolve_kind(path)? {
            (folder, FileKind::Folder) => self.resolve_kind(&folder.join("default.nix")),
            file => Ok(file),
        }
    }

    /// The path, a link followed if it is one, if it is there and may be read. Folders on the way keep their names,
    /// as in Nix: relative paths in the file start where it seems to lie.
    pub(super) fn resolve(&mut self, path: &Path) -> Evaluated<PathBuf> {
        Ok(self.resolve_kind(path)?.0)
    }

    /// The same, and what lies there.
    fn resolve_kind(&mut self, path: &Path) -> Evaluated<(PathBuf, FileKind)> {
        self.allowed(path)?;
        self.question(path)?;
        self.no_kernel_file(path)?;
        // Most files are no links and lie in folders that were met before: one question is enough for these.
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name())
            && let Some(folder) = self.real_folder(folder)
            && let Ok(kind) = self.files.kind_of_link(path)
            && kind != FileKind::Symlink
        {
            let real = folder.join(name);
            if real.as_os_str() != path {
                self.allowed(&real)?;
                self.no_kernel_file(&real)?;
            }
            if kind == FileKind::Folder {
                self.real_folders.entry(path.to_owned()).or_insert(real);
            }
            return Ok((path.to_owned(), kind));
        }
        match self.files.canonicalize(path) {
            Ok(real) => {
                self.allowed(&real)?;
                self.no_kernel_file(&real)?;
                let link = matches!(self.files.kind_of_link(path), Ok(FileKind::Symlink));
                if link {
                    self.links.push(real.clone());
                }
                let path = if link { real } else { path.to_owned() };
                let kind = self.look(&path, Access::Kind)?;
                Ok((path, kind))
            }
            Err(error) => self.file_error(path, Access::Kind, &error),
        }
    }

    /// A folder without symlinks, asked of the file system once; `None` where that cannot be said.
    fn real_folder(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.real_folders.get(folder) {
            return Some(known.clone());
        }
        let real = self.files.canonicalize(folder).ok()?;
        if real.as_os_str() != folder {
            self.links.push(real.clone());
        }
        self.real_folders.insert(folder.to_owned(), real.clone());
        Some(real)
    }

    /// Notes a path that somebody came by in another way than by writing it, or a folder above it, in a file.
    pub(crate) fn detour(&mut self, path: &Path) {
        if self.detours.len() >= MOST_DETOURS {
            // It may be any.
            self.detours = vec![PathBuf::from("/")];
        } else if self.detours.last().is_none_or(|it| it.as_os_str() != path) {
            self.detours.push(path.to_owned());
        }
    }

    /// Reading what the kernel makes up can wait for ever, whatever kind of file it says it is. The memory folder below
    /// `/dev` holds plain files.
    fn no_kernel_file(&mut self, path: &Path) -> Evaluated<()> {
        let kernel = ["/proc", "/sys", "/dev"].iter().any(|folder| path.starts_with(folder));
        if kernel && !path.starts_with("/dev/shm") {
            let why = "files of the kernel are not read".to_owned();
            return self.unknown_here(Reason::Unreadable(path.to_owned(), why));
        }
        Ok(())
    }

    /// Asking the file system takes time, however little evaluation it needs.
    fn question(&mut self, path: &Path) -> Evaluated<()> {
        self.steps += STEPS_PER_QUESTION * (1 + path.components().count() as u64);
        if self.steps >= self.settings.fuel { self.unknown_here(Reason::Fuel) } else { Ok(()) }
    }

    pub(super) fn allowed(&mut self, path: &Path) -> Evaluated<()> {
        let inputs = self.settings.inputs.iter().map(|(_, path)| path);
        let roots = self.settings.allowed_roots.iter().chain(&self.settings.nixpkgs).chain(&self.real_roots);
        let roots = roots.chain(inputs);
        if roots.into_iter().any(|root| path.starts_with(root)) {
            return match self.absent_from_store(path) {
                Some(why) => Err(Stop::Unknown(why)),
                None => Ok(()),
            };
        }
        if let Some(why) = self.absent_from_store(path) {
            return Err(Stop::Unknown(why));
        }
        self.unknown_here(Reason::OutsideRoots(path.to_owned()))
    }

    /// Whether the folder of a path, symlinks followed, may be looked into.
    pub(super) fn folder_allowed(&mut self, path: &Path) -> Evaluated<()> {
        match path.parent().map(|folder| self.files.canonicalize(folder)) {
            Some(Ok(real)) => self.allowed(&real.join(path.file_name().unwrap_or_default())),
            _ => Ok(()),
        }
    }

    /// What is at a path that may be read, or the error that it is not there.
    pub(super) fn look(&mut self, path: &Path, access: Access) -> Evaluated<FileKind> {
        self.allowed(path)?;
        match self.files.kind(path) {
            Ok(kind) => Ok(kind),
            Err(error) => self.file_error(path, access, &error),
        }
    }

    pub(super) fn file_error<T>(
        &mut self,
        path: &Path,
        access: Access,
        error: &std::io::Error,
    ) -> Evaluated<T> {
        if error.kind() == std::io::ErrorKind::NotFound || error.kind() == std::io::ErrorKind::NotADirectory {
            self.record(path, access, false);
            let message = format!("the file `{}` does not exist", path.display());
            return self.fail(ErrorKind::FileNotFound, None, message);
        }
        let why = if crate::system::is_symlink_loop(error) {
            "it is a symlink that leads round in a circle".to_owned()
        } else {
            error.to_string()
        };
        self.unknown_here(Reason::Unreadable(path.to_owned(), why))
    }

    pub(super) fn record(&mut self, path: &Path, access: Access, found: bool) {
        // By its bytes: looking at a path component by component takes many times as long.
        let mut hasher = rustc_hash::FxHasher::default();
        (path.as_os_str().as_bytes(), access, found).hash(&mut hasher);
        let number = self.read_numbers.entry(hasher.finish()).or_insert(usize::MAX);
        let same = |it: &Read| it.access == access && it.found == found && it.path.as_os_str() == path;
        if !self.reads.get(*number).is_some_and(same) {
            *number = self.reads.len();
            self.reads.push(Read { path: path.to_owned(), access, found });
        }
    }

    /// The bytes of a file that may be read.
    pub(super) fn read_bytes(&mut self, path: &Path) -> Evaluated<Vec<u8>> {
        if let Some(text) = self.text_in_store(path) {
            return Ok(text.to_vec());
        }
        let (path, kind) = self.resolve_kind(path)?;
        self.read_resolved(&path, kind)
    }

    /// The bytes of a file at a path that was resolved.
    fn read_resolved(&mut self, path: &Path, kind: FileKind) -> Evaluated<Vec<u8>> {
        match kind {
            FileKind::Regular => {}
            FileKind::Folder => {
                let message = format!("`{}` is a folder, not a file", path.display());
                return self.fail(ErrorKind::File, None, message);
            }
            FileKind::Symlink | FileKind::Other => {
                let why = "it is no regular file".to_owned();
                return self.unknown_here(Reason::Unreadable(path.to_owned(), why));
            }
        }
        match self.files.read_regular(path, LARGEST_FILE) {
            Ok(Some(bytes)) => {
                self.room(bytes.len(), 2)?;
                self.record(path, Access::Read, true);
                Ok(bytes)
            }
            Ok(None) => self.unknown_here(Reason::Unreadable(path.to_owned(), "it is too large".to_owned())),
            Err(error) => self.file_error(path, Access::Read, &error),
        }
    }

    /// The text of a file; encrypted and binary files are unknown.
    pub(super) fn read_text(&mut self, path: &Path) -> Evaluated<String> {
        let bytes = self.read_bytes(path)?;
        self.text_of(path, bytes)
    }

    fn text_of(&mut self, path: &Path, bytes: Vec<u8>) -> Evaluated<String> {
        if let Some(program) = syntax::ciphertext(&bytes) {
            return self.unknown_here(Reason::Encrypted(path.to_owned(), program));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(_) => self.unknown_here(Reason::NotText(path.to_owned())),
        }
    }

    /// Parses a source and gives its value, not forced.
    pub(super) fn load(&mut self, file: FileId, folder: &Path, library: bool) -> Value {
        self.load_in_scope(file, folder, library, &[], TOP)
    }

    pub(super) fn load_in_scope(
        &mut self,
        file: FileId,
        folder: &Path,
        library: bool,
        names: &[Sym],
        env: EnvId,
    ) -> Value {
        let source = self.sources.file(file).clone();
        let (path, text) = (&source.path, &source.text);
        let known = self.settings.parses.as_ref().filter(|_| names.is_empty());
        if let Some((_, parsed)) = known.and_then(|it| it.find(path, text.as_bytes())) {
            return self.load_parsed(file, folder, library, &parsed, env);
        }
        let names: Vec<String> = names.iter().map(|name| self.symbols.name(*name).to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let parsed = Arc::new(syntax::parse_in_scope(file, text, &names, &syntax::is_builtin_name));
        if names.is_empty() {
            self.keep_parsed(path, file, &parsed);
        }
        self.load_parsed(file, folder, library, &parsed, env)
    }

    pub(super) fn load_parsed(
        &mut self,
        file: FileId,
        folder: &Path,
        library: bool,
        parsed: &Parsed,
        env: EnvId,
    ) -> Value {
        let length = self.sources.file(file).text.len();
        self.heap.elsewhere += length * TABLES_PER_BYTE;
        self.steps += (length / 2) as u64;
        if library {
            self.library_files.insert(file, ());
        } else {
            self.syntax_errors.extend(parsed.errors.iter().cloned());
            self.allows.extend(parsed.allows.iter().map(|allow| (file, allow.clone())));
            self.pipes.extend(parsed.pipes.iter().copied());
            self.oddities.extend(parsed.oddities.iter().map(|oddity| (file, oddity.clone())));
        }
        let home = self.settings.home.clone();
        let root = self.program.append(&parsed.module, file, &mut self.symbols, folder, home.as_deref());
        self.resize_globals();
        // Who imports a file remembers its value.
        self.heap.keep();
        self.delay_in_recursion(root, env)
    }

    /// `<name>`.
    pub(super) fn search_path(&mut self, expr: ExprId, written: &str) -> Evaluated {
        let entries = self.settings.nix_path.clone();
        let mut found = None;
        for (prefix, folder) in &entries {
            let Some(rest) = under_prefix(prefix, written) else { continue };
            let candidate = if rest.is_empty() { folder.clone() } else { folder.join(rest) };
            if self.exists(&candidate)? {
                found = Some(candidate);
                break;
            }
        }
        if found.is_none()
            && let Some(nixpkgs) = self.settings.nixpkgs.clone()
            && let Some(rest) = under_prefix("nixpkgs", written)
        {
            found = Some(if rest.is_empty() { nixpkgs } else { nixpkgs.join(rest) });
        }
        if let Some(path) = found.or_else(|| Self::embedded_search_path(written)) {
            return Ok(self.make_path(&path));
        }
        // Nix brings some files of its own along.
        if self.settings.nix_path_complete && !written.starts_with("nix/") {
            let message = format!("`<{written}>` was not found on the search path");
            return self.fail(ErrorKind::Throw, Some(expr), message);
        }
        let span = Some(self.program.span(expr));
        let (reason, like) = match under_prefix("nixpkgs", written) {
            Some(rest) => (Reason::NeedsNixpkgs(format!("<{written}>")), Like::NixpkgsPath(rest.to_owned())),
            None => (Reason::SearchPath(written.to_owned()), Like::Anything),
        };
        Err(Stop::Unknown(self.intern_unknown(Unknown { reason, span, because: None, like })))
    }

    /// Whether something is at a path; unknown outside of what may be read.
    pub(super) fn exists(&mut self, path: &Path) -> Evaluated<bool> {
        if self.text_in_store(path).is_some() {
            return Ok(true);
        }
        self.allowed(path)?;
        self.question(path)?;
        self.folder_allowed(path)?;
        match self.files.kind_of_link(path) {
            Ok(_) => {
                self.record(path, Access::Kind, true);
                Ok(true)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                self.record(path, Access::Kind, false);
                Ok(false)
            }
            Err(error) => self.unknown_here(Reason::Unreadable(path.to_owned(), error.to_string())),
        }
    }
}

/// The rest of a search path behind an entry's prefix; the entry is for another one if `None`.
pub(super) fn under_prefix<'a>(prefix: &str, written: &'a str) -> Option<&'a str> {
    if prefix.is_empty() {
        return Some(written);
    }
    let rest = written.strip_prefix(prefix)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

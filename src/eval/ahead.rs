//! Reading ahead: files that evaluation will likely import soon are read and parsed, mostly on another thread.
//!
//! This is only a cache. The evaluator asks it at the moment when it would read a file, after every question of its own
//! whether it may; so values, numbers of files and the record of reads are the same without it. While the other thread
//! is at the file that is asked for, the evaluator reads those behind it. It follows paths written in files, in the order
//! in which they were met, below the folder of the first file with many of them, and evaluates nothing.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::paths;
use crate::syntax::{self, Expr, Module, Parsed};
use crate::system::{FileKind, Files};
use crate::text::FileId;

/// A file with fewer paths is not worth a thread. The index of nixpkgs' library has some thirty, and a third of these files
/// is asked for.
pub(super) const MANY_PATHS: usize = 48;

/// Larger files are left to the evaluator.
const LARGEST: u64 = 256 << 10;

/// So many bytes of text may wait to be asked for. What was parsed takes some 20 times as much.
const MOST_BYTES: usize = 256 << 10;

/// A file that was read, and has neither errors nor anything else that would need its number.
pub(super) struct Found {
    pub(super) text: Arc<str>,
    pub(super) parsed: Parsed,
}

/// The other thread, as the evaluator sees it. It ends when this is dropped.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    /// For what is read on this thread.
    reader: Reader,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to do for the thread.
    changed: Condvar,
    /// The thread has ended what it was at.
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    /// Paths as they were met.
    waiting: VecDeque<PathBuf>,
    /// Files that somebody has read or is reading. By their bytes, which are cheaper to look at than paths.
    begun: FxHashSet<OsString>,
    /// The one that the thread is at.
    reading: Option<OsString>,
    found: FxHashMap<OsString, Found>,
    /// The texts in `found`.
    bytes: usize,
    /// Whether the thread waits, and whether the evaluator waits for it.
    idle: bool,
    awaited: bool,
    /// How many files were asked for.
    taken: usize,
    ended: bool,
}

impl Shared {
    /// Nothing is left half done by a thread that panics with the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to read next; waits for it. `None` at the end.
    fn next(&self) -> Option<PathBuf> {
        let mut state = self.lock();
        loop {
            if state.ended {
                return None;
            }
            if let Some(path) = state.next() {
                return Some(path);
            }
            state.idle = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wake(&self, state: &mut State) {
        if std::mem::take(&mut state.idle) {
            self.changed.notify_one();
        }
    }
}

impl State {
    fn next(&mut self) -> Option<PathBuf> {
        if self.bytes < MOST_BYTES { self.waiting.pop_front() } else { None }
    }
}

impl Ahead {
    /// Starts a thread that reads these paths and those in their files; `None` where there is no thread to be had.
    pub(super) fn start(files: Arc<dyn Files>, root: &Path, paths: Vec<PathBuf>) -> Option<Self> {
        let shared = Arc::new(Shared::default());
        let real_root = files.canonicalize(root).ok()?;
        let root = root.to_owned();
        let reader = Reader { files, shared: shared.clone(), root, real_root, folders: FxHashMap::default() };
        let ahead = Self { shared, reader: reader.clone() };
        ahead.follow(paths);
        let mut reader = AtWork(reader);
        std::thread::Builder::new().name("reading ahead".to_owned()).spawn(move || reader.run()).ok()?;
        Some(ahead)
    }

    /// What was found at a path. If nothing, the caller reads the file, and nobody else does.
    pub(super) fn take(&mut self, path: &Path) -> Option<Found> {
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = state.found.remove(path.as_os_str()) {
                state.bytes -= found.text.len();
                state.taken += 1;
                // Not at each one: waking a thread takes as long as reading a small file.
                if state.bytes < MOST_BYTES / 2 && !state.waiting.is_empty() {
                    self.shared.wake(&mut state);
                }
                return Some(found);
            }
            if state.reading.as_deref() != Some(path.as_os_str()) {
                state.begun.insert(path.into());
                return None;
            }
            match state.next() {
                Some(next) => {
                    drop(state);
                    self.reader.follow(next, false);
                    state = self.shared.lock();
                }
                None => {
                    state.awaited = true;
                    state = self.shared.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Paths in a file that the evaluator has read itself: they are likely the next ones.
    pub(super) fn follow(&self, paths: Vec<PathBuf>) {
        let mut state = self.shared.lock();
        state.waiting.extend(paths.into_iter().filter(|path| path.starts_with(&self.reader.root)));
        self.shared.wake(&mut state);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_one();
    }
}

#[derive(Clone)]
struct Reader {
    files: Arc<dyn Files>,
    shared: Arc<Shared>,
    root: PathBuf,
    real_root: PathBuf,
    /// Folders that were met, and whether they really lie below the root.
    folders: FxHashMap<OsString, bool>,
}

/// What runs on the other thread. Whatever ends it, nobody waits for it after that.
struct AtWork(Reader);

impl AtWork {
    fn run(&mut self) {
        while let Some(path) = self.0.shared.next() {
            self.0.follow(path, true);
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.shared.lock().reading = None;
        self.0.shared.arrived.notify_one();
    }
}

impl Reader {
    /// Reads the file that a path means, unless somebody did.
    fn follow(&mut self, path: PathBuf, on_thread: bool) {
        let Some(path) = self.target(path) else { return };
        {
            let mut state = self.shared.lock();
            if !state.begun.insert(path.clone().into()) {
                return;
            }
            if on_thread {
                state.reading = Some(path.clone().into());
            }
        }
        let read = self.read(&path);
        let mut state = self.shared.lock();
        if on_thread {
            state.reading = None;
        }
        if let Some((found, paths)) = read {
            state.bytes += found.text.len();
            state.found.insert(path.into(), found);
            state.waiting.extend(paths.into_iter().filter(|path| path.starts_with(&self.root)));
        }
        if on_thread && std::mem::take(&mut state.awaited) {
            self.shared.arrived.notify_one();
        }
    }

    /// The file that `import` would read, if it is a plain one below the root.
    fn target(&mut self, path: PathBuf) -> Option<PathBuf> {
        let inside = path.parent().is_some_and(|folder| self.is_inside(folder));
        let file = match self.files.kind_of_link(&path).ok()? {
            _ if !inside => return None,
            FileKind::Folder => {
                let file = path.join("default.nix");
                // It is no link, so it lies where its folder lies.
                self.folders.insert(path.into(), true);
                (self.files.kind_of_link(&file).ok()? == FileKind::Regular).then_some(file)?
            }
            FileKind::Regular => path,
            FileKind::Symlink | FileKind::Other => return None,
        };
        file.extension().is_some_and(|it| it == "nix").then_some(file)
    }

    fn is_inside(&mut self, folder: &Path) -> bool {
        if let Some(known) = self.folders.get(folder.as_os_str()) {
            return *known;
        }
        // What is no link lies where its folder lies.
        let above = folder.parent().and_then(|above| self.folders.get(above.as_os_str()).copied());
        let plain =
            above == Some(true) && self.files.kind_of_link(folder).is_ok_and(|it| it == FileKind::Folder);
        let below_root = |real: PathBuf| real.starts_with(&self.real_root);
        let inside = plain || self.files.canonicalize(folder).is_ok_and(below_root);
        self.folders.insert(folder.into(), inside);
        inside
    }

    fn read(&self, path: &Path) -> Option<(Found, Vec<PathBuf>)> {
        let bytes = self.files.read_regular(path, LARGEST).ok()??;
        if syntax::ciphertext(&bytes).is_some() {
            return None;
        }
        let text: Arc<str> = String::from_utf8(bytes).ok()?.into();
        // Errors and pipes carry the number of their file, which only the evaluator gives.
        let parsed = syntax::parse(FileId(0), &text);
        if !parsed.errors.is_empty() || !parsed.pipes.is_empty() {
            return None;
        }
        let paths = paths_in(&parsed.module, path.parent()?);
        Some((Found { text, parsed }, paths))
    }
}

/// The relative paths written in a file, in order.
pub(super) fn paths_in(module: &Module, folder: &Path) -> Vec<PathBuf> {
    let written = module.exprs.iter().filter_map(|expr| match expr {
        Expr::Path(written) => Some(module.symbols.name(*written)),
        _ => None,
    });
    let relative = written.filter(|written| !written.starts_with('/'));
    relative.map(|written| PathBuf::from(paths::absolute(folder, written))).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::eval::{Evaluator, Settings};
    use crate::system::OverlayFiles;

    /// Gives way to the thread until something holds of it, but not for ever.
    fn comes_true(holds: impl Fn() -> bool) {
        let patience = 50_000_000;
        assert!(
            (0..patience).any(|_| holds() || {
                std::thread::yield_now();
                false
            }),
            "the thread comes to an end"
        );
    }

    /// Waits until the thread has read all that it would read.
    fn settle(ahead: &Ahead) {
        comes_true(|| ahead.shared.lock().idle);
    }

    /// A network whose files are of every kind, good and bad.
    fn files() -> Arc<dyn Files> {
        let mut files = OverlayFiles::alone();
        let mut top = String::from("{\n");
        for number in 0..52 {
            writeln!(top, "  m{number} = import ./machines/m{number};").unwrap();
            let folder = format!("/net/machines/m{number}");
            let text = match number {
                3 => "{ broken = ".to_owned(),
                5 => "{ piped = 1 |> (x: x); }".to_owned(),
                7 => "# nixwright: allow(missing-attribute) — it is a test\n{ gone = import ./gone.nix; }"
                    .to_owned(),
                9 => "{ outside = import ../../../etc/other.nix; }".to_owned(),
                _ => format!("{{ number = {number}; parts = map import [ ./part.nix ../shared.nix ]; }}"),
            };
            files.put(format!("{folder}/default.nix"), text);
            files.put(format!("{folder}/part.nix"), format!("{{ part = {number} + 1; at = ./part.nix; }}"));
        }
        top.push_str("  again = import ./machines/m1;\n  text = builtins.readFile ./machines/m2/part.nix;\n");
        top.push_str("  binary = import ./binary.nix;\n  secret = import ./secret.nix;\n}\n");
        files.put("/net/network.nix", top);
        files.put("/net/machines/shared.nix", "{ shared = throw \"no\"; }");
        files.put("/net/binary.nix", [0xff, 0xfe, 0]);
        files.put("/net/secret.nix", "$ANSIBLE_VAULT;1.1;AES256\n6162\n");
        files.put("/etc/other.nix", "{ other = true; }");
        Arc::new(files)
    }

    /// All that can be told of a run: values, reads, files and their numbers, errors.
    fn told(eval: &mut Evaluator, top: crate::value::Value) -> String {
        let mut out = String::new();
        let view = eval.attrs(top).unwrap();
        for attribute in view.attributes {
            let printed = eval.print_strict(attribute.value);
            let stop = printed
                .as_ref()
                .err()
                .map(|stop| (eval.error_of(*stop).cloned(), eval.unknown_of(*stop).cloned()));
            writeln!(out, "{} {printed:?} {stop:?}", eval.name(attribute.name)).unwrap();
        }
        let files: Vec<_> = eval.sources().iter().map(|(id, file)| (id, &file.path, &file.text)).collect();
        writeln!(out, "{files:?}").unwrap();
        writeln!(out, "{:?} {:?} {:?}", eval.reads(), eval.syntax_errors(), eval.pipes()).unwrap();
        writeln!(out, "{:?} {}", eval.allows(), eval.steps()).unwrap();
        out
    }

    fn evaluator(files: Arc<dyn Files>, ahead: bool) -> Evaluator {
        let settings = Settings { allowed_roots: vec!["/".into()], read_ahead: ahead, ..Settings::default() };
        Evaluator::new(files, settings)
    }

    #[test]
    fn nothing_but_time_changes() {
        let run = |ahead: bool, wait: bool| {
            let mut eval = evaluator(files(), ahead);
            let top = eval.import(Path::new("/net/network.nix")).unwrap();
            assert_eq!(eval.ahead.is_some(), ahead);
            if let Some(ahead) = eval.ahead.as_ref().filter(|_| wait) {
                settle(ahead);
            }
            let said = told(&mut eval, top);
            (said, eval.ahead.as_ref().map_or(0, |ahead| ahead.shared.lock().taken))
        };
        let (alone, _) = run(false, false);
        assert!(alone.contains("the file `/net/machines/m7/gone.nix` does not exist"), "{alone}");
        let (waited, taken) = run(true, true);
        assert_eq!(waited, alone);
        // All but the broken, the piped and what lies elsewhere: 50 machines, the parts of 48 and the shared file.
        assert_eq!(taken, 99);
        for _ in 0..20 {
            assert_eq!(run(true, false).0, alone);
        }
    }

    #[test]
    fn what_nobody_asks_for_is_bounded() {
        let mut files = OverlayFiles::alone();
        let paths: String = (0..64).map(|number| format!("./{number}.nix ")).collect();
        for number in 0..64 {
            files.put(format!("/net/{number}.nix"), format!("# {}\n{number}", "x".repeat(100_000)));
        }
        files.put("/net/default.nix", format!("[ {paths} ]"));
        let mut eval = evaluator(Arc::new(files), true);
        eval.import(Path::new("/net")).unwrap();
        let ahead = eval.ahead.as_ref().expect("there are many paths");
        settle(ahead);
        assert!((MOST_BYTES..MOST_BYTES + 100_100).contains(&ahead.shared.lock().bytes));
    }

    #[test]
    fn the_thread_ends_with_the_evaluator() {
        let mut eval = evaluator(files(), true);
        eval.import(Path::new("/net/network.nix")).unwrap();
        let shared =
            eval.ahead.as_ref().map(|ahead| Arc::downgrade(&ahead.shared)).expect("there are many paths");
        drop(eval);
        comes_true(|| shared.strong_count() == 0);
    }
}

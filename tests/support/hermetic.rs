//! A hermetic environment for tests of the command line: an own home, own XDG folders, a working
//! folder, a fixed time zone and language, and no variable of the caller's but PATH. It starts no
//! machine; see `sandbox` for those.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::run::{Invocation, Run};
use super::temporary::TemporaryFolder;

pub(crate) struct Hermetic {
    folder: TemporaryFolder,
}

impl Hermetic {
    pub(crate) fn new() -> Self {
        let hermetic = Self { folder: TemporaryFolder::new() };
        for part in ["home", "work"] {
            std::fs::create_dir(hermetic.folder.path().join(part)).expect("a fresh folder is empty");
        }
        hermetic
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where programs are started, and where `write` puts its files.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file below the working folder, with the folders it needs.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(path);
        let parent = path.parent().expect("a file below a folder has a parent");
        std::fs::create_dir_all(parent).expect("folders below a temporary one can be made");
        std::fs::write(&path, text).expect("files below a temporary folder can be written");
        path
    }

    /// Runs nixwright in the working folder.
    pub(crate) fn nixwright(&self, arguments: &[impl AsRef<OsStr>]) -> Run {
        self.command(nixwright(), arguments).run()
    }

    /// Any program in the same environment; `command(nixwright(), …)` to change something of it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> Invocation {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Invocation::new(program, arguments).envs(&variables(&self.home(), path)).folder(&self.work())
    }

    /// Replaces what differs from run to run, for comparison with a recorded text.
    pub(crate) fn redact(&self, text: &str) -> String {
        redact(text, self.folder.path())
    }
}

impl Default for Hermetic {
    fn default() -> Self {
        Self::new()
    }
}

/// The program under test, as cargo built it for these tests.
pub(crate) fn nixwright() -> PathBuf {
    option_env!("CARGO_BIN_EXE_nixwright").map_or_else(|| PathBuf::from("nixwright"), PathBuf::from)
}

/// The whole environment of a program under test.
pub(crate) fn variables(home: &Path, path: OsString) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = vec![
        ("HOME".into(), home.into()),
        ("PATH".into(), path),
        ("USER".into(), "root".into()),
        ("TZ".into(), "UTC".into()),
        ("LC_ALL".into(), "C.UTF-8".into()),
        ("TERM".into(), "dumb".into()),
        // Reports are cut to the terminal's width, which a pipe does not have.
        ("COLUMNS".into(), "100".into()),
    ];
    for (name, folder) in [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ] {
        variables.push((name.into(), home.join(folder).into()));
    }
    variables
}

/// `[folder]` for the temporary folder, `[uuid]` for UUIDs, `[hash]` for the hashes of store paths.
pub(crate) fn redact(text: &str, folder: &Path) -> String {
    let text = text.replace(&*folder.to_string_lossy(), "[folder]");
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = uuid_at_start(rest) {
            redacted.push_str("[uuid]");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("/nix/store/").and_then(hash_at_start) {
            redacted.push_str("/nix/store/[hash]-");
            rest = after;
        } else {
            redacted.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    redacted
}

fn uuid_at_start(text: &str) -> Option<&str> {
    let candidate = text.get(..36)?;
    candidate
        .bytes()
        .enumerate()
        .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
        .then(|| &text[36..])
}

fn hash_at_start(text: &str) -> Option<&str> {
    let hash = text.get(..32)?;
    let rest = text[32..].strip_prefix('-')?;
    hash.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()).then_some(rest)
}

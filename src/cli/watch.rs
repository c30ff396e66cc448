//! `check --watch`: checks again whenever a file of the network changes. What a round does is handed in.
//!
//! Files are asked for their stamps again and again. Notifications of the system would be quicker by a few milliseconds, and
//! would miss what another computer or a container writes; asking a thousand files takes a millisecond or two.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{CommandError, ErrorKind, ExitCode, Ui};
use crate::report::findings::plural;
use crate::system::{FileKind, Files, Stamp, System};

/// How long files are left alone between two looks at them.
const PAUSE: Duration = Duration::from_millis(50);
/// An editor that saves in several steps has a moment to finish; after so many looks nobody waits any longer.
const MOST_LOOKS: usize = 10;
/// Folders beside the network in which a missing file may appear. More are not looked at.
const MOST_FOLDERS: usize = 2_000;

/// What a round did.
pub(super) struct Round {
    pub(super) code: ExitCode,
    /// The files that were read, with their texts.
    pub(super) files: Vec<(PathBuf, std::sync::Arc<str>)>,
}

/// Runs rounds until the user has had enough; ends as the last one did.
pub(super) async fn watch(
    system: &System,
    ui: &mut Ui<'_>,
    clears: bool,
    mut round: impl FnMut(&mut Ui<'_>) -> Result<Round, CommandError>,
) -> Result<ExitCode, CommandError> {
    let mut watched = Watched::default();
    let mut code = None;
    loop {
        if clears {
            ui.print("\x1b[2J\x1b[3J\x1b[H")?;
        }
        match round(ui) {
            Ok(done) => {
                watched = Watched::new(system.files.as_ref(), &done.files);
                code = Some(done.code);
                ui.finish()?;
                if clears {
                    let files = plural(done.files.len(), "file");
                    ui.say(&format!("\nwatching {files}; Ctrl-C ends this"));
                }
            }
            // A file that is gone for a moment comes back.
            Err(error) if code.is_some() && error.kind == ErrorKind::Usage => {
                ui.say(&error.to_string());
                code = Some(error.exit_code());
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = watched.change(system.files.as_ref()) => {}
            _ = tokio::signal::ctrl_c() => return Ok(code.unwrap_or(ExitCode::Done)),
        }
    }
}

/// The stamps of files and folders when they were last looked at; nothing for what is not there.
#[derive(Default)]
struct Watched {
    stamps: BTreeMap<PathBuf, Option<Stamp>>,
}

impl Watched {
    /// The files, their folders, and the folders in these: something that is missing may appear there.
    fn new(files: &dyn Files, read: &[(PathBuf, std::sync::Arc<str>)]) -> Self {
        let mut stamps = BTreeMap::new();
        for (path, text) in read {
            // What was saved while it was checked has changed already.
            let stamp = files.stamp(path).ok();
            let is_same = files.read(path).is_ok_and(|now| now == text.as_bytes());
            stamps.insert(path.clone(), stamp.filter(|_| is_same));
        }
        let mut folders: Vec<PathBuf> =
            read.iter().filter_map(|(path, _)| path.parent()).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        for folder in folders {
            let inner = files.read_folder(&folder).unwrap_or_default();
            let inner = inner.into_iter().filter(|(name, kind)| *kind == FileKind::Folder && name != ".git");
            let inner: Vec<PathBuf> = inner.map(|(name, _)| folder.join(name)).collect();
            for folder in std::iter::once(folder).chain(inner) {
                if stamps.len() < read.len() + MOST_FOLDERS {
                    let stamp = files.stamp(&folder).ok();
                    stamps.entry(folder).or_insert(stamp);
                }
            }
        }
        Self { stamps }
    }

    /// Looks at everything once; whether something is not as it was.
    fn look(&mut self, files: &dyn Files) -> bool {
        let mut changed = false;
        for (path, stamp) in &mut self.stamps {
            let now = files.stamp(path).ok();
            changed |= now != *stamp;
            *stamp = now;
        }
        changed
    }

    /// Waits for a change, and until nothing changes any more.
    async fn change(&mut self, files: &dyn Files) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if self.look(files) {
                break;
            }
        }
        for _ in 0..MOST_LOOKS {
            tokio::time::sleep(PAUSE).await;
            if !self.look(files) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests that make files of their own")]

    use super::*;
    use crate::system::OsFiles;

    #[test]
    fn what_changes_appears_or_vanishes_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("inner")).unwrap();
        std::fs::write(path("a.nix"), "{ }").unwrap();
        let mut watched = Watched::new(&OsFiles, &[(path("a.nix"), "{ }".into())]);
        assert!(!watched.look(&OsFiles));
        std::fs::write(path("a.nix"), "{ a = 1; }").unwrap();
        assert!(watched.look(&OsFiles) && !watched.look(&OsFiles), "a file was saved");
        std::fs::write(path("new"), "{ }").unwrap();
        std::fs::rename(path("new"), path("a.nix")).unwrap();
        assert!(watched.look(&OsFiles), "a file was replaced");
        std::fs::write(path("inner/b.nix"), "{ }").unwrap();
        assert!(watched.look(&OsFiles) && !watched.look(&OsFiles), "a file appeared");
        std::fs::remove_file(path("a.nix")).unwrap();
        assert!(watched.look(&OsFiles) && !watched.look(&OsFiles), "a file vanished");
    }

    #[test]
    fn what_was_saved_meanwhile_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.nix");
        std::fs::write(&path, "{ later = 1; }").unwrap();
        assert!(Watched::new(&OsFiles, &[(path, "{ }".into())]).look(&OsFiles));
    }
}

//! Which findings count: `check --since` and `--baseline`. Asks git, reads and writes the baseline; what either means is
//! known in `checks` and `git`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{CommandError, Ui};
use crate::checks::{self, Baseline, BaselineError, Found, Levels, News};
use crate::findings::{self, Finding, Fingerprint, fingerprints};
use crate::git::{Changes, GitError};
use crate::network::{Network, Request};
use crate::report::findings::{LeftOut, plural, shown_path};
use crate::system::System;

/// What does not count.
#[derive(Debug, Default, clap::Args)]
pub(super) struct CountArgs {
    /// Shows only what changed since a git revision: findings in files that differ from the last commit that REV and HEAD have
    /// in common (also what is not committed, and new files), findings that a place in such a file leads to, and findings that
    /// were not there before. Needs git
    #[arg(long, value_name = "REV", conflicts_with_all = ["repairs", "stdin_path"])]
    since: Option<String>,

    /// Leaves out the findings that stand in this file; without it the `baseline` of `nixwright.toml`
    #[arg(long, value_name = "FILE", conflicts_with = "stdin_path")]
    baseline: Option<PathBuf>,

    /// Writes all that is found into the baseline
    #[arg(long, conflicts_with_all = ["since", "repairs", "watch", "stdin_path"])]
    write_baseline: bool,

    /// Drops from the baseline what does not occur any more, and adds nothing
    #[arg(long, conflicts_with_all = ["write_baseline", "repairs", "watch", "stdin_path"])]
    update_baseline: bool,

    /// Uses no baseline, whatever `nixwright.toml` says
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline", "update_baseline"])]
    no_baseline: bool,
}

/// What a run found, before it is known what counts.
pub(super) struct Run<'a> {
    pub(super) request: &'a Request,
    pub(super) network: &'a Network,
    pub(super) levels: &'a Levels,
    pub(super) found: &'a [Finding],
    /// What the project says.
    pub(super) baseline: Option<&'a Path>,
    pub(super) with_nix: bool,
}

/// The findings that count.
pub(super) struct Counted {
    pub(super) found: Vec<Finding>,
    pub(super) fingerprints: Vec<Fingerprint>,
    pub(super) left_out: LeftOut,
    /// What paths in fingerprints are relative to.
    pub(super) root: PathBuf,
}

impl CountArgs {
    /// Takes out what does not count.
    pub(super) fn applied(
        &self,
        system: &System,
        ui: &mut Ui<'_>,
        run: &Run<'_>,
    ) -> Result<Counted, CommandError> {
        let named = self.baseline.as_ref().map(|it| system.environment.absolute(it));
        let path = named.or_else(|| run.baseline.map(Path::to_owned)).filter(|_| !self.no_baseline);
        let path = path.map(|it| canonical(system, &it));
        if path.is_none() && (self.write_baseline || self.update_baseline) {
            return Err(CommandError::usage("it is not known which file is the baseline").hint(
                "name it: `--baseline FILE`, or `baseline = \"FILE\"` below `[check]` in nixwright.toml",
            ));
        }
        let root = root(system, run.network, path.as_deref());
        let prints = fingerprints(run.found, run.network.sources(), &root);
        let mut counts = vec![true; run.found.len()];
        let mut left_out = LeftOut::default();
        if let Some(path) = &path {
            let found = Found {
                network: run.network,
                levels: run.levels,
                findings: run.found,
                fingerprints: &prints,
                root: &root,
                with_nix: run.with_nix,
            };
            let baseline = self.baseline(system, ui, path, &found)?;
            let known = baseline.fingerprints();
            for (counts, print) in counts.iter_mut().zip(&prints) {
                *counts = !known.contains(print);
            }
            left_out.baseline = counts.iter().filter(|it| !**it).count();
        }
        if let Some(revision) = &self.since {
            let since = Since::new(system, run, revision, &root)?;
            let changed = |path: &Path| since.changes.holds(path);
            let news = News { changed: &changed, before: &since.before };
            for ((counts, finding), print) in counts.iter_mut().zip(run.found).zip(&prints) {
                if *counts && !news.has(run.network.sources(), finding, print) {
                    *counts = false;
                    left_out.unchanged += 1;
                }
            }
        }
        let (mut found, fingerprints): (Vec<Finding>, _) = (run.found.iter().zip(prints).zip(counts))
            .filter(|(_, counts)| *counts)
            .map(|((finding, print), _)| (finding.clone(), print))
            .unzip();
        findings::hide_still(&mut found, findings::hidden_by(run.found));
        Ok(Counted { found, fingerprints, left_out, root })
    }

    /// The baseline as it holds for this run. It is written where that is asked for.
    fn baseline(
        &self,
        system: &System,
        ui: &mut Ui<'_>,
        path: &Path,
        found: &Found<'_>,
    ) -> Result<Baseline, CommandError> {
        let files = system.files.as_ref();
        let shown = shown_path(path, system.environment.working_folder());
        let is_new = self.write_baseline && files.kind(path).is_err();
        let old = if is_new { Baseline::default() } else { read(system, path)? };
        if self.write_baseline {
            let new = old.renewed(found, files);
            write(system, path, &new)?;
            ui.say(&format!("wrote {shown}: {}", plural(new.len(), "finding")));
            return Ok(new);
        }
        let gone = old.gone(found, files);
        if gone.is_empty() {
            return Ok(old);
        }
        let (entries, occur) = match gone.len() {
            1 => ("1 entry".to_owned(), "occurs"),
            count => (format!("{count} entries"), "occur"),
        };
        if self.update_baseline {
            let new = old.without(&gone);
            write(system, path, &new)?;
            ui.say(&format!("dropped {entries} of {shown} that no longer {occur}"));
            return Ok(new);
        }
        ui.say(&format!("hint: {entries} of {shown} no longer {occur}; `--update-baseline` drops them"));
        Ok(old)
    }
}

/// What the project's own baseline leaves of the findings of a network; for commands that check before they act.
pub(super) fn without_known(
    system: &System,
    baseline: Option<&Path>,
    network: &Network,
    found: Vec<Finding>,
) -> Result<Vec<Finding>, CommandError> {
    let Some(path) = baseline else { return Ok(found) };
    let path = canonical(system, path);
    let root = root(system, network, Some(&path));
    let hidden = findings::hidden_by(&found);
    let mut left = read(system, &path)?.unknown_of(found, network, &root);
    findings::hide_still(&mut left, hidden);
    Ok(left)
}

/// A file by the one name that it has for everybody; it need not be there yet.
fn canonical(system: &System, path: &Path) -> PathBuf {
    if let Ok(canonical) = system.files.canonicalize(path) {
        return canonical;
    }
    match (path.parent().map(|it| system.files.canonicalize(it)), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn root(system: &System, network: &Network, baseline: Option<&Path>) -> PathBuf {
    let input = network.inputs.first().map(|it| network.sources().path(it.file));
    let input = input.unwrap_or(system.environment.working_folder());
    checks::root_of(system.files.as_ref(), input, baseline)
}

fn read(system: &System, path: &Path) -> Result<Baseline, CommandError> {
    let shown = || path.display().to_string();
    let bytes = system.files.read(path).map_err(|source| {
        let is_missing = source.kind() == std::io::ErrorKind::NotFound;
        let error = CommandError::usage(FileError::Unreadable { path: shown(), source });
        if is_missing {
            error.hint("`nixwright check --baseline FILE --write-baseline` makes one")
        } else {
            error
        }
    })?;
    Baseline::read(&bytes).map_err(|source| {
        let hint = match &source {
            BaselineError::Newer { .. } => "use the nixwright that wrote it, or a newer one",
            BaselineError::NotOne(_) => {
                "is it the right file? A damaged one is deleted, and made anew with `--write-baseline`"
            }
        };
        CommandError::usage(FileError::NotOne { path: shown(), source }).hint(hint)
    })
}

fn write(system: &System, path: &Path, baseline: &Baseline) -> Result<(), CommandError> {
    let mode = system.files.mode(path).unwrap_or(0o644);
    system.files.write(path, baseline.text().as_bytes(), mode).map_err(|source| {
        CommandError::usage(FileError::Unwritable { path: path.display().to_string(), source })
    })
}

#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("could not read the baseline `{path}`")]
    Unreadable { path: String, source: std::io::Error },
    #[error("`{path}` is no baseline that can be used")]
    NotOne { path: String, source: BaselineError },
    #[error("could not write the baseline `{path}`")]
    Unwritable { path: String, source: std::io::Error },
}

/// What changed since a revision, and what was found before.
struct Since {
    changes: Changes,
    before: FxHashSet<Fingerprint>,
}

impl Since {
    fn new(system: &System, run: &Run<'_>, revision: &str, root: &Path) -> Result<Self, CommandError> {
        let sources = run.network.sources();
        let input = run.network.inputs.first().map(|it| sources.path(it.file));
        let here = system.environment.working_folder();
        let folder = input.and_then(Path::parent).unwrap_or(here);
        let asked = async {
            let changes = Changes::since(Arc::clone(&system.processes), folder, revision).await?;
            let files = Arc::clone(&run.request.files);
            let earlier = changes.earlier_files(files, |path| sources.find(path).is_some()).await?;
            Ok::<_, GitError>((changes, earlier))
        };
        let (changes, earlier) = waited(asked)??;
        let request = Request { files: Arc::new(earlier), ..run.request.clone() };
        // A network that could not be read before is new from its first line.
        let before = Network::load(&request).map(|network| {
            let found = checks::run(&network, run.levels);
            fingerprints(&found, network.sources(), root).into_iter().collect()
        });
        Ok(Self { changes, before: before.unwrap_or_default() })
    }
}

/// Waits for the world, also inside of a command that waits itself: on a thread of its own.
fn waited<T: Send>(asked: impl Future<Output = T> + Send) -> Result<T, CommandError> {
    let wait = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(runtime.map_err(CommandError::usage)?.block_on(asked))
    };
    let waited = std::thread::scope(|scope| scope.spawn(wait).join());
    waited.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let hint = error.hint();
        let mut error = CommandError::usage(error);
        error.hints.extend(hint);
        error
    }
}

//! Files that will not be there when they are needed: those of a flake that git does not know, and keys that are to be
//! sent and do not lie where the network says. Reads nothing but names and git's index.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::eval::{Access, Evaluator};
use crate::options::{Plain, PlainKind};
use crate::system::Files;
use crate::text::{FileId, Span};

use super::git_index::GitIndex;
use super::ignored::Absence;
use super::machine::Machine;
use super::model::first_code;
use super::suggest::did_you_mean;

/// A file that a flake reads and git does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntrackedFile {
    /// Relative to the top of the work tree.
    pub path: PathBuf,
    /// The path that names it, or the beginning of the file itself.
    pub at: Span,
    /// Whether git was told to ignore it.
    pub ignored: bool,
}

/// A key whose file is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingKey {
    pub machine: String,
    pub key: String,
    pub path: PathBuf,
    pub at: Span,
    pub help: Option<String>,
    /// Whether nothing says that it may be made elsewhere.
    pub certain: bool,
}

/// What a flake in `folder` read and git does not know.
pub(super) fn untracked(
    eval: &Evaluator,
    files: &dyn Files,
    folder: &Path,
    user_files: &[FileId],
) -> Vec<UntrackedFile> {
    let is_top = |it: &&Path| files.kind(&it.join(".git")).is_ok();
    let Some(top) = folder.ancestors().find(is_top) else { return Vec::new() };
    let Some(index) = GitIndex::read(files, top) else { return Vec::new() };
    let Ok(real_top) = files.canonicalize(top) else { return Vec::new() };
    let mut found: Vec<UntrackedFile> = Vec::new();
    let mut seen: FxHashSet<PathBuf> = FxHashSet::default();
    let mut literals: Option<Vec<(PathBuf, Span)>> = None;
    for read in eval.reads().iter().filter(|it| it.found && it.access == Access::Read) {
        if !read.path.starts_with(top) || read.path.ends_with("flake.lock") {
            continue;
        }
        let Ok(real) = files.canonicalize(&read.path) else { continue };
        let Ok(path) = real.strip_prefix(&real_top) else { continue };
        if index.knows(path) || !seen.insert(path.to_owned()) {
            continue;
        }
        // A repository inside of this one is another matter.
        if real.ancestors().skip(1).find(is_top) != Some(real_top.as_path()) {
            continue;
        }
        let literals = literals.get_or_insert_with(|| eval.paths_written(user_files));
        let named = literals.iter().filter(|(written, _)| read.path.starts_with(written));
        let nearest = named.max_by_key(|(written, _)| written.as_os_str().len()).map(|it| it.1);
        let itself = || eval.sources().find(&read.path).map(|file| first_code(eval.sources(), file));
        let Some(at) = nearest.or_else(itself) else { continue };
        let ignored = Absence::of(files, &read.path) == Some(Absence::Ignored);
        found.push(UntrackedFile { path: path.to_owned(), at, ignored });
    }
    found
}

/// Keys of these machines that come from files which are not there. Only paths, and strings relative to the network's
/// folder, are looked at: what lies elsewhere on the deploying machine need not lie on this one.
pub(super) fn missing_keys(
    eval: &Evaluator,
    files: &dyn Files,
    folder: &Path,
    machines: &[Arc<Machine>],
) -> Vec<MissingKey> {
    let mut found = Vec::new();
    for machine in machines {
        for (option, source) in [("keys", "keyFile"), ("secrets", "source")] {
            let path = ["deployment", option];
            for definition in machine.definitions_of(&path).filter(|it| it.certain) {
                for key in definition.value.as_set().unwrap_or_default() {
                    let options = key.value.as_set().unwrap_or_default();
                    let Some(value) = options.iter().find(|it| it.name.as_ref() == source) else { continue };
                    let Some(path) = place(folder, &value.value) else { continue };
                    let elsewhere = eval.sources().slice(value.value.at).starts_with('/');
                    if elsewhere || files.kind(&path).is_ok() {
                        continue;
                    }
                    let absence = Absence::of(files, &path);
                    let entries = path.parent().and_then(|it| files.read_folder(it).ok());
                    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
                    let near = entries.iter().flatten().map(|(name, _)| name.as_str());
                    let help = match absence {
                        Some(absence) => Some(absence.help().to_owned()),
                        None => did_you_mean(name, near),
                    };
                    found.push(MissingKey {
                        machine: machine.name.as_str().to_owned(),
                        key: key.name.to_string(),
                        path,
                        at: value.value.at,
                        certain: absence.is_none() && entries.is_some(),
                        help,
                    });
                }
            }
        }
    }
    found
}

fn place(folder: &Path, value: &Plain) -> Option<PathBuf> {
    match &value.kind {
        PlainKind::Path(path) => Some(PathBuf::from(path.as_ref())),
        PlainKind::String(text) if !text.is_empty() && !text.starts_with(['/', '~']) => {
            Some(folder.join(text.as_ref()))
        }
        _ => None,
    }
}

//! Applies repairs to texts, again and again until none is left. Writes no file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::findings::{Edit, Finding, Fix};
use crate::network::{LoadError, Network, Request};
use crate::system::{Files, OverlayFiles};
use crate::text::FileId;

use super::Levels;

/// A repair may uncover a mistake that can be repaired as well. Nothing goes deeper in practice, and what does not end
/// here never would.
const MOST_ROUNDS: usize = 10;

/// Where nobody edits.
const STORE: &str = "/nix/store";

/// Which repairs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repairs {
    /// Those that keep what the author certainly meant.
    Safe,
    /// Those that need a look as well.
    All,
}

impl Repairs {
    /// The repair of a finding that is made.
    pub fn of(self, finding: &Finding) -> Option<&Fix> {
        let safe = finding.fixes.iter().find(|fix| fix.safe);
        safe.or_else(|| finding.fixes.first().filter(|_| self == Repairs::All))
    }
}

/// A file that repairs change.
#[derive(Clone, Debug)]
pub struct RepairedFile {
    pub path: PathBuf,
    pub before: Arc<str>,
    pub after: Arc<str>,
}

/// A network after all repairs, and what they were.
pub struct Repaired {
    pub network: Network,
    /// What is still wrong.
    pub found: Vec<Finding>,
    /// By path.
    pub files: Vec<RepairedFile>,
    /// How many findings of each check were repaired.
    pub done: BTreeMap<&'static str, usize>,
    /// Findings that were left alone because their files do not belong to the project.
    pub elsewhere: usize,
}

/// Repairs what can be repaired in the files of the project: those in the working trees, or else in the folders, of the
/// files that were given. `network` is what was loaded for this request, and `found` what is wrong in it.
pub fn repaired(
    request: &Request,
    levels: &Levels,
    which: Repairs,
    network: Network,
    found: Vec<Finding>,
) -> Result<Repaired, LoadError> {
    let folders = project_folders(request.files.as_ref(), &network);
    let mut repaired = Repaired { network, found, files: Vec::new(), done: BTreeMap::new(), elsewhere: 0 };
    let mut files: BTreeMap<PathBuf, RepairedFile> = BTreeMap::new();
    let mut overlay = OverlayFiles::over(request.files.clone());
    for _ in 0..MOST_ROUNDS {
        let round = round(&repaired.network, &repaired.found, which, &folders);
        repaired.elsewhere = round.elsewhere;
        if round.texts.is_empty() {
            break;
        }
        let mut after = files.clone();
        for (file, text) in round.texts {
            let source = repaired.network.sources().file(file);
            overlay.put(&source.path, &text);
            let (path, before, text) = (source.path.clone(), source.text.clone(), Arc::from(text));
            after.entry(path.clone()).and_modify(|it| it.after = Arc::clone(&text)).or_insert(RepairedFile {
                path,
                before,
                after: text,
            });
        }
        let next = Request { files: Arc::new(overlay.clone()), ..request.clone() };
        let network = Network::load(&next)?;
        if network.syntax_errors.len() > repaired.network.syntax_errors.len() {
            // A repair that breaks a file is none.
            break;
        }
        repaired.found = super::run(&network, levels);
        repaired.network = network;
        files = after;
        for id in round.done {
            *repaired.done.entry(id).or_default() += 1;
        }
    }
    repaired.files = files.into_values().collect();
    Ok(repaired)
}

/// Where the files of the project lie.
fn project_folders(files: &dyn Files, network: &Network) -> Vec<PathBuf> {
    let begins =
        |folder: &&Path| [".git", "flake.nix"].iter().any(|mark| files.kind(&folder.join(mark)).is_ok());
    let folder = |path: &Path| {
        let tree = path.ancestors().skip(1).find(begins);
        tree.or(path.parent()).map(Path::to_owned)
    };
    let inputs = network.inputs.iter().map(|it| network.sources().path(it.file));
    inputs.filter_map(folder).filter(|it| !it.starts_with(STORE)).collect()
}

/// What one pass over the findings changes.
struct Round {
    texts: Vec<(FileId, String)>,
    done: Vec<&'static str>,
    elsewhere: usize,
}

/// Of two repairs that touch the same place, the first counts; the other one has its turn in the next round.
fn round(network: &Network, found: &[Finding], which: Repairs, folders: &[PathBuf]) -> Round {
    let sources = network.sources();
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let mut round = Round { texts: Vec::new(), done: Vec::new(), elsewhere: 0 };
    for (finding, fix) in found.iter().filter_map(|it| Some((it, which.of(it)?))) {
        let is_ours = |edit: &Edit| folders.iter().any(|it| sources.path(edit.span.file).starts_with(it));
        if !fix.edits.iter().all(is_ours) {
            round.elsewhere += 1;
            continue;
        }
        // All edits of a fix or none: half a repair is damage.
        let free = |edit: &Edit| {
            edits.get(&edit.span.file).is_none_or(|taken| taken.iter().all(|it| !touches(it, edit)))
        };
        let changes = fix.edits.iter().any(|edit| sources.slice(edit.span) != edit.text);
        if changes && fix.edits.iter().all(free) {
            round.done.push(finding.id);
            for edit in &fix.edits {
                edits.entry(edit.span.file).or_default().push(edit);
            }
        }
    }
    round.texts =
        edits.into_iter().map(|(file, edits)| (file, apply(&sources.file(file).text, edits))).collect();
    round
}

fn touches(a: &Edit, b: &Edit) -> bool {
    a.span.start < b.span.end && b.span.start < a.span.end || a.span.start == b.span.start
}

/// The text with these edits made, none of which touches another one.
pub fn apply(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span.start);
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        fixed.push_str(text.get(at..edit.span.start as usize).unwrap_or_default());
        fixed.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    fixed.push_str(text.get(at..).unwrap_or_default());
    fixed
}

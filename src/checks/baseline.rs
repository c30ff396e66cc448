//! The baseline of a project: findings that are known and do not count, so that an old network can start clean. What its file
//! holds and means; reads and writes none.
//!
//! Of a finding only its check, its file and its fingerprint are kept: no text of the user, which may be secret.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::findings::{Finding, Fingerprint, fingerprints, path_below};
use crate::network::{ArgumentProblemKind, Network};
use crate::system::Files;

use super::remark::FROM_NIX;
use super::{Levels, find};

/// The newest version that is read, and the one that is written.
const VERSION: u32 = 1;

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Known {
    /// The path of the file, relative to the root of the repository.
    pub file: String,
    /// The name of the check.
    pub check: String,
    /// Made from the check, the file, the words of the line, and how many like it stand above; not from its number.
    pub fingerprint: Fingerprint,
}

/// What `nixwright check --write-baseline` writes and `--baseline` reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Baseline {
    /// The version of this format.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// Sorted by file, check and fingerprint.
    findings: BTreeSet<Known>,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("it is not the JSON of a baseline")]
    NotOne(#[from] serde_json::Error),
    #[error("it has version {version}, and this nixwright reads up to version {VERSION}")]
    Newer { version: u64 },
}

/// All findings of a run, and what they are told apart by.
pub struct Found<'a> {
    pub network: &'a Network,
    pub levels: &'a Levels,
    pub findings: &'a [Finding],
    /// One for each.
    pub fingerprints: &'a [Fingerprint],
    /// What paths are relative to.
    pub root: &'a Path,
    /// Whether Nix was asked as well.
    pub with_nix: bool,
}

impl Baseline {
    /// Everything that was found.
    pub fn of(found: &Found<'_>) -> Self {
        let sources = found.network.sources();
        let known = found.findings.iter().zip(found.fingerprints).map(|(finding, fingerprint)| Known {
            file: path_below(found.root, sources.path(finding.span.file)),
            check: finding.id.to_owned(),
            fingerprint: fingerprint.clone(),
        });
        Self { version: VERSION, findings: known.collect() }
    }

    /// Reads the text of a file.
    pub fn read(bytes: &[u8]) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        match serde_json::from_slice::<Versioned>(bytes)?.version {
            version if version > u64::from(VERSION) => Err(BaselineError::Newer { version }),
            _ => Ok(serde_json::from_slice(bytes)?),
        }
    }

    /// The text of its file: one finding a line, so that two branches can be merged.
    pub fn text(&self) -> String {
        let line = |it: &Known| serde_json::to_string(it).expect("it has only strings");
        let lines: Vec<String> = self.findings.iter().map(|it| format!("    {}", line(it))).collect();
        let findings =
            if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": {findings}\n}}\n")
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Those that are known, by their fingerprints.
    pub fn fingerprints(&self) -> FxHashSet<&Fingerprint> {
        self.findings.iter().map(|it| &it.fingerprint).collect()
    }

    /// What is left of the findings of a network when the known ones are taken out.
    pub fn unknown_of(&self, findings: Vec<Finding>, network: &Network, root: &Path) -> Vec<Finding> {
        let known = self.fingerprints();
        let prints = fingerprints(&findings, network.sources(), root);
        let unknown = findings.into_iter().zip(&prints).filter(|(_, print)| !known.contains(print));
        unknown.map(|(finding, _)| finding).collect()
    }

    /// What does not occur any more. Nothing is said of what this run could not see: files that it did not read and that are
    /// still there, checks that are off, what only Nix says where Nix was not asked, and anything beside a mistake that
    /// keeps other checks from looking.
    pub fn gone(&self, found: &Found<'_>, files: &dyn Files) -> Vec<&Known> {
        let network = found.network;
        let missing = |it: &ArgumentProblemKind| *it == ArgumentProblemKind::Missing;
        if !network.syntax_errors.is_empty() || network.argument_problems.iter().any(|it| missing(&it.kind)) {
            return Vec::new();
        }
        let now: FxHashSet<&Fingerprint> = found.fingerprints.iter().collect();
        let is_seen = |it: &Known| {
            let path = found.root.join(&it.file);
            let was_read = network.sources().find(&path).is_some() || files.kind(&path).is_err();
            let was_sought = find(&it.check).is_none_or(|check| {
                found.levels.is_on(check) && (found.with_nix || !FROM_NIX.contains(&check.id))
            });
            was_read && was_sought
        };
        self.findings.iter().filter(|it| !now.contains(&it.fingerprint) && is_seen(it)).collect()
    }

    /// The same without some.
    pub fn without(&self, gone: &[&Known]) -> Self {
        let kept = self.findings.iter().filter(|it| !gone.contains(it));
        Self { version: VERSION, findings: kept.cloned().collect() }
    }

    /// What holds after everything that was found is taken in: what does not occur any more goes, and what this run could not
    /// see stays.
    pub fn renewed(&self, found: &Found<'_>, files: &dyn Files) -> Self {
        let mut renewed = self.without(&self.gone(found, files));
        renewed.findings.extend(Self::of(found).findings);
        renewed
    }
}

/// The folder that paths in fingerprints are relative to: where the repository of an input begins. Outside of a repository
/// it is the folder of the baseline, where the input lies below it, or else the folder of the input.
pub fn root_of(files: &dyn Files, input: &Path, baseline: Option<&Path>) -> PathBuf {
    let folder = input.parent().unwrap_or(input);
    let repository = folder.ancestors().find(|it| files.kind_of_link(&it.join(".git")).is_ok());
    let beside = baseline.and_then(Path::parent).filter(|it| folder.starts_with(it));
    repository.or(beside).unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::network::Request;
    use crate::system::OverlayFiles;

    /// Looks at what is found in a network of two files.
    fn with<T>(
        network: &str,
        other: &str,
        levels: &Levels,
        look: impl FnOnce(&Found<'_>, &dyn Files) -> T,
    ) -> T {
        let mut files = OverlayFiles::alone();
        files.put("/net/.git/HEAD", "");
        files.put("/net/deep/network.nix", network);
        files.put("/net/deep/other.nix", other);
        files.put("/net/elsewhere.nix", "{ }");
        let request = Request::new(Arc::new(files.clone()), vec!["/net/deep/network.nix".into()]);
        let network = Network::load(&request).unwrap();
        let findings = crate::checks::run(&network, levels);
        let root = root_of(&files, Path::new("/net/deep/network.nix"), None);
        let fingerprints = fingerprints(&findings, network.sources(), &root);
        let (findings, fingerprints) = (findings.as_slice(), fingerprints.as_slice());
        look(
            &Found { network: &network, levels, findings, fingerprints, root: &root, with_nix: false },
            &files,
        )
    }

    const TWO: &str = "{ web = import ./other.nix; db.deployment.targetHost = \"\"; }";
    const OTHER: &str = "{ deployment.targetPort = \"22\"; deployment.targetHost = \"w\"; }";

    fn known(baseline: &Baseline) -> Vec<(&str, &str)> {
        baseline.findings.iter().map(|it| (it.file.as_str(), it.check.as_str())).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let baseline = with(TWO, OTHER, &Levels::default(), |found, _| Baseline::of(found));
        assert_eq!(
            known(&baseline),
            [("deep/network.nix", "target-host-empty"), ("deep/other.nix", "target-port")]
        );
        let text = baseline.text();
        assert_eq!(text.lines().count(), 7, "{text}");
        assert_eq!(Baseline::read(text.as_bytes()).unwrap().text(), text);
        let empty = Baseline::default().text();
        assert!(Baseline::read(empty.as_bytes()).unwrap().is_empty());
        with(TWO, OTHER, &Levels::default(), |found, _| {
            let all = baseline.fingerprints();
            assert!(found.fingerprints.iter().all(|it| all.contains(it)));
        });
    }

    #[test]
    fn only_what_was_looked_for_can_be_gone() {
        let first = with(TWO, OTHER, &Levels::default(), |found, _| Baseline::of(found));
        let gone = |network: &str, other: &str, levels: &Levels| {
            with(network, other, levels, |found, files| {
                let gone = first.gone(found, files);
                gone.iter().map(|it| it.check.clone()).collect::<Vec<_>>()
            })
        };
        let good = OTHER.replace("\"22\"", "22");
        assert!(gone(TWO, OTHER, &Levels::default()).is_empty());
        assert_eq!(gone(TWO, &good, &Levels::default()), ["target-port"]);
        let mut off = Levels::default();
        off.allow("target-port").unwrap();
        assert!(gone(TWO, &good, &off).is_empty(), "a check that is off finds nothing");
        assert!(gone("{ web = 1 }", &good, &Levels::default()).is_empty(), "grammar comes first");
        let alone = "{ db.deployment.targetHost = \"\"; }";
        assert_eq!(
            gone(alone, OTHER, &Levels::default()),
            ["target-host-empty"],
            "not of a file that was not read"
        );
    }

    #[test]
    fn a_renewed_one_keeps_what_could_not_be_seen() {
        let mut old = with(TWO, OTHER, &Levels::default(), |found, _| Baseline::of(found));
        let sample = old.findings.first().unwrap().clone();
        let more = |file: &str, check: &str| Known {
            file: file.to_owned(),
            check: check.to_owned(),
            ..sample.clone()
        };
        old.findings.extend([
            more("elsewhere.nix", "target-port"),
            more("deleted.nix", "target-port"),
            more("deep/network.nix", "nix-evaluation"),
        ]);
        for it in ["elsewhere.nix", "deleted.nix"] {
            let mut known = old.findings.iter().find(|known| known.file == it).unwrap().clone();
            old.findings.remove(&known);
            known.fingerprint = serde_json::from_value("0".repeat(32).into()).unwrap();
            old.findings.insert(known);
        }
        let new = "{ web = import ./other.nix; db.deployment.targetHost = \"a b\"; }";
        let renewed = with(new, OTHER, &Levels::default(), |found, files| old.renewed(found, files));
        assert_eq!(
            known(&renewed),
            [
                ("deep/network.nix", "nix-evaluation"),
                ("deep/network.nix", "target-host-format"),
                ("deep/other.nix", "target-port"),
                ("elsewhere.nix", "target-port"),
            ]
        );
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let error = |text: &str| Baseline::read(text.as_bytes()).unwrap_err().to_string();
        for text in
            ["", "[]", "{ }", "{ web = 1; }", "{\"version\": 1}", "{\"version\": 1, \"findings\": [1]}"]
        {
            assert_eq!(error(text), "it is not the JSON of a baseline", "{text}");
        }
        assert!(error("{\"version\": 2, \"known\": {}}").contains("reads up to version 1"));
        assert!(Baseline::read(b"{\"version\": 1, \"findings\": [], \"more\": 1}").is_ok());
    }

    #[test]
    fn a_root_is_the_same_wherever_one_stands() {
        let mut files = OverlayFiles::alone();
        files.put("/a/.git", "gitdir: /elsewhere");
        files.put("/a/b/c/network.nix", "");
        let network = Path::new("/a/b/c/network.nix");
        assert_eq!(root_of(&files, network, Some(Path::new("/a/b/known.json"))), Path::new("/a"));
        let files = OverlayFiles::alone();
        assert_eq!(root_of(&files, network, Some(Path::new("/a/b/known.json"))), Path::new("/a/b"));
        assert_eq!(root_of(&files, network, Some(Path::new("/x/known.json"))), Path::new("/a/b/c"));
    }
}

//! Findings as the protocol's diagnostics, by file. Judges nothing.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString,
};

use rustc_hash::FxHashMap;

use crate::findings::{Finding, Level};
use crate::text::{FileId, Sources, Span};

use super::analysis::Analysis;
use super::checked::Checked;

/// Who says it.
pub(super) const SOURCE: &str = "nixwright";

/// The diagnostics of one file: the same ones as long as nothing changes.
pub type OfFile = Arc<Vec<Diagnostic>>;

/// What is told of the files of one network that have findings.
#[derive(Debug, Default)]
pub(super) struct Told {
    findings: Arc<Vec<Finding>>,
    /// Which findings are a file's, and what they are for the client.
    files: FxHashMap<FileId, (Range<usize>, Arc<Path>, OfFile)>,
}

/// What was told of a network before one of its files changed.
pub(super) type ToldBefore = (Arc<Told>, FileId);

/// The diagnostics of every file that was read, also of those without any: so that old ones go away.
pub fn of_files(analysis: &Analysis) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    of_each(analysis).into_iter().map(|(path, items)| (path.to_path_buf(), items.to_vec())).collect()
}

/// The same in no order, and shared with the next time where nothing has changed.
pub fn of_each(analysis: &Analysis) -> FxHashMap<Arc<Path>, OfFile> {
    let mut files: FxHashMap<Arc<Path>, OfFile> = FxHashMap::default();
    let mut add = |path: &Arc<Path>, items: &OfFile| match files.get_mut(path) {
        None => drop(files.insert(path.clone(), items.clone())),
        // A file that several networks share is wrong once.
        Some(here) => {
            let here = Arc::make_mut(here);
            let new: Vec<Diagnostic> = items.iter().filter(|it| !here.contains(it)).cloned().collect();
            here.extend(new);
        }
    };
    for checked in &analysis.networks {
        for (_, path, items) in checked.told(|before| told(analysis, checked, before)).files.values() {
            add(path, items);
        }
        if let Some(wrong) = &checked.wrong_project {
            for finding in &wrong.findings {
                let path = wrong.sources.path(finding.span.file).into();
                add(&path, &Arc::new(vec![diagnostic(analysis, &wrong.sources, finding)]));
            }
        }
    }
    let none = OfFile::default();
    for (path, _) in analysis.world.documents.iter() {
        if !files.contains_key(path.as_path()) {
            files.insert(path.as_path().into(), none.clone());
        }
    }
    files
}

/// What is told of a network; what was told before of files whose findings are the same is taken over.
fn told(analysis: &Analysis, checked: &Checked, before: Option<&ToldBefore>) -> Told {
    let (findings, sources) = (checked.findings.clone(), checked.network.sources());
    let mut files = FxHashMap::default();
    let mut start = 0;
    for of_file in findings.chunk_by(|a, b| a.span.file == b.span.file) {
        let range = start..start + of_file.len();
        start = range.end;
        let file = of_file[0].span.file;
        let same = before.and_then(|(told, changed)| {
            let stands_in = |it: &Finding| {
                it.span.file == *changed || it.labels.iter().any(|label| label.span.file == *changed)
            };
            let (range, path, items) = told.files.get(&file)?;
            let same = told.findings.get(range.clone()) == Some(of_file) && !of_file.iter().any(stands_in);
            same.then(|| (path.clone(), items.clone()))
        });
        let (path, items) = match same {
            Some(same) => same,
            None => {
                let path = sources.path(file);
                if !path.is_absolute() {
                    continue;
                }
                let mut items: Vec<Diagnostic> = Vec::with_capacity(of_file.len());
                for finding in of_file {
                    let diagnostic = diagnostic(analysis, sources, finding);
                    if !items.contains(&diagnostic) {
                        items.push(diagnostic);
                    }
                }
                (path.into(), Arc::new(items))
            }
        };
        files.insert(file, (range, path, items));
    }
    Told { findings, files }
}

/// One finding.
pub fn diagnostic(analysis: &Analysis, sources: &Sources, finding: &Finding) -> Diagnostic {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        message.push('\n');
        message.push_str(help);
    }
    let related: Vec<DiagnosticRelatedInformation> = finding
        .labels
        .iter()
        .filter_map(|label| {
            let location = location(analysis, sources, label.span)?;
            Some(DiagnosticRelatedInformation { location, message: label.message.clone() })
        })
        .collect();
    Diagnostic {
        range: range(analysis, sources, finding.span),
        severity: Some(severity(finding.level)),
        code: Some(NumberOrString::String(finding.id.to_owned())),
        source: Some(SOURCE.to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: tag(finding.id).map(|it| vec![it]),
        ..Diagnostic::default()
    }
}

fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        Level::Hint => DiagnosticSeverity::HINT,
    }
}

/// How editors may draw it: greyed, or struck through.
fn tag(id: &str) -> Option<DiagnosticTag> {
    if id.starts_with("unused-") {
        Some(DiagnosticTag::UNNECESSARY)
    } else if id.starts_with("deprecated-") || id == "renamed-option" {
        Some(DiagnosticTag::DEPRECATED)
    } else {
        None
    }
}

/// The range of a span, in the units agreed with the client.
pub fn range(analysis: &Analysis, sources: &Sources, span: Span) -> lsp_types::Range {
    let file = sources.file(span.file);
    analysis.world.encoding.range(&file.text, file.lines(), span.start, span.end)
}

/// Where a span is; nothing for a text that is no file.
pub fn location(analysis: &Analysis, sources: &Sources, span: Span) -> Option<Location> {
    let uri = analysis.world.documents.uri(sources.path(span.file))?;
    Some(Location { uri, range: range(analysis, sources, span) })
}

/// Tells whether diagnostics are still the same.
pub(super) fn fingerprint(diagnostics: &[Diagnostic]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

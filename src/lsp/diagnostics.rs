//! Findings as the protocol's diagnostics, by file. Judges nothing.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString,
};

use crate::findings::{Finding, Level};
use crate::text::{Sources, Span};

use super::analysis::Analysis;

/// Who says it.
pub(super) const SOURCE: &str = "nixwright";

/// The diagnostics of every file that was read, also of those without any: so that old ones go away.
pub fn of_files(analysis: &Analysis) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut files: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for (path, _) in analysis.world.documents.iter() {
        files.entry(path.clone()).or_default();
    }
    let mut add = |sources: &Sources, finding: &Finding| {
        let path = sources.path(finding.span.file);
        if !path.is_absolute() {
            return;
        }
        let diagnostic = diagnostic(analysis, sources, finding);
        let here = files.entry(path.to_owned()).or_default();
        // A file that several networks share is wrong once.
        if !here.contains(&diagnostic) {
            here.push(diagnostic);
        }
    };
    for checked in &analysis.networks {
        for finding in checked.findings.iter() {
            add(checked.network.sources(), finding);
        }
        if let Some(wrong) = &checked.wrong_project {
            for finding in &wrong.findings {
                add(&wrong.sources, finding);
            }
        }
    }
    files
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

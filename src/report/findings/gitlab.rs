//! The Code Quality report of GitLab: each finding becomes a mark in a merge request. GitLab compares the reports of two
//! pipelines by their fingerprints, and takes only paths that are relative to the root of the repository.

use serde::Serialize;

use crate::findings::{Level, path_below};

use super::Report;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let fingerprints = report.fingerprints();
    let issues = report.findings.iter().zip(fingerprints.iter()).map(|(it, fingerprint)| Issue {
        description: match &it.help {
            Some(help) => format!("{} ({help})", it.message),
            None => it.message.clone(),
        },
        check_name: it.id,
        fingerprint: fingerprint.as_str(),
        severity: match it.level {
            Level::Error => "critical",
            Level::Warning => "minor",
            Level::Hint => "info",
        },
        location: Location {
            path: path_below(report.root(), report.sources.path(it.span.file)),
            lines: Lines { begin: report.sources.position(it.span).line },
        },
    });
    super::super::json_text(&issues.collect::<Vec<_>>())
}

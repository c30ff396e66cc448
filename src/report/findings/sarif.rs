//! SARIF 2.1.0, as code-scanning services read it. Built as a JSON value: the format's own names, nothing else.
//!
//! Paths below the working folder are relative to `%SRCROOT%`, which is that folder; others are whole `file:` URIs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::checks::{self, Check};
use crate::findings::{Finding, Fingerprint, Fix, Level};
use crate::text::{FileId, Span};

use super::Report;
use super::json::place;

/// Names the format, as the standard asks.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The usual name of the folder that paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// With so many places the order in which they led there is worth a path of its own.
const A_PATH: usize = 2;

pub(super) fn render(report: &Report<'_>) -> String {
    let rules: Vec<Value> = checks::all().iter().map(|check| rule(check)).collect();
    let results: Vec<Value> = (report.findings.iter().zip(report.fingerprints().iter()))
        .map(|(it, fingerprint)| result(report, it, fingerprint))
        .collect();
    let root = folder_uri(&report.working_folder.to_string_lossy());
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "nixwright",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": true,
                "workingDirectory": { "uri": root },
            }],
            "originalUriBaseIds": { ROOT: { "uri": root } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    super::super::json_text(&log)
}

fn rule(check: &Check) -> Value {
    let page = check.page();
    let page = page.trim();
    json!({
        "id": check.id,
        "name": check.id,
        "shortDescription": { "text": check.summary() },
        "fullDescription": { "text": check.summary() },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(check.level) },
        "properties": { "page": super::page(check.id), "tags": ["nixos"] },
    })
}

fn result(report: &Report<'_>, finding: &Finding, fingerprint: &Fingerprint) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n\n{help}"));
    }
    let mut at = location(report, finding.span, Some(&finding.note));
    if let Some(machine) = &finding.machine {
        at["logicalLocations"] = json!([{ "name": machine, "kind": "resource" }]);
    }
    let mut result = json!({
        "ruleId": finding.id,
        "level": level(finding.level),
        "message": { "text": text },
        "locations": [at],
        "partialFingerprints": { "finding/v2": fingerprint },
    });
    if let Some(index) = checks::all().iter().position(|check| check.id == finding.id) {
        result["ruleIndex"] = json!(index);
    }
    if !finding.labels.is_empty() {
        let related = finding.labels.iter().enumerate().map(|(id, it)| {
            let mut location = location(report, it.span, Some(&it.message));
            location["id"] = json!(id + 1);
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if finding.labels.len() >= A_PATH {
        let blamed = std::iter::once((finding.span, &finding.note, "essential"));
        let labels = finding.labels.iter().map(|it| (it.span, &it.message, "important"));
        let steps: Vec<Value> = blamed
            .chain(labels)
            .map(|(span, words, importance)| {
                json!({ "location": location(report, span, Some(words)), "importance": importance })
            })
            .collect();
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    if !finding.fixes.is_empty() {
        result["fixes"] = finding.fixes.iter().map(|it| fix(report, it)).collect();
    }
    result
}

/// One change per file, as the standard wants it.
fn fix(report: &Report<'_>, fix: &Fix) -> Value {
    let mut files: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(edit.span.file).or_default().push(json!({
            "deletedRegion": region(report, edit.span),
            "insertedContent": { "text": edit.text },
        }));
    }
    let changes = files
        .into_iter()
        .map(|(file, edits)| json!({ "artifactLocation": artifact(report, file), "replacements": edits }));
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Value>() })
}

fn location(report: &Report<'_>, span: Span, message: Option<&String>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(report, span.file),
            "region": region(report, span),
        },
    });
    if let Some(message) = message.filter(|it| !it.is_empty()) {
        location["message"] = json!({ "text": message });
    }
    location
}

fn artifact(report: &Report<'_>, file: FileId) -> Value {
    let path = report.path(file);
    if path.starts_with('/') {
        return json!({ "uri": uri(&path) });
    }
    json!({ "uri": uri(&path), "uriBaseId": ROOT })
}

fn region(report: &Report<'_>, span: Span) -> Value {
    let at = place(report, span);
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Hint => "note",
    }
}

/// A folder that paths are relative to; the standard wants a slash at its end.
fn folder_uri(path: &str) -> String {
    let uri = uri(path);
    if uri.ends_with('/') { uri } else { format!("{uri}/") }
}

/// A path as a URI reference: absolute paths as `file:`, all bytes escaped that a URI cannot hold.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

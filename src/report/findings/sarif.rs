//! SARIF 2.1.0, as code-scanning services read it. Built as a JSON value: the format's own names, nothing else.

use serde_json::{Value, json};

use crate::checks;
use crate::findings::{Finding, Level};
use crate::text::Span;

use super::json::place;
use super::{Report, page};

/// Names the format, as the standard asks.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(report: &Report<'_>) -> String {
    let rules: Vec<Value> = checks::all()
        .iter()
        .map(|check| {
            json!({
                "id": check.id,
                "shortDescription": { "text": check.summary() },
                "fullDescription": { "text": check.page().trim() },
                "help": { "text": check.page().trim(), "markdown": check.page().trim() },
                "helpUri": page(check.id),
                "defaultConfiguration": { "level": level(check.level) },
            })
        })
        .collect();
    let results: Vec<Value> = report.findings.iter().map(|it| result(report, it)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "nixwright",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a JSON value can always be written");
    text.push('\n');
    text
}

fn result(report: &Report<'_>, finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.id,
        "level": level(finding.level),
        "message": { "text": finding.message },
        "locations": [location(report, finding.span, None)],
    });
    if let Some(index) = checks::all().iter().position(|check| check.id == finding.id) {
        result["ruleIndex"] = json!(index);
    }
    if !finding.labels.is_empty() {
        let related = finding.labels.iter().map(|it| location(report, it.span, Some(&it.message)));
        result["relatedLocations"] = related.collect();
    }
    if !finding.fixes.is_empty() {
        let fixes = finding.fixes.iter().map(|fix| {
            let changes = fix.edits.iter().map(|edit| {
                json!({
                    "artifactLocation": { "uri": uri(&report.path(edit.span.file)) },
                    "replacements": [{
                        "deletedRegion": region(report, edit.span),
                        "insertedContent": { "text": edit.text },
                    }],
                })
            });
            json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Value>() })
        });
        result["fixes"] = fixes.collect();
    }
    result
}

fn location(report: &Report<'_>, span: Span, message: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&report.path(span.file)) },
            "region": region(report, span),
        },
    });
    if let Some(message) = message {
        location["message"] = json!({ "text": message });
    }
    location
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

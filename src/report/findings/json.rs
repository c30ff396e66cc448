//! The JSON report, version 1: the shape that `spec/checks` promises. Fields are only ever added.
//!
//! Lines and columns start at 1; columns count Unicode scalar values; ends are one past the last character.

use serde::Serialize;

use crate::findings::Level;
use crate::text::Span;

use super::{Report, page};

/// The whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportJson {
    pub version: u32,
    pub findings: Vec<FindingJson>,
    pub summary: SummaryJson,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingJson {
    pub id: &'static str,
    pub level: &'static str,
    pub message: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    pub labels: Vec<LabelJson>,
    pub help: Option<String>,
    pub url: String,
    pub machine: Option<String>,
    pub fixes: Vec<FixJson>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelJson {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    pub message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixJson {
    pub title: String,
    pub safe: bool,
    pub edits: Vec<EditJson>,
}

/// Replaces the text from the start to the end by `text`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditJson {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    pub text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryJson {
    pub errors: usize,
    pub warnings: usize,
    pub hints: usize,
    pub files: usize,
    pub machines: usize,
    pub unknown: usize,
}

/// A place in a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceJson {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let mut text =
        serde_json::to_string_pretty(&to_json(report)).expect("the report has only strings and numbers");
    text.push('\n');
    text
}

fn to_json(report: &Report<'_>) -> ReportJson {
    let findings = report
        .findings
        .iter()
        .map(|it| {
            let at = place(report, it.span);
            FindingJson {
                id: it.id,
                level: it.level.as_str(),
                message: it.message.clone(),
                file: at.file,
                line: at.line,
                column: at.column,
                end_line: at.end_line,
                end_column: at.end_column,
                labels: it
                    .labels
                    .iter()
                    .map(|label| label_json(report, label.span, &label.message))
                    .collect(),
                help: it.help.clone(),
                url: page(it.id),
                machine: it.machine.clone(),
                fixes: it
                    .fixes
                    .iter()
                    .map(|fix| FixJson {
                        title: fix.title.clone(),
                        safe: fix.safe,
                        edits: fix
                            .edits
                            .iter()
                            .map(|edit| {
                                let at = place(report, edit.span);
                                EditJson {
                                    file: at.file,
                                    line: at.line,
                                    column: at.column,
                                    end_line: at.end_line,
                                    end_column: at.end_column,
                                    text: edit.text.clone(),
                                }
                            })
                            .collect(),
                    })
                    .collect(),
            }
        })
        .collect();
    ReportJson {
        version: 1,
        findings,
        summary: SummaryJson {
            errors: report.count(Level::Error),
            warnings: report.count(Level::Warning),
            hints: report.count(Level::Hint),
            files: report.extent.files,
            machines: report.extent.machines,
            unknown: report.extent.unknown.len(),
        },
    }
}

fn label_json(report: &Report<'_>, span: Span, message: &str) -> LabelJson {
    let at = place(report, span);
    LabelJson {
        file: at.file,
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        message: message.to_owned(),
    }
}

/// A span in the terms of this format.
pub(super) fn place(report: &Report<'_>, span: Span) -> PlaceJson {
    let (start, end) = (report.sources.position(span), report.sources.end_position(span));
    PlaceJson {
        file: report.path(span.file),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

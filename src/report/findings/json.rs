//! The JSON report, version 1. `docs/formats/findings.schema.json` is made from these types; fields are only ever added.
//!
//! Lines and columns start at 1; columns count Unicode scalar values; ends are one past the last character.

use serde::Serialize;

use crate::findings::Level;
use crate::text::Span;

use super::{LeftOut, Report, page};

/// What `nixwright check --format json` prints. Lines and columns start at 1; columns count Unicode scalar values; ends are
/// one past the last character. `file` is relative to the working folder where it lies below it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReportJson {
    /// The version of this format.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    pub version: u32,
    /// Sorted by file and position.
    pub findings: Vec<FindingJson>,
    pub summary: SummaryJson,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FindingJson {
    /// The name of the check.
    pub id: &'static str,
    pub level: LevelJson,
    /// One plain sentence.
    pub message: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    /// The places that led there.
    pub labels: Vec<LabelJson>,
    /// What to do.
    pub help: Option<String>,
    /// The page of the check, relative to the root of nixwright's repository.
    pub url: String,
    /// The machine it is about, where it is about one.
    pub machine: Option<String>,
    pub fixes: Vec<FixJson>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LevelJson {
    Error,
    Warning,
    Hint,
}

impl From<Level> for LevelJson {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => LevelJson::Error,
            Level::Warning => LevelJson::Warning,
            Level::Hint => LevelJson::Hint,
        }
    }
}

/// A place that led to the finding, in any file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LabelJson {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    pub message: String,
}

/// A repair.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FixJson {
    /// Imperative, as an editor's menu shows it.
    pub title: String,
    /// Whether it keeps what the author certainly meant; `--fix` applies only such.
    pub safe: bool,
    /// All of them, or none.
    pub edits: Vec<EditJson>,
}

/// Replaces the text from the start to the end by `text`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SummaryJson {
    pub errors: usize,
    pub warnings: usize,
    pub hints: usize,
    /// How many files were read.
    pub files: usize,
    pub machines: usize,
    /// How many things could not be known without Nix.
    pub unknown: usize,
    /// What was found and is not among the findings, where there is such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOutJson>,
}

/// How many findings do not count.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftOutJson {
    /// They are not news since the revision of `--since`.
    pub unchanged: usize,
    /// They stand in the baseline.
    pub baseline: usize,
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

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<ReportJson>()
}

fn to_json(report: &Report<'_>) -> ReportJson {
    let findings = report
        .findings
        .iter()
        .map(|it| {
            let at = place(report, it.span);
            FindingJson {
                id: it.id,
                level: it.level.into(),
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
            left_out: Some(report.extent.left_out)
                .filter(|it| *it != LeftOut::default())
                .map(|LeftOut { unchanged, baseline }| LeftOutJson { unchanged, baseline }),
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

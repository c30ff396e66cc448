//! GitHub's workflow commands: each finding becomes a mark on the line of a pull request.

use crate::findings::Level;

use super::Report;

pub(super) fn render(report: &Report<'_>) -> String {
    report
        .findings
        .iter()
        .map(|it| {
            let command = match it.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Hint => "notice",
            };
            let (start, end) = (report.sources.position(it.span), report.sources.end_position(it.span));
            let message = match &it.help {
                Some(help) => format!("{}\n{help}", it.message),
                None => it.message.clone(),
            };
            format!(
                "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}\n",
                property(&report.path(it.span.file)),
                start.line,
                end.line,
                start.column,
                end.column,
                property(it.id),
                text(&message),
            )
        })
        .collect()
}

/// The escapes of a message.
fn text(value: &str) -> String {
    value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property's value.
fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}

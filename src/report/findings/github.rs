//! GitHub's workflow commands: each finding becomes a mark on the line of a pull request, and a line of the log.
//!
//! GitHub shows ten marks of each level per step and fifty per job, and leaves the rest to the log; so the worst come first.
//! It does not know about levels below a notice.

use crate::findings::{Finding, Level};

use super::{Report, plural, summary_line};

/// Marks of one level that GitHub shows of one step.
const SHOWN: usize = 10;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|it| it.level);
    let mut text: String = findings.iter().map(|it| command(report, it)).collect();
    // Lines that are no commands are what the log shows.
    text.push_str(&format!("{}\n", line(&summary_line(report))));
    let levels = [Level::Error, Level::Warning, Level::Hint];
    let hidden: usize = levels.iter().map(|it| report.count(*it).saturating_sub(SHOWN)).sum();
    if hidden > 0 {
        text.push_str(&format!(
            "GitHub marks {SHOWN} findings of each level; {} more only in this log\n",
            plural(hidden, "finding")
        ));
    }
    text
}

fn command(report: &Report<'_>, it: &Finding) -> String {
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
    // Columns are taken only where a mark begins and ends in one line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    format!(
        "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&report.path(it.span.file)),
        start.line,
        end.line,
        property(it.id),
        text(&message),
    )
}

/// A line that is no command, whatever names it holds.
fn line(value: &str) -> String {
    value.replace("::", ": :")
}

/// The escapes of a message.
fn text(value: &str) -> String {
    value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a property's value.
fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}

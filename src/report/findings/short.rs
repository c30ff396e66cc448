//! One line per finding, as editors' error lists read them: `file:line:column: level: message [id]`.

use super::Report;

pub(super) fn render(report: &Report<'_>) -> String {
    report
        .findings
        .iter()
        .map(|it| format!("{}: {}: {} [{}]\n", report.place(it.span), it.level, one_line(&it.message), it.id))
        .collect()
}

/// Messages may quote the user's text, which may hold line breaks.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Findings as a table of Markdown: for the summary of a job, or a comment on a merge request. The worst come first.

use std::fmt::Write as _;

use crate::findings::Finding;

use super::{Report, plural, summary_line};

/// A summary may be a megabyte long, a comment much less; nobody reads more than this.
const MOST: usize = 200;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|it| it.level);
    let mut text = String::from("### nixwright check\n\n");
    if !findings.is_empty() {
        text.push_str("| level | place | what | check |\n| --- | --- | --- | --- |\n");
    }
    for it in findings.iter().take(MOST) {
        let message = match &it.help {
            Some(help) => format!("{}\n{help}", it.message),
            None => it.message.clone(),
        };
        let place = cell(&report.place(it.span));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "| {} | {place} | {} | {} |", it.level, cell(&message), it.id);
    }
    if findings.len() > MOST {
        let _ = writeln!(text, "\nand {}", plural(findings.len() - MOST, "more finding"));
    }
    if !findings.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", cell(&summary_line(report)));
    text
}

/// Text in a cell: none of it is markup but the backquotes, which set off names in our messages.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let balanced = text.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    for it in text.trim().chars() {
        match it {
            '`' if balanced => {
                in_code = !in_code;
                cell.push(it);
            }
            '|' => cell.push_str("\\|"),
            '\n' | '\r' if in_code => cell.push(' '),
            '\n' => cell.push_str("<br>"),
            '\r' => {}
            it if in_code => cell.push(it),
            '&' => cell.push_str("&amp;"),
            '<' => cell.push_str("&lt;"),
            '@' | '#' => {
                // Neither a person nor an issue is meant.
                cell.push_str(if it == '@' { "&#64;" } else { "&#35;" });
            }
            '\\' | '*' | '_' | '[' | ']' | '~' | '`' | '!' => {
                cell.push('\\');
                cell.push(it);
            }
            it => cell.push(it),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_a_file_says_is_no_markup() {
        assert_eq!(
            cell("the host `a_b|c` is [no](link) <b>\nsee #1, @me"),
            "the host `a_b\\|c` is \\[no\\](link) &lt;b><br>see &#35;1, &#64;me"
        );
        assert_eq!(cell("half a ` quote"), "half a \\` quote");
    }
}

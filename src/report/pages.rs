//! The pages of the checks in a terminal: the Markdown wrapped to the screen, headings and code set off
//! by colour; and as JSON.

use serde::Serialize;

use crate::checks::Check;

use super::screen::wrapped;
use super::table::{self, Column};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const CYAN: &str = "\x1b[36m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";

const VERSION: u32 = 1;

/// All checks: name, level, and what each finds.
pub fn list(checks: &[&Check], width: usize) -> String {
    let rows = checks
        .iter()
        .map(|check| vec![check.id.to_owned(), check.level.to_string(), check.summary()])
        .collect();
    table::render(&[Column::new("Check"), Column::new("Level"), Column::new("What it finds")], rows, width)
}

/// The page of one check: prose wrapped to the screen, examples as they are.
pub fn page(check: &Check, width: usize, colour: bool) -> String {
    let paint = |style: &str, text: &str| {
        if colour { format!("{style}{text}{RESET}") } else { text.to_owned() }
    };
    let mut text = format!(
        "{}\n{}\n\n",
        paint(BOLD, check.id),
        paint(DIM, &format!("level {}, since {}", check.level, check.since))
    );
    let width = width.min(WIDEST);
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in check.page().lines() {
        let is_prose = !in_code && !line.is_empty() && !line.starts_with("```") && !line.starts_with("# ");
        // An element of a list begins a line of its own.
        if !paragraph.is_empty() && (!is_prose || line.starts_with("- ")) {
            text.push_str(&prose(&paragraph, width, colour));
            paragraph.clear();
        }
        if is_prose {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
            continue;
        }
        if let Some(kind) = line.strip_prefix("```") {
            in_code = !in_code;
            if in_code {
                let heading = match kind.trim() {
                    "nix bad" => "Bad:",
                    "nix good" => "Good:",
                    "nix fixed" => "Fixed:",
                    _ => "",
                };
                text.push_str(&paint(DIM, heading));
            }
        } else if in_code {
            text.push_str(&format!("    {}", if colour { code(line) } else { line.to_owned() }));
        } else if let Some(heading) = line.strip_prefix("# ") {
            text.push_str(&paint(BOLD, heading));
        }
        text.push('\n');
    }
    text.push_str(&prose(&paragraph, width, colour));
    text
}

/// Longer lines are hard to read on any screen.
const WIDEST: usize = 100;

/// A paragraph; what stands between backquotes in it has a colour instead of them.
fn prose(paragraph: &str, width: usize, colour: bool) -> String {
    if paragraph.is_empty() {
        return String::new();
    }
    let indent = if paragraph.starts_with("- ") { 2 } else { 0 };
    let wrapped = wrapped(paragraph, width, 0, indent);
    let mut text = String::with_capacity(wrapped.len() + 1);
    for (number, part) in wrapped.split('`').enumerate() {
        match (number % 2 == 1, colour) {
            (true, true) => text.push_str(&format!("{CYAN}{part}{RESET}")),
            (true, false) => text.push_str(&format!("`{part}`")),
            (false, _) => text.push_str(part),
        }
    }
    text.push('\n');
    text
}

/// A line of an example: what a comment marks in it is set off.
fn code(line: &str) -> String {
    match line.rfind("# ").map(|at| line.split_at(at)) {
        Some((code, comment)) if comment.ends_with("error") => format!("{CYAN}{code}{RED}{comment}{RESET}"),
        Some((code, comment)) => format!("{CYAN}{code}{RESET}{DIM}{comment}{RESET}"),
        None => format!("{CYAN}{line}{RESET}"),
    }
}

/// What `nixwright explain --json` prints: checks with their pages.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ChecksJson {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    checks: Vec<CheckJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CheckJson {
    id: &'static str,
    /// Unless a project sets another one.
    level: String,
    /// The version of nixwright that first had it.
    since: &'static str,
    /// What it finds, in a sentence.
    summary: String,
    /// Markdown, without a title.
    page: String,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<ChecksJson>()
}

pub fn json(checks: &[&Check]) -> String {
    let checks = checks.iter().map(|check| CheckJson {
        id: check.id,
        level: check.level.to_string(),
        since: check.since,
        summary: check.summary(),
        page: check.page(),
    });
    super::json_text(&ChecksJson { version: VERSION, checks: checks.collect() })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::checks;

    #[test]
    fn prose_fits_the_screen_and_examples_stay_as_they_are() {
        for check in checks::all() {
            for width in [40, 80, 200] {
                let page = page(check, width, false);
                let long =
                    |line: &&str| !line.starts_with("    ") && line.width() > width && line.contains(' ');
                // Code has no place to be broken at, and so may stand out.
                let long: Vec<&str> = page.lines().filter(long).filter(|it| !it.contains('`')).collect();
                assert!(long.is_empty(), "{} at {width}: {long:#?}", check.id);
                let examples = check.page();
                let in_page = |line: &str| page.contains(&format!("    {line}\n"));
                let mut code = false;
                for line in examples.lines() {
                    if line.starts_with("```") {
                        code = !code;
                    } else {
                        assert!(!code || in_page(line), "{}: {line}", check.id);
                    }
                }
            }
        }
    }

    #[test]
    fn the_json_of_all_checks_is_what_its_schema_says() {
        let errors = crate::report::schemas::errors("explain", &json(checks::all()));
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

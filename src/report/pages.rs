//! The pages of the checks in a terminal: the Markdown as it was written, with headings and code set off by colour.

use crate::checks::Check;

use super::table::{self, Column};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// All checks: name, level, and what each finds.
pub fn list(checks: &[&Check], width: usize) -> String {
    let rows = checks
        .iter()
        .map(|check| vec![check.id.to_owned(), check.level.to_string(), check.summary()])
        .collect();
    table::render(&[Column::new("Check"), Column::new("Level"), Column::new("What it finds")], rows, width)
}

/// The page of one check.
pub fn page(check: &Check, colour: bool) -> String {
    let paint = |style: &str, text: &str| {
        if colour { format!("{style}{text}{RESET}") } else { text.to_owned() }
    };
    let mut text = format!(
        "{}\n{}\n\n",
        paint(BOLD, check.id),
        paint(DIM, &format!("level {}, since {}", check.level, check.since))
    );
    let mut in_code = false;
    for line in check.page().lines() {
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
            text.push_str(&format!("    {}", paint(CYAN, line)));
        } else if let Some(heading) = line.strip_prefix("# ") {
            text.push_str(&paint(BOLD, heading));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

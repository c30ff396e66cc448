//! What would change in a file, as `diff -u` shows it. For small changes: lines are compared from both ends.

use std::path::Path;

use super::findings::shown_path;
use super::screen;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// Who reads the difference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader {
    pub colour: bool,
    /// A terminal gets nothing that acts on it; `patch` gets every byte.
    pub is_terminal: bool,
}

/// The difference between two texts of one file; empty where there is none.
pub fn unified(path: &Path, working_folder: &Path, old: &str, new: &str, reader: Reader) -> String {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let name = shown_path(path, working_folder);
    let mut text = String::new();
    let mut put = |colour: &str, sign: &str, line: &str| {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, ""),
            None => (line, "\n\\ No newline at end of file"),
        };
        let content =
            if reader.is_terminal { screen::line(content.trim_end_matches('\r')) } else { content.into() };
        let (on, off) = if reader.colour && !colour.is_empty() { (colour, RESET) } else { ("", "") };
        text.push_str(&format!("{on}{sign}{content}{off}{end}\n"));
    };
    for (number, (from, to)) in hunks(&old_lines, &new_lines).into_iter().enumerate() {
        if number == 0 {
            // What lies elsewhere keeps its whole path.
            let (a, b) = if name.starts_with('/') { ("", "") } else { ("a/", "b/") };
            put("", "--- ", &format!("{a}{name}\n"));
            put("", "+++ ", &format!("{b}{name}\n"));
        }
        let before = from.start.saturating_sub(CONTEXT);
        let after = (from.end + CONTEXT).min(old_lines.len());
        let (shown_old, shown_new) = (after - before, after - before - from.len() + to.len());
        let start_new = to.start - (from.start - before);
        let place = format!("@@ -{},{shown_old} +{},{shown_new} @@\n", before + 1, start_new + 1);
        put(CYAN, "", &place);
        let parts = [
            ("", " ", &old_lines[before..from.start]),
            (RED, "-", &old_lines[from.clone()]),
            (GREEN, "+", &new_lines[to]),
            ("", " ", &old_lines[from.end..after]),
        ];
        for (colour, sign, lines) in parts {
            lines.iter().for_each(|line| put(colour, sign, line));
        }
    }
    text
}

type Lines = std::ops::Range<usize>;

/// Changed ranges of lines. Fixes change lines in place, so texts of equal length are compared line by line; others
/// give one range.
fn hunks(old: &[&str], new: &[&str]) -> Vec<(Lines, Lines)> {
    let changed: Vec<usize> = (0..old.len().min(new.len())).filter(|at| old[*at] != new[*at]).collect();
    if old.len() != new.len() {
        let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let rest = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
        return vec![(same..old.len() - rest, same..new.len() - rest)];
    }
    let mut ranges: Vec<Lines> = Vec::new();
    for at in changed {
        match ranges.last_mut() {
            // Hunks whose context would overlap are one.
            Some(last) if at <= last.end + 2 * CONTEXT => last.end = at + 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges.into_iter().map(|it| (it.clone(), it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(old: &str, new: &str) -> String {
        unified(Path::new("/x/n.nix"), Path::new("/x"), old, new, Reader::default())
    }

    #[test]
    fn one_changed_line_is_shown_with_its_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\n";
        let new = "a\nb\nc\nD\ne\nf\n";
        assert_eq!(
            plain(old, new),
            "--- a/n.nix\n+++ b/n.nix\n@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+D\n e\n f\n"
        );
        assert_eq!(plain(old, old), "");
    }

    #[test]
    fn patch_gets_every_byte_and_a_terminal_none_that_acts_on_it() {
        let (old, new) = ("a\r\nb\u{1b}[31m", "A\r\nb\u{1b}[31m");
        let wanted = "--- a/n.nix\n+++ b/n.nix\n@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\u{1b}[31m\n\\ No newline at end of file\n";
        assert_eq!(plain(old, new), wanted);
        let reader = Reader { colour: true, is_terminal: true };
        let shown = unified(Path::new("/y"), Path::new("/x"), old, new, reader);
        assert!(shown.starts_with("--- /y\n") && shown.contains("\u{1b}[31m-a\u{1b}[0m\n"), "{shown:?}");
        assert!(shown.contains(" b\u{fffd}[31m\n"), "{shown:?}");
    }
}

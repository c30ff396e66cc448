//! What would change in a file, as `diff -u` shows it. For small changes: lines are compared from both ends.

use std::path::Path;

use super::findings::shown_path;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// The difference between two texts of one file; empty where there is none.
pub fn unified(path: &Path, working_folder: &Path, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let name = shown_path(path, working_folder);
    let mut text = String::new();
    for (from, to) in hunks(&old, &new) {
        if text.is_empty() {
            text = format!("--- a/{name}\n+++ b/{name}\n");
        }
        let before = from.start.saturating_sub(CONTEXT);
        let after = (from.end + CONTEXT).min(old.len());
        let (shown_old, shown_new) = (after - before, after - before - from.len() + to.len());
        let start_new = to.start - (from.start - before);
        text.push_str(&format!("@@ -{},{shown_old} +{},{shown_new} @@\n", before + 1, start_new + 1));
        let lines = |sign: char, lines: &[&str]| {
            lines.iter().map(|line| format!("{sign}{line}\n")).collect::<String>()
        };
        text.push_str(&lines(' ', &old[before..from.start]));
        text.push_str(&lines('-', &old[from.clone()]));
        text.push_str(&lines('+', &new[to]));
        text.push_str(&lines(' ', &old[from.end..after]));
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

    #[test]
    fn one_changed_line_is_shown_with_its_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\n";
        let new = "a\nb\nc\nD\ne\nf\n";
        assert_eq!(
            unified(Path::new("/x/n.nix"), Path::new("/x"), old, new),
            "--- a/n.nix\n+++ b/n.nix\n@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+D\n e\n f\n"
        );
        assert_eq!(unified(Path::new("/n"), Path::new("/"), old, old), "");
    }
}

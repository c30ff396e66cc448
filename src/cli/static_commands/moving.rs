//! The page about moving here from other tools: every line of ours is one that the program takes.

#![expect(clippy::disallowed_methods, reason = "a test that reads the repository's own files")]

use crate::cli::definition;

/// The words of a line, as a shell reads it that knows double quotes only.
fn words(line: &str) -> Vec<String> {
    line.split('"')
        .enumerate()
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[test]
fn every_line_of_ours_is_understood() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/moving.md")).unwrap();
    let quoted = page.split('`').filter(|it| it.starts_with("nixwright "));
    let blocks = page.lines().filter(|line| line.starts_with("nixwright "));
    let mut lines = 0;
    for line in quoted.chain(blocks) {
        // In running text a command may be named without its arguments.
        let whole = page.contains(&format!("| `{line}` |")) || !page.contains(&format!("`{line}`"));
        let parsed = definition().try_get_matches_from(words(line));
        assert!(parsed.is_ok() || !whole, "{line}\n{}", parsed.unwrap_err());
        lines += usize::from(whole);
    }
    assert!(lines > 60, "only {lines} lines were found");
}

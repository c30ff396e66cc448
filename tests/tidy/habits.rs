//! The rules about single files: how they open, what they are called, how long they are, what may not be in them.

use super::rooms::first_names;
use super::rust_code::{line_at, words};
use super::tree::{Tree, rust, text_of};

/// Words that say nothing about what a thing is.
const BANNED: [&str; 9] = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "info", "data"];

/// Files that may carry such a word, and why.
const NAMED_SO: [(&str, &str); 1] =
    [("src/cli/commands/info.rs", "NixOps' users know the command by this name")];

/// A file longer than this needs a reason below; longer than the second, none helps.
pub(crate) const LONG: usize = 500;
const TOO_LONG: usize = 1_000;

/// Files above [`LONG`], and why cutting them would make them worse.
const LONG_WITH_REASON: [(&str, &str); 0] = [];

/// Where a file's page (the doc comment of what it declares) stands in for `//!`.
const PAGES: [&str; 3] = ["src/checks/", "src/steps/", "src/cli/commands/"];

pub(crate) fn files_open_with_what_they_are_for(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.iter().filter(|file| !file.path.starts_with("grammar-tests/") || file.is_rust()) {
        let mut lines = file.text.lines();
        let first = lines.next().unwrap_or_default();
        let shebang = first.starts_with("#!");
        if file.is_rust() {
            let page = PAGES.iter().any(|folder| file.path.starts_with(folder))
                && file.text.lines().any(|line| line.trim_start().starts_with("/// "));
            if !first.starts_with("//! ") && !page {
                broken.push(file.at(1, "the file does not open with `//!` and what it is for"));
            }
        } else if shebang || file.path.ends_with(".sh") || file.path.ends_with(".nix") {
            let opening = if shebang { lines.next().unwrap_or_default() } else { first };
            if !opening.starts_with("# ") && !opening.starts_with("/*") {
                broken.push(file.at(1, "the file does not open with a comment that says what it is for"));
            }
        }
    }
    broken
}

pub(crate) fn names_say_what_a_thing_is(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust(tree).filter(|file| NAMED_SO.iter().all(|(path, _)| *path != file.path)) {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if let Some(word) = banned_word(part) {
                broken.push(file.at(1, format!("the name `{part}` holds `{word}`, which says nothing")));
            }
        }
        for keyword in ["struct", "enum", "trait", "type", "mod", "union"] {
            for at in words(&file.code, keyword) {
                let Some(name) = first_names(file.code[at + keyword.len()..].trim_start()).first().copied()
                else {
                    continue;
                };
                let declares_file = keyword == "mod"
                    && NAMED_SO.iter().any(|(path, _)| path.ends_with(&format!("/{name}.rs")));
                if let Some(word) = banned_word(name).filter(|_| !declares_file) {
                    let rule = format!("the name `{name}` holds `{word}`, which says nothing");
                    broken.push(file.at(line_at(&file.code, at), rule));
                }
            }
        }
    }
    broken
}

/// The banned word among the words of a name in snake or camel case.
fn banned_word(name: &str) -> Option<&'static str> {
    let mut spaced = String::new();
    for it in name.chars() {
        if it.is_uppercase() || it == '_' || it == '-' {
            spaced.push(' ');
        }
        spaced.extend(it.to_lowercase().filter(|it| it.is_alphanumeric()));
    }
    spaced.split(' ').find_map(|word| BANNED.into_iter().find(|banned| *banned == word))
}

pub(crate) fn files_are_short(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    let checked = [".rs", ".nix", ".sh"];
    for file in tree.iter().filter(|file| checked.iter().any(|end| file.path.ends_with(end))) {
        let lines = file.text.lines().count();
        let reason = LONG_WITH_REASON.iter().any(|(path, _)| *path == file.path);
        if lines > TOO_LONG || (lines > LONG && !reason) {
            broken.push(
                file.at(lines, format!("{lines} lines; cut it by what its parts are for (limit {LONG})")),
            );
        }
    }
    for (path, _) in LONG_WITH_REASON {
        if text_of(tree, path).lines().count() <= LONG {
            broken.push(format!("{path}:1: is short or gone; take it off the list of long files"));
        }
    }
    broken
}

pub(crate) fn nothing_is_left_for_later(tree: &Tree) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    let mut broken = Vec::new();
    let endings = [".rs", ".nix", ".sh", ".toml", ".sql", ".md"];
    for file in tree.iter().filter(|file| endings.iter().any(|end| file.path.ends_with(end))) {
        for mark in marks {
            // Only a comment that begins with the mark is a task; a text may speak of such marks.
            let found = words(&file.text, mark).filter(|at| {
                let before = file.text[..*at].trim_end_matches(' ');
                ["//", "//!", "///", "#", "/*", "--", "* "].iter().any(|opening| before.ends_with(opening))
            });
            let found = found.map(|at| line_at(&file.text, at));
            broken.extend(
                found.map(|line| file.at(line, format!("a {mark} is left: do it, or open an issue"))),
            );
        }
        let ignored = file.code.match_indices("#[ignore").map(|(at, _)| line_at(&file.code, at));
        broken.extend(ignored.map(|line| file.at(line, "a test is ignored: make it run, or delete it")));
    }
    broken
}

pub(crate) fn lints_are_silenced_with_a_reason(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust(tree) {
        for (lint, word) in [("expect(", "expect"), ("allow(", "allow")] {
            let heads = [format!("#[{lint}"), format!("#![{lint}")];
            for (at, head) in heads.iter().flat_map(|head| file.code.match_indices(head.as_str())) {
                let line = line_at(&file.code, at);
                let end = file.code[at..].find(']').map_or(file.code.len(), |length| at + length);
                let reason = words(&file.code[at..end], "reason").next().is_some();
                // A test's support is compiled into several binaries, and no one expectation holds in all of them.
                if word == "allow" && file.path.starts_with("src/") {
                    broken.push(
                        file.at(line, format!("`{head}` outlives its cause; use `expect` with a reason")),
                    );
                } else if !reason {
                    broken.push(file.at(line, format!("`{head}` without `reason = \"…\"`")));
                }
            }
        }
    }
    broken
}

pub(crate) fn nothing_unwraps(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust(tree).filter(|file| file.path.starts_with("src/")) {
        let lines = file.code.match_indices(".unwrap()").map(|(at, _)| line_at(&file.code, at));
        let rule = "`unwrap` hides what must hold; return an error, or `expect(\"the invariant\")`";
        broken.extend(lines.filter(|line| !file.is_test(*line)).map(|line| file.at(line, rule)));
    }
    broken
}

/// Packages of their own, besides the one at the root.
const PACKAGES: [&str; 1] = ["fuzz/"];

/// A Cargo.toml names this file as a target.
fn is_target(tree: &Tree, path: &str) -> bool {
    let package = PACKAGES.into_iter().find(|package| path.starts_with(package)).unwrap_or_default();
    text_of(tree, &format!("{package}Cargo.toml")).contains(&format!("\"{}\"", &path[package.len()..]))
}

/// Every file of code is declared somewhere: as a module by its parent, or as a target in its Cargo.toml.
pub(crate) fn no_file_is_forgotten(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust(tree).filter(|file| !["src/lib.rs", "src/main.rs", "build.rs"].contains(&&*file.path)) {
        if is_target(tree, &file.path) {
            continue;
        }
        let module = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        let parents = [
            format!("{folder}/mod.rs"),
            format!("{folder}.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ];
        let declared = rust(tree).any(|parent| {
            let beside = parent.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            // The root of a target declares the files beside it, whatever its own name is.
            let target = beside == folder && is_target(tree, &parent.path);
            let registry = PAGES.iter().any(|page| file.path.starts_with(page));
            let by_name = (target || parents.contains(&parent.path))
                && words(&parent.code, name)
                    .any(|at| registry || parent.code[..at].trim_end().ends_with("mod"));
            let below = file.path.strip_prefix(&format!("{beside}/"));
            let names = |path: &str| parent.text.contains(&format!("#[path = \"{path}\"]"));
            // Cargo finds `examples/` by itself, but only a test that takes them in runs them.
            let taken_in = !beside.contains('/') && names(&format!("../{}", file.path));
            by_name || taken_in || below.is_some_and(names)
        });
        if !declared {
            broken.push(file.at(1, "no module or target declares this file, so nothing in it is compiled"));
        }
    }
    broken
}

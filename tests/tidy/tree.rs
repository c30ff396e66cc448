//! The files of the repository as the rules see them. Knows no rule.

use std::fs;
use std::path::Path;

use super::rust_code::{code_of, test_lines};

/// One file of the repository.
pub(crate) struct SourceFile {
    /// Relative to the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text without comments and strings, for Rust.
    pub(crate) code: String,
    /// Its parent declares it under `#[cfg(test)]`, or it lies outside of `src`.
    only_tests: bool,
}

pub(crate) type Tree = Vec<SourceFile>;

impl SourceFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { code_of(text) } else { String::new() };
        Self { path: path.to_owned(), text: text.to_owned(), code, only_tests: !path.starts_with("src/") }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The first part below `src/`: `main` and `lib` for the two roots.
    pub(crate) fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        below.split(['/', '.']).next()
    }

    pub(crate) fn at(&self, line: usize, rule: impl std::fmt::Display) -> String {
        format!("{}:{line}: {rule}", self.path)
    }

    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.only_tests || test_lines(&self.code).iter().any(|range| range.contains(&line))
    }
}

/// Every text file of the repository, sorted; built and hidden things left out.
pub(crate) fn repository() -> Tree {
    fn walk(folder: &Path, prefix: &str, tree: &mut Tree) {
        for entry in fs::read_dir(folder).expect("the repository can be read") {
            let entry = entry.expect("the repository can be read");
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().expect("the repository can be read");
            if name.starts_with('.') || (["", "fuzz/"].contains(&prefix) && name == "target") {
                continue;
            }
            if kind.is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), tree);
            } else if kind.is_file() {
                // What is not text (test inputs) has no rules.
                if let Ok(text) = fs::read_to_string(entry.path()) {
                    tree.push(SourceFile::new(&format!("{prefix}{name}"), &text));
                }
            }
        }
    }
    let mut tree = Tree::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut tree);
    tree.sort_by(|a, b| a.path.cmp(&b.path));
    let only_tests = modules_of_tests(&tree);
    for file in &mut tree {
        file.only_tests = only_tests.iter().any(|module| file.path.starts_with(module.as_str()));
    }
    tree
}

pub(crate) fn rust(tree: &Tree) -> impl Iterator<Item = &SourceFile> {
    tree.iter().filter(|file| file.is_rust())
}

pub(crate) fn text_of<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.iter().find(|file| file.path == path).map_or("", |file| &file.text)
}

/// The beginnings of the paths of modules that are declared under `#[cfg(test)]`, and all that is not in `src`.
fn modules_of_tests(tree: &Tree) -> Vec<String> {
    let mut modules: Vec<String> =
        rust(tree).map(|file| file.path.clone()).filter(|path| !path.starts_with("src/")).collect();
    for file in rust(tree).filter(|file| file.path.starts_with("src/")) {
        let lines: Vec<&str> = file.code.lines().collect();
        let folder = file
            .path
            .trim_end_matches("mod.rs")
            .trim_end_matches("lib.rs")
            .trim_end_matches(".rs")
            .trim_end_matches('/');
        for pair in lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]") {
            let declared = pair[1].trim().strip_suffix(';').and_then(|line| line.rsplit_once("mod "));
            if let Some((_, name)) = declared {
                modules.extend([format!("{folder}/{name}.rs"), format!("{folder}/{name}/")]);
            }
        }
    }
    modules
}

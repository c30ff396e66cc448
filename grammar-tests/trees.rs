//! Whole trees of Nix files that are in daily use, such as the modules and the library of a nixpkgs: nothing in them is
//! wrong, so that every error of grammar or of a name would be a false one. `NIX_TREES` names folders, with colons between.

use std::path::{Path, PathBuf};

use nixwright::syntax;
use nixwright::text::Sources;

fn nix_files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            nix_files(&path, into);
        } else if kind.is_file() && path.extension().is_some_and(|it| it == "nix") {
            into.push(path);
        }
    }
}

/// The errors in a file, each with its line.
fn errors(path: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let mut sources = Sources::default();
    let file = sources.add(path, text.as_str());
    let parsed = syntax::parse(file, &text);
    parsed.errors.iter().map(|it| format!("{}: {}", sources.place(it.span), it.message)).collect()
}

#[test]
fn files_in_daily_use_have_no_errors() {
    let Some(folders) = std::env::var_os("NIX_TREES") else {
        println!("skipped: NIX_TREES names no folders of Nix files");
        return;
    };
    let mut wrong = Vec::new();
    for folder in std::env::split_paths(&folders) {
        let mut files = Vec::new();
        nix_files(&folder, &mut files);
        let found: Vec<String> = files.iter().flat_map(|path| errors(path)).collect();
        println!("{}: {} files, {} errors", folder.display(), files.len(), found.len());
        wrong.extend(found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

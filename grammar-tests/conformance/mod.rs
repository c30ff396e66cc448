//! Suites of others, run by our evaluator and counted in one table: the language suite of Nix and the tests of nixpkgs'
//! library. They are read from checkouts named by the environment; nothing of them lies in this repository.
//!
//! - `NIX_LANG_TESTS`: `tests/functional/lang` of Nix.
//! - `NIXPKGS_LIB`: one or several (with `:` between) folders of a nixpkgs, or of its `lib`.
//!
//! What the suite expects is what counts; no Nix is asked. A wrong value, or an error where there should be a value,
//! fails the test; what is unknown is printed with its reason.

mod agreement;
mod modules_sh;
mod nixpkgs_lib;
mod score;
mod script;

use std::path::PathBuf;

pub(crate) use score::{Score, Verdict, no_value, why_not};

/// The `lib` folders of `NIXPKGS_LIB`.
fn libraries() -> Vec<PathBuf> {
    let Some(folders) = std::env::var_os("NIXPKGS_LIB") else { return Vec::new() };
    let folders = std::env::split_paths(&folders).map(|folder| {
        let folder = std::fs::canonicalize(&folder)
            .unwrap_or_else(|error| panic!("NIXPKGS_LIB: {}: {error}", folder.display()));
        if folder.join("lib/default.nix").exists() { folder.join("lib") } else { folder }
    });
    folders.collect()
}

#[test]
fn conformance() {
    let mut scores = crate::nix_suite::scores();
    let libraries = libraries();
    if libraries.is_empty() {
        println!("skipped: NIXPKGS_LIB does not name a nixpkgs or its lib");
    }
    for lib in libraries {
        let folder = lib.parent().unwrap().file_name().unwrap_or_default().to_string_lossy().into_owned();
        scores.extend(nixpkgs_lib::scores(&folder, &lib));
        scores.extend(modules_sh::scores(&folder, &lib));
        scores.extend(agreement::scores(&folder, &lib));
    }
    // Old files give their cases names that `runTests` passes over.
    scores.retain(|score| !score.is_empty());
    if scores.is_empty() {
        return;
    }
    print!("{}", score::table(&scores));
    let wrong: usize = scores.iter().map(Score::wrong).sum();
    assert_eq!(wrong, 0, "values differ from what the suites expect; the table names the cases");
}

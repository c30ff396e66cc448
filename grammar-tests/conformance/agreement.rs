//! Our small library against nixpkgs' own: the cases of `fixtures/nixpkgs/lib/tests`, which real Nix evaluates with our
//! library (`make nix-test`), are evaluated by us with ours and with each library of `NIXPKGS_LIB`. What a library does
//! not have is no case for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::system::OsFiles;
use nixwright::value::{ErrorKind, Stop, Value};

use super::nixpkgs_lib::settings;
use super::score::{Score, Verdict, why_not};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixpkgs/lib/tests")
}

fn files() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".nix") && !name.starts_with("sample") && name != "default.nix")
        .collect();
    names.sort();
    names
}

/// The score of each file of cases with the library at `lib`, and of its names.
pub(super) fn scores(title: &str, lib: &Path) -> Vec<Score> {
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings(lib));
    let recent = evaluator.eval_text("<recent>", &format!("(import {}).types ? attrTag", lib.display()));
    if evaluator.bool(recent) != Ok(true) {
        println!("not compared with our library, which is as in releases since 2024: {title}");
        return Vec::new();
    }
    let with = |file: String| {
        let name = format!("{title}: agrees with our {file}");
        run(&name, &file, &lib.to_string_lossy(), settings(lib))
    };
    let mut scores: Vec<Score> = files().into_iter().map(with).collect();
    scores.push(names(&format!("{title}: names that `with` finds"), lib));
    scores
}

/// Each name of the library, and of sets in it, hides a variable further out also where our library does not have it.
fn names(title: &str, lib: &Path) -> Score {
    let mut score = Score::new(title);
    let mut theirs = Evaluator::new(Arc::new(OsFiles), settings(lib));
    let mut ours = Evaluator::new(Arc::new(OsFiles), Settings::default());
    for group in
        ["", ".attrsets", ".generators", ".lists", ".modules", ".options", ".strings", ".trivial", ".types"]
    {
        let set =
            theirs.eval_text(&format!("<theirs{group}>"), &format!("(import {}){group}", lib.display()));
        let attributes = match theirs.attrs(set) {
            Ok(view) => view.attributes,
            Err(stop) => {
                score.add(group, Verdict::Refused(why_not(&theirs, stop)));
                continue;
            }
        };
        for attribute in attributes {
            let name = theirs.name(attribute.name).to_owned();
            // A word of the language cannot be a variable.
            if name == "or" {
                continue;
            }
            let case = format!("lib{group}.{name}");
            let text = format!("with {{ {name} = \"outer\"; }}; with (import <nixpkgs/lib>){group}; {name}");
            let value = ours.eval_text(&format!("<{case}>"), &text);
            let verdict = match ours.string(value) {
                Ok(text) if text == "outer" => {
                    Verdict::Wrong("the variable further out was found".to_owned())
                }
                _ => Verdict::Right,
            };
            score.add(case, verdict);
        }
    }
    score
}

fn run(title: &str, file: &str, lib: &str, settings: Settings) -> Score {
    let mut score = Score::new(title);
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings);
    let text = format!("import {}/{file} {{ lib = import {lib}; }}", folder().display());
    let cases = evaluator.eval_text("<cases>", &text);
    let attributes = match evaluator.attrs(cases) {
        Ok(view) => view.attributes,
        Err(stop) => {
            score.add("the whole file", Verdict::Refused(why_not(&evaluator, stop)));
            return score;
        }
    };
    for attribute in attributes {
        let name = evaluator.name(attribute.name).to_owned();
        evaluator.refuel();
        if let Some(verdict) = case(&mut evaluator, attribute.value) {
            score.add(name, verdict);
        }
    }
    score
}

/// Nothing if the library lacks a name that the case needs.
fn case(evaluator: &mut Evaluator, case: Value) -> Option<Verdict> {
    let fails = matches!(evaluator.attr_named(case, "fails"), Ok(Some(_)));
    let expr = evaluator.make_select(case, "expr");
    let got = evaluator.print_strict(expr);
    let verdict = match got {
        Err(Stop::Error(id)) => {
            let error = evaluator.error(id);
            // The names of a library are the names of a set, or reached by `with`.
            let absent = [ErrorKind::MissingAttribute, ErrorKind::UndefinedVariable].contains(&error.kind)
                && !evaluator.sources().path(error.span.file).to_string_lossy().contains("/lib/modules.nix");
            if absent {
                return None;
            }
            if fails { Verdict::Right } else { Verdict::Refused(why_not(evaluator, Stop::Error(id))) }
        }
        Err(stop) => Verdict::Unknown(why_not(evaluator, stop)),
        Ok(got) if fails => Verdict::Wrong(format!("{got} and not an error")),
        Ok(got) => {
            let expected = evaluator.make_select(case, "expected");
            match evaluator.print_strict(expected) {
                Ok(expected) if expected == got => Verdict::Right,
                Ok(expected) => Verdict::Wrong(format!("{got} and not {expected}")),
                Err(stop) => Verdict::Refused(why_not(evaluator, stop)),
            }
        }
    };
    Some(verdict)
}

#[test]
fn our_library_passes_its_own_cases() {
    for file in files() {
        let settings = Settings {
            allowed_roots: vec![folder()],
            current_system: Some("x86_64-linux".to_owned()),
            ..Settings::default()
        };
        let score = run(&file, &file, "<nixpkgs/lib>", settings);
        assert!(!score.is_empty());
        let table = super::score::table(&[score]);
        assert!(!table.contains(&format!("{file}: ")), "{table}");
    }
}

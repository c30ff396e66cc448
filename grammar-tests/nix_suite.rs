//! The suite of Nix itself, read from a checkout named by `NIX_LANG_TESTS`. A wrong value fails the test; what is unknown
//! or refused is counted and printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::syntax;
use nixwright::system::OsFiles;
use nixwright::text::FileId;
use nixwright::value::Stop;

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings {
        allowed_roots: vec![PathBuf::from("/")],
        home: Some(PathBuf::from("/fake-home")),
        current_system: Some("x86_64-linux".to_owned()),
        nix_path: vec![(String::new(), folder.join("dir3")), (String::new(), folder.join("dir4"))],
        ..Settings::default()
    };
    settings.environment.insert("TEST_VAR".to_owned(), "foo".to_owned());
    settings.environment.insert("NO_VAR".to_owned(), String::new());
    settings
}

#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
    refused: Vec<String>,
    unknown: Vec<String>,
}

impl Score {
    fn print(&self, title: &str) {
        let all = self.right + self.wrong.len() + self.refused.len() + self.unknown.len();
        println!(
            "{title}: {}/{all} right, {} wrong, {} refused, {} unknown",
            self.right,
            self.wrong.len(),
            self.refused.len(),
            self.unknown.len()
        );
        for (kind, names) in [("wrong", &self.wrong), ("refused", &self.refused), ("unknown", &self.unknown)]
        {
            for name in names {
                println!("  {kind}: {name}");
            }
        }
    }
}

fn cases(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "nix"))
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix))
        .collect();
    all.sort();
    all
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

fn okay(folder: &Path) -> Score {
    let mut score = Score::default();
    for case in cases(folder, "eval-okay-") {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        let xml = case.with_extension("exp.xml");
        let expected = case.with_extension("exp");
        if !expected.exists() && !xml.exists() {
            continue;
        }
        if std::env::var_os("NIX_LANG_VERBOSE").is_some() {
            println!("{name}");
        }
        let mut settings = settings(folder);
        if name == "eval-okay-search-path" {
            let more = [("", "dir1"), ("", "dir2"), ("dir5", "dir3")];
            let more = more.map(|(prefix, path)| (prefix.to_owned(), folder.join(path)));
            settings.nix_path.splice(0..0, more);
        }
        let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings);
        let imported = evaluator.import(&case);
        if !evaluator.syntax_errors().is_empty() {
            score.refused.push(format!("{name}: {}", evaluator.syntax_errors()[0].message));
            continue;
        }
        // Arguments that the suite gives on the command line; functions without arguments are called.
        let value = match imported {
            Ok(value) if name == "eval-okay-autoargs" => {
                let lib = evaluator.eval_text_in("<arg>", "import (./. + \"/lib.nix\")", folder);
                let lib = evaluator.force(lib).unwrap();
                let x = evaluator.make_string("xyzzy!");
                let args = evaluator.make_attrs([("lib", lib), ("xyzzy", x)]);
                evaluator.call(value, args).and_then(|value| evaluator.select(value, "result"))
            }
            other => other,
        };
        let printed = value.and_then(|value| {
            if expected.exists() { evaluator.print_strict(value) } else { evaluator.to_xml(value) }
        });
        match printed {
            Ok(printed) => {
                let wanted = text(if expected.exists() { &expected } else { &xml });
                let wanted = wanted.replace("/pwd", &folder.parent().unwrap().to_string_lossy());
                if printed.trim_end() == wanted.trim_end() {
                    score.right += 1;
                } else {
                    score.wrong.push(format!(
                        "{name}\n    ours {}\n    Nix' {}",
                        printed.trim_end(),
                        wanted.trim_end()
                    ));
                }
            }
            Err(Stop::Unknown(id)) => {
                let reason = evaluator.unknown(id).reason.to_string();
                score.unknown.push(format!("{name}: {reason}"));
            }
            Err(stop) => {
                let error = evaluator.error_of(stop).unwrap().clone();
                let at = evaluator.sources().position(error.span);
                score.refused.push(format!("{name}: {} (line {})", error.message, at.line));
            }
        }
    }
    score
}

fn fail(folder: &Path) -> Score {
    let mut score = Score::default();
    for case in cases(folder, "eval-fail-") {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        // Failures that a switch of the command line asks for say nothing about the language.
        if std::fs::read_to_string(case.with_extension("flags")).is_ok_and(|flags| flags.contains("lint")) {
            continue;
        }
        if std::env::var_os("NIX_LANG_VERBOSE").is_some() {
            println!("{name}");
        }
        let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings(folder));
        let result = evaluator.import(&case);
        if !evaluator.syntax_errors().is_empty() {
            score.right += 1;
            continue;
        }
        match result.and_then(|value| evaluator.print_strict(value)) {
            Ok(printed) => score.wrong.push(format!("{name}: {printed}")),
            Err(Stop::Unknown(id)) => {
                let reason = evaluator.unknown(id).reason.to_string();
                score.unknown.push(format!("{name}: {reason}"));
            }
            Err(Stop::Error(_)) => score.right += 1,
        }
    }
    score
}

fn parse(folder: &Path, prefix: &str, good: bool) -> Score {
    let mut score = Score::default();
    for case in cases(folder, prefix) {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        if std::env::var_os("NIX_LANG_VERBOSE").is_some() {
            println!("{name}");
        }
        let parsed = syntax::parse(FileId(0), &text(&case));
        if parsed.errors.is_empty() == good {
            score.right += 1;
        } else {
            score.wrong.push(format!("{name}: {:?}", parsed.errors.first().map(|error| &error.message)));
        }
    }
    score
}

#[test]
fn nix_language_suite() {
    let Some(folder) = std::env::var_os("NIX_LANG_TESTS") else {
        println!("skipped: NIX_LANG_TESTS does not name a checkout of Nix' tests/functional/lang");
        return;
    };
    let folder = std::fs::canonicalize(folder).unwrap();
    let scores: BTreeMap<&str, Score> = BTreeMap::from([
        ("eval-okay", okay(&folder)),
        ("eval-fail", fail(&folder)),
        ("parse-okay", parse(&folder, "parse-okay-", true)),
        ("parse-fail", parse(&folder, "parse-fail-", false)),
    ]);
    for (title, score) in &scores {
        score.print(title);
    }
    assert!(scores["eval-okay"].wrong.is_empty(), "a value differs from Nix'");
}

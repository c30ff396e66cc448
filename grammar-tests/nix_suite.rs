//! The suite of Nix itself, read from a checkout named by `NIX_LANG_TESTS`. A wrong value fails the test; what is unknown
//! or refused is counted and printed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::syntax;
use nixwright::system::OsFiles;
use nixwright::text::FileId;
use nixwright::value::Stop;

use crate::conformance::{Score, Verdict, no_value, why_not};

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings {
        allowed_roots: vec![PathBuf::from("/")],
        home: Some(PathBuf::from("/fake-home")),
        current_system: Some("x86_64-linux".to_owned()),
        nix_path: vec![(String::new(), folder.join("dir3")), (String::new(), folder.join("dir4"))],
        nix_path_complete: true,
        ..Settings::default()
    };
    settings.environment.insert("TEST_VAR".to_owned(), "foo".to_owned());
    settings.environment.insert("NO_SUCH_VAR".to_owned(), String::new());
    settings
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
    let mut score = Score::new("lang: eval-okay");
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
        let flags = std::fs::read_to_string(case.with_extension("flags")).unwrap_or_default();
        let features = flags.split_whitespace().skip_while(|word| *word != "--extra-experimental-features");
        settings.experimental_features = features.skip(1).take(1).map(str::to_owned).collect();
        if name == "eval-okay-search-path" {
            let more = [("", "dir1"), ("", "dir2"), ("dir5", "dir3")];
            let more = more.map(|(prefix, path)| (prefix.to_owned(), folder.join(path)));
            settings.nix_path.splice(0..0, more);
        }
        let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings);
        let imported = evaluator.import(&case);
        if !evaluator.syntax_errors().is_empty() {
            score.add(name, Verdict::Refused(evaluator.syntax_errors()[0].message.clone()));
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
        let verdict = no_value(&evaluator, &printed).unwrap_or_else(|| {
            let printed = printed.unwrap();
            let wanted = text(if expected.exists() { &expected } else { &xml });
            let wanted = wanted.replace("/pwd", &folder.parent().unwrap().to_string_lossy());
            if printed.trim_end() == wanted.trim_end() {
                Verdict::Right
            } else {
                Verdict::Wrong(format!("ours {} and not {}", printed.trim_end(), wanted.trim_end()))
            }
        });
        score.add(name, verdict);
    }
    score
}

fn fail(folder: &Path) -> Score {
    let mut score = Score::new("lang: eval-fail");
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
        let verdict = if evaluator.syntax_errors().is_empty() {
            match result.and_then(|value| evaluator.print_strict(value)) {
                Ok(printed) => Verdict::Wrong(printed),
                Err(stop @ Stop::Unknown(_)) => Verdict::Unknown(why_not(&evaluator, stop)),
                Err(Stop::Error(_)) => Verdict::Right,
            }
        } else {
            Verdict::Right
        };
        score.add(name, verdict);
    }
    score
}

fn parse(folder: &Path, prefix: &str, good: bool) -> Score {
    let mut score = Score::new(&format!("lang: {}", prefix.trim_end_matches('-')));
    for case in cases(folder, prefix) {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        if std::env::var_os("NIX_LANG_VERBOSE").is_some() {
            println!("{name}");
        }
        let parsed = syntax::parse(FileId(0), &text(&case));
        let verdict = match parsed.errors.first() {
            None if good => Verdict::Right,
            Some(_) if !good => Verdict::Right,
            None => Verdict::Wrong("no error was found".to_owned()),
            Some(error) => Verdict::Refused(error.message.clone()),
        };
        score.add(name, verdict);
    }
    score
}

/// The scores of its four kinds of cases; none, and a line that says so, without a checkout.
pub(crate) fn scores() -> Vec<Score> {
    let Some(folder) = std::env::var_os("NIX_LANG_TESTS") else {
        println!("skipped: NIX_LANG_TESTS does not name a checkout of Nix' tests/functional/lang");
        return Vec::new();
    };
    let folder = std::fs::canonicalize(folder).unwrap();
    vec![
        okay(&folder),
        fail(&folder),
        parse(&folder, "parse-okay-", true),
        parse(&folder, "parse-fail-", false),
    ]
}

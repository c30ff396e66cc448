//! Runs the case files. Each is evaluated as a file of its own, with nothing readable but its folder.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluated, Evaluator, Settings};
use nixwright::syntax;
use nixwright::system::OsFiles;
use nixwright::text::{FileId, Span};
use nixwright::value::Stop;

const FOLDERS: &[(&str, fn(&Path) -> String)] = &[
    ("syntax/ok", syntax_case),
    ("syntax/err", syntax_case),
    ("eval/okay", eval_case),
    ("eval/fail", eval_case),
    ("eval/unknown", eval_case),
    ("eval/not-yet", eval_case),
    ("eval/builtins", elements_case),
    ("modules/okay", module_case),
    ("modules/fail", module_case),
    ("modules/unknown", module_case),
];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar-tests")
}

fn at(evaluator: &Evaluator, span: Span) -> String {
    let from = evaluator.sources().position(span);
    let to = evaluator.sources().end_position(span);
    format!("{}:{}-{}:{}", from.line, from.column, to.line, to.column)
}

fn syntax_case(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), Settings::default());
    let file = evaluator.sources_mut().add(path, text.clone());
    let parsed = syntax::parse(file, &text);
    let mut out = String::new();
    for error in &parsed.errors {
        writeln!(out, "{} {:?}: {}", at(&evaluator, error.span), error.kind, error.message).unwrap();
        if let Some(opening) = error.opening {
            writeln!(out, "  from {}", at(&evaluator, opening)).unwrap();
        }
        if let Some(help) = &error.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    for allow in &parsed.allows {
        writeln!(out, "allows {} ({})", allow.ids.join(" "), allow.reason).unwrap();
    }
    for pipe in &parsed.pipes {
        writeln!(out, "pipe {}", at(&evaluator, *pipe)).unwrap();
    }
    if out.is_empty() { "fine\n".to_owned() } else { out }
}

fn evaluator(path: &Path) -> Evaluator {
    let folder = path.parent().unwrap();
    let settings = Settings {
        allowed_roots: vec![folder.parent().unwrap().to_owned()],
        current_system: Some("x86_64-linux".to_owned()),
        home: Some(PathBuf::from("/home/user")),
        inputs: vec![("on-disk".to_owned(), root().join("eval/okay/pins-input/disk"))],
        ..Settings::default()
    };
    Evaluator::new(Arc::new(OsFiles), settings)
}

fn eval_case(path: &Path) -> String {
    evaluated(evaluator(path), path)
}

/// The library is the embedded one, its module system ours.
fn module_case(path: &Path) -> String {
    let mut evaluator = evaluator(path);
    nixwright::options::install_modules(&mut evaluator);
    evaluated(evaluator, path)
}

fn evaluated(mut evaluator: Evaluator, path: &Path) -> String {
    let value = evaluator.import(path);
    if let Some(error) = evaluator.syntax_errors().first() {
        return format!("syntax error: {}\n", error.message);
    }
    outcome(&mut evaluator, value, path)
}

/// A file with a list, each element of which is evaluated by itself: the outcomes.
pub(crate) fn elements(path: &Path) -> Vec<String> {
    let mut evaluator = evaluator(path);
    let list = evaluator.import(path).unwrap();
    assert_eq!(evaluator.syntax_errors(), [], "{}", path.display());
    let items = evaluator.list(list).unwrap().items;
    items.into_iter().map(|item| outcome(&mut evaluator, Ok(item), path)).collect()
}

/// The outcomes behind their numbers.
fn elements_case(path: &Path) -> String {
    let mut out = String::new();
    for (number, said) in elements(path).into_iter().enumerate() {
        writeln!(out, "{number} {}", said.trim_end().replace('\n', "\n  ")).unwrap();
    }
    out
}

fn outcome(evaluator: &mut Evaluator, value: Evaluated, path: &Path) -> String {
    let printed = match value.and_then(|value| evaluator.print_strict(value)) {
        Ok(printed) => printed,
        Err(Stop::Unknown(id)) => {
            let mut out = String::new();
            for unknown in evaluator.reasons(id) {
                let place = unknown.span.map(|span| at(evaluator, span)).unwrap_or_default();
                writeln!(out, "unknown because {} {place}", unknown.reason).unwrap();
            }
            out.trim_end().to_owned()
        }
        Err(stop) => {
            let error = evaluator.error_of(stop).unwrap();
            format!("{:?} {}: {}", error.kind, at(evaluator, error.user_span()), error.message)
        }
    };
    let printed = printed.replace(&*path.parent().unwrap().to_string_lossy(), "/case");
    format!("{}\n", printed.replace(&*root().join("eval").to_string_lossy(), "/cases"))
}

/// What an outcome of a folder must look like, apart from being the expected one.
fn belongs(folder: &str, outcome: &str) -> bool {
    let unknown = outcome.starts_with("unknown because");
    let failed = outcome.split_once(' ').is_some_and(|(kind, _)| {
        kind.starts_with(char::is_uppercase) && kind.chars().all(char::is_alphanumeric)
    });
    match folder {
        "syntax/ok" => !outcome.starts_with(|it: char| it.is_ascii_digit()),
        "syntax/err" => outcome.starts_with(|it: char| it.is_ascii_digit()),
        "eval/okay" | "modules/okay" => {
            !unknown && !failed && !outcome.contains("«unknown»") && !outcome.starts_with("syntax")
        }
        "eval/builtins" => outcome.starts_with("0 "),
        "eval/fail" | "modules/fail" => failed,
        "eval/unknown" | "modules/unknown" => unknown,
        _ => unknown,
    }
}

#[test]
fn every_case_gives_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut faults = Vec::new();
    for (folder, run) in FOLDERS {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in &paths {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            let expected = path.with_extension("out");
            match path.extension().and_then(|it| it.to_str()) {
                // Read by a case.
                _ if name.contains("-input") => continue,
                Some("nix") => {}
                Some("out") if path.with_extension("nix").exists() => continue,
                _ => {
                    faults.push(format!("{name} belongs to no case"));
                    continue;
                }
            }
            let outcome = run(path);
            if !belongs(folder, &outcome) {
                faults.push(format!("{name} does not belong into {folder}: {outcome}"));
            }
            // What is not known yet keeps the value that Nix gives, written by hand.
            if *folder == "eval/not-yet" {
                if std::fs::read_to_string(&expected).ok().is_none_or(|wanted| wanted == outcome) {
                    faults.push(format!("{name} passes now or has no expected value: move it"));
                }
                continue;
            }
            if update {
                std::fs::write(&expected, &outcome).unwrap();
            } else if std::fs::read_to_string(&expected).ok().as_ref() != Some(&outcome) {
                faults.push(format!("{name} gives\n{outcome}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{}\n({} faults; UPDATE=1 writes the expected files)",
        faults.join("\n"),
        faults.len()
    );
}

#[test]
fn every_builtin_has_its_cases() {
    let mut evaluator = evaluator(&root().join("eval/builtins/none.nix"));
    let all = evaluator.eval_text("<all>", "builtins");
    let names = evaluator.attrs(all).unwrap().attributes;
    assert!(names.len() > 100, "there are more builtins than {}", names.len());
    for attribute in names {
        let name = evaluator.name(attribute.name).to_owned();
        let path = root().join("eval/builtins").join(format!("{name}.nix"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(&name), "no case of grammar-tests/eval/builtins is about `{name}`");
    }
}

#[test]
fn no_folder_is_forgotten() {
    for group in ["syntax", "eval", "modules"] {
        for entry in std::fs::read_dir(root().join(group)).unwrap() {
            let name = format!("{group}/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(FOLDERS.iter().any(|(folder, _)| *folder == name), "no test reads grammar-tests/{name}");
        }
    }
}

#[test]
fn rnix_and_we_agree_on_what_is_nix() {
    // rnix checks neither names nor duplicates, and reads functions where Nix does not: those kinds do not count.
    use nixwright::syntax::SyntaxErrorKind as Kind;
    for folder in ["syntax/ok", "eval/okay", "eval/unknown"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "nix") {
                continue;
            }
            // The encrypted one is no text.
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let ours = syntax::parse(FileId(0), &text);
            let grammar = ours.errors.iter().all(|error| {
                matches!(
                    error.kind,
                    Kind::UndefinedVariable | Kind::DuplicateAttribute | Kind::DuplicateArgument
                )
            });
            assert_eq!(rnix::Root::parse(&text).errors().is_empty(), grammar, "{}", path.display());
        }
    }
}

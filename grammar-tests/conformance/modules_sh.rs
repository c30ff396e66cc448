//! `lib/tests/modules.sh` of nixpkgs: its assertions are read out of the script, the modules beside it are evaluated by
//! us. Each assertion asks for one attribute of a configuration of some modules: a value as JSON that matches a
//! pattern, or an error whose words, with its trace, match one.

use std::path::Path;
use std::sync::Arc;

use nixwright::eval::{Evaluated, Evaluator};
use nixwright::system::OsFiles;
use nixwright::value::{ErrorKind, Stop, Value};

use super::nixpkgs_lib::{failure, settings, success};
use super::score::{Score, Verdict};
use super::script::{self, Call};

/// A way to evaluate modules: its name, and what makes an evaluator go it.
type Way = (&'static str, fn(&mut Evaluator));

/// The library's own `evalModules`, interpreted, and the native one that stands in for it.
const WAYS: &[Way] = &[("interpreted", |_| {}), ("native", nixwright::options::install_modules)];

/// An evaluator takes that many cases before its memory is given back; a new one reads the library anew.
const CASES_PER_EVALUATOR: usize = 60;

pub(super) fn scores(folder: &str, lib: &Path) -> Vec<Score> {
    let Ok(text) = std::fs::read_to_string(lib.join("tests/modules.sh")) else { return Vec::new() };
    // Older scripts match what Nix prints, newer ones JSON.
    let json = text.contains("--json");
    let settings = settings(lib);
    let score = |way: &Way| {
        let title = format!("{folder}: tests/modules.sh, {}", way.0);
        run(&title, lib, &text, json, &|| {
            let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings.clone());
            way.1(&mut evaluator);
            evaluator
        })
    };
    let scores: Vec<Score> = WAYS.iter().map(score).collect();
    for other in &scores[1..] {
        for line in scores[0].disagreements(other) {
            println!("{line}");
        }
    }
    scores
}

fn run(title: &str, lib: &Path, text: &str, json: bool, fresh: &dyn Fn() -> Evaluator) -> Score {
    let mut score = Score::new(title);
    let folder = lib.join("tests/modules");
    let directory = folder.parent().unwrap().to_string_lossy().into_owned();
    let mut evaluator = fresh();
    for (number, call) in script::calls(text, &[("DIR", &directory)]).iter().enumerate() {
        // Warnings are given once, so a case that counts them starts afresh.
        if number % CASES_PER_EVALUATOR == 0 || !call.variables.is_empty() {
            evaluator = fresh();
        }
        evaluator.refuel();
        if let Some(verdict) = assertion(&mut evaluator, &folder, call, json) {
            score.add(format!("line {}: {}", call.line, call.words[1..].join(" ")), verdict);
        }
    }
    score
}

/// The verdict over a call, if it asserts anything.
fn assertion(evaluator: &mut Evaluator, folder: &Path, call: &Call, json: bool) -> Option<Verdict> {
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    let (expected, result, fails) = match words.as_slice() {
        ["checkConfigOutput", expected, attribute, modules @ ..] => {
            (*expected, configured(evaluator, folder, (call.line, attribute), modules, json), false)
        }
        ["checkConfigError", expected, attribute, modules @ ..] => {
            (*expected, configured(evaluator, folder, (call.line, attribute), modules, json), true)
        }
        ["checkExpression", file] => {
            let value = evaluator.eval_text_in("<file>", &format!("import {file}"), folder);
            ("", evaluator.to_json(value), false)
        }
        _ => return None,
    };
    let warnings: Vec<&String> = evaluator.traced().iter().filter(|it| it.contains("warning")).collect();
    if call.variables.contains_key("ABORT_ON_WARN") && !warnings.is_empty() {
        let warned = format!("{warnings:?}");
        return Some(match (fails, super::nixpkgs_lib::matches(expected, &warned)) {
            (false, _) => Verdict::Refused(warned),
            (true, true) => Verdict::Right,
            (true, false) => Verdict::Worded(warned),
        });
    }
    if !fails {
        return Some(success(evaluator, result, expected, false));
    }
    let contexts = match result {
        Err(Stop::Error(id)) => evaluator.error_contexts(id),
        _ => Vec::new(),
    };
    let hint = contexts.iter().any(|it| it.to_lowercase().contains("if you get an infinite recursion here"));
    if hint != call.variables.contains_key("REQUIRE_INFINITE_RECURSION_HINT") && result.is_err() && json {
        return Some(Verdict::Worded(format!("the hint on infinite recursion is there: {hint}")));
    }
    let mut more = String::new();
    for context in contexts.iter().rev() {
        more.push_str(&format!("… {context}\n"));
    }
    Some(failure(evaluator, result, expected, &more))
}

/// An attribute of the configuration that the modules make, printed.
fn configured(
    evaluator: &mut Evaluator,
    folder: &Path,
    (line, attribute): (usize, &str),
    modules: &[&str],
    json: bool,
) -> Evaluated<String> {
    let text = format!("import ./default.nix {{ modules = [ {} ];}}", modules.join(" "));
    let configuration = evaluator.eval_text_in(&format!("<line {line}>"), &text, folder);
    let value = selected(evaluator, configuration, attribute)?;
    if json { evaluator.to_json(value) } else { evaluator.force(value).map(|value| evaluator.print(value)) }
}

/// What `nix-instantiate -A` selects: attributes and places in lists, with the words that it says when one is missing.
fn selected(evaluator: &mut Evaluator, mut value: Value, path: &str) -> Evaluated {
    for name in names(path) {
        value = evaluator.force(value)?;
        let next = match value {
            Value::List(_) => {
                let items = evaluator.list(value)?.items;
                name.parse::<usize>().ok().and_then(|at| items.get(at).copied())
            }
            Value::Attrs(_) => evaluator.attr_named(value, &name)?.map(|attribute| attribute.value),
            _ => None,
        };
        let Some(next) = next else {
            let span = nixwright::text::Span::new(nixwright::text::FileId(0), 0, 0);
            let message = format!("attribute '{name}' in selection path '{path}' not found");
            return evaluator.make_error(ErrorKind::MissingAttribute, span, message);
        };
        value = next;
    }
    Ok(value)
}

/// The names of a path of attributes, which may stand in quotes.
fn names(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for letter in path.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(String::new()),
            other => names.last_mut().unwrap().push(other),
        }
    }
    names
}

#[test]
fn a_path_of_attributes_has_names_in_quotes() {
    assert_eq!(names("config.a.\"b.c\".0"), ["config", "a", "b.c", "0"]);
}

//! The pure tests of nixpkgs' library: files that hand a set of cases to `lib.runTests`, and scripts of
//! `expectSuccess` and `expectFailure`.
//!
//! A file's cases are taken before `runTests` sees them, so that each is judged by itself.

use std::path::Path;
use std::sync::Arc;

use nixwright::eval::{Attribute, Evaluated, Evaluator, Settings};
use nixwright::system::OsFiles;
use nixwright::value::{Stop, Value};
use regex::Regex;

use super::score::{Score, Verdict, no_value, why_not};
use super::script;

/// An `import` that makes `runTests` of whatever library it reads give the cases themselves.
const CASES: &str = "
file: argument:
let
  unjudged = { runTests = tests: tests; throwTestFailures = { failures, ... }: failures; };
  bare = lib:
    if builtins.isAttrs lib && lib ? runTests
    then lib // unjudged // { debug = lib.debug // unjudged; }
    else lib;
  found = builtins.scopedImport { import = path: bare (builtins.import path); } file;
in
if builtins.isFunction found then found argument else found
";

/// The files, the argument each is called with, and the start of the names of its cases.
const FILES: [(&str, &str, &str); 5] = [
    ("tests/misc.nix", "{ }", "test"),
    ("tests/systems.nix", "{ }", "test"),
    ("tests/fetchers.nix", "{ }", "test"),
    ("path/tests/unit.nix", "{ libpath = LIB; }", "test"),
    ("tests/checkAndMergeCompat.nix", "{ pkgs = null; currLibPath = LIB; prevLibPath = LIB; }", ""),
];

pub(super) fn settings(lib: &Path) -> Settings {
    // As where the tests are run by nixpkgs itself: nobody has set anything.
    let unset = ["HOME", "NIXPKGS_CONFIG", "NIX_ABORT_ON_WARN", "NIXPKGS_ALLOW_BROKEN"];
    let environment = unset.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    Settings {
        allowed_roots: vec!["/".into()],
        nix_path: vec![("nixpkgs".to_owned(), lib.parent().unwrap().to_owned())],
        nix_path_complete: true,
        current_system: Some("x86_64-linux".to_owned()),
        environment,
        ..Settings::default()
    }
}

pub(super) fn scores(folder: &str, lib: &Path) -> Vec<Score> {
    let mut scores = Vec::new();
    for (file, argument, start) in FILES {
        if lib.join(file).exists() {
            scores.push(file_of_cases(&format!("{folder}: {file}"), lib, file, (argument, start)));
        }
    }
    for file in ["tests/network.sh", "tests/filesystem.sh", "tests/debug.sh"] {
        if lib.join(file).exists() {
            scores.push(expectations(&format!("{folder}: {file}"), lib, file));
        }
    }
    scores
}

fn file_of_cases(title: &str, lib: &Path, file: &str, (argument, start): (&str, &str)) -> Score {
    let mut score = Score::new(title);
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings(lib));
    let path = lib.join(file);
    let argument = argument.replace("LIB", &lib.to_string_lossy());
    let text = format!("({CASES}) {} {argument}", path.display());
    let cases = evaluator.eval_text("<cases>", &text);
    let attributes = match evaluator.attrs(cases) {
        Ok(view) => view.attributes,
        Err(stop) => {
            score.add("the whole file", no_value::<()>(&evaluator, &Err(stop)).unwrap_or(Verdict::Right));
            return score;
        }
    };
    // A set without `expr` is a group of cases.
    let mut rest: Vec<(String, Value)> = Vec::new();
    let named = |evaluator: &Evaluator, prefix: &str, attributes: Vec<Attribute>| {
        let name = |it: &Attribute| (format!("{prefix}{}", evaluator.name(it.name)), it.value);
        // `runTests` runs no others.
        let runs = |(name, _): &(String, Value)| !prefix.is_empty() || name.starts_with(start);
        attributes.iter().rev().map(name).filter(runs).collect::<Vec<_>>()
    };
    rest.extend(named(&evaluator, "", attributes));
    while let Some((name, value)) = rest.pop() {
        evaluator.refuel();
        match evaluator.attr_named(value, "expr") {
            Ok(None) => match evaluator.attrs(value) {
                Ok(view) => rest.extend(named(&evaluator, &format!("{name}."), view.attributes)),
                Err(stop) => score.add(name, Verdict::Unknown(why_not(&evaluator, stop))),
            },
            _ => {
                let verdict = case(&mut evaluator, value);
                score.add(name, verdict);
            }
        }
    }
    score
}

/// A case is `{ expr; expected; }` or `{ expr; expectedError; }`.
fn case(evaluator: &mut Evaluator, case: Value) -> Verdict {
    let fails = evaluator.eval_text("<fails>", "case: case ? expectedError");
    match evaluator.call(fails, case).and_then(|fails| evaluator.bool(fails)) {
        Ok(true) => {
            let expr = evaluator.make_select(case, "expr");
            return match evaluator.force_deep(expr) {
                Ok(value) => Verdict::Wrong(evaluator.print(value)),
                Err(Stop::Error(_)) => Verdict::Right,
                Err(stop) => Verdict::Unknown(why_not(evaluator, stop)),
            };
        }
        Ok(false) => {}
        stopped => return no_value(evaluator, &stopped).unwrap_or(Verdict::Right),
    }
    let same = evaluator.eval_text("<case>", "case: case.expr == case.expected");
    let same = evaluator.call(same, case).and_then(|same| evaluator.bool(same));
    if let Some(verdict) = no_value(evaluator, &same) {
        return verdict;
    }
    if same == Ok(true) {
        return Verdict::Right;
    }
    let [ours, theirs] = ["expr", "expected"].map(|name| {
        let value = evaluator.make_select(case, name);
        evaluator.print_strict(value).unwrap_or_else(|stop| why_not(evaluator, stop))
    });
    Verdict::Wrong(format!("ours {ours} and not {theirs}"))
}

/// `expectSuccess EXPRESSION RESULT`, the result as text or expression in the words of the script, and
/// `expectFailure EXPRESSION ERROR`.
fn expectations(title: &str, lib: &Path, file: &str) -> Score {
    let mut score = Score::new(title);
    let text = std::fs::read_to_string(lib.join(file)).unwrap();
    let work = tempfile::tempdir().unwrap();
    let folder = std::fs::canonicalize(work.path()).unwrap();
    prepare(&folder);
    let group = file.trim_start_matches("tests/").trim_end_matches(".sh");
    let plain = format!("with (import <nixpkgs/lib>).{group};");
    let literal = text.contains("[[ ! \"$result\" == \"$expectedResult\" ]]");
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings(lib));
    let pwd = folder.to_string_lossy().into_owned();
    // What the script puts before each expression.
    let prefix = text
        .split_once("prefixExpression='")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map_or(plain, |(prefix, _)| prefix.to_owned());
    for call in script::calls(&text, &[("PWD", &pwd)]) {
        let [command, expression, expected] = call.words.as_slice() else { continue };
        if !command.starts_with("expect") {
            continue;
        }
        let name = format!("line {}: {expression}", call.line);
        let whole = format!("{prefix} ({expression})");
        let value = evaluator.eval_text_in(&format!("<line {}>", call.line), &whole, &folder);
        let printed = evaluator.to_json(value);
        let verdict = match command.as_str() {
            "expectFailure" => failure(&evaluator, printed, expected, ""),
            _ => {
                let exact = literal && command == "expectSuccess";
                success(&evaluator, printed, expected, exact)
            }
        };
        score.add(name, verdict);
    }
    score
}

/// What the scripts make before they begin.
fn prepare(folder: &Path) {
    std::fs::create_dir(folder.join("directory")).unwrap();
    std::fs::write(folder.join("regular"), "").unwrap();
    std::os::unix::fs::symlink("target", folder.join("symlink")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("fifo")).status();
    assert!(made.unwrap().success());
}

/// The verdict over a value that should be the expected text, or match it as a pattern.
pub(super) fn success(
    evaluator: &Evaluator,
    result: Evaluated<String>,
    expected: &str,
    exact: bool,
) -> Verdict {
    if let Some(verdict) = no_value(evaluator, &result) {
        return verdict;
    }
    let value = result.unwrap();
    let fits = if exact { value == *expected } else { matches(expected, &value) };
    if fits { Verdict::Right } else { Verdict::Wrong(format!("{value} and not {expected}")) }
}

/// The verdict over what should be an error whose words match the pattern; `more` are further words about the error.
pub(super) fn failure(
    evaluator: &Evaluator,
    result: Evaluated<String>,
    expected: &str,
    more: &str,
) -> Verdict {
    match result {
        Ok(value) => Verdict::Wrong(format!("{value} and not the error {expected}")),
        Err(stop @ Stop::Unknown(_)) => Verdict::Unknown(why_not(evaluator, stop)),
        Err(Stop::Error(id)) => {
            // Nix writes no colours into a pipe.
            let colour = Regex::new("\x1b\\[[0-9;]*m").unwrap();
            let said = format!("{more}{}", evaluator.error(id).message);
            let said = colour.replace_all(&said, "");
            if matches(expected, &said) {
                Verdict::Right
            } else {
                Verdict::Worded(format!("{said} and not {expected}"))
            }
        }
    }
}

/// Whether a pattern as grep reads it is found in the text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = braces_as_letters(pattern);
    let pattern = Regex::new(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    pattern.is_match(text)
}

/// Other readers of patterns refuse a brace that counts nothing; grep takes it for a letter.
fn braces_as_letters(pattern: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for (at, letter) in pattern.char_indices() {
        let counts = pattern[at + letter.len_utf8()..].starts_with(|it: char| it.is_ascii_digit());
        if !escaped && (letter == '{' && !counts || letter == '}') {
            out.push('\\');
        }
        escaped = !escaped && letter == '\\';
        out.push(letter);
    }
    out
}

#[test]
fn patterns_are_read_as_grep_reads_them() {
    assert!(matches("^{}$", "{}"));
    assert!(matches(r#"^\{"foo":\[1\]\}$"#, r#"{"foo":[1]}"#));
    assert!(matches("is not of type .path in the Nix store..", "is not of type `path in the Nix store'."));
    assert!(!matches("^true$", "untrue"));
}

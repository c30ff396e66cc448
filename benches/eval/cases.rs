//! The cases of a library's own tests (`tests/misc.nix`), as one expression: those that we and Nix both do in full, each
//! with its `expr` forced to the bottom and equal to what is `expected`. Which they are is asked of both, not assumed.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::system::OsFiles;
use nixwright::value::Value;

/// The cases of a file as a set, before `runTests` sees them.
fn cases(file: &Path) -> String {
    let bare =
        "lib: if builtins.isAttrs lib && lib ? runTests then lib // { runTests = tests: tests; } else lib";
    let import = format!("path: ({bare}) (builtins.import path)");
    format!("builtins.scopedImport {{ import = {import}; }} {}", file.display())
}

/// How many cases are as they should be; fails if one is not.
fn count(file: &Path, names: &[String]) -> String {
    let names: String = names.iter().map(|name| format!(" {name:?}")).collect();
    let judged = "if builtins.deepSeq it.expr (it.expr == it.expected) then n + 1 else throw name";
    format!(
        "let cases = {}; in builtins.foldl' (n: name: let it = cases.${{name}}; in {judged}) 0 [{names} ]",
        cases(file)
    )
}

/// An expression that judges every case of the library that both sides do in full, and in words how many these are.
pub(super) fn expression(library: &Path, settings: &Settings) -> Option<(String, String)> {
    let file = library.join("tests/misc.nix");
    if !file.exists() {
        return None;
    }
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings.clone());
    let all = evaluator.eval_text("<cases>", &cases(&file));
    let view = evaluator.attrs(all).ok()?;
    let names: Vec<String> = view.attributes.iter().map(|it| evaluator.name(it.name).to_owned()).collect();
    let ours: Vec<String> =
        names.iter().filter(|name| known(&count(&file, &[(*name).clone()]), settings)).cloned().collect();
    let both = done_by_nix(&file, &ours);
    let words = format!("{} of {} cases of {}", both.len(), names.len(), file.display());
    (!both.is_empty()).then(|| (count(&file, &both), words))
}

fn known(expression: &str, settings: &Settings) -> bool {
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings.clone());
    let value = evaluator.eval_text("<case>", expression);
    evaluator.force(value) == Ok(Value::Int(1))
}

/// Those that Nix does. Where it fails at one of many, each half is asked for.
fn done_by_nix(file: &Path, names: &[String]) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let command = ["--eval", "--readonly-mode", "-E", &count(file, names)];
    let output = Command::new("nix-instantiate").args(command).env("NIX_REMOTE", "dummy://").output();
    if output.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).trim() == names.len().to_string()) {
        return names.to_vec();
    }
    let (first, second) = names.split_at(names.len() / 2);
    if first.is_empty() {
        return Vec::new();
    }
    [done_by_nix(file, first), done_by_nix(file, second)].concat()
}

//! How fast parsing and evaluation are, as ratios: to rnix on the same texts, and to Nix on the same expressions (CPU time
//! with the start of the process taken off; skipped where there is no `nix-instantiate`).
//!
//! `cargo bench --bench eval`; a folder of Nix files to parse may be named by `NIX_FILES`.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures the real machine")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nixwright::eval::{Evaluator, Settings};
use nixwright::syntax;
use nixwright::system::OsFiles;
use nixwright::text::FileId;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXPRESSIONS: &[(&str, &str)] = &[
    ("fib 27", "let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in fib 27"),
    (
        "foldl' of //, 100k steps",
        "builtins.length (builtins.attrNames (builtins.foldl' (a: n: a // { x = n; y = a.x or 0; }) { } (builtins.genList (x: x) 100000)))",
    ),
    (
        "listToAttrs of 200k",
        "builtins.length (builtins.attrNames (builtins.listToAttrs (builtins.genList (n: { name = \"a${toString n}\"; value = n; }) 200000)))",
    ),
    (
        "sort of 100k",
        "builtins.elemAt (builtins.sort (a: b: a < b) (builtins.genList (n: n * 7919 - (n * 7919 / 100003) * 100003) 100000)) 5",
    ),
    (
        "strings, 100k pieces",
        "builtins.stringLength (builtins.concatStringsSep \",\" (map (n: \"piece-${toString n}\") (builtins.genList (x: x) 100000)))",
    ),
    (
        "genericClosure of 50k",
        "builtins.length (builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: if x.key < 50000 then [ { key = x.key + 1; } ] else [ ]; })",
    ),
    (
        "mapAttrs and filters, 100k",
        "let s = builtins.listToAttrs (map (n: { name = toString n; value = n; }) (builtins.genList (x: x) 100000)); in builtins.foldl' (a: b: a + b) 0 (builtins.filter (x: x > 10) (builtins.attrValues (builtins.mapAttrs (n: v: v + 1) s)))",
    ),
];

fn best(times: u32, mut run: impl FnMut()) -> Duration {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .expect("at least one run")
}

fn nix_files(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            nix_files(&path, into);
        } else if path.extension().is_some_and(|it| it == "nix") {
            into.push(path);
        }
    }
}

fn parsing() {
    let folder = std::env::var_os("NIX_FILES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), PathBuf::from);
    let mut paths = Vec::new();
    nix_files(&folder, &mut paths);
    let texts: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let repeats = (20_000_000 / bytes.max(1)).clamp(1, 200);
    let rnix = best(3, || {
        for text in texts.iter().cycle().take(texts.len() * repeats) {
            std::hint::black_box(rnix::Root::parse(text));
        }
    });
    let ours = best(3, || {
        for text in texts.iter().cycle().take(texts.len() * repeats) {
            std::hint::black_box(syntax::parse(FileId(0), text));
        }
    });
    let rate = |time: Duration| (bytes * repeats) as f64 / 1e6 / time.as_secs_f64();
    println!(
        "parse, lower, resolve {} files: {:.1} MB/s; rnix alone {:.1} MB/s; ratio {:.2}",
        texts.len(),
        rate(ours),
        rate(rnix),
        ours.as_secs_f64() / rnix.as_secs_f64()
    );
}

/// User and system time of a run of Nix, by the shell's own clock.
fn nix_time(expression: &str) -> Option<f64> {
    let script = "nix-instantiate --eval --readonly-mode -E \"$1\" >/dev/null 2>&1 || exit 1; times";
    let output = Command::new("bash")
        .args(["-c", script, "bash", expression])
        .env("NIX_REMOTE", "dummy://")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let seconds = |part: &str| -> Option<f64> {
        let (minutes, seconds) = part.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    // The second line counts what has run, the first the shell itself.
    text.lines().nth(1)?.split_whitespace().map(seconds).sum()
}

fn main() {
    parsing();
    let start = (0..3).filter_map(|_| nix_time("1")).fold(f64::MAX, f64::min);
    for (name, text) in EXPRESSIONS {
        let mut steps = 0;
        let ours = best(3, || {
            let mut evaluator = Evaluator::new(Arc::new(OsFiles), Settings::default());
            let value = evaluator.eval_text("<bench>", text);
            assert!(evaluator.force(value).is_ok(), "{name} is evaluated to its end");
            steps = evaluator.steps();
        });
        let nix = (0..3).filter_map(|_| nix_time(text)).fold(f64::MAX, f64::min);
        let seconds = ours.as_secs_f64();
        if nix == f64::MAX {
            println!("{name}: {seconds:.3} s, {steps} steps; no nix-instantiate to compare with");
        } else {
            let nix = (nix - start).max(0.001);
            println!("{name}: {seconds:.3} s, {steps} steps; Nix {nix:.3} s; ratio {:.2}", seconds / nix);
        }
    }
}

//! How fast parsing and evaluation are, as ratios: to rnix on the same texts, and to Nix on the same expressions. CPU time and
//! peak memory of a process of its own each, the start of the process taken off the time.
//!
//! `cargo bench --bench eval`. A folder of Nix files to parse may be named by `NIX_FILES`; `NIXPKGS_LIB` names a `lib` folder of
//! nixpkgs, which is then evaluated instead of our own small one. Without a `nix-instantiate`
//! there are no ratios. Says what it measured, and fails on no time.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark measures the real machine"
)]

#[path = "eval/cases.rs"]
mod cases;
mod measured;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use measured::{least, megabytes, milliseconds};
use nixwright::eval::{Evaluator, Settings};
use nixwright::syntax;
use nixwright::system::OsFiles;
use nixwright::text::FileId;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of so many runs the least counts.
const RUNS: usize = 5;

/// `LIB` stands for the folder of the library.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("fib 27", "let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in fib 27"),
    (
        "foldl' of //, 100k steps",
        "builtins.length (builtins.attrNames (builtins.foldl' (a: n: a // { x = n; y = a.x or 0; }) { } (builtins.genList (x: x) 100000)))",
    ),
    (
        "// of 20k names, one by one",
        "builtins.length (builtins.attrNames (builtins.foldl' (a: n: a // { ${toString n} = n; }) { } (builtins.genList (x: x) 20000)))",
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
        "a string of 20k, piece by piece",
        "builtins.stringLength (builtins.foldl' (a: n: a + toString n) \"\" (builtins.genList (x: x) 20000))",
    ),
    (
        "a list of 20k, one by one",
        "builtins.length (builtins.foldl' (a: n: a ++ [ n ]) [ ] (builtins.genList (x: x) 20000))",
    ),
    (
        "genericClosure of 50k",
        "builtins.length (builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: if x.key < 50000 then [ { key = x.key + 1; } ] else [ ]; })",
    ),
    (
        "mapAttrs and filters, 100k",
        "let s = builtins.listToAttrs (map (n: { name = toString n; value = n; }) (builtins.genList (x: x) 100000)); in builtins.foldl' (a: b: a + b) 0 (builtins.filter (x: x > 10) (builtins.attrValues (builtins.mapAttrs (n: v: v + 1) s)))",
    ),
    (
        "`with` and defaults, 100k calls",
        "let s = { a = 1; b = 2; c = 3; }; f = { x, y ? 1, ... }: with s; a + b + c + x + y; in builtins.foldl' (n: x: n + f { inherit x; z = 1; }) 0 (builtins.genList (x: x) 100000)",
    ),
    (
        "evalModules of 1,000 options",
        "let lib = import LIB; names = map (n: \"o${toString n}\") (lib.range 1 1000); in builtins.foldl' (a: n: a + n) 0 (builtins.attrValues (removeAttrs (lib.evalModules { modules = [ { options = lib.genAttrs names (name: lib.mkOption { type = lib.types.int; default = 0; }); } { config = lib.genAttrs names (name: 1); } ]; }).config [ \"_module\" ]))",
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

/// The folder of the library.
fn library() -> String {
    std::env::var("NIXPKGS_LIB")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/nixpkgs/lib").to_owned())
}

/// Each expression with its name.
fn expressions() -> Vec<(&'static str, String)> {
    let folder = library();
    EXPRESSIONS.iter().map(|(name, text)| (*name, text.replace("LIB", &folder))).collect()
}

fn settings() -> Settings {
    Settings {
        allowed_roots: vec![PathBuf::from("/")],
        current_system: Some("x86_64-linux".to_owned()),
        fuel: 500_000_000,
        ..Settings::default()
    }
}

/// In a process of its own: evaluates one of them; gives the steps.
fn evaluate(text: &str) -> u64 {
    let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings());
    let value = evaluator.eval_text("<bench>", text);
    match evaluator.force(value) {
        Ok(_) => evaluator.steps(),
        Err(stop) => panic!(
            "{text} is evaluated to its end: {:?} {:?}",
            evaluator.error_of(stop),
            evaluator.unknown_of(stop)
        ),
    }
}

/// User and system time of a run of Nix in seconds, by the shell's own clock, and its peak memory.
fn nix(expression: &str) -> Option<(f64, u64)> {
    let script = "nix-instantiate --eval --readonly-mode -E \"$1\" >/dev/null 2>&1 & echo $!; wait $! || exit 1; times";
    let mut child = Command::new("bash")
        .args(["-c", script, "bash", expression])
        .env("NIX_REMOTE", "dummy://")
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut output = BufReader::new(child.stdout.take()?);
    let mut process = String::new();
    output.read_line(&mut process).ok()?;
    let mut peak = 0;
    while let Some(now) = measured::peak_of(process.trim()) {
        peak = peak.max(now);
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut text = String::new();
    output.read_to_string(&mut text).ok()?;
    child.wait().ok()?;
    let seconds = |part: &str| -> Option<f64> {
        let (minutes, seconds) = part.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    // The second line counts what has run, the first the shell itself.
    let time: Option<f64> = text.lines().nth(1)?.split_whitespace().map(seconds).sum();
    Some((time?, peak))
}

fn cheapest_nix(expression: &str) -> Option<(f64, u64)> {
    (0..RUNS).filter_map(|_| nix(expression)).min_by(|a, b| a.0.total_cmp(&b.0))
}

fn main() {
    if let Some(words) = measured::asked() {
        let text = words.first().expect("the parent says what is evaluated");
        return measured::report(|| evaluate(text));
    }
    parsing();
    let folder = library();
    println!("\nevaluation: CPU time and peak memory, of a process each; the library is {folder}");
    println!("                                        ours             Nix             ratio        steps");
    let start = cheapest_nix("1");
    if start.is_none() {
        println!("skipped: nix-instantiate is not installed, so there is nothing to compare with");
    }
    let mut all = expressions();
    match start.and_then(|_| cases::expression(Path::new(&folder), &settings())) {
        Some((text, words)) => {
            println!("the library's own tests: {words}, which both do in full");
            all.push(("the library's own tests", text));
        }
        None => println!("skipped: the library has no tests/misc.nix that both could do"),
    }
    for (name, text) in all {
        let ours = least(RUNS, &[&text]);
        let (time, peak) = (milliseconds(ours.cpu), megabytes(ours.peak));
        let shown = match start.and_then(|(start, _)| Some((start, cheapest_nix(&text)?))) {
            None => "-".to_owned(),
            Some((start, (time_of_nix, peak_of_nix))) => {
                let beyond = (time_of_nix - start).max(0.001) * 1e3;
                let peak_of_nix = megabytes(peak_of_nix);
                format!("{beyond:6.0} ms {peak_of_nix:5.0} MB  {:5.2}", time / beyond)
            }
        };
        println!("{name:32} {time:7.1} ms {peak:5.0} MB  {shown}  {:11}", ours.count);
    }
}

//! The language server in a network of 1,000 files: the time from a change to the diagnostics beside that of the first check,
//! and the memory over many changes. Says what it measured, and fails on no time.
//!
//! `cargo bench --bench lsp`; `-- edits 10000` makes so many changes for the memory.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures the real machine")]

#[expect(dead_code, reason = "this benchmark needs one of its two networks")]
mod generated;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lsp_types::{Position, Range, TextDocumentContentChangeEvent, Url};
use nixwright::lsp::{Analyst, Document, World, diagnostics};
use nixwright::system::System;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Three files each, and the network's own.
const MACHINES: usize = 333;
/// The median of so many changes, and of so many first checks.
const CHANGES: usize = 50;
const FIRST: usize = 7;
/// What a change may cost beside the first check.
const PROMISED: f64 = 5.0;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What the process holds in memory, in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0) / 1024.0
}

struct Editor {
    world: World,
    analyst: Analyst,
    paths: Vec<PathBuf>,
}

impl Editor {
    fn new(folder: &Path) -> Self {
        let system = System::os();
        let mut world = World::default();
        world.set_folders(vec![folder.to_owned()]);
        Self { world, analyst: Analyst::new(system), paths: Vec::new() }
    }

    fn open(&mut self, path: PathBuf) {
        let uri = Url::from_file_path(&path).expect("an absolute path");
        let text = std::fs::read_to_string(&path).expect("a generated file").into();
        self.world.open(System::os().files.as_ref(), Document { uri, version: 0, text });
        self.paths.push(path);
    }

    /// Types a number into the first line of one of the open files, which are comments, or into a list further down.
    fn change(&mut self, number: usize) {
        let path = &self.paths[number % self.paths.len()];
        let uri = Url::from_file_path(path).expect("an absolute path");
        let document = self.world.documents.get(path).expect("it is open");
        let port = document.text.lines().position(|it| it.contains("port = ")).expect("a port");
        let line = u32::try_from(port).expect("few lines");
        let range = Range { start: Position::new(line, 0), end: Position::new(line + 1, 0) };
        let text = format!("  port = {};\n", 1024 + number % 5000);
        let change = TextDocumentContentChangeEvent { range: Some(range), range_length: None, text };
        assert!(self.world.change(&uri, i32::try_from(number).unwrap_or(0), vec![change]));
    }

    fn check(&mut self) -> usize {
        let analysis = self.analyst.analyse(&self.world, &Arc::default()).expect("nobody cancels");
        diagnostics::of_files(&analysis).values().map(Vec::len).sum()
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let edits = match &words[..] {
        [word, number] if word == "edits" => number.parse().expect("a number of edits"),
        _ => 500,
    };
    let folder = tempfile::tempdir().expect("there is room for a network");
    generated::write(folder.path(), MACHINES).expect("there is room for a network");
    let timed = |editor: &mut Editor| {
        let begun = Instant::now();
        editor.check();
        begun.elapsed()
    };
    let first = median((0..FIRST).map(|_| timed(&mut Editor::new(folder.path()))).collect());
    let mut editor = Editor::new(folder.path());
    for number in 0..10 {
        editor.open(folder.path().join(format!("machines/m{:05}/target.nix", number * 31 + 3)));
    }
    editor.check();
    let changes = (0..CHANGES).map(|number| {
        let begun = Instant::now();
        editor.change(number);
        editor.check();
        begun.elapsed()
    });
    let change = median(changes.collect());
    let share = 100.0 * change.as_secs_f64() / first.as_secs_f64();
    println!(
        "{} files: first check {:.1} ms, from a change to diagnostics {:.1} ms (median of {CHANGES}): {share:.1} % (promised: at most {PROMISED:.0} %)",
        3 * MACHINES + 1,
        milliseconds(first),
        milliseconds(change)
    );
    let before = resident();
    for number in 0..edits {
        editor.change(number);
        editor.check();
    }
    println!("memory: {before:.1} MB after {CHANGES} changes, {:.1} MB after {edits} more", resident());
}

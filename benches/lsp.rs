//! The language server in a network of 1,000 files: the time from a change to the diagnostics beside that of the first check,
//! how long the completion of an option takes, and the memory over many changes. Says what it measured beside what is promised,
//! and fails on no time.
//!
//! `cargo bench --bench lsp`; `-- edits 10000` makes so many changes for the memory.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures the real machine")]

#[expect(dead_code, reason = "this benchmark needs one of its two networks")]
mod generated;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lsp_types::{Position, Range, TextDocumentContentChangeEvent, Url};
use nixwright::checks;
use nixwright::editor::{View, completion};
use nixwright::lsp::{Analyst, Document, World, diagnostics};
use nixwright::network::Network;
use nixwright::system::System;
use nixwright::text::FileId;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Three files each, and the network's own.
const MACHINES: usize = 333;
/// The median of so many changes, and of so many first checks.
const CHANGES: usize = 50;
const FIRST: usize = 7;
/// What a change may cost beside the first check.
const PROMISED: f64 = 5.0;
/// How long a completion may take, in milliseconds.
const PROMISED_COMPLETION: f64 = 20.0;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn kept(promise: bool) -> &'static str {
    if promise { "kept" } else { "NOT KEPT" }
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

    /// Types the beginning of an option, and asks what it may be.
    fn complete(&mut self) -> Duration {
        let analysis = self.analyst.analyse(&self.world, &Arc::default()).expect("nobody cancels");
        let path = &self.paths[0];
        let checked = analysis.of(path).next().expect("the network reads it").0;
        let whole = self.world.documents.get(path).expect("it is open").text.clone();
        let (before, after) = whole.split_once("    targetPort").expect("it sets its port");
        let text = format!("{before}    rollback.\n    targetPort{after}");
        let offset = u32::try_from(before.len() + "    rollback.".len()).expect("a small file");
        let begun = Instant::now();
        let parsed = nixwright::syntax::parse(FileId(0), &text);
        let view = View::new(&checked.network, &checked.request, path, &text, &parsed);
        let items = completion::completion(&view, offset);
        let took = begun.elapsed();
        assert!(items.iter().any(|it| it.label == "confirmTimeout"), "{items:?}");
        took
    }

    /// How long reading the whole network takes where all is parsed, and how long all checks take.
    fn parts(&mut self) -> (Duration, Duration) {
        let analysis = self.analyst.analyse(&self.world, &Arc::default()).expect("nobody cancels");
        let checked = analysis.networks.first().expect("the network");
        let timed = |work: &dyn Fn()| {
            median(
                (0..20)
                    .map(|_| {
                        let begun = Instant::now();
                        work();
                        begun.elapsed()
                    })
                    .collect(),
            )
        };
        let reading = timed(&|| drop(Network::load(&checked.request).expect("it was read before")));
        let checking = timed(&|| drop(checks::run(&checked.network, &checked.levels)));
        (reading, checking)
    }

    fn check(&mut self) -> usize {
        let analysis = self.analyst.analyse(&self.world, &Arc::default()).expect("nobody cancels");
        diagnostics::of_each(&analysis).values().map(|it| it.len()).sum()
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
    println!("{} files, {MACHINES} machines:", 3 * MACHINES + 1);
    println!("  cold check                     {:8.1} ms  (median of {FIRST})", milliseconds(first));
    println!("  from a change to diagnostics   {:8.1} ms  (median of {CHANGES})", milliseconds(change));
    println!(
        "  that is                        {share:8.1} %   of the cold check (promised: at most {PROMISED:.0} %): {}",
        kept(share <= PROMISED)
    );
    let parts = editor.parts();
    println!(
        "  all of it, read and checked again: {:.1} ms reading, {:.1} ms checking",
        milliseconds(parts.0),
        milliseconds(parts.1)
    );
    let completion = milliseconds(median((0..CHANGES).map(|_| editor.complete()).collect()));
    println!(
        "  completion of an option's name {completion:8.1} ms  (median of {CHANGES}; promised: below {PROMISED_COMPLETION:.0} ms): {}",
        kept(completion < PROMISED_COMPLETION)
    );
    let before = resident();
    for number in 0..edits {
        editor.change(number);
        editor.check();
    }
    let after = resident();
    println!(
        "  memory                         {after:8.1} MB  after {edits} more changes, {before:.1} MB before them ({:+.1} %)",
        100.0 * (after - before) / before
    );
}

//! What `check` costs beyond the start of a process: of a beginner's two files, of 1,000 machines in 3,000 files beside rnix
//! only parsing the same files on the same threads, and how that grows from 10 machines on; and of `show` and `check` for
//! 10,000 machines of one expression beside 1,000.
//!
//! `cargo bench --bench check`; `-- all` measures 10,000 machines, too. `-- write FOLDER MACHINES` writes a generated
//! network, to look at or to profile. Says what it measured, and fails on no time.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark measures the real machine"
)]

mod generated;
mod measured;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use measured::{Cost, least, megabytes, milliseconds};
use nixwright::cli::{self, Ui};
use nixwright::system::System;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Enough for a stable median; all of them together take about two seconds.
const RUNS: usize = 40;

/// What an operator may notice: `check` must cost less than this beyond the start of the process.
const PROMISED: Duration = Duration::from_millis(10);

/// Machines of the large network, and what its check may cost, in times of what rnix needs.
const MACHINES: usize = 1000;
const PROMISED_RATIO: f64 = 2.0;

struct Candidate {
    name: &'static str,
    command: Vec<String>,
    times: Vec<Duration>,
}

impl Candidate {
    fn new(name: &'static str, words: &[&str], files: &[String]) -> Self {
        let command = words.iter().map(|word| (*word).to_owned()).chain(files.iter().cloned()).collect();
        Self { name, command, times: Vec::new() }
    }

    /// Runs it once; false when it is not on this computer.
    fn run(&mut self) -> bool {
        let begun = Instant::now();
        let (program, arguments) = self.command.split_first().expect("a command has a program");
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        match command.status() {
            Ok(status) => assert!(status.success(), "`{}` ended with {status}", self.command.join(" ")),
            Err(_) => return false,
        }
        self.times.push(begun.elapsed());
        true
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

/// Whole processes are timed, because that is what an operator or an editor waits for: the median of many runs, taken in
/// turn so that a busy machine slows all of them alike.
fn beginner() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/networks/beginner");
    let files: Vec<String> = ["target.nix", "config.nix"].map(|file| format!("{folder}/{file}")).to_vec();
    let program = env!("CARGO_BIN_EXE_nixwright");
    let mut candidates = [
        Candidate::new("start: nixwright --version", &[program, "--version"], &[]),
        Candidate::new("nixwright check", &[program, "check"], &files),
        Candidate::new("nix-instantiate --parse", &["nix-instantiate", "--parse"], &files),
    ];
    let nix_is_here = candidates[2].run();
    if !nix_is_here {
        println!("skipped: nix-instantiate is not installed, so there is nothing to compare with");
    }
    let taking_part = if nix_is_here { 3 } else { 2 };
    for _ in 0..RUNS {
        for candidate in &mut candidates[..taking_part] {
            candidate.run();
        }
    }
    for candidate in &candidates[..taking_part] {
        println!("{:28} {:7.2} ms", candidate.name, milliseconds(candidate.median()));
    }
    let beyond = candidates[1].median().saturating_sub(candidates[0].median());
    let (shown, promised) = (milliseconds(beyond), milliseconds(PROMISED));
    println!("check beyond the start: {shown:.2} ms (promised: below {promised:.0} ms)");
    if nix_is_here {
        let ratio = candidates[1].median().as_secs_f64() / candidates[2].median().as_secs_f64();
        println!("nixwright check / nix-instantiate --parse: {ratio:.2}");
    }
}

fn nix_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            nix_files(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// Reads and parses files with rnix alone, on as many threads as `check` may use; gives their bytes.
fn rnix_alone(paths: &[PathBuf]) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let text = std::fs::read_to_string(path).expect("the generated files are there");
                    bytes.fetch_add(text.len(), Ordering::Relaxed);
                    assert!(rnix::Root::parse(&text).errors().is_empty(), "generated files have no errors");
                }
            });
        }
    });
    bytes.into_inner() as u64
}

fn nixwright(words: &[&str]) -> u64 {
    let system = System::os();
    let mut ui = Ui::os(system.terminal);
    let words = std::iter::once("nixwright").chain(words.iter().copied()).map(Into::into);
    let code = cli::run(&system, &mut ui, words);
    assert_eq!(code, cli::ExitCode::Done, "the generated network has no mistakes");
    0
}

/// Checks a network of so many machines, and lets rnix parse it.
fn costs(machines: usize, times: usize) -> (Cost, Cost) {
    let folder = tempfile::tempdir().expect("there is room for a network");
    let network = generated::write(folder.path(), machines).expect("there is room for a network");
    let network = network.to_string_lossy().into_owned();
    let folder = folder.path().to_string_lossy().into_owned();
    // In turn, so that a busy machine slows both alike.
    let pair = || (least(1, &["nixwright", "check", &network]), least(1, &["rnix", &folder]));
    let both = |a: (Cost, Cost), b: (Cost, Cost)| (a.0.least(b.0), a.1.least(b.1));
    (0..times).map(|_| pair()).reduce(both).expect("there is at least one run")
}

#[expect(clippy::cast_precision_loss, reason = "what is shown has few digits")]
fn growth(most: usize) {
    println!(
        "\ncheck of generated networks, three files a machine; in brackets the ratio to rnix parsing the same files on"
    );
    println!("the same threads. Peak memory is that of the whole process.");
    println!(
        "machines   source kB    check, wall      check, CPU     a machine   peak MB  bytes/machine  per source byte"
    );
    let empty = costs(1, 3).0.peak;
    let mut ratio = 0.0;
    for machines in [10, 100, 1_000, 10_000].into_iter().filter(|it| *it <= most) {
        let (ours, rnix) = costs(machines, if machines > 1_000 { 1 } else { 5 });
        let wall = ours.wall.as_secs_f64() / rnix.wall.as_secs_f64();
        let cpu = ours.cpu.as_secs_f64() / rnix.cpu.as_secs_f64();
        let grown = ours.peak.saturating_sub(empty);
        println!(
            "{machines:8}  {:10}  {:8.1} ms ({wall:.2})  {:6.1} ms ({cpu:.2})  {:6.1} us  {:8.1}  {:13}  {:15.1}",
            rnix.count / 1000,
            milliseconds(ours.wall),
            milliseconds(ours.cpu),
            ours.wall.as_secs_f64() * 1e6 / machines as f64,
            megabytes(ours.peak),
            grown / machines as u64,
            grown as f64 / rnix.count as f64,
        );
        if machines == MACHINES {
            ratio = wall;
        }
    }
    println!("check of {MACHINES} machines / rnix alone: {ratio:.2} (promised: at most {PROMISED_RATIO:.1})");
}

/// What ten times the machines of one `genAttrs` may cost, in times of the smaller network.
const PROMISED_GROWTH: f64 = 10.0;

fn one_expression() {
    println!(
        "\n10,000 machines of one genAttrs beside 1,000 (promised for show: at most {PROMISED_GROWTH:.0})"
    );
    let folder = tempfile::tempdir().expect("there is room for a network");
    let [small, large] = [MACHINES, 10 * MACHINES].map(|machines| {
        let path = generated::one_expression(folder.path(), machines).expect("there is room for a network");
        path.to_string_lossy().into_owned()
    });
    for command in [&["show"][..], &["show", "--json"], &["check"]] {
        let of = |network: &str| {
            let words: Vec<&str> = [&["nixwright"], command, &[network]].concat();
            least(1, &words)
        };
        // In turn, so that a busy machine slows both alike.
        let both = |a: (Cost, Cost), b: (Cost, Cost)| (a.0.least(b.0), a.1.least(b.1));
        let (few, many) =
            (0..5).map(|_| (of(&small), of(&large))).reduce(both).expect("there is at least one run");
        println!(
            "{:12}  {:7.1} ms  {:7.1} ms, {:.1} MB: {:.1} (CPU time: {:.1})",
            command.join(" "),
            milliseconds(few.wall),
            milliseconds(many.wall),
            megabytes(many.peak),
            many.wall.as_secs_f64() / few.wall.as_secs_f64(),
            many.cpu.as_secs_f64() / few.cpu.as_secs_f64(),
        );
    }
}

fn main() {
    if let Some(words) = measured::asked() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["nixwright", ref words @ ..] => measured::report(|| nixwright(words)),
            ["rnix", folder] => {
                let mut paths = Vec::new();
                nix_files(Path::new(folder), &mut paths);
                measured::report(|| rnix_alone(&paths));
            }
            _ => panic!("no such work: {words:?}"),
        }
        return;
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [write, folder, machines] = &words[..]
        && write == "write"
    {
        let machines = machines.parse().expect("a number of machines");
        let network = generated::write(Path::new(folder), machines).expect("the folder can be written to");
        return println!("{}", network.display());
    }
    beginner();
    one_expression();
    growth(if words.iter().any(|it| it == "all") { 10_000 } else { MACHINES });
}

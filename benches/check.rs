//! What `check` of a beginner's two files costs beyond the start of a process, beside what Nix needs only to parse them.
//!
//! `cargo bench --bench check`. Whole processes are timed, because that is what an operator or an editor waits for: the
//! median of many runs, taken in turn so that a busy machine slows all of them alike.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures the real machine")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Enough for a stable median; all of them together take about two seconds.
const RUNS: usize = 40;

/// What an operator may notice: `check` must cost less than this beyond the start of the process.
const PROMISED: Duration = Duration::from_millis(10);

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

fn main() {
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
        println!("{:28} {:7.2} ms", candidate.name, candidate.median().as_secs_f64() * 1e3);
    }
    let beyond = candidates[1].median().saturating_sub(candidates[0].median());
    let (shown, promised) = (beyond.as_secs_f64() * 1e3, PROMISED.as_secs_f64() * 1e3);
    println!("check beyond the start: {shown:.2} ms (promised: below {promised:.0} ms)");
    if nix_is_here {
        let ratio = candidates[1].median().as_secs_f64() / candidates[2].median().as_secs_f64();
        println!("nixwright check / nix-instantiate --parse: {ratio:.2}");
    }
}

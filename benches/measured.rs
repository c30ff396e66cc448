//! What a piece of work costs in a process of its own: time, CPU time and peak memory, without the start of the process.
//!
//! A benchmark calls itself again as a child with the name of the work; the child does it and reports. So one
//! measurement does not find the memory that another one left behind.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What it cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time of all threads.
    pub(crate) cpu: Duration,
    /// Bytes that lay in memory at most.
    pub(crate) peak: u64,
    /// Whatever the work counts.
    pub(crate) count: u64,
}

/// The word that makes a benchmark a child, before the name of the work and its arguments.
pub(crate) const CHILD: &str = "--child";

/// The name of the work and its arguments, if this process is a child.
pub(crate) fn asked() -> Option<Vec<String>> {
    let mut words = std::env::args().skip(1);
    (words.next()? == CHILD).then(|| words.collect())
}

/// In the child: does the work, and reports.
pub(crate) fn report(work: impl FnOnce() -> u64) {
    let (begun, cpu) = (Instant::now(), cpu_time());
    let count = work();
    let (wall, cpu) = (begun.elapsed(), cpu_time().saturating_sub(cpu));
    let peak = peak_of("self").unwrap_or_default();
    eprintln!("\nmeasured {} {} {peak} {count}", wall.as_nanos(), cpu.as_nanos());
}

impl Cost {
    /// Of each measure the smaller one: other work of the computer only adds to them.
    pub(crate) fn least(self, other: Cost) -> Cost {
        Cost {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            peak: self.peak.min(other.peak),
            count: self.count,
        }
    }
}

/// In the parent: the least of several runs.
pub(crate) fn least(times: usize, words: &[&str]) -> Cost {
    (0..times).map(|_| run(words)).reduce(Cost::least).expect("there is at least one run")
}

fn run(words: &[&str]) -> Cost {
    let program = std::env::current_exe().expect("a running program has a file");
    let mut command = Command::new(program);
    command.arg(CHILD).args(words).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().expect("a benchmark can start itself");
    let said = String::from_utf8_lossy(&output.stderr);
    let report = said.lines().rev().find_map(|line| line.strip_prefix("measured "));
    let numbers: Vec<u64> =
        report.unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    let [wall, cpu, peak, count] = numbers[..] else { panic!("{words:?} failed: {said}") };
    Cost { wall: Duration::from_nanos(wall), cpu: Duration::from_nanos(cpu), peak, count }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

/// The most memory that a process has had until now, in bytes.
pub(crate) fn peak_of(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "megabytes are shown with one digit")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

//! Running a program in a test: arguments as a list, a cleared environment, a limit in time after
//! which the whole process group is killed, and an outcome that shows everything when an
//! expectation fails. It knows neither nixwright nor the sandbox.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::temporary::TemporaryFolder;

/// Long enough for a deployment on a busy machine, short enough to notice one that hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// A program about to be run. Its environment is empty but for what `env` gives it.
#[must_use = "nothing happens before `run`"]
pub(crate) struct Invocation {
    command: Command,
    shown: String,
    input: Vec<u8>,
    limit: Duration,
}

impl Invocation {
    pub(crate) fn new(program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> Self {
        let mut command = Command::new(&program);
        command.args(arguments).env_clear();
        let mut shown = program.as_ref().to_string_lossy().into_owned();
        for argument in arguments {
            shown.push(' ');
            shown.push_str(&argument.as_ref().to_string_lossy());
        }
        Self { command, shown, input: Vec::new(), limit: LIMIT }
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs(mut self, variables: &[(OsString, OsString)]) -> Self {
        for (name, value) in variables {
            self.command.env(name, value);
        }
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs to the end, or to the limit.
    pub(crate) fn run(self) -> Run {
        self.start().wait()
    }

    /// Starts the program and returns at once, for tests that do something to it meanwhile.
    ///
    /// Input and output are files and not pipes: a shared ssh connection that stays behind keeps
    /// the standard error of its parent open, and a reader of a pipe would wait for it.
    pub(crate) fn start(mut self) -> Running {
        let folder = TemporaryFolder::new();
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("in"), &self.input).expect("the input can be written");
        self.command.stdin(File::open(place("in")).expect("the input was just written"));
        self.command.stdout(File::create(place("out")).expect("the output can be made"));
        self.command.stderr(File::create(place("err")).expect("the output can be made"));
        self.command.process_group(0);
        let began = Instant::now();
        let mut child = match self.command.spawn() {
            Ok(child) => child,
            Err(e) => panic!("cannot start `{}`: {e}", self.shown),
        };
        let group = child.id();
        let (sender, ended) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let ended_now = Arc::clone(&over);
        std::thread::spawn(move || {
            // The receiver is gone when the test was given up: nobody to tell.
            let _ = sender.send(child.wait());
            ended_now.store(true, Ordering::Release);
        });
        Running { ended, over, group, began, limit: self.limit, shown: self.shown, folder }
    }
}

/// A program that runs in its own process group.
#[must_use = "a running program must be waited for"]
pub(crate) struct Running {
    ended: mpsc::Receiver<std::io::Result<ExitStatus>>,
    over: Arc<AtomicBool>,
    group: u32,
    began: Instant,
    limit: Duration,
    shown: String,
    folder: TemporaryFolder,
}

impl Running {
    /// Sends a signal, such as `INT` or `KILL`, to the program and all of its children.
    pub(crate) fn signal(&self, signal: &str) {
        let group = format!("-{}", self.group);
        let sent = Command::new("kill")
            .args(["-s", signal, "--", &group])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(sent.is_ok(), "the program `kill` cannot be started");
    }

    /// Whether the program has ended by now.
    pub(crate) fn has_ended(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// What the program has said on standard error until now.
    pub(crate) fn stderr_so_far(&self) -> String {
        self.said("err")
    }

    pub(crate) fn wait(self) -> Run {
        let left = self.limit.saturating_sub(self.began.elapsed());
        let (status, in_time) = match self.ended.recv_timeout(left) {
            Ok(status) => (status, true),
            Err(_) => {
                self.signal("KILL");
                let status = self.ended.recv().expect("the waiting thread always sends");
                (status, false)
            }
        };
        Run {
            status: status.expect("a started child can be waited for"),
            in_time,
            stdout: self.said("out"),
            stderr: self.said("err"),
            took: self.began.elapsed(),
            shown: self.shown.clone(),
        }
    }

    fn said(&self, name: &str) -> String {
        let bytes = std::fs::read(self.folder.path().join(name)).expect("the output is a file");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// How a program ended and what it said.
#[must_use = "look at how the program ended"]
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    in_time: bool,
    shown: String,
}

impl Run {
    /// The exit status as a shell would show it: 128 and more for a signal.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }

    /// The standard output of a program that must have succeeded, without the last line's end.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        let run = self.expect_code(0);
        run.stdout.trim_end_matches('\n').to_owned()
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert!(self.in_time && self.code() == code, "expected exit status {code}\n{}", self.report());
        self
    }

    /// Fails when the text is on neither stream.
    #[track_caller]
    pub(crate) fn expect_said(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "expected to read {text:?}\n{}",
            self.report()
        );
        self
    }

    pub(crate) fn report(&self) -> String {
        let end = if self.in_time { "" } else { ", killed at its limit" };
        format!(
            "$ {}\nexit status {}{end} after {:.1?}\n--- stdout\n{}--- stderr\n{}---",
            self.shown,
            self.code(),
            self.took,
            self.stdout,
            self.stderr
        )
    }
}

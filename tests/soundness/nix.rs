//! The real Nix, asked many questions by one process: `nix repl` prints a value with its failing parts marked, and goes
//! on after errors. It judges nothing.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// What Nix says of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// As `:p` prints it.
    Value(String),
    Error,
    /// It did not come to an end, or took the process with it.
    None,
}

/// How long Nix may think about one expression.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Nix {
    program: PathBuf,
    running: Option<Running>,
    asked: usize,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    lines: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of a Nix that marks failing parts (2.20 and later): `NIXWRIGHT_SOUNDNESS_NIX`, or what
/// `tests/support/nix-2.26` unpacks if it is there already.
pub(crate) fn found() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("NIXWRIGHT_SOUNDNESS_NIX") {
        return Some(PathBuf::from(folder).join("nix"));
    }
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache"),
    };
    let unpacked = cache.join("nixwright/nix-2.26");
    unpacked.join("complete").exists().then(|| unpacked.join("bin/nix"))
}

impl Nix {
    pub(crate) fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), running: None, asked: 0 }
    }

    fn start(&self) -> Running {
        let mut child = Command::new(&self.program)
            .args(["--extra-experimental-features", "nix-command", "repl"])
            .env("NIX_REMOTE", "dummy://")
            .env_remove("NIX_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("nix can be started");
        let questions = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n') {
                let Ok(line) = line else { break };
                if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        Running { child, questions, lines }
    }

    /// The value of an expression in one line, evaluated in depth.
    pub(crate) fn ask(&mut self, expression: &str) -> Answer {
        assert!(!expression.contains('\n'), "a question is one line");
        self.asked += 1;
        // It forgets nothing that it was asked.
        if self.asked.is_multiple_of(5000) {
            self.running = None;
        }
        if self.running.is_none() {
            let mut running = self.start();
            // A failure shows below, where an answer is waited for.
            let _ = writeln!(running.questions, "{}\n\"@@0\"", crate::program::all_names());
            while running.lines.recv_timeout(PATIENCE).is_ok_and(|line| without_colour(&line) != "\"@@0\"") {}
            self.running = Some(running);
        }
        let running = self.running.as_mut().expect("it was started");
        let mark = format!("\"@@{}\"", self.asked);
        let question = format!(":p {expression}\n{mark}\n");
        if running.questions.write_all(question.as_bytes()).and_then(|()| running.questions.flush()).is_err()
        {
            self.running = None;
            return Answer::None;
        }
        let mut text = String::new();
        let mark = mark.as_str();
        loop {
            match running.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let line = without_colour(&line);
                    if line == mark {
                        break;
                    }
                    // What was asked is shown again behind the prompt.
                    if !line.starts_with("nix-repl>") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    self.running = None;
                    return Answer::None;
                }
            }
        }
        if text.trim().is_empty() { Answer::Error } else { Answer::Value(text) }
    }
}

fn without_colour(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    out
}

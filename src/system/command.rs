//! A program to run, as data, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

/// A program, its arguments as a list, what is added to its environment, what it reads, and how long it may take.
#[derive(Clone, Debug)]
pub struct Command {
    pub program: String,
    pub arguments: Vec<String>,
    /// Added to (or replacing parts of) the environment of this process.
    pub environment: BTreeMap<String, String>,
    /// Variables of this process that the program does not get.
    pub withheld: BTreeSet<String>,
    pub folder: Option<PathBuf>,
    /// Given on standard input; without it the program reads nothing.
    pub stdin: Option<Vec<u8>>,
    /// When it passes, the whole process group is told to stop, then killed. Every child has one.
    pub limit: Duration,
}

/// A program that hangs for a day has certainly failed; callers that know better set less.
const LONGEST_RUN: Duration = Duration::from_secs(24 * 3600);

impl Command {
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            withheld: BTreeSet::new(),
            folder: None,
            stdin: None,
            limit: LONGEST_RUN,
        }
    }

    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    #[must_use]
    pub fn args<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Keeps a variable of this process from the program.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.withheld.insert(name.into());
        self
    }

    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }
}

/// The command as a person would type it, for messages only: never handed to a shell.
impl fmt::Display for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.program)?;
        for argument in &self.arguments {
            let plain = !argument.is_empty()
                && argument.chars().all(|it| it.is_ascii_alphanumeric() || "-_=+./:@,%^~".contains(it));
            if plain {
                write!(out, " {argument}")?;
            } else {
                write!(out, " '{}'", argument.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

/// Which of its two streams a program wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// One line that a running program wrote, without its line end.
#[derive(Clone, Debug)]
pub struct Line {
    pub stream: Stream,
    pub text: String,
}

/// Where lines go while the program runs.
pub type Lines = UnboundedSender<Line>;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Exit(i32),
    Signal(i32),
    /// Its limit passed and it was killed.
    Limit,
}

impl Ended {
    pub fn success(self) -> bool {
        self == Ended::Exit(0)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Exit(code) => write!(out, "exit status {code}"),
            Ended::Signal(signal) => write!(out, "killed by signal {signal}"),
            Ended::Limit => write!(out, "stopped because its time limit passed"),
        }
    }
}

/// Everything a program said, and how it ended.
#[derive(Clone, Debug)]
pub struct Output {
    pub ended: Ended,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The output of a program that ended well, or the error that says what it was and how it failed.
    pub fn checked(self, command: &Command) -> Result<Output, ProcessError> {
        if self.ended.success() {
            return Ok(self);
        }
        Err(ProcessError::Failed {
            command: command.to_string(),
            ended: self.ended,
            stderr: self.stderr_text(),
        })
    }
}

/// A program that could not be run, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("the program `{program}` was not found on PATH")]
    NotFound { program: String },
    #[error("could not start `{command}`")]
    Start { command: String, source: std::io::Error },
    #[error("could not talk to `{command}`")]
    Talk { command: String, source: std::io::Error },
    #[error("`{command}` failed ({ended}){}", explained(.stderr))]
    Failed { command: String, ended: Ended, stderr: String },
}

/// How many lines of a failed program's standard error a message shows. Long logs are kept elsewhere.
const LINES_SHOWN: usize = 20;

/// The last lines of standard error, set off below the message.
pub(super) fn explained(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.trim_end().lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
    shown.iter().map(|line| format!("\n  {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let command = Command::new("ssh").args(["root@db", "echo 'a b'", ""]);
        assert_eq!(command.to_string(), r"ssh root@db 'echo '\''a b'\''' ''");
    }

    #[test]
    fn failures_show_the_end_of_standard_error() {
        let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
        assert_eq!(explained(&text).lines().filter(|line| !line.is_empty()).count(), LINES_SHOWN);
        assert!(explained(&text).ends_with("line 99"));
    }
}

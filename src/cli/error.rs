//! The one error type that a command returns: what kind it is (which decides the exit code), the error with its
//! chain of causes, and hints about what to do next.
//!
//! Findings in the user's Nix are never errors; they are printed by the command itself and give
//! [`ExitCode::Findings`].

use std::error::Error;
use std::fmt;

use super::ExitCode;

/// What went wrong, as far as the exit code cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or what it names: a bad flag, a missing file, an unknown deployment, an empty selection.
    Usage,
    /// Nix could not evaluate.
    Evaluation,
    /// A build failed.
    Build,
    /// A machine could not be reached before anything was activated.
    Unreachable,
    /// The record of deployments is locked, missing or damaged.
    State,
    /// The world is not as it was when a plan was made.
    Moved,
    /// The user stopped us.
    Interrupted,
    /// Nobody reads our output any more. Not an error to the user: silent, exit code 0.
    BrokenPipe,
}

impl ErrorKind {
    pub fn exit_code(self) -> ExitCode {
        match self {
            ErrorKind::Usage => ExitCode::Usage,
            ErrorKind::Evaluation => ExitCode::Evaluation,
            ErrorKind::Build => ExitCode::Build,
            ErrorKind::Unreachable => ExitCode::Unreachable,
            ErrorKind::State => ExitCode::State,
            ErrorKind::Moved => ExitCode::Moved,
            ErrorKind::Interrupted => ExitCode::Interrupted,
            ErrorKind::BrokenPipe => ExitCode::Done,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct CommandError {
    pub kind: ErrorKind,
    /// Printed with all its sources.
    pub error: Box<dyn Error + Send + Sync>,
    /// Each a sentence about what to do next.
    pub hints: Vec<String>,
}

impl CommandError {
    pub fn new(kind: ErrorKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, error: error.into(), hints: Vec::new() }
    }

    /// An error of the command line or of what it names.
    pub fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Usage, error)
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub fn exit_code(&self) -> ExitCode {
        self.kind.exit_code()
    }
}

/// `error: …`, a line for each cause, then the hints.
impl fmt::Display for CommandError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}", self.error)?;
        let mut source = self.error.source();
        while let Some(cause) = source {
            write!(out, "\n  because: {cause}")?;
            source = cause.source();
        }
        for hint in &self.hints {
            write!(out, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Writing our own output failed: a closed pipe is fine, anything else (a full disk) is not.
impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(ErrorKind::BrokenPipe, error)
        } else {
            Self::usage(OutputError { source: error })
                .hint("is the disk full, or is the output a file that cannot be written?")
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not write the output")]
struct OutputError {
    source: std::io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hints_are_shown_below_the_error() {
        let error = CommandError::from(std::io::Error::other("no space left on device"));
        let shown = error.to_string();
        assert!(shown.starts_with("error: could not write the output\n  because: no space left"), "{shown}");
        assert!(shown.contains("\n  hint: "), "{shown}");
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let error = CommandError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(error.exit_code(), ExitCode::Done);
    }
}

//! What is wrong in the user's Nix, as plain data.
//!
//! A finding is never an `Err`: the static half returns lists of them. This room knows neither terminals nor
//! formats; `report` turns findings into pictures, JSON and SARIF. Positions are spans; paths and lines come
//! from the run's [`Sources`](crate::text::Sources) when a finding is shown.

mod fingerprint;
mod hidden;

use std::fmt;

use crate::text::Span;

pub use fingerprint::{Fingerprint, fingerprints, path_below};
pub use hidden::{Hidden, hidden_by, hide_still};

/// How bad a finding is. Orders from worst to mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Error,
    Warning,
    Hint,
}

impl Level {
    /// The word in JSON, SARIF, and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Hint => "hint",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A place that led to the finding, in any file, with the few words shown there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// Replaces the bytes of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A repair. A *safe* one keeps what the author certainly meant; others need a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Imperative, as an editor's menu shows it.
    pub title: String,
    pub safe: bool,
    pub edits: Vec<Edit>,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's id, kebab-case.
    pub id: &'static str,
    pub level: Level,
    /// One plain sentence, without a full stop, names in backquotes.
    pub message: String,
    /// The place to blame.
    pub span: Span,
    /// What is written at the blamed place; empty where the message says it all.
    pub note: String,
    /// Everything that led there.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
    /// The machine it is about, where it is about one.
    pub machine: Option<String>,
    /// Text that nobody may be shown, in whatever finding's picture it would stand.
    pub hidden: Vec<Span>,
}

impl Finding {
    pub fn new(id: &'static str, level: Level, span: Span, message: impl Into<String>) -> Self {
        Self {
            id,
            level,
            message: message.into(),
            span,
            note: String::new(),
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
            machine: None,
            hidden: Vec::new(),
        }
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, safe: bool, edits: Vec<Edit>) -> Self {
        self.fixes.push(Fix { title: title.into(), safe, edits });
        self
    }

    /// The place is blamed, and what stands there is not shown.
    #[must_use]
    pub fn hide(mut self, span: Span) -> Self {
        self.hidden.push(span);
        self
    }

    #[must_use]
    pub fn machine(mut self, machine: impl Into<String>) -> Self {
        self.machine = Some(machine.into());
        self
    }
}

/// Puts findings in the one order in which they are shown (file, position, id) and drops exact repeats.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (a.span, a.id, &a.message).cmp(&(b.span, b.id, &b.message)));
    findings.dedup();
}

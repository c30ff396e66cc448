//! Errors of the user's Nix, as data. They become findings only where something that must be read forces them.

use crate::text::Span;

/// An error of one run; the same fault has the same id however often it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The file has a syntax error.
    Syntax,
    UndefinedVariable,
    MissingAttribute,
    DuplicateAttribute,
    /// A value of one type where another is needed.
    Type,
    MissingArgument,
    UnexpectedArgument,
    Assertion,
    Throw,
    Abort,
    DivisionByZero,
    Overflow,
    IndexOutOfRange,
    InfiniteRecursion,
    StackOverflow,
    FileNotFound,
    /// The file is there and cannot be read as what it should be.
    File,
    /// A text that is no JSON, TOML, regular expression, version, hash …
    Invalid,
}

impl ErrorKind {
    /// Whether `builtins.tryEval` catches it.
    pub fn is_catchable(self) -> bool {
        matches!(self, ErrorKind::Throw | ErrorKind::Assertion)
    }
}

/// A step on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub span: Span,
    /// What was being done there: `while calling …`.
    pub message: String,
    /// Whether the place is in the library, not in the user's files.
    pub library: bool,
}

/// What Nix would fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub kind: ErrorKind,
    /// One sentence, no full stop.
    pub message: String,
    /// Where it happened, which may be inside the library.
    pub span: Span,
    /// The calls and attributes that led there, innermost first.
    pub trace: Vec<Frame>,
    /// Whether `span` lies in the library.
    pub library: bool,
}

impl EvalError {
    /// The innermost place in the user's own files.
    pub fn user_span(&self) -> Span {
        if !self.library {
            return self.span;
        }
        self.trace.iter().find(|frame| !frame.library).map_or(self.span, |frame| frame.span)
    }
}

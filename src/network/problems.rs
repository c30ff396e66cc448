//! What the evaluator certainly fails at, as problems of the network: each once, in the user's own files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::eval::Evaluator;
use crate::system::Files;
use crate::text::Span;
use crate::value::{ErrorId, ErrorKind, EvalError};

use super::ignored::Absence;
use super::model::{Problem, ProblemKind};
use super::suggest::did_you_mean;

/// Collects problems, without repeats.
pub(super) struct Problems {
    files: Arc<dyn Files>,
    found: Vec<Problem>,
    seen: FxHashSet<(Span, ProblemKindKey)>,
}

type ProblemKindKey = u8;

impl Problems {
    pub(super) fn new(files: Arc<dyn Files>) -> Self {
        Self { files, found: Vec::new(), seen: FxHashSet::default() }
    }

    /// An error that was met where it certainly counts, while reading this machine, at this place.
    pub(super) fn add(
        &mut self,
        eval: &Evaluator,
        id: ErrorId,
        machine: Option<&str>,
        reading: Option<Span>,
    ) {
        let error = eval.error(id);
        let Some(kind) = kind(error.kind) else { return };
        let at = place(eval, error, reading);
        if eval.is_library(at.file) || !self.seen.insert((at, kind as u8)) {
            return;
        }
        let problem = self.problem(eval, error, kind, at, machine);
        self.found.push(problem);
    }

    fn problem(
        &self,
        eval: &Evaluator,
        error: &EvalError,
        kind: ProblemKind,
        at: Span,
        machine: Option<&str>,
    ) -> Problem {
        let message = match error.kind {
            ErrorKind::Throw => format!("this always fails, with the message: {}", error.message),
            ErrorKind::Abort => format!("this always aborts, with the message: {}", error.message),
            ErrorKind::Assertion => "this `assert` always fails".to_owned(),
            _ => error.message.clone(),
        };
        let labels = error
            .trace
            .iter()
            .filter(|frame| !frame.library && !eval.is_library(frame.span.file) && frame.span != at)
            // A frame around the place itself, in the same few lines, says nothing new.
            .filter(|frame| {
                !(frame.span.file == at.file && frame.span.start <= at.start && at.end <= frame.span.end)
            })
            .map(|frame| (frame.span, frame.message.clone()))
            .collect();
        let note = match kind {
            ProblemKind::ImportNotFound => "is not there",
            ProblemKind::MissingAttribute => "the set does not have it",
            _ => "",
        };
        let file = if kind == ProblemKind::ImportNotFound { missing_file(eval, error, at) } else { None };
        let absence = file.as_ref().and_then(|file| Absence::of(self.files.as_ref(), file));
        Problem {
            kind,
            at,
            message,
            note: note.to_owned(),
            labels,
            help: file.as_ref().and_then(|file| help(self.files.as_ref(), file, absence)),
            certain: absence.is_none(),
            machine: machine.map(str::to_owned),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.found
    }
}

/// The innermost place in the user's files. Failures outside of any expression are blamed on what was being read.
fn place(eval: &Evaluator, error: &EvalError, reading: Option<Span>) -> Span {
    let at = error.user_span();
    let nowhere = at.is_empty() && at.start == 0 || eval.is_library(at.file);
    reading.filter(|_| nowhere).unwrap_or(at)
}

/// The kind of problem; `None` for errors that the text itself shows, which are found without evaluation.
fn kind(kind: ErrorKind) -> Option<ProblemKind> {
    Some(match kind {
        ErrorKind::Syntax | ErrorKind::UndefinedVariable | ErrorKind::DuplicateAttribute => return None,
        ErrorKind::MissingAttribute => ProblemKind::MissingAttribute,
        ErrorKind::Type => ProblemKind::TypeMismatch,
        ErrorKind::MissingArgument | ErrorKind::UnexpectedArgument => ProblemKind::WrongArguments,
        ErrorKind::InfiniteRecursion => ProblemKind::InfiniteRecursion,
        ErrorKind::FileNotFound => ProblemKind::ImportNotFound,
        ErrorKind::Assertion
        | ErrorKind::Throw
        | ErrorKind::Abort
        | ErrorKind::DivisionByZero
        | ErrorKind::Overflow
        | ErrorKind::IndexOutOfRange
        | ErrorKind::StackOverflow
        | ErrorKind::File
        | ErrorKind::Invalid => ProblemKind::AlwaysFails,
    })
}

/// Where the missing file was looked for: the message names it, however its path was computed.
fn missing_file(eval: &Evaluator, error: &EvalError, at: Span) -> Option<PathBuf> {
    if let Some(path) = error.message.split('`').nth(1)
        && path.starts_with('/')
    {
        return Some(PathBuf::from(path));
    }
    let written = eval.sources().slice(at).trim_matches('"');
    Some(eval.sources().path(at.file).parent()?.join(written))
}

/// For files: the nearest name in the folder, where there is one, or why it is missing.
fn help(files: &dyn Files, file: &Path, absence: Option<Absence>) -> Option<String> {
    if let Some(absence) = absence {
        return Some(absence.help().to_owned());
    }
    let name = file.file_name()?.to_str()?;
    let entries = files.read_folder(file.parent()?).unwrap_or_default();
    did_you_mean(name, entries.iter().map(|(name, _)| name.as_str()))
        .or_else(|| Some("the path is relative to the file it is written in".to_owned()))
}

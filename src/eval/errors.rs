//! Errors: how they are made out of what evaluation is doing, and what callers learn of them. Who meets them and what
//! they mean for a user is not decided here.

use super::heap;
use super::{Evaluated, Evaluator, LONGEST_TRACE, What};
use crate::syntax::{ExprId, SyntaxError};
use crate::text::{FileId, Span};
use crate::value::{ErrorId, ErrorKind, EvalError, Frame, Reason, Stop};

/// Places of calls that are looked at in the time of a step.
const PLACES_IN_A_STEP: u64 = 2;

impl Evaluator {
    /// The error behind a [`Stop`].
    pub fn error_of(&self, stop: Stop) -> Option<&EvalError> {
        match stop {
            Stop::Error(id) => Some(self.error(id)),
            Stop::Unknown(_) => None,
        }
    }

    pub fn error(&self, id: ErrorId) -> &EvalError {
        &self.errors[id.0 as usize]
    }

    /// What libraries say about the way to an error (`builtins.addErrorContext`), innermost first, as far as it is known.
    pub fn error_contexts(&mut self, id: ErrorId) -> Vec<String> {
        let contexts = self.error_contexts.get(&id).cloned().unwrap_or_default();
        contexts.into_iter().filter_map(|context| self.string(context).ok()).collect()
    }

    /// Makes an error out of what evaluation is doing just now.
    pub(super) fn fail<T>(
        &mut self,
        kind: ErrorKind,
        at: Option<ExprId>,
        message: impl Into<String>,
    ) -> Evaluated<T> {
        let span = at.map_or_else(|| self.here(), |expr| self.program.span(expr));
        self.fail_at(kind, span, message)
    }

    pub(super) fn fail_at<T>(
        &mut self,
        kind: ErrorKind,
        span: Span,
        message: impl Into<String>,
    ) -> Evaluated<T> {
        let id = ErrorId(heap::handle(self.errors.len()));
        // Behind the first mistake of grammar in a file it is not certain what was meant.
        let doubtful = |error: &SyntaxError| error.casts_doubt_on(span);
        if self.syntax_errors.iter().any(doubtful) {
            return Err(Stop::Unknown(self.add_unknown(Reason::Damaged, Some(span))));
        }
        let (trace, library) = (self.trace(), self.is_library(span.file));
        let message = message.into();
        self.heap.elsewhere += message.len() + size_of::<EvalError>() + trace.len() * FRAME;
        self.errors.push(EvalError { kind, message, span, trace, library });
        Err(Stop::Error(id))
    }

    /// The place of the innermost call.
    pub(super) fn here(&self) -> Span {
        self.doing.last().map_or(Span::new(FileId(0), 0, 0), |doing| self.program.span(doing.expr))
    }

    /// The places around, each once. Looking for them in a deep recursion takes long, so that it is paid for.
    fn trace(&mut self) -> Vec<Frame> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut looked = 0;
        for doing in self.doing.iter().rev() {
            looked += 1;
            // A call that no file has.
            if doing.expr == ExprId(0) {
                continue;
            }
            let span = self.program.span(doing.expr);
            if frames.iter().any(|frame| frame.span == span) {
                continue;
            }
            let message = match doing.what {
                What::Call => "in this call".to_owned(),
                What::Attribute(name) => {
                    format!("while evaluating the attribute `{}`", self.symbols.name(name))
                }
            };
            frames.push(Frame { span, message, library: self.is_library(span.file) });
            if frames.len() >= LONGEST_TRACE {
                break;
            }
        }
        self.steps += looked / PLACES_IN_A_STEP;
        frames
    }

    pub(super) fn unknown_here<T>(&mut self, reason: Reason) -> Evaluated<T> {
        let span = self.doing.last().map(|doing| self.program.span(doing.expr));
        Err(Stop::Unknown(self.add_unknown(reason, span)))
    }
}

/// Bytes of a frame of a trace, with its message.
const FRAME: usize = size_of::<Frame>() + 64;

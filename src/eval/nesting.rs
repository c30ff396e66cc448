//! How deep evaluation and output may go into each other: room on the stack, and where Nix gives up.

use super::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason};

/// Evaluations nested in each other before the value is given up; some 600 bytes of stack each.
pub(super) const DEEPEST_EVALUATION: u32 = 500_000;

/// Values nested in each other that are printed.
pub(super) const DEEPEST_OUTPUT: u32 = 10_000;

/// No version of Nix writes JSON that is nested so deeply: its stack is full before.
const DEEPEST_JSON: u32 = 90_000;

impl Evaluator {
    /// Counts nesting, and makes room on the stack.
    pub(super) fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        if self.depth >= DEEPEST_EVALUATION {
            return self.unknown_here(Reason::Depth);
        }
        self.depth += 1;
        let result = self.on_stack(inside);
        self.depth -= 1;
        result
    }

    /// Goes into a part of a value for output. New versions of Nix give up at a depth that older ones manage.
    pub(super) fn nested_part<T>(&mut self, inside: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        self.parts += 1;
        let result =
            if self.parts > DEEPEST_OUTPUT { self.unknown_here(Reason::Depth) } else { self.nested(inside) };
        self.parts -= 1;
        result
    }

    /// The same for JSON, where every version gives up at some depth. Whoever writes it asks [`Evaluator::is_deep`].
    pub(super) fn nested_json<T>(&mut self, inside: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        if self.parts >= DEEPEST_JSON {
            let message = "stack overflow; the value is nested too deeply to be written as JSON";
            return self.fail(ErrorKind::StackOverflow, None, message);
        }
        self.parts += 1;
        let result = self.nested(inside);
        self.parts -= 1;
        result
    }

    /// Whether output is so deep that new versions of Nix have given up.
    pub(super) fn is_deep(&self) -> bool {
        self.parts > DEEPEST_OUTPUT
    }
}

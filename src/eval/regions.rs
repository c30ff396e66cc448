//! What calls leave behind: a call that gives a number or a Boolean has made frames, thunks, sets and lists that nobody
//! can reach any more, and their places are used again. Texts stay: other tables say more about them.
//!
//! Nobody can, because tables hold handles of older entries only, with few exceptions: a thunk that is older than the
//! call and got its value within, and what the evaluator itself remembers. Each of them says so here, and then
//! everything stays where it is. **Whoever adds a place that remembers values (a field of the evaluator, a cache) calls
//! [`Heap::keep`] when it remembers one.**

use super::Evaluated;
use super::heap::Heap;
use crate::value::{ThunkId, Value};

/// Whether a value is all in itself.
fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Bool(_) | Value::Null | Value::Float(_) | Value::Builtin(_))
}

/// How far the tables reach at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    lists: usize,
    items: usize,
    sets: usize,
    attrs: usize,
    thunks: usize,
    envs: usize,
    slots: usize,
    partials: usize,
    deferred: usize,
    around: u32,
}

/// The oldest thunk that was given a value with a handle in it since the innermost mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting(u32);

impl Default for Lasting {
    fn default() -> Self {
        Lasting(u32::MAX)
    }
}

impl Heap {
    /// Begins a region. Every mark is given to [`Heap::end`].
    pub(super) fn mark(&mut self) -> Mark {
        let around = std::mem::replace(&mut self.lasting.0, u32::MAX);
        Mark {
            lists: self.lists.len(),
            items: self.items.len(),
            sets: self.sets.len(),
            attrs: self.attrs.len(),
            thunks: self.thunks.len(),
            envs: self.envs.len(),
            slots: self.slots.len(),
            partials: self.partials.len(),
            deferred: self.deferred.len(),
            around,
        }
    }

    /// Ends a region; if its result holds no handle, what was made in it is taken back.
    pub(super) fn end(&mut self, mark: Mark, result: &Evaluated) {
        if result.as_ref().is_ok_and(is_scalar) && self.lasting.0 as usize >= mark.thunks.max(1) {
            self.lists.truncate(mark.lists);
            self.items.truncate(mark.items);
            self.sets.truncate(mark.sets);
            self.attrs.truncate(mark.attrs);
            self.thunks.truncate(mark.thunks);
            self.envs.truncate(mark.envs);
            self.slots.truncate(mark.slots);
            self.partials.truncate(mark.partials);
            self.deferred.truncate(mark.deferred);
        }
        self.lasting.0 = self.lasting.0.min(mark.around);
    }

    /// A thunk gets its value.
    pub(super) fn lasts(&mut self, thunk: ThunkId, value: Value) {
        if !is_scalar(&value) {
            self.lasting.0 = self.lasting.0.min(thunk.0);
        }
    }

    /// What was made until now may be remembered by somebody.
    pub(super) fn keep(&mut self) {
        self.lasting.0 = 0;
    }
}

//! The tables behind the handles of [`Value`]s: texts, lists, thunks, frames. Sets are in `layers`, and `regions` says what
//! is taken back before the whole is dropped with its evaluator.

use super::contexts::{ContextId, Contexts, Gathered};
use super::layers::Layer;
use super::regions::Lasting;
use crate::syntax::{ExprId, Sym};
use crate::value::{Attr, EnvId, ErrorId, ListId, StringId, ThunkId, UnknownId, Value};

/// A value that may still have to be computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thunk {
    Code {
        expr: ExprId,
        env: EnvId,
    },
    /// An attribute of another value: `inherit (e) x`.
    Inherited {
        from: ThunkId,
        name: Sym,
    },
    Deferred(u32),
    /// One of many alike: the [`Deferred`] that says what is done, and the place or number it is done with.
    Element {
        of: u32,
        at: u32,
    },
    /// Being computed; how many unknown conditions evaluation stood under when it began.
    Black {
        may: u32,
    },
    Done(Value),
    Failed(ErrorId),
    /// What it is, in [`Heap::doubtful`], unless something unknown that was evaluated on the way fails.
    Doubtful(u32),
}

const _: () = assert!(size_of::<Thunk>() == 16);

/// Computations that no expression stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deferred {
    Apply {
        function: Value,
        argument: Value,
    },
    Apply2 {
        function: Value,
        first: Value,
        second: Value,
    },
    /// For elements of lists: a function called with the item at a place.
    Map {
        function: Value,
    },
    /// For elements of sets: a function called with name and value of the attribute at a place.
    MapAttrs {
        function: Value,
    },
    /// A function called with a number.
    Generate {
        function: Value,
    },
    /// Whichever of two values it is, under an unknown condition.
    Join {
        left: Value,
        right: Value,
        because: UnknownId,
    },
    /// A function of the embedding program without argument.
    Native(u32),
    /// The value of an attribute whose set is computed first.
    Select {
        base: Value,
        name: Sym,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) start: u32,
    pub(super) len: u32,
    /// Set where there may be more elements than these.
    pub(super) open: Option<UnknownId>,
}

#[derive(Clone, Copy, Debug)]
struct Text {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Env {
    pub(super) up: EnvId,
    pub(super) base: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    pub(super) builtin: u16,
    pub(super) given: u8,
    pub(super) arguments: [Value; 2],
}

#[derive(Debug, Default)]
pub(super) struct Heap {
    bytes: Vec<u8>,
    texts: Vec<Text>,
    /// What strings refer to.
    pub(super) contexts: Contexts,
    pub(super) lists: Vec<Part>,
    pub(super) items: Vec<Value>,
    pub(super) sets: Vec<Layer>,
    /// Sorted by name within each layer of a set.
    pub(super) attrs: Vec<Attr>,
    pub(super) thunks: Vec<Thunk>,
    pub(super) envs: Vec<Env>,
    pub(super) slots: Vec<Value>,
    pub(super) partials: Vec<Partial>,
    pub(super) deferred: Vec<Deferred>,
    /// Few, and apart from the thunks, which stay small so.
    pub(super) doubtful: Vec<Result<Value, ErrorId>>,
    /// What of the tables may be taken back, see `regions`.
    pub(super) lasting: Lasting,
    /// Bytes that the evaluator holds in other tables: names, texts of files, errors, unknowns.
    pub(super) elsewhere: usize,
}

/// Tables are bounded by the evaluator's memory limit long before 2^32 entries.
pub(super) fn handle(at: usize) -> u32 {
    u32::try_from(at).expect("the memory limit keeps tables below 2^32 entries")
}

/// So many entries fit into the large tables before they are copied to a larger place: those of some 30,000 machines.
const ROOM: usize = 1 << 22;

/// Tables are small up to this part of the memory limit.
const SMALL_PART: usize = 16;

fn wide<T>(table: &mut Vec<T>, limit: usize) {
    let most = limit / size_of::<T>();
    // As long as there is room, a copy would only cost.
    let is_nearly_full = table.capacity() - table.len() < table.len() / 4;
    if table.len() > most / SMALL_PART && is_nearly_full && table.capacity() < most {
        // Where there are no addresses to be had it grows step by step.
        let _ = table.try_reserve_exact(most - table.len());
    }
}

impl Heap {
    /// Tables that can grow for a while without being copied. It takes addresses, but no memory that is not used.
    pub(super) fn with_room() -> Self {
        let mut heap = Self::default();
        // Where there are no addresses to be had the tables begin small.
        let _ = heap.bytes.try_reserve_exact(8 * ROOM);
        let _ = heap.thunks.try_reserve_exact(ROOM);
        let _ = heap.slots.try_reserve_exact(ROOM);
        let _ = heap.envs.try_reserve_exact(ROOM);
        let _ = heap.attrs.try_reserve_exact(ROOM);
        let _ = heap.sets.try_reserve_exact(ROOM / 2);
        let _ = heap.items.try_reserve_exact(ROOM / 2);
        let _ = heap.lists.try_reserve_exact(ROOM / 4);
        let _ = heap.texts.try_reserve_exact(ROOM / 2);
        heap
    }

    /// An estimate of what the tables hold, for the memory limit.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
            + self.texts.len() * 8
            + self.lists.len() * 16
            + self.sets.len() * 20
            + (self.items.len() + self.slots.len() + self.thunks.len()) * 16
            + self.attrs.len() * 24
            + self.envs.len() * 8
            + self.partials.len() * 40
            + self.deferred.len() * 56
            + self.doubtful.len() * 16
            + self.elsewhere
            + self.contexts.size()
    }

    /// Gives tables that grow large all the room at once that the memory limit leaves them: pages that are not written
    /// cost nothing, and copying a table while it grows needs as much again.
    pub(super) fn widen(&mut self, limit: usize) {
        wide(&mut self.bytes, limit);
        wide(&mut self.items, limit);
        wide(&mut self.attrs, limit);
        wide(&mut self.thunks, limit);
        wide(&mut self.slots, limit);
        wide(&mut self.deferred, limit);
    }

    pub(super) fn string(&mut self, text: impl AsRef<[u8]>) -> StringId {
        let text = text.as_ref();
        let start = handle(self.bytes.len());
        self.bytes.extend_from_slice(text);
        self.add_text(start, handle(text.len()))
    }

    /// A number as Nix writes it.
    pub(super) fn integer(&mut self, number: i64) -> StringId {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = number.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b"0123456789"[(rest % 10) as usize];
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        self.string(&digits[at..])
    }

    fn add_text(&mut self, start: u32, len: u32) -> StringId {
        let id = StringId(handle(self.texts.len()));
        self.texts.push(Text { start, len });
        id
    }

    /// A new string that refers to what went into it.
    pub(super) fn string_with(&mut self, text: impl AsRef<[u8]>, gathered: &Gathered) -> StringId {
        let id = self.string(text);
        let context = self.contexts.all(gathered);
        self.contexts.set(id, context);
        id
    }

    /// The same text with another context, without copying it.
    pub(super) fn in_context(&mut self, id: StringId, context: ContextId) -> StringId {
        if self.contexts.of(id) == context {
            return id;
        }
        let text = self.texts[id.0 as usize];
        let id = self.add_text(text.start, text.len);
        self.contexts.set(id, context);
        id
    }

    pub(super) fn bytes(&self, id: StringId) -> &[u8] {
        let text = self.texts[id.0 as usize];
        &self.bytes[text.start as usize..(text.start + text.len) as usize]
    }

    /// Part of a string, without copying it and without its context.
    pub(super) fn substring(&mut self, id: StringId, start: usize, len: usize) -> StringId {
        let text = self.texts[id.0 as usize];
        let start = start.min(text.len as usize);
        let len = len.min(text.len as usize - start);
        self.add_text(text.start + handle(start), handle(len))
    }

    /// Two strings as one. Appending to the youngest string extends it in place.
    pub(super) fn concat(&mut self, left: StringId, right: StringId) -> StringId {
        let context = self.contexts.union(self.contexts.of(left), self.contexts.of(right));
        let joined = self.concat_texts(left, right);
        self.in_context(joined, context)
    }

    fn concat_texts(&mut self, left: StringId, right: StringId) -> StringId {
        let (a, b) = (self.texts[left.0 as usize], self.texts[right.0 as usize]);
        if b.len == 0 {
            return left;
        }
        let from = b.start as usize..(b.start + b.len) as usize;
        // The right one was made just behind the left one, as in `text + toString number`.
        if a.start + a.len == b.start {
            return self.add_text(a.start, a.len + b.len);
        }
        if (a.start + a.len) as usize == self.bytes.len() {
            self.bytes.extend_from_within(from);
            return self.add_text(a.start, a.len + b.len);
        }
        let start = handle(self.bytes.len());
        self.bytes.extend_from_within(a.start as usize..(a.start + a.len) as usize);
        self.bytes.extend_from_within(from);
        self.add_text(start, a.len + b.len)
    }

    pub(super) fn list(&mut self, items: &[Value]) -> ListId {
        self.open_list(items, None)
    }

    pub(super) fn open_list(&mut self, items: &[Value], open: Option<UnknownId>) -> ListId {
        let start = handle(self.items.len());
        self.items.extend_from_slice(items);
        self.add_list(Part { start, len: handle(items.len()), open })
    }

    /// A list of elements that are made one after the other, which must not make lists.
    pub(super) fn new_list(
        &mut self,
        len: usize,
        open: Option<UnknownId>,
        mut make: impl FnMut(&mut Self, usize) -> Value,
    ) -> ListId {
        let start = self.items.len();
        self.items.reserve(len);
        for at in 0..len {
            let item = make(self, at);
            self.items.push(item);
        }
        debug_assert_eq!(self.items.len(), start + len, "elements lie side by side");
        self.add_list(Part { start: handle(start), len: handle(len), open })
    }

    /// How many elements two lists as one need to be copied.
    pub(super) fn copied_by_concat(&self, a: Part, b: Part) -> usize {
        match a.start + a.len {
            end if end == b.start => 0,
            end if end as usize == self.items.len() => b.len as usize,
            _ => (a.len + b.len) as usize,
        }
    }

    /// Two lists as one. What lies side by side is not copied, and the youngest list is extended in place: adding
    /// elements one by one costs no more than the elements.
    pub(super) fn concat_lists(&mut self, a: Part, b: Part) -> ListId {
        let mut start = a.start;
        let (end, more) = (a.start + a.len, b.start as usize..(b.start + b.len) as usize);
        if end != b.start {
            if end as usize != self.items.len() {
                start = handle(self.items.len());
                self.items.extend_from_within(a.start as usize..end as usize);
            }
            self.items.extend_from_within(more);
        }
        self.add_list(Part { start, len: a.len + b.len, open: a.open.or(b.open) })
    }

    pub(super) fn add_list(&mut self, part: Part) -> ListId {
        let id = ListId(handle(self.lists.len()));
        self.lists.push(part);
        id
    }

    pub(super) fn items(&self, id: ListId) -> &[Value] {
        let part = self.lists[id.0 as usize];
        &self.items[part.start as usize..(part.start + part.len) as usize]
    }

    pub(super) fn item(&self, id: ListId, at: usize) -> Value {
        self.items[self.lists[id.0 as usize].start as usize + at]
    }

    pub(super) fn list_len(&self, id: ListId) -> usize {
        self.lists[id.0 as usize].len as usize
    }

    #[inline]
    pub(super) fn thunk(&mut self, thunk: Thunk) -> ThunkId {
        let id = ThunkId(handle(self.thunks.len()));
        self.thunks.push(thunk);
        id
    }

    /// A thunk's result that holds unless something unknown fails.
    pub(super) fn doubt(&mut self, result: Result<Value, ErrorId>) -> Thunk {
        self.doubtful.push(result);
        Thunk::Doubtful(handle(self.doubtful.len() - 1))
    }

    pub(super) fn defer(&mut self, deferred: Deferred) -> Value {
        let number = handle(self.deferred.len());
        self.deferred.push(deferred);
        Value::Thunk(self.thunk(Thunk::Deferred(number)))
    }

    /// Work for many elements, of which each says what it is done with.
    pub(super) fn defer_each(&mut self, deferred: Deferred) -> u32 {
        self.deferred.push(deferred);
        handle(self.deferred.len() - 1)
    }

    /// One of these elements.
    pub(super) fn element(&mut self, of: u32, at: usize) -> Value {
        Value::Thunk(self.thunk(Thunk::Element { of, at: handle(at) }))
    }

    pub(super) fn env(&mut self, up: EnvId, slots: usize) -> EnvId {
        let base = handle(self.slots.len());
        let id = EnvId(handle(self.envs.len()));
        self.slots.resize(self.slots.len() + slots, Value::Null);
        self.envs.push(Env { up, base });
        id
    }

    /// A frame with one variable.
    #[inline]
    pub(super) fn frame(&mut self, up: EnvId, value: Value) -> EnvId {
        let base = handle(self.slots.len());
        let id = EnvId(handle(self.envs.len()));
        self.slots.push(value);
        self.envs.push(Env { up, base });
        id
    }

    pub(super) fn set_slot(&mut self, env: EnvId, slot: u32, value: Value) {
        let base = self.envs[env.0 as usize].base;
        self.slots[(base + slot) as usize] = value;
    }

    pub(super) fn climb(&self, mut env: EnvId, depth: u32) -> EnvId {
        for _ in 0..depth {
            env = self.envs[env.0 as usize].up;
        }
        env
    }

    #[inline]
    pub(super) fn slot(&self, env: EnvId, slot: u32) -> Value {
        self.slots[(self.envs[env.0 as usize].base + slot) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thunks_are_small() {
        assert_eq!(size_of::<Thunk>(), 16);
    }

    #[test]
    fn numbers_are_written_as_rust_does() {
        let mut heap = Heap::default();
        for number in [0, 7, -7, 10, 100_007, i64::MAX, i64::MIN, i64::MIN + 1] {
            let id = heap.integer(number);
            assert_eq!(heap.bytes(id), number.to_string().as_bytes());
        }
    }
}

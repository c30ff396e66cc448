//! String contexts: what of the store a string refers to. A table beside the strings, as long as the last string that
//! has one, so that strings without context cost nothing. Makes no store path and reads nothing.

use rustc_hash::FxHashMap;

use super::heap::handle;
use crate::syntax::Sym;
use crate::value::{StringId, UnknownId};

/// One thing that a string refers to. Store paths and output names are symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Element {
    /// A path that is in the store once evaluation is done.
    Path(Sym),
    /// A derivation with all that is needed to build it.
    Deep(Sym),
    /// An output of a derivation.
    Built { derivation: Sym, output: Sym },
    /// There may be more than we know of.
    Unsure(UnknownId),
}

/// An interned set of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct ContextId(u32);

impl ContextId {
    pub(super) const NONE: ContextId = ContextId(0);
}

/// The contexts that go into one string, until it is made.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    sets: Vec<ContextId>,
}

impl Gathered {
    pub(super) fn add(&mut self, context: ContextId) {
        if context != ContextId::NONE && !self.sets.contains(&context) {
            self.sets.push(context);
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Contexts {
    /// By string; strings behind the end have none.
    of: Vec<ContextId>,
    sets: Vec<Box<[Element]>>,
    ids: FxHashMap<Box<[Element]>, ContextId>,
    unions: FxHashMap<(ContextId, ContextId), ContextId>,
    elements: usize,
}

impl Contexts {
    pub(super) fn of(&self, string: StringId) -> ContextId {
        self.of.get(string.0 as usize).copied().unwrap_or_default()
    }

    /// Says what a new string refers to.
    pub(super) fn set(&mut self, string: StringId, context: ContextId) {
        if context == ContextId::NONE {
            return;
        }
        let at = string.0 as usize;
        if self.of.len() <= at {
            self.of.resize(at + 1, ContextId::NONE);
        }
        self.of[at] = context;
    }

    pub(super) fn elements(&self, context: ContextId) -> &[Element] {
        match context.0.checked_sub(1) {
            Some(at) => &self.sets[at as usize],
            None => &[],
        }
    }

    pub(super) fn intern(&mut self, mut elements: Vec<Element>) -> ContextId {
        elements.sort_unstable();
        elements.dedup();
        if elements.is_empty() {
            return ContextId::NONE;
        }
        let elements = elements.into_boxed_slice();
        if let Some(id) = self.ids.get(&elements) {
            return *id;
        }
        self.elements += elements.len();
        self.sets.push(elements.clone());
        let id = ContextId(handle(self.sets.len()));
        self.ids.insert(elements, id);
        id
    }

    pub(super) fn union(&mut self, a: ContextId, b: ContextId) -> ContextId {
        if a == b || b == ContextId::NONE {
            return a;
        }
        if a == ContextId::NONE {
            return b;
        }
        if let Some(known) = self.unions.get(&(a, b)) {
            return *known;
        }
        let both = [self.elements(a), self.elements(b)].concat();
        let id = self.intern(both);
        self.unions.insert((a, b), id);
        id
    }

    pub(super) fn all(&mut self, gathered: &Gathered) -> ContextId {
        match gathered.sets.as_slice() {
            [] => ContextId::NONE,
            [one] => *one,
            [a, b] => self.union(*a, *b),
            many => {
                let elements = many.iter().flat_map(|set| self.elements(*set).iter().copied()).collect();
                self.intern(elements)
            }
        }
    }

    /// An estimate of the bytes held, for the memory limit.
    pub(super) fn size(&self) -> usize {
        self.of.len() * 4 + self.elements * 32 + self.sets.len() * 64 + self.unions.len() * 24
    }
}

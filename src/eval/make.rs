//! Values that no text writes down: what functions of the user are called with.

use std::sync::Arc;

use super::heap::{Deferred, Thunk, handle};
use super::{Evaluated, Evaluator};
use crate::text::Span;
use crate::value::{Attr, PositionId, Reason, UnknownId, Value};

impl Evaluator {
    pub fn make_string(&mut self, text: &str) -> Value {
        Value::String(self.heap.string(text))
    }

    /// A path value; the path must be absolute.
    pub fn make_path(&mut self, path: &std::path::Path) -> Value {
        let text = super::paths::canonical(&path.to_string_lossy());
        Value::Path(self.heap.string(text))
    }

    pub fn make_list(&mut self, items: &[Value]) -> Value {
        Value::List(self.heap.list(items))
    }

    /// A set; of equal names the first counts.
    pub fn make_attrs<'a>(&mut self, attrs: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        self.make_open_attrs(attrs, None)
    }

    /// A set that may have more attributes than these.
    pub fn make_open_attrs<'a>(
        &mut self,
        attrs: impl IntoIterator<Item = (&'a str, Value)>,
        open: Option<UnknownId>,
    ) -> Value {
        let mut all: Vec<Attr> = attrs
            .into_iter()
            .map(|(name, value)| Attr { name: self.symbols.intern(name), position: PositionId::NONE, value })
            .collect();
        all.sort_by_key(|attr| attr.name);
        all.dedup_by_key(|attr| attr.name);
        Value::Attrs(self.heap.sorted_set(&all, open))
    }

    /// A set whose attributes keep the places where they were defined.
    pub fn make_attrs_at(&mut self, mut attrs: Vec<Attr>, open: Option<UnknownId>) -> Value {
        attrs.sort_by_key(|attr| attr.name);
        attrs.dedup_by_key(|attr| attr.name);
        Value::Attrs(self.heap.sorted_set(&attrs, open))
    }

    pub fn make_unknown(&mut self, reason: Reason, span: Option<Span>) -> Value {
        Value::Unknown(self.add_unknown(reason, span))
    }

    /// A function of one argument in Rust. The name is shown in messages.
    pub fn make_native(
        &mut self,
        name: &str,
        function: impl Fn(&mut Evaluator, Value) -> Evaluated + Send + Sync + 'static,
    ) -> Value {
        let number = handle(self.natives.len());
        self.natives.push((Arc::new(function), name.to_owned()));
        Value::Native(number)
    }

    /// A value computed in Rust, once, when somebody asks for it.
    pub fn make_lazy(
        &mut self,
        compute: impl Fn(&mut Evaluator) -> Evaluated + Send + Sync + 'static,
    ) -> Value {
        let number = handle(self.natives.len());
        self.natives.push((Arc::new(move |evaluator: &mut Evaluator, _| compute(evaluator)), String::new()));
        self.heap.defer(Deferred::Native(number))
    }

    /// A call for later.
    pub fn make_call(&mut self, function: Value, argument: Value) -> Value {
        self.heap.defer(Deferred::Apply { function, argument })
    }

    /// `set.name` for later.
    pub fn make_select(&mut self, set: Value, name: &str) -> Value {
        let name = self.symbols.intern(name);
        self.heap.defer(Deferred::Select { base: set, name })
    }

    /// A value that is still to be said: for sets that refer to themselves. Until [`Evaluator::fill`] it is an
    /// infinite recursion to ask for it.
    pub fn make_hole(&mut self) -> Value {
        Value::Thunk(self.heap.thunk(Thunk::Black { may: 0 }))
    }

    /// Says what a value of [`Evaluator::make_hole`] is.
    pub fn fill(&mut self, hole: Value, value: Value) {
        if let Value::Thunk(id) = hole {
            debug_assert!(
                matches!(self.heap.thunks[id.0 as usize], Thunk::Black { .. }),
                "a hole is filled once"
            );
            self.heap.keep();
            self.heap.thunks[id.0 as usize] = match value {
                Value::Thunk(other) => self.heap.thunks[other.0 as usize],
                value => Thunk::Done(value),
            };
        }
    }

    /// `pkgs` when there is no nixpkgs: its `lib` is known, and what its fetchers would fetch; nothing else is.
    pub fn make_pkgs(&mut self, span: Option<Span>) -> Value {
        let open = self.add_unknown(Reason::NeedsNixpkgs("pkgs".to_owned()), span);
        let lib = self.lib();
        let mut all = self.fetchers_of_pkgs();
        all.push(("lib", lib));
        self.make_open_attrs(all, Some(open))
    }
}

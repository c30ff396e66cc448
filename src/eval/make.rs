//! Values that no text writes down: what functions of the user are called with.

use std::sync::Arc;

use super::heap::{Deferred, Thunk, handle};
use super::{Evaluated, Evaluator};
use crate::text::Span;
use crate::value::{Attr, Like, PositionId, Reason, Unknown, UnknownId, Value};

/// Bytes that a function in Rust takes, with what it holds.
const NATIVE: usize = 160;

impl Evaluator {
    pub fn make_string(&mut self, text: &str) -> Value {
        Value::String(self.heap.string(text))
    }

    /// A path value; the path must be absolute.
    pub fn make_path(&mut self, path: &std::path::Path) -> Value {
        self.detour(path);
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
        self.heap.elsewhere += NATIVE;
        self.natives.push((Arc::new(function), name.to_owned()));
        Value::Native(number)
    }

    /// A value computed in Rust, once, when somebody asks for it.
    pub fn make_lazy(
        &mut self,
        compute: impl Fn(&mut Evaluator) -> Evaluated + Send + Sync + 'static,
    ) -> Value {
        let number = handle(self.natives.len());
        self.heap.elsewhere += NATIVE;
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

    /// `pkgs` when there is no nixpkgs: its `lib` is known, what its fetchers would fetch, and what `callPackage`
    /// does; no package is.
    pub fn make_pkgs(&mut self, span: Option<Span>) -> Value {
        let open = self.add_unknown(Reason::NeedsNixpkgs("pkgs".to_owned()), span);
        let lib = self.lib();
        let path = Value::Unknown(self.intern_unknown(Unknown {
            reason: Reason::NeedsNixpkgs("pkgs.path".to_owned()),
            span,
            because: None,
            like: Like::NixpkgsPath(String::new()),
        }));
        self.pkgs_without_packages(open, lib, path)
    }

    /// The same for a nixpkgs with this library, in this folder, whose packages are not known.
    pub(super) fn pkgs_without_packages(&mut self, open: UnknownId, lib: Value, path: Value) -> Value {
        let pkgs = self.make_hole();
        let call = self.make_native("callPackage", move |this, function| {
            Ok(this.make_native("callPackage", move |this, given| this.call_package(pkgs, function, given)))
        });
        let mut all = self.fetchers_of_pkgs();
        all.extend([("callPackage", call), ("lib", lib), ("path", path)]);
        let set = self.make_open_attrs(all, Some(open));
        self.fill(pkgs, set);
        set
    }

    /// Calls a function, or that of a file, with what it names: as given, else out of `pkgs`. A set that it gives can
    /// be made anew with other arguments.
    fn call_package(&mut self, pkgs: Value, function: Value, given: Value) -> Evaluated {
        let function = match self.force(function)? {
            Value::Path(path) => {
                let path = self.text(path);
                self.import(std::path::Path::new(&path))?
            }
            other => other,
        };
        let given = self.attrs(given)?;
        let mut arguments: Vec<Attr> = given
            .attributes
            .iter()
            .map(|it| Attr { name: it.name, position: it.position, value: it.value })
            .collect();
        for (name, _) in self.function_arguments(function)?.unwrap_or_default() {
            if arguments.iter().all(|it| it.name != name) {
                let name_text = self.name(name).to_owned();
                let value = if name_text == "pkgs" { pkgs } else { self.make_select(pkgs, &name_text) };
                arguments.push(Attr { name, position: PositionId::NONE, value });
            }
        }
        let arguments = self.make_attrs_at(arguments, given.open);
        let result = self.call(function, arguments)?;
        let result = self.force(result)?;
        if !matches!(result, Value::Attrs(_)) {
            return Ok(result);
        }
        let again = self.make_unknown(Reason::NeedsNixpkgs("override".to_owned()), None);
        let more = self.make_attrs([("override", again), ("overrideDerivation", again)]);
        self.update(crate::syntax::ExprId(0), Ok(result), Ok(more))
    }
}

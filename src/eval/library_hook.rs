//! What a floor above builds on: it may replace functions of the library's `modules.nix`, look into sets without
//! sorting them, count its own work, and say what it is doing in traces. Knows nothing of modules itself.

use std::path::Path;
use std::sync::Arc;

use super::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, ErrorId, Frame, PositionId, Stop, UnknownId, Value};

/// Gets the whole library and the set of functions that its `modules.nix` gives, both possibly lazy, and gives the
/// set to use instead.
pub type LibraryHook = Arc<dyn Fn(&mut Evaluator, Value, Value) -> Evaluated + Send + Sync>;

impl Evaluator {
    /// Lets `hook` change what every library's `modules.nix` that is read from now on gives, unless the settings
    /// say otherwise.
    pub fn set_library_hook(&mut self, hook: LibraryHook) {
        if self.settings.native_modules {
            self.library_hook = Some(hook);
        }
    }

    /// The value of a file that was just loaded: the one file that a hook may change is wrapped.
    pub(super) fn hooked(&mut self, path: &Path, value: Value) -> Value {
        let Some(hook) = &self.library_hook else { return value };
        if !path.ends_with("lib/modules.nix") && !path.ends_with("nixwright-lib/modules.nix") {
            return value;
        }
        let hook = hook.clone();
        self.make_lazy(move |this| {
            let file = this.force(value)?;
            if !matches!(file, Value::Lambda { .. }) {
                return Ok(file);
            }
            let hook = hook.clone();
            Ok(this.make_native("modules.nix", move |this, argument| {
                let functions = this.call(file, argument)?;
                let argument = this.force(argument)?;
                let name = this.intern("lib");
                match this.attribute_of(argument, name) {
                    Ok(Some(lib)) => hook(this, lib.value, functions),
                    _ => Ok(functions),
                }
            }))
        })
    }

    /// One attribute of a forced set; `None` if the set certainly does not have it, or is no set.
    pub fn attribute_of(&self, set: Value, name: Sym) -> Evaluated<Option<Attr>> {
        let Value::Attrs(set) = set else { return Ok(None) };
        match (self.heap.find(set, name), self.open_for(set, name)) {
            (Some(attr), _) => Ok(Some(attr)),
            (None, Some(open)) => Err(Stop::Unknown(open)),
            (None, None) => Ok(None),
        }
    }

    /// The attributes of a forced set in no particular order, and why there may be more; nothing of other values.
    pub fn attributes_of(&mut self, set: Value) -> (Vec<Attr>, Option<UnknownId>) {
        match set {
            Value::Attrs(set) => (self.heap.attrs(set).to_vec(), self.heap.open(set)),
            _ => (Vec::new(), None),
        }
    }

    /// A list that may have more elements than these.
    pub fn make_open_list(&mut self, items: &[Value], open: Option<UnknownId>) -> Value {
        Value::List(self.heap.open_list(items, open))
    }

    /// The symbol's text as a value; made once for each symbol.
    pub fn make_symbol_string(&mut self, name: Sym) -> Value {
        Value::String(self.symbol_string(name))
    }

    /// What `toString` gives.
    pub fn to_text(&mut self, value: Value) -> Evaluated<Value> {
        Ok(Value::String(self.coerce(None, value, true, false)?))
    }

    /// What `builtins.unsafeGetAttrPos` gives for an attribute that was defined there; `null` for nowhere.
    pub fn make_position(&mut self, position: PositionId) -> Value {
        match self.defined_at(position) {
            Some((span, _)) if !position.is_forgotten() => self.position_set(span),
            _ => Value::Null,
        }
    }

    /// Said where values are remembered outside of the evaluator, beyond the call that made them.
    pub fn remember(&mut self) {
        self.heap.keep();
    }

    /// Whether two values are equal as `==` says; `None` where that is not known or fails.
    pub fn same(&mut self, a: Value, b: Value) -> Option<bool> {
        self.equal(a, b).ok()
    }

    /// Evaluates what matters only if an unknown condition holds.
    pub fn under_unknown<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.may += 1;
        let result = inside(self);
        self.may -= 1;
        result
    }

    /// Evaluates a text that belongs to the library, not to the user.
    pub fn library_text(&mut self, name: &str, text: &str) -> Value {
        let file = self.sources.add(name, text);
        self.load(file, Path::new("/"), true)
    }

    /// The place of the innermost call: to blame where nothing better is known.
    pub fn place(&self) -> Span {
        self.here()
    }

    /// Asked before so many parts are made outside of the language: whether fuel and memory last.
    pub fn spend(&mut self, parts: usize) -> Evaluated<()> {
        self.steps += parts as u64;
        self.room(parts, PART)
    }

    /// Says in an error's trace what was being done, once.
    pub fn say_in_trace(&mut self, error: ErrorId, span: Span, message: &str) {
        let library = self.is_library(span.file);
        let trace = &mut self.errors[error.0 as usize].trace;
        if trace.len() < super::LONGEST_TRACE && !trace.iter().any(|frame| frame.message == message) {
            trace.push(Frame { span, message: message.to_owned(), library });
        }
    }

    /// An unknown that follows from another one, with a reason of its own.
    pub fn unknown_from(
        &mut self,
        reason: crate::value::Reason,
        span: Option<Span>,
        because: UnknownId,
    ) -> UnknownId {
        self.unknown_because(reason, span, because)
    }
}

/// What a part costs at most: a closure, its thunk and its places in tables.
const PART: usize = 256;

//! The builtins, one file per group, and what they share: arguments of a certain type, and results.
//!
//! A builtin gets as many arguments as its arity, not forced. What it is strict in and cannot be known makes its
//! result unknown, by the same `?` that passes errors on.

mod contexts;
mod control;
mod derivations;
pub(super) mod fetch;
mod files;
mod flake_refs;
mod hash;
mod lists;
mod numbers;
mod regex;
mod sets;
mod sources;
mod strings;
mod toml;
mod types;
mod versions;

use std::path::PathBuf;

use super::{Evaluated, Evaluator};
use crate::syntax::{GLOBAL_NAMES, Sym};
use crate::text::Span;
use crate::value::{Attr, AttrsId, ErrorKind, Like, ListId, PositionId, Reason, Stop, StringId, Value};

pub(super) type Run = fn(&mut Evaluator, &[Value]) -> Evaluated;

/// One builtin function.
#[derive(Clone, Copy)]
pub(super) struct Builtin {
    pub(super) name: &'static str,
    pub(super) arity: u8,
    pub(super) run: Run,
}

const fn builtin(name: &'static str, arity: u8, run: Run) -> Builtin {
    Builtin { name, arity, run }
}

/// The version that `builtins.nixVersion` would name is whatever the user runs.
const LANGUAGE_VERSION: i64 = 6;

impl Evaluator {
    pub(super) fn register_builtins(&mut self) {
        let groups: [&[Builtin]; 13] = [
            contexts::ALL,
            control::ALL,
            derivations::ALL,
            fetch::ALL,
            files::ALL,
            flake_refs::ALL,
            hash::ALL,
            lists::ALL,
            numbers::ALL,
            sets::ALL,
            sources::ALL,
            strings::ALL,
            types::ALL,
        ];
        let mut values: Vec<(&str, Value)> = Vec::new();
        for builtin in groups.concat().into_iter().chain(versions::ALL.iter().copied()) {
            let number = u16::try_from(self.registry.len()).expect("there are some hundred builtins");
            values.push((builtin.name, Value::Builtin(number)));
            self.registry.push(builtin);
        }
        values.extend([
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
            ("langVersion", Value::Int(LANGUAGE_VERSION)),
        ]);
        let store = self.make_string("/nix/store");
        values.push(("storeDir", store));
        let system = match self.settings.current_system.clone() {
            Some(system) => self.make_string(&system),
            None => self.make_unknown(Reason::Impure("builtins.currentSystem".to_owned()), None),
        };
        values.push(("currentSystem", system));
        for name in ["currentTime", "nixVersion"] {
            let value = self.make_unknown(Reason::Impure(format!("builtins.{name}")), None);
            values.push((name, value));
        }
        let nix_path = self.nix_path_value();
        values.push(("nixPath", nix_path));
        self.set_globals(&values);
    }

    fn set_globals(&mut self, values: &[(&str, Value)]) {
        let open = self.add_unknown(Reason::Builtin("…".to_owned()), None);
        let hole = self.make_hole();
        let mut all = values.to_vec();
        all.push(("builtins", hole));
        // What another version of Nix has more than ours may be there or not.
        let set = self.make_open_attrs(all.iter().copied(), Some(open));
        self.fill(hole, set);
        self.builtins_open = Some(open);
        for (name, value) in &all {
            let plain = GLOBAL_NAMES.contains(name);
            let global = if plain { (*name).to_owned() } else { format!("__{name}") };
            let sym = self.symbols.intern(&global);
            self.resize_globals();
            self.globals[sym.0 as usize] = Some(*value);
        }
    }

    pub(super) fn resize_globals(&mut self) {
        self.globals.resize(self.symbols.len().max(self.globals.len()), None);
    }

    fn nix_path_value(&mut self) -> Value {
        let entries = self.settings.nix_path.clone();
        let mut items = Vec::new();
        for (prefix, path) in entries {
            let prefix = self.make_string(&prefix);
            let path = self.make_string(&path.to_string_lossy());
            items.push(self.make_attrs([("prefix", prefix), ("path", path)]));
        }
        self.make_list(&items)
    }

    /// The set that `__curPos` and `unsafeGetAttrPos` give.
    pub(super) fn position_set(&mut self, span: Span) -> Value {
        let at = self.sources.position(span);
        // Who knows where something stands sees when it moves.
        let path = self.sources.path(span.file).to_owned();
        self.detour(&path);
        let file = self.sources.path(span.file).to_string_lossy().into_owned();
        let file = self.make_string(&file);
        let (line, column) = (Value::Int(i64::from(at.line)), Value::Int(i64::from(at.column)));
        let names = self.names;
        let attrs =
            vec![self.attr(names.file, file), self.attr(names.line, line), self.attr(names.column, column)];
        self.set_of(attrs)
    }

    fn want_string(&mut self, value: Value) -> Evaluated<StringId> {
        match self.force(value)? {
            Value::String(id) => Ok(id),
            other => self.type_error(None, "a string", other),
        }
    }

    /// The text of a string that must not refer to the store.
    fn want_text(&mut self, value: Value) -> Evaluated<String> {
        let id = self.want_string(value)?;
        self.no_context(None, id)?;
        self.known_text(id)
    }

    /// A list all of whose elements are known to be there.
    fn want_list(&mut self, value: Value) -> Evaluated<ListId> {
        match self.force(value)? {
            Value::List(list) => match self.heap.lists[list.0 as usize].open {
                Some(open) => Err(Stop::Unknown(open)),
                None => Ok(list),
            },
            other => self.type_error(None, "a list", other),
        }
    }

    /// A set, possibly open.
    pub(super) fn want_attrs(&mut self, value: Value) -> Evaluated<AttrsId> {
        match self.force(value)? {
            Value::Attrs(set) => Ok(set),
            other => self.type_error(None, "a set", other),
        }
    }

    /// A set all of whose attributes are known to be there.
    fn want_closed(&mut self, value: Value) -> Evaluated<AttrsId> {
        let set = self.want_attrs(value)?;
        match self.heap.open(set) {
            Some(open) => Err(Stop::Unknown(open)),
            None => Ok(set),
        }
    }

    fn want_int(&mut self, value: Value) -> Evaluated<i64> {
        match self.force(value)? {
            Value::Int(int) => Ok(int),
            other => self.type_error(None, "an integer", other),
        }
    }

    fn want_bool(&mut self, value: Value) -> Evaluated<bool> {
        match self.force(value)? {
            Value::Bool(bool) => Ok(bool),
            other => self.type_error(None, "a Boolean", other),
        }
    }

    /// A function or what can be called like one.
    fn want_function(&mut self, value: Value) -> Evaluated<Value> {
        let forced = self.force(value)?;
        match self.is_function(forced)? {
            true => Ok(forced),
            false => self.type_error(None, "a function", forced),
        }
    }

    fn want_name(&mut self, value: Value) -> Evaluated<Sym> {
        let id = self.want_string(value)?;
        self.no_context(None, id)?;
        self.name_of(id)
    }

    /// The text of what names a file: a path, or what becomes a string. What Nix has in the store is looked up where
    /// it came from.
    fn want_path_text(&mut self, value: Value) -> Evaluated<String> {
        if let Ok(Value::Path(id)) = self.force(value) {
            return self.known_text(id);
        }
        match self.coerce(None, value, false, false) {
            Ok(id) => {
                let text = self.known_text(id)?;
                self.detour(std::path::Path::new(&super::paths::canonical(&text)));
                Ok(text)
            }
            Err(Stop::Unknown(why)) => match &self.unknown(why).like {
                Like::CopyOf(path) => Ok(path.to_string_lossy().into_owned()),
                _ => Err(Stop::Unknown(why)),
            },
            Err(stop) => Err(stop),
        }
    }

    /// A path value, or a string with an absolute path.
    pub(super) fn want_path(&mut self, value: Value) -> Evaluated<PathBuf> {
        let text = self.want_path_text(value)?;
        if text.starts_with('/') {
            return Ok(PathBuf::from(super::paths::canonical(&text)));
        }
        self.fail(ErrorKind::Invalid, None, format!("the string {text:?} is no absolute path"))
    }

    fn text_value(&mut self, text: impl AsRef<[u8]>) -> Value {
        Value::String(self.heap.string(text))
    }

    fn plain(&self, name: Sym, value: Value) -> Attr {
        Attr { name, position: PositionId::NONE, value }
    }
}

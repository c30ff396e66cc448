//! Builtins on what strings refer to in the store.

use std::collections::BTreeMap;

use super::{Builtin, builtin};
use crate::eval::contexts::Element;
use crate::eval::store::paths::split_store_path;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{ErrorKind, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("addDrvOutputDependencies", 1, add_dependencies),
    builtin("appendContext", 2, append_context),
    builtin("getContext", 1, get_context),
    builtin("hasContext", 1, has_context),
    builtin("unsafeDiscardOutputDependency", 1, discard_dependencies),
    builtin("unsafeDiscardStringContext", 1, discard_context),
];

/// The elements of a string's context, all of which must be known.
fn known_elements(this: &mut Evaluator, id: crate::value::StringId) -> Evaluated<Vec<Element>> {
    let elements = this.heap.contexts.elements(this.heap.contexts.of(id)).to_vec();
    this.pay(elements.len())?;
    for element in &elements {
        if let Element::Unsure(why) = element {
            return Err(Stop::Unknown(*why));
        }
    }
    Ok(elements)
}

fn discard_context(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, true)?;
    let bare = this.heap.contexts.intern(Vec::new());
    Ok(Value::String(this.heap.in_context(id, bare)))
}

fn discard_dependencies(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, true)?;
    let mut elements = this.heap.contexts.elements(this.heap.contexts.of(id)).to_vec();
    for element in &mut elements {
        if let Element::Deep(path) = *element {
            *element = Element::Path(path);
        }
    }
    let context = this.heap.contexts.intern(elements);
    Ok(Value::String(this.heap.in_context(id, context)))
}

fn add_dependencies(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, true)?;
    let elements = known_elements(this, id)?;
    let [element] = elements.as_slice() else {
        let text = this.text(id);
        let count = elements.len();
        let message = format!("the string {text:?} must refer to exactly one store path, not to {count}");
        return this.fail(ErrorKind::Invalid, None, message);
    };
    match *element {
        Element::Deep(_) | Element::Unsure(_) => Ok(Value::String(id)),
        Element::Path(path) if this.is_derivation_path(path) => {
            let context = this.heap.contexts.intern(vec![Element::Deep(path)]);
            Ok(Value::String(this.heap.in_context(id, context)))
        }
        Element::Path(path) => {
            let message = format!("the path `{}` is no derivation", this.symbols.name(path));
            this.fail(ErrorKind::Invalid, None, message)
        }
        Element::Built { output, .. } => {
            let output = this.symbols.name(output);
            let message = format!("the string refers to the output `{output}`, not to a derivation");
            this.fail(ErrorKind::Invalid, None, message)
        }
    }
}

fn has_context(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.want_string(args[0])?;
    Ok(Value::Bool(!known_elements(this, id)?.is_empty()))
}

/// What making the set of an entry costs, in steps.
const STEPS_PER_ENTRY: usize = 16;

#[derive(Default)]
struct Entry {
    path: bool,
    all_outputs: bool,
    outputs: Vec<Sym>,
}

fn get_context(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.want_string(args[0])?;
    let mut entries: BTreeMap<Sym, Entry> = BTreeMap::new();
    let elements = known_elements(this, id)?;
    this.pay(elements.len() * STEPS_PER_ENTRY)?;
    for element in elements {
        match element {
            Element::Path(path) => entries.entry(path).or_default().path = true,
            Element::Deep(path) => entries.entry(path).or_default().all_outputs = true,
            Element::Built { derivation, output } => {
                entries.entry(derivation).or_default().outputs.push(output);
            }
            Element::Unsure(_) => {}
        }
    }
    let mut attrs = Vec::new();
    for (path, mut entry) in entries {
        let mut inner = Vec::new();
        if entry.path {
            inner.push(("path", Value::Bool(true)));
        }
        if entry.all_outputs {
            inner.push(("allOutputs", Value::Bool(true)));
        }
        if !entry.outputs.is_empty() {
            entry.outputs.sort_by(|a, b| this.symbols.name(*a).cmp(this.symbols.name(*b)));
            let names: Vec<Value> =
                entry.outputs.iter().map(|name| Value::String(this.symbol_string(*name))).collect();
            inner.push(("outputs", this.make_list(&names)));
        }
        let inner = this.make_attrs(inner);
        attrs.push(this.plain(path, inner));
    }
    Ok(this.set_of(attrs))
}

fn append_context(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.want_string(args[0])?;
    let given = this.want_closed(args[1])?;
    let mut elements = this.heap.contexts.elements(this.heap.contexts.of(id)).to_vec();
    for attr in this.by_name(given) {
        let path = this.symbols.name(attr.name).to_owned();
        if split_store_path(&path).is_none_or(|(_, rest)| !rest.is_empty()) {
            let message = format!("the key `{path}` of a context is no store path");
            return this.fail(ErrorKind::Invalid, None, message);
        }
        let entry = this.want_closed(attr.value)?;
        let mut flags = [false; 2];
        for (flag, name) in flags.iter_mut().zip(["path", "allOutputs"]) {
            let name = this.symbols.intern(name);
            if let Some(attr) = this.heap.find(entry, name) {
                *flag = this.want_bool(attr.value)?;
            }
        }
        if flags[0] {
            elements.push(Element::Path(attr.name));
        }
        if flags[1] {
            derivation_only(this, &path)?;
            elements.push(Element::Deep(attr.name));
        }
        let outputs = this.symbols.intern("outputs");
        if let Some(outputs) = this.heap.find(entry, outputs) {
            let list = this.want_list(outputs.value)?;
            if this.heap.list_len(list) > 0 {
                derivation_only(this, &path)?;
            }
            for at in 0..this.heap.list_len(list) {
                let item = this.heap.item(list, at);
                let output = this.want_name(item)?;
                elements.push(Element::Built { derivation: attr.name, output });
            }
        }
    }
    let context = this.heap.contexts.intern(elements);
    Ok(Value::String(this.heap.in_context(id, context)))
}

fn derivation_only(this: &mut Evaluator, path: &str) -> Evaluated<()> {
    if path.ends_with(".drv") {
        return Ok(());
    }
    let message = format!("`{path}` is no derivation, so that a string cannot refer to its outputs");
    this.fail(ErrorKind::Invalid, None, message)
}

impl Evaluator {
    /// A string whose text is known, and what it refers to is not.
    pub(in crate::eval) fn unsure_context(&mut self, text: &[u8], reason: Reason) -> Value {
        let why = self.add_unknown(reason, None);
        Value::String(self.store_string(text, vec![Element::Unsure(why)]))
    }
}

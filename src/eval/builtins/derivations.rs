//! Derivations as stubs: what was given to them is known, the paths they would have are not.

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("derivation", 1, derivation),
    builtin("derivationStrict", 1, |this, _| path_of(this, "a derivation")),
    builtin("outputOf", 2, |this, _| path_of(this, "an output")),
    builtin("placeholder", 1, placeholder),
];

fn path_of(this: &mut Evaluator, what: &str) -> Evaluated {
    this.unknown_here(Reason::StorePath(what.to_owned()))
}

fn placeholder(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    this.want_string(args[0])?;
    path_of(this, "an output")
}

/// The set that `derivation { … }` gives. Its arguments are forced only when a path of it is asked for, as in Nix.
fn derivation(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_attrs(args[0])?;
    let open = this.heap.open(given);
    let base = Value::Attrs(given);
    let outputs = match this.heap.find(given, this.symbols.find("outputs").unwrap_or(this.names.name)) {
        Some(attr) if this.symbols.name(attr.name) == "outputs" => {
            let list = this.want_list(attr.value)?;
            let mut names = Vec::new();
            for at in 0..this.heap.list_len(list) {
                let item = this.heap.item(list, at);
                names.push(this.want_text(item)?);
            }
            names
        }
        _ => vec!["out".to_owned()],
    };
    if let Some(open) = open {
        return Err(Stop::Unknown(open));
    }
    let path = this.make_lazy(move |this| checked(this, base));
    let mut attrs = this.heap.attrs(given).to_vec();
    let mut put = |this: &mut Evaluator, name: &str, value: Value| {
        let name = this.symbols.intern(name);
        attrs.retain(|attr| attr.name != name);
        attrs.push(this.plain(name, value));
    };
    let kind = this.make_string("derivation");
    let hole = this.make_hole();
    for output in &outputs {
        put(this, output, hole);
    }
    let all = vec![hole; outputs.len()];
    let all = this.make_list(&all);
    put(this, "all", all);
    put(this, "drvAttrs", base);
    put(this, "drvPath", path);
    put(this, "outPath", path);
    put(this, "type", kind);
    let first = this.make_string(outputs.first().map_or("out", String::as_str));
    put(this, "outputName", first);
    let set = this.set_of(attrs);
    if outputs.len() == 1 {
        this.fill(hole, set);
    } else {
        let several = this.make_unknown(Reason::StorePath("one of several outputs".to_owned()), None);
        this.fill(hole, several);
    }
    Ok(set)
}

/// What certainly fails when the derivation is instantiated; else its path is unknown.
fn checked(this: &mut Evaluator, given: Value) -> Evaluated {
    for name in ["name", "builder", "system"] {
        let Value::Attrs(set) = given else { break };
        let sym = this.symbols.intern(name);
        let Some(attr) = this.heap.find(set, sym) else {
            let message = format!("the derivation has no attribute `{name}`");
            return this.fail(ErrorKind::MissingAttribute, None, message);
        };
        match this.coerce(None, attr.value, false, false) {
            Ok(_) => {}
            Err(Stop::Unknown(_)) => this.doubts += 1,
            Err(stop) => return Err(stop),
        }
    }
    path_of(this, "a derivation")
}

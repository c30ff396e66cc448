//! `derivation`: what Nix would write into the store, computed. Floating, content-addressed outputs are an experiment
//! of Nix, and unknown.

use std::collections::BTreeSet;

use super::{Builtin, builtin};
use crate::eval::contexts::{Element, Gathered};
use crate::eval::store::derivation::{Derivation, Output};
use crate::eval::store::hash::{Algorithm, Hash};
use crate::eval::store::paths::{self, Ingestion};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{AttrsId, ErrorKind, Reason, Stop, StringId, UnknownId, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("derivation", 1, derivation),
    builtin("derivationStrict", 1, derivation_strict),
    builtin("outputOf", 2, |this, _| this.unknown_here(Reason::StorePath("an output".to_owned()))),
    builtin("placeholder", 1, placeholder),
];

fn placeholder(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let output = this.want_text(args[0])?;
    Ok(this.text_value(paths::placeholder(&output)))
}

/// The set that `derivation { … }` gives. Its arguments are forced only when a path of it is asked for, as in Nix.
fn derivation(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_closed(args[0])?;
    let base = Value::Attrs(given);
    let outputs_name = this.symbols.intern("outputs");
    let mut outputs = Vec::new();
    match this.heap.find(given, outputs_name) {
        Some(attr) => {
            let list = this.want_list(attr.value)?;
            for at in 0..this.heap.list_len(list) {
                let item = this.heap.item(list, at);
                outputs.push(this.want_name(item)?);
            }
        }
        None => outputs.push(this.symbols.intern("out")),
    }
    if outputs.is_empty() {
        return this.fail(ErrorKind::IndexOutOfRange, None, "the derivation has no output");
    }
    let strict = this.make_lazy(move |this| derivation_strict(this, &[base]));
    let holes: Vec<Value> = outputs.iter().map(|_| this.make_hole()).collect();
    let mut shared = Vec::new();
    for (output, hole) in outputs.iter().zip(&holes) {
        // Of equal names the first counts.
        shared.push(this.plain(*output, *hole));
    }
    shared.sort_by_key(|attr| attr.name);
    shared.dedup_by_key(|attr| attr.name);
    let all = this.make_list(&holes);
    let mut newer = vec![this.plain(this.names.all, all), this.plain(this.names.drv_attrs, base)];
    newer.extend(shared);
    let newer = this.set_of(newer);
    let Value::Attrs(newer) = newer else { return Ok(newer) };
    let whole = this.merge(given, newer)?;
    let kind = this.make_string("derivation");
    let drv_path = this.make_select(strict, "drvPath");
    for (output, hole) in outputs.iter().zip(&holes) {
        let name = this.symbols.name(*output).to_owned();
        let out_path = this.make_select(strict, &name);
        let shown = Value::String(this.symbol_string(*output));
        let last = [("outPath", out_path), ("drvPath", drv_path), ("type", kind), ("outputName", shown)];
        let Value::Attrs(last) = this.make_attrs(last) else { continue };
        let set = this.merge(whole, last)?;
        this.fill(*hole, Value::Attrs(set));
    }
    this.force(holes[0])
}

/// A derivation while its attributes are read.
#[derive(Default)]
struct Draft {
    derivation: Derivation,
    builder: Option<Vec<u8>>,
    system: Option<Vec<u8>>,
    outputs: Option<BTreeSet<String>>,
    hash: Option<String>,
    algorithm: Option<String>,
    recursive: bool,
    floating: bool,
    /// With `__structuredAttrs`.
    json: Option<String>,
    context: Gathered,
    /// The first attribute that is not known; the others may still be wrong.
    unknown: Option<UnknownId>,
}

fn flag(this: &mut Evaluator, given: AttrsId, name: &str) -> Evaluated<bool> {
    let name = this.symbols.intern(name);
    match this.heap.find(given, name) {
        Some(attr) => this.want_bool(attr.value),
        None => Ok(false),
    }
}

fn derivation_strict(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_closed(args[0])?;
    let Some(name) = this.heap.find(given, this.names.name) else {
        return this.fail(ErrorKind::MissingAttribute, None, "the derivation has no attribute `name`");
    };
    let name = this.want_text(name.value)?;
    this.checked_name(&name)?;
    let mut draft = Draft::default();
    if flag(this, given, "__structuredAttrs")? {
        draft.json = Some(String::new());
    }
    let ignore_nulls = flag(this, given, "__ignoreNulls")?;
    for attr in this.by_name(given) {
        let key = this.symbols.name(attr.name).to_owned();
        if key == "__ignoreNulls" {
            continue;
        }
        match attribute(this, &mut draft, &key, attr.value, ignore_nulls) {
            Err(Stop::Unknown(why)) => {
                this.doubts += 1;
                draft.unknown = draft.unknown.or(Some(why));
            }
            other => other?,
        }
    }
    finished(this, &name, draft)
}

fn attribute(
    this: &mut Evaluator,
    draft: &mut Draft,
    key: &str,
    value: Value,
    ignore_nulls: bool,
) -> Evaluated<()> {
    if ignore_nulls && this.force(value)? == Value::Null {
        return Ok(());
    }
    match key {
        "__contentAddressed" | "__impure" => draft.floating |= this.want_bool(value)?,
        "args" => {
            let list = this.want_list(value)?;
            for at in 0..this.heap.list_len(list) {
                let item = this.heap.item(list, at);
                let id = this.coerce(None, item, true, true)?;
                draft.context.add(this.heap.contexts.of(id));
                draft.derivation.arguments.push(this.heap.bytes(id).to_vec());
            }
        }
        "__structuredAttrs" if draft.json.is_some() => {}
        _ if draft.json.is_some() => structured(this, draft, key, value)?,
        _ => {
            let id = this.coerce(None, value, true, true)?;
            draft.context.add(this.heap.contexts.of(id));
            let bytes = this.heap.bytes(id).to_vec();
            known_attribute(this, draft, key, &bytes)?;
            if key == "outputs" {
                let text = this.text(id);
                outputs(this, draft, text.split_ascii_whitespace().map(str::to_owned).collect())?;
            }
            draft.derivation.environment.insert(key.to_owned(), bytes);
        }
    }
    Ok(())
}

/// An attribute that goes into the JSON of the builder; a few mean something here, too.
fn structured(this: &mut Evaluator, draft: &mut Draft, key: &str, value: Value) -> Evaluated<()> {
    let (text, context) = this.json_in_context(value)?;
    draft.context.add(context);
    if let Some(json) = &mut draft.json {
        json.push(if json.is_empty() { '{' } else { ',' });
        crate::eval::json::json_string(key, json);
        json.push(':');
        json.push_str(&text);
    }
    match key {
        "builder" => {
            let id = this.want_string(value)?;
            draft.context.add(this.heap.contexts.of(id));
            let bytes = this.heap.bytes(id).to_vec();
            known_attribute(this, draft, key, &bytes)
        }
        "system" | "outputHash" | "outputHashAlgo" | "outputHashMode" => {
            let text = this.want_text(value)?;
            known_attribute(this, draft, key, text.as_bytes())
        }
        "outputs" => {
            let list = this.want_list(value)?;
            let mut names = Vec::new();
            for at in 0..this.heap.list_len(list) {
                let item = this.heap.item(list, at);
                names.push(this.want_text(item)?);
            }
            outputs(this, draft, names)
        }
        _ => Ok(()),
    }
}

fn known_attribute(this: &mut Evaluator, draft: &mut Draft, key: &str, bytes: &[u8]) -> Evaluated<()> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match key {
        "builder" => draft.builder = Some(bytes.to_vec()),
        "system" => draft.system = Some(bytes.to_vec()),
        "outputHash" => draft.hash = Some(text()),
        "outputHashAlgo" => draft.algorithm = Some(text()),
        "outputHashMode" => match bytes {
            b"recursive" => draft.recursive = true,
            b"flat" => draft.recursive = false,
            // Understood by newer versions of Nix only, some of them as experiments.
            b"nar" | b"text" | b"git" => {
                return this.unknown_here(Reason::StorePath(format!("an output of the mode `{}`", text())));
            }
            _ => {
                let message = format!("`outputHashMode` is `flat` or `recursive`, not `{}`", text());
                return this.fail(ErrorKind::Invalid, None, message);
            }
        },
        _ => {}
    }
    Ok(())
}

fn outputs(this: &mut Evaluator, draft: &mut Draft, names: Vec<String>) -> Evaluated<()> {
    let mut known = BTreeSet::new();
    if names.is_empty() {
        return this.fail(ErrorKind::Invalid, None, "a derivation needs at least one output");
    }
    for name in names {
        // `drv` was refused by older versions, `drvPath` is by newer ones: it would hide the derivation's own path.
        if name == "drvPath" {
            let message = format!("an output of a derivation must not be called `{name}`");
            return this.fail(ErrorKind::Invalid, None, message);
        }
        if name == "drv" {
            return this.unknown_here(Reason::StorePath("an output that is called `drv`".to_owned()));
        }
        if !known.insert(name.clone()) {
            let message = format!("the output `{name}` of the derivation is given twice");
            return this.fail(ErrorKind::Invalid, None, message);
        }
    }
    draft.outputs = Some(known);
    Ok(())
}

/// Checks the whole and computes its paths.
fn finished(this: &mut Evaluator, name: &str, mut draft: Draft) -> Evaluated {
    let unknown = draft.unknown;
    for (found, attribute) in [(&draft.builder, "builder"), (&draft.system, "system")] {
        if found.as_ref().is_none_or(Vec::is_empty) && unknown.is_none() {
            let message = format!("the derivation has no attribute `{attribute}`");
            return this.fail(ErrorKind::MissingAttribute, None, message);
        }
    }
    if let Some(why) = unknown {
        return Err(Stop::Unknown(why));
    }
    if name.ends_with(".drv") {
        let message = format!("the name `{name}` of a derivation must not end in `.drv`");
        return this.fail(ErrorKind::Invalid, None, message);
    }
    let mut derivation = std::mem::take(&mut draft.derivation);
    derivation.builder = draft.builder.unwrap_or_default();
    derivation.system = draft.system.unwrap_or_default();
    if let Some(json) = draft.json {
        let json = if json.is_empty() { "{}".to_owned() } else { format!("{json}}}") };
        derivation.environment.insert("__json".to_owned(), json.into_bytes());
    }
    let outputs = draft.outputs.unwrap_or_else(|| BTreeSet::from(["out".to_owned()]));
    for output in &outputs {
        this.checked_name(&paths::output_name(name, output))?;
        // Where the name of an output is a variable already, the path takes its place.
        derivation.environment.insert(output.clone(), Vec::new());
        derivation.outputs.insert(output.clone(), Output::default());
    }
    match (&draft.hash, draft.floating) {
        (Some(hash), _) => {
            if outputs.len() != 1 || !outputs.contains("out") {
                let message = "a derivation with `outputHash` can have no output but `out`";
                return this.fail(ErrorKind::Invalid, None, message);
            }
            let hash = output_hash(this, hash, draft.algorithm.as_deref())?;
            let ingestion = if draft.recursive { Ingestion::Recursive } else { Ingestion::Flat };
            let path = paths::fixed_path(ingestion, &hash, name);
            derivation.environment.insert("out".to_owned(), path.clone().into_bytes());
            derivation.outputs.insert("out".to_owned(), Output { path, fixed: Some((ingestion, hash)) });
        }
        (None, true) => {
            let what = "an output that is named by its content".to_owned();
            return this.unknown_here(Reason::StorePath(what));
        }
        (None, false) => {}
    }
    let context = this.heap.contexts.all(&draft.context);
    (derivation.inputs, derivation.sources) = this.needs(context)?;
    let (path, derivation) = this.instantiate(name, derivation)?;
    let text = this.symbols.shared(path);
    let own = this.store_string(text.as_bytes(), vec![Element::Deep(path)]);
    let mut attrs = vec![this.plain(this.names.drv_path, Value::String(own))];
    for (output, place) in &derivation.outputs {
        let output = this.symbols.intern(output);
        let element = Element::Built { derivation: path, output };
        let value: StringId = this.store_string(&place.path, vec![element]);
        attrs.push(this.plain(output, Value::String(value)));
    }
    Ok(this.set_of(attrs))
}

fn output_hash(this: &mut Evaluator, text: &str, algorithm: Option<&str>) -> Evaluated<Hash> {
    let wanted = match algorithm {
        None | Some("") => None,
        // Versions differ in what they say to algorithms that they do not know.
        Some(name) => match Algorithm::named(name) {
            None => return this.unknown_here(Reason::StorePath(format!("an output hashed with `{name}`"))),
            known => known,
        },
    };
    match Hash::parse_or_empty(text, wanted) {
        Ok(hash) => Ok(hash),
        Err(message) if text.contains("blake3") => this.unknown_here(Reason::Told(message)),
        Err(message) => this.fail(ErrorKind::Invalid, None, message),
    }
}

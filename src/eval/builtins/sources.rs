//! Builtins that put files and texts into the store: their store paths follow from the content.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Builtin, builtin};
use crate::eval::budget::HASHED_IN_A_STEP;
use crate::eval::contexts::Element;
use crate::eval::paths::base_name;
use crate::eval::store::hash::{Algorithm, Hash};
use crate::eval::store::paths::{Ingestion, STORE, fixed_path, split_store_path};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Stop, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("filterSource", 2, filter_source),
    builtin("path", 1, path),
    builtin("storePath", 1, store_path),
    builtin("toFile", 2, to_file),
];

fn to_file(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_text(args[0])?;
    let id = this.want_string(args[1])?;
    let mut references = BTreeSet::new();
    for element in this.heap.contexts.elements(this.heap.contexts.of(id)).to_vec() {
        match element {
            Element::Path(path) => {
                references.insert(this.symbols.name(path).to_owned());
            }
            Element::Unsure(why) => return Err(Stop::Unknown(why)),
            Element::Deep(path) | Element::Built { derivation: path, .. } => {
                let path = this.symbols.name(path);
                let message = format!(
                    "the file `{name}` that `toFile` makes must not refer to the derivation `{path}`"
                );
                return this.fail(ErrorKind::Invalid, None, message);
            }
        }
    }
    this.checked_name(&name)?;
    // It is hashed, and kept once more.
    this.pay(this.heap.bytes(id).len() / HASHED_IN_A_STEP)?;
    this.room(this.heap.bytes(id).len(), 2)?;
    let bytes = this.heap.bytes(id).to_vec();
    this.heap.elsewhere += bytes.len();
    let path = this.add_text(&name, &bytes, references);
    Ok(named(this, path))
}

/// A string that is a store path and refers to it.
fn named(this: &mut Evaluator, path: crate::syntax::Sym) -> Value {
    let text = this.symbols.shared(path);
    Value::String(this.store_string(text.as_bytes(), vec![Element::Path(path)]))
}

fn filter_source(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let path = this.want_path(args[1])?;
    let filter = this.want_function(args[0])?;
    let name = base_name(&path.to_string_lossy()).to_owned();
    let source = Source { path, name, filter: Some(filter), ingestion: Ingestion::Recursive, expected: None };
    added(this, &source)
}

struct Source {
    path: PathBuf,
    name: String,
    filter: Option<Value>,
    ingestion: Ingestion,
    expected: Option<Hash>,
}

fn path(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_closed(args[0])?;
    let (mut path, mut name, mut filter, mut expected) = (None, None, None, None);
    let mut ingestion = Ingestion::Recursive;
    for attr in this.by_name(given) {
        match &*this.symbols.shared(attr.name) {
            "path" => path = Some(this.want_path(attr.value)?),
            "name" => name = Some(this.want_text(attr.value)?),
            "filter" => filter = Some(this.want_function(attr.value)?),
            "recursive" if !this.want_bool(attr.value)? => ingestion = Ingestion::Flat,
            "recursive" => {}
            "sha256" => {
                let text = this.want_text(attr.value)?;
                expected = Some(this.wanted_hash(&text, Algorithm::Sha256)?);
            }
            other => {
                let message = format!("`builtins.path` takes no argument `{other}`");
                return this.fail(ErrorKind::UnexpectedArgument, None, message);
            }
        }
    }
    let Some(path) = path else {
        let message = "`builtins.path` needs the argument `path`";
        return this.fail(ErrorKind::MissingArgument, None, message);
    };
    let name = name.unwrap_or_else(|| base_name(&path.to_string_lossy()).to_owned());
    added(this, &Source { path, name, filter, ingestion, expected })
}

fn added(this: &mut Evaluator, source: &Source) -> Evaluated {
    // Known beforehand: if the content were another one, Nix would fail.
    let promised = source.expected.as_ref().map(|hash| fixed_path(source.ingestion, hash, &source.name));
    let made = source_hash(this, source);
    let hash = match (made, &promised) {
        (Err(Stop::Unknown(_)), Some(promised)) => {
            this.checked_name(&source.name)?;
            let sym = this.add_source(promised);
            return Ok(named(this, sym));
        }
        (hash, _) => hash?,
    };
    this.checked_name(&source.name)?;
    let made = fixed_path(source.ingestion, &hash, &source.name);
    if promised.is_some_and(|promised| promised != made) {
        let path = source.path.display();
        let message = format!("`{path}` has another hash than `sha256` says: it would be `{made}`");
        return this.fail(ErrorKind::Invalid, None, message);
    }
    let sym = this.add_source(&made);
    Ok(named(this, sym))
}

fn source_hash(this: &mut Evaluator, source: &Source) -> Evaluated<Hash> {
    let path = &source.path;
    this.copied_as_is(path)?;
    // What a copy out of the store refers to counts for its name, and only the store knows that.
    if path.starts_with(STORE) {
        return this.unknown_here(Reason::StorePath(format!("a copy of `{}`", path.display())));
    }
    match source.ingestion {
        Ingestion::Flat => this.content_hash(path, Algorithm::Sha256),
        Ingestion::Recursive => {
            same_for_all_versions(this, source)?;
            this.archive_hash(path, source.filter)
        }
    }
}

/// Versions of Nix differ in whether a link at the top is followed, and in which path a filter sees behind links.
fn same_for_all_versions(this: &mut Evaluator, source: &Source) -> Evaluated<()> {
    this.allowed(&source.path)?;
    let differs = match (this.files.canonicalize(&source.path), source.filter) {
        (Ok(real), Some(_)) => real != source.path,
        (Ok(real), None) => real.file_name() != source.path.file_name(),
        (Err(_), _) => false,
    };
    if differs {
        return this.unknown_here(Reason::StorePath(format!("the link `{}`", source.path.display())));
    }
    Ok(())
}

fn store_path(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, false)?;
    let text = this.text(id);
    if !text.starts_with('/') {
        return this.fail(ErrorKind::Invalid, None, format!("the string {text:?} is no absolute path"));
    }
    let mut path = crate::eval::paths::canonical(&text);
    if split_store_path(&path).is_none_or(|(_, rest)| !rest.is_empty()) {
        this.allowed(Path::new(&path))?;
        match this.files.canonicalize(Path::new(&path)) {
            Ok(real) => path = real.to_string_lossy().into_owned(),
            Err(_) if path.starts_with(STORE) => {
                return this.unknown_here(Reason::NotBuilt(path));
            }
            Err(_) => {}
        }
    }
    let Some((top, _)) = split_store_path(&path) else {
        let message = format!("`{path}` does not lie in the Nix store");
        return this.fail(ErrorKind::Invalid, None, message);
    };
    let top = this.symbols.intern(top);
    let mut elements = this.heap.contexts.elements(this.heap.contexts.of(id)).to_vec();
    elements.push(Element::Path(top));
    Ok(Value::String(this.store_string(&path, elements)))
}

impl Evaluator {
    /// A hash that the user wrote.
    pub(super) fn wanted_hash(&mut self, text: &str, algorithm: Algorithm) -> Evaluated<Hash> {
        match Hash::parse_or_empty(text, Some(algorithm)) {
            Ok(hash) => Ok(hash),
            Err(message) => self.fail(ErrorKind::Invalid, None, message),
        }
    }
}

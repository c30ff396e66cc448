//! Step one: from a list of modules to all modules, each once, in the order in which definitions are merged.
//!
//! Fails at the first module that is none, and where it is not known which modules there are.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::module::{Module, normalise};
use super::values::{self, shown, throw};
use super::{Configuration, arguments, errors};
use crate::eval::{Evaluated, Evaluator};
use crate::text::Span;
use crate::value::{ErrorKind, Reason, Stop, Value};

/// A value that should be a module, and the place to name where it has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) value: Value,
    pub(super) at: Span,
}

/// Where a module is loaded: what anonymous ones are named after.
#[derive(Clone, Debug)]
pub(super) struct Around {
    pub(super) file: Value,
    pub(super) key: Arc<str>,
}

/// A module may import itself with ever new arguments; no real network comes near.
const MOST_MODULES: usize = 20_000;

/// Imports inside of imports; nobody nests them deeper.
const DEEPEST_IMPORTS: usize = 1_000;

struct Node {
    module: Option<Module>,
    key: Arc<str>,
    imports: Vec<usize>,
}

pub(super) struct Collector<'e, 'c> {
    pub(super) eval: &'e mut Evaluator,
    pub(super) config: &'c Configuration,
    arguments: Value,
    nodes: Vec<Node>,
    /// Modules that are files, which are the same wherever they are imported.
    files: FxHashMap<Arc<str>, usize>,
    /// Files that are being loaded.
    open: FxHashSet<Arc<str>>,
    depth: usize,
}

/// All modules of a configuration, in the order of merging: what was collected last comes first.
pub(super) fn collect(
    eval: &mut Evaluator,
    config: &Configuration,
    roots: Vec<Candidate>,
    arguments: Value,
) -> Evaluated<Vec<Module>> {
    let around = Around { file: config.system.unknown_file, key: "".into() };
    let mut collector = Collector {
        eval,
        config,
        arguments,
        nodes: Vec::new(),
        files: FxHashMap::default(),
        open: FxHashSet::default(),
        depth: 0,
    };
    let roots = collector.load_all(&around, roots)?;
    collector.order(roots)
}

impl Collector<'_, '_> {
    fn load_all(&mut self, around: &Around, candidates: Vec<Candidate>) -> Evaluated<Vec<usize>> {
        let mut loaded = Vec::with_capacity(candidates.len());
        for (number, candidate) in candidates.into_iter().enumerate() {
            if self.nodes.len() >= MOST_MODULES || self.depth >= DEEPEST_IMPORTS {
                let why = Reason::Told("there are too many modules".to_owned());
                return Err(Stop::Unknown(self.eval.add_unknown(why, Some(candidate.at))));
            }
            loaded.push(self.load(around, number + 1, candidate)?);
        }
        Ok(loaded)
    }

    fn load(&mut self, around: &Around, number: usize, candidate: Candidate) -> Evaluated<usize> {
        self.eval.spend(1)?;
        let value = self.eval.force(candidate.value)?;
        let anonymous = || Around { file: around.file, key: format!("{}:anon-{number}", around.key).into() };
        if values::is_function(self.eval, value)? {
            let here = anonymous();
            let set = self.call(&here, value)?;
            return self.add(here, set, candidate.at);
        }
        match value {
            Value::Attrs(_) => self.set(anonymous(), value, candidate.at),
            Value::List(_) => {
                let file = shown(self.eval, around.file);
                throw(
                    self.eval,
                    Some(candidate.at),
                    format!(
                        "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions:\n- In `{file}'"
                    ),
                )
            }
            Value::String(_) | Value::Path(_) => self.file(value, candidate.at),
            other => {
                let kind = self.eval.kind(other).with_article();
                let message = format!("a module must be a set, a function or a path, but this is {kind}");
                throw(self.eval, Some(candidate.at), message)
            }
        }
    }

    fn set(&mut self, here: Around, value: Value, at: Span) -> Evaluated<usize> {
        match values::kind_of(self.eval, &self.config.system, value)?.as_deref() {
            None | Some("module") => self.add(here, value, at),
            // Properties in the place of a module are all `config`.
            Some("if" | "override" | "merge") => {
                let config = values::plain_attr(self.config.system.words.config, value);
                let set = self.eval.make_attrs_at(vec![config], None);
                self.add(here, set, at)
            }
            Some(kind) => {
                let (system, prefix) = (&self.config.system, self.config.prefix.as_ref());
                let message = errors::not_a_module(self.eval, system, here.file, prefix, kind);
                throw(self.eval, Some(at), message)
            }
        }
    }

    fn call(&mut self, here: &Around, function: Value) -> Evaluated {
        let arguments = arguments::for_function(self.eval, self.config, &here.key, function, self.arguments)?;
        self.eval.call(function, arguments)
    }

    fn file(&mut self, value: Value, at: Span) -> Evaluated<usize> {
        let name = self.eval.to_text(value)?;
        let path = self.eval.string(name)?;
        if matches!(value, Value::String(_)) {
            self.eval.detour(Path::new(&path));
        }
        let key: Arc<str> = path.as_str().into();
        if let Some(node) = self.files.get(&key) {
            return Ok(*node);
        }
        // Nix would load a file that imports itself again and again.
        if !self.open.insert(key.clone()) {
            let message = format!("infinite recursion encountered: the module `{path}' imports itself");
            return self.eval.make_error(ErrorKind::InfiniteRecursion, at, message);
        }
        let result = self.read_file(&key, name, at);
        self.open.remove(&key);
        let node = result?;
        self.files.insert(key, node);
        Ok(node)
    }

    fn read_file(&mut self, key: &Arc<str>, name: Value, at: Span) -> Evaluated<usize> {
        let here = Around { file: name, key: key.clone() };
        let value = self.eval.import(Path::new(&**key))?;
        let is_function = values::is_function(self.eval, value)?;
        let set = if is_function { self.call(&here, value)? } else { value };
        self.add(here, set, at)
    }

    /// A module in its normal form, and everything it imports.
    fn add(&mut self, here: Around, set: Value, at: Span) -> Evaluated<usize> {
        let (module, imports) = normalise(self, here, set, at)?;
        let around = Around { file: module.file, key: module.key.clone() };
        let node = self.nodes.len();
        self.nodes.push(Node { key: module.key.clone(), module: Some(module), imports: Vec::new() });
        self.depth += 1;
        let mut candidates = Vec::new();
        for list in imports {
            let view = self.eval.list(list)?;
            for value in view.items {
                let at = self.eval.span_of(value).unwrap_or(at);
                candidates.push(Candidate { value, at });
            }
            if let Some(open) = view.open {
                return Err(Stop::Unknown(open));
            }
        }
        let loaded = self.load_all(&around, candidates)?;
        self.depth -= 1;
        self.nodes[node].imports = loaded;
        Ok(node)
    }

    /// Breadth first, each key once, without what is disabled.
    fn order(mut self, roots: Vec<usize>) -> Evaluated<Vec<Module>> {
        let disabled = self.disabled()?;
        let mut seen: FxHashSet<Arc<str>> = FxHashSet::default();
        let mut queue: std::collections::VecDeque<usize> = roots.into();
        let mut modules = Vec::with_capacity(self.nodes.len());
        while let Some(at) = queue.pop_front() {
            let node = &mut self.nodes[at];
            if disabled.contains(&node.key) || !seen.insert(node.key.clone()) {
                continue;
            }
            queue.extend(node.imports.iter().copied());
            modules.extend(node.module.take());
        }
        modules.reverse();
        Ok(modules)
    }

    /// The keys that any module disables.
    fn disabled(&mut self) -> Evaluated<FxHashSet<Arc<str>>> {
        let wanted: Vec<(Value, Value, Span)> = self
            .nodes
            .iter()
            .filter_map(|node| node.module.as_ref())
            .filter_map(|module| module.disabled.map(|list| (list, module.file, module.at)))
            .collect();
        let mut keys = FxHashSet::default();
        for (list, file, at) in wanted {
            self.disabled_by(list, file, at, &mut keys)?;
        }
        Ok(keys)
    }

    fn disabled_by(
        &mut self,
        list: Value,
        file: Value,
        at: Span,
        keys: &mut FxHashSet<Arc<str>>,
    ) -> Evaluated<()> {
        let words = self.config.system.words;
        let view = self.eval.list(list)?;
        for item in view.items {
            let item = self.eval.force(item)?;
            let own = match item {
                Value::Attrs(_) => values::attr(self.eval, item, words.key)?,
                _ => None,
            };
            let text = match (item, own) {
                (Value::String(_), _) => {
                    let text = self.eval.string(item)?;
                    if text.starts_with('/') { text } else { format!("{}/{text}", self.modules_path()?) }
                }
                (Value::Path(_), _) => self.eval.path(item)?,
                (_, Some(key)) => {
                    let key = self.eval.to_text(key)?;
                    self.eval.string(key)?
                }
                (Value::Attrs(_), None) => match self.eval.to_text(item) {
                    Ok(text) => self.eval.string(text)?,
                    Err(Stop::Unknown(id)) => return Err(Stop::Unknown(id)),
                    Err(_) => {
                        let file = shown(self.eval, file);
                        return throw(
                            self.eval,
                            Some(at),
                            format!(
                                "Module `{file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. This means that the module system doesn't have any means to identify the module that should be disabled. Make sure that you've put the correct value in disabledModules: a string path relative to modulesPath, a path value, or an attribute set with a `key` attribute."
                            ),
                        );
                    }
                },
                (Value::Int(_) | Value::Float(_) | Value::Null | Value::Bool(_), None) => {
                    let text = self.eval.to_text(item)?;
                    self.eval.string(text)?
                }
                (other, None) => {
                    let file = shown(self.eval, file);
                    let kind = values::type_name(other);
                    return throw(
                        self.eval,
                        Some(at),
                        format!(
                            "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. However, one of the disabledModules items in `{file}` is none of that, but is of type {kind}."
                        ),
                    );
                }
            };
            keys.insert(text.into());
        }
        match view.open {
            Some(open) => Err(Stop::Unknown(open)),
            None => Ok(()),
        }
    }

    /// What names in `disabledModules` start from.
    fn modules_path(&mut self) -> Evaluated<String> {
        let name = self.eval.intern("modulesPath");
        match values::attr(self.eval, self.config.special_args, name)? {
            Some(path) => {
                let path = self.eval.to_text(path)?;
                self.eval.string(path)
            }
            None => Ok(String::new()),
        }
    }
}

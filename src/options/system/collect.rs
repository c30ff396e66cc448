//! Step one: from a list of modules to all modules, each once, in the order in which definitions are merged.
//!
//! A closed configuration fails at the first module that is none; an open one notes it and goes on, and notes what
//! could not be looked into.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::module::{Module, Part, normalise};
use super::values::{self, shown, throw};
use super::{Configuration, arguments};
use crate::eval::{Evaluated, Evaluator};
use crate::options::modules::{Gap, ModuleMistake, ModuleMistakeKind, Origin};
use crate::options::plain::element_places;
use crate::text::Span;
use crate::value::{ErrorId, ErrorKind, Like, Reason, Stop, UnknownId, Value, Why};

/// All modules of a configuration.
#[derive(Debug, Default)]
pub(in crate::options) struct Collected {
    /// In the order of merging: what was collected last comes first.
    pub(in crate::options) modules: Vec<Module>,
    pub(in crate::options) gaps: Vec<Gap>,
    /// The first reason for a gap.
    pub(in crate::options) gap: Option<UnknownId>,
    pub(in crate::options) mistakes: Vec<ModuleMistake>,
    pub(in crate::options) errors: Vec<(ErrorId, Span)>,
    pub(in crate::options) functions: Vec<Span>,
}

/// A value that should be a module, and what is said of it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) value: Value,
    pub(super) at: Span,
    pub(super) origin: Origin,
    pub(super) part: Part,
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
    pub(super) arguments: Value,
    pub(super) out: Collected,
    nodes: Vec<Node>,
    /// Modules that are files, which are the same wherever they are imported.
    files: FxHashMap<Arc<str>, usize>,
    /// Files that are being loaded.
    open: FxHashSet<Arc<str>>,
    depth: usize,
    /// Whose modules are being loaded.
    part: Part,
}

pub(super) fn collect(
    eval: &mut Evaluator,
    config: &Configuration,
    roots: Vec<Candidate>,
    arguments: Value,
) -> Evaluated<Collected> {
    let around = Around { file: config.system.unknown_file, key: "".into() };
    let mut collector = Collector {
        eval,
        config,
        arguments,
        out: Collected::default(),
        nodes: Vec::new(),
        files: FxHashMap::default(),
        open: FxHashSet::default(),
        depth: 0,
        part: Part::User,
    };
    let roots = collector.load_all(&around, roots)?;
    collector.order(roots)
}

impl Collector<'_, '_> {
    pub(super) fn is_open(&self) -> bool {
        self.config.world.is_some()
    }

    fn load_all(&mut self, around: &Around, candidates: Vec<Candidate>) -> Evaluated<Vec<usize>> {
        let mut loaded = Vec::with_capacity(candidates.len());
        for (number, candidate) in candidates.into_iter().enumerate() {
            if self.nodes.len() >= MOST_MODULES || self.depth >= DEEPEST_IMPORTS {
                let why = Reason::Told("there are too many modules".to_owned());
                let why = self.eval.add_unknown(why, Some(candidate.at));
                self.stopped(Stop::Unknown(why), candidate.at)?;
                break;
            }
            let at = candidate.at;
            self.part = candidate.part;
            let node = self.load(around, number + 1, candidate);
            match node {
                Ok(node) => loaded.extend(node),
                Err(stop) => self.stopped(stop, at)?,
            }
        }
        Ok(loaded)
    }

    /// What stops a closed configuration is noted in an open one.
    pub(super) fn stopped(&mut self, stop: Stop, at: Span) -> Evaluated<()> {
        if !self.is_open() {
            return Err(stop);
        }
        let (reason, place): (Why, _) = match stop {
            Stop::Error(id) => {
                self.out.errors.push((id, at));
                let message = &self.eval.error(id).message;
                let missing = self.eval.error(id).kind == ErrorKind::FileNotFound;
                let reason =
                    if missing { message.clone() } else { format!("one of its modules fails: {message}") };
                if self.out.gap.is_none() {
                    let why = Reason::Told(reason.clone());
                    self.out.gap = Some(self.eval.add_unknown(why, Some(at)));
                }
                (reason.as_str().into(), Some(at))
            }
            Stop::Unknown(id) => {
                self.out.gap.get_or_insert(id);
                let began = self.eval.unknown(id).span;
                (self.eval.why(id), began.or(Some(at)))
            }
        };
        let gap = Gap { reason, at: place };
        if !self.out.gaps.contains(&gap) {
            self.out.gaps.push(gap);
        }
        Ok(())
    }

    /// A mistake that an open configuration notes, and at which a closed one fails.
    pub(super) fn mistake(
        &mut self,
        at: Span,
        kind: ModuleMistakeKind,
        message: impl FnOnce(&mut Evaluator) -> String,
    ) -> Evaluated<()> {
        if self.is_open() {
            self.out.mistakes.push(ModuleMistake { at, kind });
            return Ok(());
        }
        let message = message(self.eval);
        throw(self.eval, Some(at), message)
    }

    fn load(&mut self, around: &Around, number: usize, candidate: Candidate) -> Evaluated<Option<usize>> {
        self.eval.spend(1)?;
        let value = match self.eval.force(candidate.value) {
            Err(Stop::Unknown(id)) if self.is_open() && is_of_nixos(self.eval, id) => return Ok(None),
            other => other?,
        };
        let anonymous = || Around { file: around.file, key: format!("{}:anon-{number}", around.key).into() };
        if values::is_function(self.eval, value)? {
            let here = anonymous();
            let set = self.call(&here, value)?;
            return self.add(here, set, candidate, None);
        }
        match value {
            Value::Attrs(_) => {
                let here = anonymous();
                self.set(here, value, candidate)
            }
            Value::List(_) => {
                let file = around.file;
                self.mistake(candidate.at, ModuleMistakeKind::NoModule("a list"), |eval| {
                    let file = shown(eval, file);
                    format!("Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions:\n- In `{file}'")
                })?;
                Ok(None)
            }
            Value::String(_) | Value::Path(_) => self.file(value, candidate),
            other => {
                let kind = self.eval.kind(other).with_article();
                self.mistake(candidate.at, ModuleMistakeKind::NoModule(kind), |_| {
                    format!("a module must be a set, a function or a path, but this is {kind}")
                })?;
                Ok(None)
            }
        }
    }

    fn set(&mut self, here: Around, value: Value, candidate: Candidate) -> Evaluated<Option<usize>> {
        match values::kind_of(self.eval, &self.config.system, value)?.as_deref() {
            None | Some("module") => self.add(here, value, candidate, None),
            // Properties in the place of a module are all `config`.
            Some("if" | "override" | "merge") => self.add(here.clone(), Value::Null, candidate, Some(value)),
            Some(kind) => {
                let kind = kind.to_owned();
                let (file, prefix) = (here.file, self.config.prefix.clone());
                let system = self.config.system.clone();
                self.mistake(candidate.at, ModuleMistakeKind::NoModule("a set"), |eval| {
                    super::errors::not_a_module(eval, &system, file, prefix.as_ref(), &kind)
                })?;
                Ok(None)
            }
        }
    }

    fn call(&mut self, here: &Around, function: Value) -> Evaluated {
        if self.part == Part::User
            && self.is_open()
            && let Some(head) = self.eval.span_of(function)
            && !self.out.functions.contains(&head)
        {
            self.out.functions.push(head);
        }
        let arguments = arguments::for_function(self.eval, self.config, &here.key, function, self.arguments)?;
        self.eval.call(function, arguments)
    }

    fn file(&mut self, value: Value, candidate: Candidate) -> Evaluated<Option<usize>> {
        let name = self.eval.to_text(value)?;
        let path = self.eval.string(name)?;
        if self.is_open() {
            if !path.starts_with('/') {
                self.mistake(candidate.at, ModuleMistakeKind::NoModule("a string"), |_| String::new())?;
                return Ok(None);
            }
            let nixpkgs = &self.eval.settings().nixpkgs;
            let is_theirs =
                |it: &std::path::PathBuf| std::path::Path::new(&path).starts_with(it.join("nixos"));
            if nixpkgs.as_ref().is_some_and(is_theirs) {
                return Ok(None);
            }
        }
        let key: Arc<str> = path.as_str().into();
        if let Some(node) = self.files.get(&key) {
            return Ok(Some(*node));
        }
        if !self.open.insert(key.clone()) {
            return self.circle(&path, candidate.at);
        }
        let result = self.read_file(&key, name, candidate);
        self.open.remove(&key);
        let node = result?;
        if let Some(node) = node {
            self.files.insert(key, node);
        }
        Ok(node)
    }

    /// Nix would load a file that imports itself again and again.
    fn circle(&mut self, path: &str, at: Span) -> Evaluated<Option<usize>> {
        if self.is_open() {
            return Ok(None);
        }
        let message = format!("infinite recursion encountered: the module `{path}' imports itself");
        self.eval.make_error(ErrorKind::InfiniteRecursion, at, message)
    }

    fn read_file(&mut self, key: &Arc<str>, name: Value, candidate: Candidate) -> Evaluated<Option<usize>> {
        let here = Around { file: name, key: key.clone() };
        let value = match self.eval.import(std::path::Path::new(&**key)) {
            Ok(value) => value,
            // The file is asked for here, whatever the evaluator was doing.
            Err(Stop::Error(id)) if self.is_open() && self.eval.error(id).kind == ErrorKind::FileNotFound => {
                let message = self.eval.error(id).message.clone();
                let stop = self.eval.make_error::<()>(ErrorKind::FileNotFound, candidate.at, message);
                if let Err(stop) = stop {
                    self.stopped(stop, candidate.at)?;
                }
                return Ok(None);
            }
            Err(stop) => return Err(stop),
        };
        let is_function = values::is_function(self.eval, value)?;
        let set = if is_function { self.call(&here, value)? } else { value };
        self.add(here, set, candidate, None)
    }

    /// A module in its normal form, and everything it imports.
    fn add(
        &mut self,
        here: Around,
        set: Value,
        candidate: Candidate,
        property: Option<Value>,
    ) -> Evaluated<Option<usize>> {
        let normal = match property {
            Some(property) => {
                let words = self.config.system.words;
                let config = values::plain_attr(words.config, property);
                let set = self.eval.make_attrs_at(vec![config], None);
                normalise(self, here, set, &candidate)?
            }
            None => normalise(self, here, set, &candidate)?,
        };
        let Some((mut module, imports)) = normal else { return Ok(None) };
        let around = Around { file: module.file, key: module.key.clone() };
        let key = module.key.clone();
        let at = self.nodes.len();
        module.number = at;
        self.nodes.push(Node { module: Some(module), key, imports: Vec::new() });
        self.depth += 1;
        let mut candidates = Vec::new();
        for (list, place) in imports {
            self.candidates(list, place, &candidate, &mut candidates)?;
        }
        let loaded = self.load_all(&around, candidates);
        self.depth -= 1;
        self.nodes[at].imports = loaded?;
        Ok(Some(at))
    }

    /// The elements of `imports`.
    fn candidates(
        &mut self,
        list: Value,
        at: Span,
        from: &Candidate,
        into: &mut Vec<Candidate>,
    ) -> Evaluated<()> {
        let list = match self.eval.force(list) {
            Ok(list) => list,
            Err(stop) => return self.stopped(stop, at),
        };
        if self.is_open() && !matches!(list, Value::List(_)) {
            let kind = self.eval.kind(list).with_article();
            return self.mistake(at, ModuleMistakeKind::ImportsNoList(kind), |_| String::new());
        }
        let view = self.eval.list(list)?;
        let places = if self.is_open() { element_places(self.eval, at, list) } else { Vec::new() };
        for (index, value) in view.items.into_iter().enumerate() {
            let at = places.get(index).copied().or_else(|| self.eval.span_of(value)).unwrap_or(at);
            into.push(Candidate { value, at, origin: from.origin, part: from.part });
        }
        match view.open {
            Some(open) => self.stopped(Stop::Unknown(open), at),
            None => Ok(()),
        }
    }

    /// Breadth first, each key once, without what is disabled.
    fn order(mut self, roots: Vec<usize>) -> Evaluated<Collected> {
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
        self.out.modules = modules;
        Ok(self.out)
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
            if let Err(stop) = self.disabled_by(list, file, at, &mut keys) {
                self.stopped(stop, at)?;
            }
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

/// NixOS' own modules are not read, so that they are not at hand leaves no gap.
fn is_of_nixos(eval: &Evaluator, id: UnknownId) -> bool {
    matches!(&eval.unknown(id).like, Like::NixpkgsPath(path) if path.starts_with("nixos/modules/"))
}

//! Modules to definitions: functions are called, paths and `imports` followed, properties looked through.
//!
//! What cannot be known leaves a [`Gap`]: whoever reads the definitions then knows that there may be more.

use std::path::Path;
use std::sync::Arc;

use crate::eval::Evaluator;
use crate::syntax::{RED_ZONE, STACK};
use crate::text::{FileId, Span};
use crate::value::{Attr, ErrorId, ErrorKind, Kind, Reason, Stop, Value, Why};

pub use super::collected::Collected;
use super::collected::Later;
use super::definitions::PLAIN_ORDER;
pub use super::definitions::{
    Definition, Gap, ModuleMistake, ModuleMistakeKind, Modules, Origin, PLAIN_PRIORITY, Start, Written,
};
use super::disabled::{Disabled, file_of_nixos, module_of_nixos};
use super::plain::{self, Plain, PlainKind};
use super::properties::{Bare, bare};
use super::types::{Found, Options};

/// Gives an argument that a module asks for by name and `arguments` does not have.
type MoreArguments<'a> = &'a dyn Fn(&mut Evaluator, &str, Option<Span>) -> Value;

/// Reads the structure of modules and of everything they import. `arguments` is what functions are called with.
pub fn collect_modules(
    eval: &mut Evaluator,
    starts: &[Start],
    arguments: &[(&str, Value)],
    more: MoreArguments<'_>,
) -> Collected {
    let collect = |eval: &mut Evaluator, disabled: Disabled| {
        let schema = &Options::default();
        let mut reader = Reader::new(eval, arguments, more, schema, Collected::default());
        reader.disabled = disabled;
        for (number, start) in starts.iter().enumerate() {
            reader.way.extend([Some(number), start.imported.then_some(0)].into_iter().flatten());
            reader.module(*start, true);
            reader.way.clear();
        }
        reader.collected
    };
    let all = collect(eval, Disabled::default());
    // Which modules are disabled is known once all were seen, those included that are disabled.
    let disabled = Disabled::of(eval, &all.disabling);
    if disabled.concerns(&all.keys) { collect(eval, disabled) } else { all }
}

/// Reads the definitions of modules. `schema` says where the paths of the wanted options end and their values begin.
/// Options outside of it are not looked at.
pub fn read_definitions(eval: &mut Evaluator, mut collected: Collected, schema: &Options) -> Modules {
    let later = std::mem::take(&mut collected.later);
    let ranks = collected.ranks();
    let more: MoreArguments<'_> = &|eval, name, at| eval.make_unknown(Reason::Argument(name.to_owned()), at);
    let mut reader = Reader::new(eval, &[], more, schema, collected);
    for it in later {
        match it {
            Later::Config { value, start, certain, module } => {
                reader.rank = ranks[module];
                reader.config(value, start, certain);
            }
            Later::Setting { bare, path, name_at, at, origin, module } => {
                reader.rank = ranks[module];
                reader.setting(bare, path, name_at, at, origin);
            }
            Later::Declarations(options) => reader.declarations(options, &mut Vec::new()),
        }
    }
    reader.judge_failures();
    reader.collected.out
}

/// A module may import itself with ever new arguments; no real network comes near.
const MOST_MODULES: usize = 20_000;
/// Modules that import each other in a chain.
const DEEPEST_IMPORT: usize = 1_000;

/// Attributes of a module that are not settings.
const META: [&str; 6] = ["_file", "key", "imports", "freeformType", "_class", "_type"];

/// A definition whose value fails: it is forced only if it is among the strongest of its option.
struct Failure {
    error: ErrorId,
    at: Span,
    path: Vec<Arc<str>>,
    priority: i64,
}

struct Reader<'e> {
    eval: &'e mut Evaluator,
    arguments: &'e [(&'e str, Value)],
    more: MoreArguments<'e>,
    schema: &'e Options,
    collected: Collected,
    /// The way to the module that is read.
    way: Vec<usize>,
    /// The place of the module whose definitions are read.
    rank: usize,
    /// Files imported by path: the module system reads each once.
    imported: Vec<FileId>,
    disabled: Disabled,
    steps: usize,
    failures: Vec<Failure>,
}

impl<'e> Reader<'e> {
    fn new(
        eval: &'e mut Evaluator,
        arguments: &'e [(&'e str, Value)],
        more: MoreArguments<'e>,
        schema: &'e Options,
        collected: Collected,
    ) -> Self {
        Self {
            eval,
            arguments,
            more,
            schema,
            collected,
            way: Vec::new(),
            rank: 0,
            imported: Vec::new(),
            disabled: Disabled::default(),
            steps: 0,
            failures: Vec::new(),
        }
    }
}

impl Reader<'_> {
    fn module(&mut self, start: Start, certain: bool) {
        self.steps += 1;
        if self.steps > MOST_MODULES || self.way.len() > DEEPEST_IMPORT {
            self.gap("there are too many modules", Some(start.at));
            return;
        }
        stacker::maybe_grow(RED_ZONE, STACK, || self.module_inside(start, certain));
    }

    fn module_inside(&mut self, start: Start, certain: bool) {
        let value = match self.eval.force(start.module) {
            Ok(value) => value,
            Err(stop) => match module_of_nixos(self.eval, stop) {
                Some(module) => return self.collected.out.of_nixos.push(module),
                None => return self.stopped(stop, start.at, certain),
            },
        };
        match self.eval.kind(value) {
            Kind::Function => self.function(value, start, certain),
            Kind::Path => match self.eval.path(value) {
                Ok(path) => self.file(&path, start, certain),
                Err(stop) => self.stopped(stop, start.at, certain),
            },
            Kind::String => match self.eval.string(value) {
                Ok(path) if path.starts_with('/') => {
                    self.eval.detour(Path::new(&path));
                    self.file(&path, start, certain);
                }
                Ok(_) => self.mistake(start.at, ModuleMistakeKind::NoModule("a string"), certain),
                Err(stop) => self.stopped(stop, start.at, certain),
            },
            Kind::Attrs => match self.eval.is_function(value) {
                Ok(true) => self.function(value, start, certain),
                Ok(false) => self.set(value, start, certain),
                Err(stop) => self.stopped(stop, start.at, certain),
            },
            other => self.mistake(start.at, ModuleMistakeKind::NoModule(other.with_article()), certain),
        }
    }

    fn function(&mut self, function: Value, start: Start, certain: bool) {
        if let Some(head) = self.eval.span_of(function)
            && !self.collected.out.functions.contains(&head)
        {
            self.collected.out.functions.push(head);
        }
        let arguments = self.arguments_of(function);
        self.collected.out.calls.push((function, arguments));
        match self.eval.call(function, arguments) {
            Ok(result) => match self.eval.kind(result) {
                Kind::Attrs => self.set(result, start, certain),
                // A function that gives a function is no module; NixOS says so in a message of its own.
                other => {
                    self.mistake(start.at, ModuleMistakeKind::NoModule(other.with_article()), certain);
                }
            },
            Err(stop) => self.stopped(stop, start.at, certain),
        }
    }

    /// What a function is called with: the arguments there are, and those it asks for by name.
    fn arguments_of(&mut self, function: Value) -> Value {
        let mut arguments = self.arguments.to_vec();
        let asked = self.eval.function_arguments(function).ok().flatten().unwrap_or_default();
        let at = self.eval.span_of(function);
        let names: Vec<(String, bool)> =
            asked.iter().map(|(sym, default)| (self.eval.name(*sym).to_owned(), *default)).collect();
        for (name, _) in &names {
            if !self.arguments.iter().any(|(known, _)| known == name) {
                arguments.push((name, (self.more)(self.eval, name, at)));
            }
        }
        let reason = Reason::Told("the network may give its modules more arguments".to_owned());
        let open = self.eval.add_unknown(reason, None);
        self.eval.make_open_attrs(arguments, Some(open))
    }

    fn file(&mut self, path: &str, start: Start, certain: bool) {
        if let Some(module) = file_of_nixos(self.eval, Path::new(path)) {
            return self.collected.out.of_nixos.push(module);
        }
        let Some(certain) = self.enabled(path, certain) else { return };
        match self.eval.import_lazily(Path::new(path)) {
            Ok((file, _)) if self.imported.contains(&file) => {}
            Ok((file, value)) => {
                self.imported.push(file);
                self.module(Start { module: value, ..start }, certain);
            }
            Err(Stop::Error(id)) => {
                let message = self.eval.error(id).message.clone();
                self.gap(message.as_str(), Some(start.at));
                // The file is asked for here, whatever the evaluator was doing.
                if certain {
                    let kind = self.eval.error(id).kind;
                    if let Err(Stop::Error(id)) = self.eval.make_error::<()>(kind, start.at, message) {
                        self.collected.out.errors.push((id, start.at));
                    }
                }
            }
            Err(stop) => self.stopped(stop, start.at, certain),
        }
    }

    /// Whether a module of this key certainly counts; `None` where it certainly does not.
    fn enabled(&mut self, key: &str, certain: bool) -> Option<bool> {
        self.collected.keys.push(key.to_owned());
        (!self.disabled.has(key)).then_some(certain && self.disabled.doubt().is_none())
    }

    fn set(&mut self, module: Value, start: Start, mut certain: bool) {
        if let Ok(Some(key)) = self.eval.attr_named(module, "key")
            && let Ok(key) = self.eval.string(key.value)
        {
            let Some(enabled) = self.enabled(&key, certain) else { return };
            certain = enabled;
        }
        // A property where a module stands is all `config`.
        let is_property = matches!(self.eval.attr_named(module, "_type"), Ok(Some(_)));
        let view = match self.eval.attrs(module) {
            Ok(view) => view,
            Err(stop) => return self.stopped(stop, start.at, certain),
        };
        let number = self.collected.ways.len();
        self.collected.ways.push(self.way.clone());
        if is_property {
            self.collected.later.push(Later::Config { value: module, start, certain, module: number });
            return self.wrote(Written { config: Some(module), options: None }, certain);
        }
        if let Some(open) = view.open {
            let reason = self.eval.why(open);
            self.gap(reason, Some(start.at));
        }
        let names: Vec<String> =
            view.attributes.iter().map(|it| self.eval.name(it.name).to_owned()).collect();
        let (mut written, mut settings) = (Written { config: None, options: None }, Vec::new());
        let split = names.iter().any(|name| name == "config" || name == "options");
        for (attribute, name) in view.attributes.iter().zip(&names) {
            // Of a set of the library that stands where a module does, the place is the module's.
            let users = |it: &Span| !self.eval.is_library(it.file);
            let at = attribute.given.or(attribute.defined).filter(users).unwrap_or(start.at);
            let name_at = attribute.defined.filter(users).unwrap_or(at);
            match name.as_str() {
                // Long ago `require` was what `imports` is now, and NixOS still takes it.
                "imports" | "require" => self.imports(attribute.value, Start { at, ..start }, certain),
                "import" if !split => self.mistake(name_at, ModuleMistakeKind::ImportForImports, certain),
                "config" if split => {
                    written.config = Some(attribute.value);
                    let (value, start) = (attribute.value, Start { at, ..start });
                    self.collected.later.push(Later::Config { value, start, certain, module: number });
                }
                "options" if split => {
                    written.options = Some(attribute.value);
                    self.collected.later.push(Later::Declarations(attribute.value));
                }
                "meta" if split => {}
                "disabledModules" => self.collected.disabling.push(attribute.value),
                name if META.contains(&name) => {}
                _ if split && name_at == start.at => {}
                name if split => self.mistake(name_at, ModuleMistakeKind::Mixed(name.to_owned()), certain),
                name => {
                    let path = vec![Arc::from(name)];
                    let bare = Bare { value: attribute.value, priority: None, order: None, certain };
                    let (origin, module) = (start.origin, number);
                    self.collected.later.push(Later::Setting { bare, path, name_at, at, origin, module });
                    let position = attribute.position;
                    settings.push(Attr { name: attribute.name, position, value: attribute.value });
                }
            }
        }
        if !settings.is_empty() {
            written.config = Some(self.eval.make_attrs_at(settings, None));
        }
        self.wrote(written, certain);
    }

    /// What a module defines that may be disabled holds under a condition that nobody knows.
    fn wrote(&mut self, mut written: Written, certain: bool) {
        if let (Some(why), false, Some(content)) = (self.disabled.doubt(), certain, written.config) {
            let kind = self.eval.make_string("if");
            let around = [("_type", kind), ("condition", Value::Unknown(why)), ("content", content)];
            written.config = Some(self.eval.make_attrs(around));
        }
        self.collected.written.push((self.way.clone(), written));
    }

    fn imports(&mut self, imports: Value, start: Start, certain: bool) {
        let value = match self.eval.force(imports) {
            Ok(value) => value,
            Err(stop) => return self.stopped(stop, start.at, certain),
        };
        let kind = self.eval.kind(value);
        if kind != Kind::List {
            let mistake = ModuleMistakeKind::ImportsNoList(kind.with_article());
            return self.mistake(start.at, mistake, certain);
        }
        // Elements of a literal list have places of their own.
        let places = plain::element_places(self.eval, start.at, value);
        let Ok(view) = self.eval.list(value) else { return };
        for (index, item) in view.items.iter().enumerate() {
            let at = places.get(index).copied().or_else(|| self.eval.span_of(*item)).unwrap_or(start.at);
            self.way.push(index);
            self.module(Start { module: *item, at, origin: start.origin, imported: true }, certain);
            self.way.pop();
        }
        if let Some(open) = view.open {
            let reason = self.eval.why(open);
            self.gap(reason, Some(start.at));
        }
    }

    /// The settings in `config`, or in a whole module that is a property.
    fn config(&mut self, config: Value, start: Start, certain: bool) {
        for it in bare(self.eval, config) {
            let certain = certain && it.certain;
            let view = match self.eval.attrs(it.value) {
                Ok(view) => view,
                Err(stop) => {
                    self.stopped(stop, start.at, certain);
                    continue;
                }
            };
            if let Some(open) = view.open {
                let reason = self.eval.why(open);
                self.gap(reason, Some(start.at));
            }
            for attribute in view.attributes {
                let name = Arc::from(self.eval.name(attribute.name));
                let at = attribute.given.or(attribute.defined).unwrap_or(start.at);
                let bare = Bare { value: attribute.value, certain, ..it };
                self.setting(bare, vec![name], attribute.defined.unwrap_or(at), at, start.origin);
            }
        }
    }

    /// Follows the schema down to options; what it does not know is not looked at, but for names below a group.
    fn setting(&mut self, it: Bare, path: Vec<Arc<str>>, name_at: Span, at: Span, origin: Origin) {
        let is_option = match self.schema.find(&path) {
            Found::Option { .. } => true,
            Found::Group(_) => false,
            Found::Nothing { siblings, .. } if siblings.partial => {
                if let [name] = path.as_slice()
                    && (1..=SLIPS).contains(&strsim::osa_distance(name, "deployment"))
                {
                    self.mistake(name_at, ModuleMistakeKind::NearDeployment(name.to_string()), it.certain);
                }
                return;
            }
            // Its name is all that matters: somebody may say that there is no such option.
            Found::Nothing { .. } => true,
        };
        for inner in bare(self.eval, it.value) {
            let certain = it.certain && inner.certain;
            let (priority, order) = (it.priority.or(inner.priority), it.order.or(inner.order));
            let inner = Bare { value: inner.value, priority, order, certain };
            if is_option {
                self.define(inner, path.clone(), name_at, at, origin);
                continue;
            }
            let view = match self.eval.attrs(inner.value) {
                Ok(view) => view,
                Err(stop) => {
                    self.stopped(stop, at, certain);
                    continue;
                }
            };
            if let Some(open) = view.open {
                let reason = self.eval.why(open);
                self.gap(reason, Some(at));
            }
            for attribute in view.attributes {
                let mut path = path.clone();
                path.push(self.eval.name(attribute.name).into());
                let value_at = attribute.given.or(attribute.defined).unwrap_or(at);
                let name_at = attribute.defined.unwrap_or(at);
                let bare = Bare { value: attribute.value, ..inner };
                self.setting(bare, path, name_at, value_at, origin);
            }
        }
    }

    fn define(&mut self, it: Bare, path: Vec<Arc<str>>, name_at: Span, at: Span, origin: Origin) {
        let priority = it.priority.unwrap_or(PLAIN_PRIORITY);
        let certain = it.certain;
        // What no option takes is not forced: Nix refuses the name before it looks at the value.
        let value = match self.schema.find(&path) {
            Found::Option { option, .. } if !option.foreign => {
                let (plain, errors) = plain::read_plain(self.eval, it.value, at);
                if certain {
                    let failure = |error| Failure { error, at, path: path.clone(), priority };
                    self.failures.extend(errors.into_iter().map(failure));
                }
                plain
            }
            _ => Plain { at, kind: PlainKind::Unknown("nothing reads it".into()) },
        };
        let rank = (it.order.unwrap_or(PLAIN_ORDER), self.rank);
        let at = name_at;
        self.collected.out.definitions.push(Definition { path, at, value, priority, rank, certain, origin });
    }

    /// The paths of options that a module declares.
    fn declarations(&mut self, options: Value, path: &mut Vec<Arc<str>>) {
        let Ok(view) = self.eval.attrs(options) else {
            self.collected.out.declared.push(path.clone());
            return;
        };
        let is_option = matches!(self.eval.attr_named(options, "_type"), Ok(Some(_)) | Err(_));
        if view.open.is_some() || (is_option && !path.is_empty()) || path.len() > DEEPEST_PATH {
            self.collected.out.declared.push(path.clone());
            return;
        }
        for attribute in view.attributes {
            path.push(self.eval.name(attribute.name).into());
            self.declarations(attribute.value, path);
            path.pop();
        }
    }

    /// Keeps the failures that whoever asks for the option certainly meets.
    fn judge_failures(&mut self) {
        for failure in std::mem::take(&mut self.failures) {
            let stronger = |it: &Definition| it.path == failure.path && it.priority < failure.priority;
            // A module that is not known may well replace a default.
            let may_be_replaced = failure.priority > PLAIN_PRIORITY && !self.collected.out.gaps.is_empty();
            if !may_be_replaced && !self.collected.out.definitions.iter().any(stronger) {
                self.collected.out.errors.push((failure.error, failure.at));
            }
        }
    }

    fn stopped(&mut self, stop: Stop, at: Span, certain: bool) {
        match stop {
            Stop::Error(id) => {
                if certain {
                    self.collected.out.errors.push((id, at));
                }
                let message = self.eval.error(id).message.clone();
                let missing = self.eval.error(id).kind == ErrorKind::FileNotFound;
                let reason = if missing { message } else { format!("one of its modules fails: {message}") };
                self.gap(reason.as_str(), Some(at));
            }
            Stop::Unknown(id) => {
                let reason = self.eval.why(id);
                let began = self.eval.unknown(id).span;
                self.gap(reason, began.or(Some(at)));
            }
        }
    }

    fn mistake(&mut self, at: Span, kind: ModuleMistakeKind, certain: bool) {
        if certain {
            self.collected.out.mistakes.push(ModuleMistake { at, kind });
        }
    }

    fn gap(&mut self, reason: impl Into<Why>, at: Option<Span>) {
        let gap = Gap { reason: reason.into(), at };
        if !self.collected.out.gaps.contains(&gap) {
            self.collected.out.gaps.push(gap);
        }
    }
}

/// So many wrong letters may be slips of the fingers in a name as long as `deployment`.
const SLIPS: usize = 2;

/// Paths of options have some five names; sets that refer to themselves have more.
const DEEPEST_PATH: usize = 12;

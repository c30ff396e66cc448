//! What `config` is for the modules of a machine, as far as they say it themselves: each option is evaluated when
//! somebody asks for it, from the definitions and declarations of all modules.
//!
//! NixOS' own modules are not at hand. Options that the modules or this tool declare have their values, merged by their
//! types; options that nobody here declares have the value that a plain definition gives them, and are unknown
//! otherwise, never absent.

use std::sync::{Arc, Mutex, PoisonError};

use super::modules::{PLAIN_PRIORITY, Written};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, Kind, Reason, Stop, UnknownId, Value};

/// The library's own way to merge the definitions of a declared option.
const MERGE: &str = include_str!("merge-option.nix");

/// The options of one machine.
pub struct Configuration {
    /// What its modules say; nothing before they were collected.
    modules: Mutex<Option<Arc<Said>>>,
    /// Modules that declare options where nobody else does.
    own: Vec<Written>,
    words: Words,
}

/// Everything that the modules say.
struct Said {
    written: Vec<Written>,
    /// Why there may be more modules.
    gap: Option<UnknownId>,
}

/// What all machines share.
#[derive(Clone, Copy)]
pub struct Words {
    merge: Value,
    kind: Sym,
    /// The reason of options that nobody sets.
    of_nixos: UnknownId,
}

impl Words {
    pub fn new(eval: &mut Evaluator) -> Self {
        let merge = eval.eval_text("<merge-option>", MERGE);
        let lib = eval.lib();
        let merge = eval.make_call(merge, lib);
        let of_nixos = eval.add_unknown(Reason::Option, None);
        Self { merge, kind: eval.intern("_type"), of_nixos }
    }
}

/// A definition on its way down to its option: conditions and priorities of the sets around it go with it.
#[derive(Clone)]
struct Def {
    value: Value,
    priority: Option<i64>,
    conditions: Vec<Value>,
}

/// Options at and below a path.
struct Level {
    path: Vec<Sym>,
    definitions: Vec<Def>,
    /// Sets of options, the users' before ours.
    declarations: Vec<Value>,
}

impl Configuration {
    /// The options of a machine whose modules are still to be collected, with modules of our own that declare more.
    pub fn new(words: Words, own: Vec<Written>) -> Arc<Self> {
        Arc::new(Self { modules: Mutex::new(None), own, words })
    }

    /// Says what the machine's modules are.
    pub fn fill(&self, written: Vec<Written>, gap: Option<UnknownId>) {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        *modules = Some(Arc::new(Said { written, gap }));
    }

    fn said(&self) -> Option<Arc<Said>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `config`. `collect` collects the modules, for whoever asks before that was done.
    pub fn value(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        collect: impl Fn(&mut Evaluator) + Send + Sync + 'static,
    ) -> Value {
        let this = self.clone();
        eval.make_lazy(move |eval| {
            if this.said().is_none() {
                collect(eval);
            }
            let Some(said) = this.said() else {
                let why = "its modules depend on it, so that nobody knows which they are";
                return Err(Stop::Unknown(eval.add_unknown(Reason::Told(why.to_owned()), None)));
            };
            let mut level = Level { path: Vec::new(), definitions: Vec::new(), declarations: Vec::new() };
            for written in said.written.iter().chain(&this.own) {
                level.definitions.extend(written.config.map(|value| Def {
                    value,
                    priority: None,
                    conditions: Vec::new(),
                }));
                level.declarations.extend(written.options);
            }
            this.level(eval, &said, &level)
        })
    }

    /// The value at a path: an option's, or a set of those below.
    fn level(self: &Arc<Self>, eval: &mut Evaluator, said: &Arc<Said>, level: &Level) -> Evaluated {
        let mut groups = Vec::new();
        for (index, declared) in level.declarations.iter().enumerate() {
            let declared = match eval.force(*declared) {
                Ok(declared) => declared,
                Err(Stop::Unknown(why)) => return Err(Stop::Unknown(why)),
                Err(Stop::Error(_)) => return self.told(eval, "its declaration fails"),
            };
            match self.kind(eval, declared)?.as_deref() {
                // The user's own declaration stands before ours of the same option.
                Some("option") if groups.is_empty() => return self.declared(eval, said, level, declared),
                Some(_) => return self.told(eval, "it is declared in several ways"),
                None => groups.push((index, declared)),
            }
        }
        self.undeclared(eval, said, level, &groups)
    }

    /// An option that somebody declares: NixOS' own way of merging.
    fn declared(&self, eval: &mut Evaluator, said: &Said, level: &Level, option: Value) -> Evaluated {
        let mut definitions = Vec::new();
        for def in &level.definitions {
            let file = eval.make_string("a module");
            let value = self.wrapped(eval, def);
            definitions.push(eval.make_attrs([("file", file), ("value", value)]));
        }
        let mut loc = Vec::new();
        for name in &level.path {
            let name = eval.name(*name).to_owned();
            loc.push(eval.make_string(&name));
        }
        let (loc, definitions) = (eval.make_list(&loc), eval.make_list(&definitions));
        let merge = eval.call(self.words.merge, loc)?;
        let merge = eval.call(merge, option)?;
        let value = match eval.call(merge, definitions) {
            Ok(value) => value,
            Err(Stop::Unknown(why)) => return Err(Stop::Unknown(why)),
            // What is wrong with a definition is said where it stands.
            Err(Stop::Error(error)) => {
                let message = eval.error(error).message.lines().next().unwrap_or_default().to_owned();
                return self.told(eval, &format!("it has no value: {message}"));
            }
        };
        let Some(gap) = said.gap else { return Ok(value) };
        // A module that is not known may replace a default, and add to what is merged.
        let mut plain = false;
        for def in &level.definitions {
            let conditions = def.conditions.is_empty();
            plain |= conditions && self.priority(eval, def)? <= PLAIN_PRIORITY;
        }
        match value {
            _ if !plain => Err(Stop::Unknown(gap)),
            Value::List(_) => Err(Stop::Unknown(gap)),
            Value::Attrs(_) => {
                let (attrs, open) = attributes(eval, value)?;
                Ok(eval.make_attrs_at(attrs, open.or(Some(gap))))
            }
            value => Ok(value),
        }
    }

    /// The priority of a definition, that of the value itself included.
    fn priority(&self, eval: &mut Evaluator, def: &Def) -> Evaluated<i64> {
        if let Some(priority) = def.priority {
            return Ok(priority);
        }
        let Ok(value) = eval.force(def.value) else { return Ok(PLAIN_PRIORITY) };
        match self.kind(eval, value)?.as_deref() {
            Some("override") => {
                let priority = eval.select(value, "priority")?;
                eval.int(priority)
            }
            // Whether it holds is not looked at here.
            Some("if" | "merge") => Ok(i64::MAX),
            _ => Ok(PLAIN_PRIORITY),
        }
    }

    /// A definition with the properties that it inherits from the sets around it.
    fn wrapped(&self, eval: &mut Evaluator, def: &Def) -> Value {
        let mut value = def.value;
        if let Some(priority) = def.priority {
            let kind = eval.make_string("override");
            value =
                eval.make_attrs([("_type", kind), ("priority", Value::Int(priority)), ("content", value)]);
        }
        for condition in def.conditions.iter().rev() {
            let kind = eval.make_string("if");
            value = eval.make_attrs([("_type", kind), ("condition", *condition), ("content", value)]);
        }
        value
    }

    /// A group of options, or an option that nobody here declares.
    fn undeclared(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        said: &Arc<Said>,
        level: &Level,
        groups: &[(usize, Value)],
    ) -> Evaluated {
        let mut definitions = Vec::new();
        for def in &level.definitions {
            self.take_off(eval, def.clone(), &mut definitions, 0)?;
        }
        let mut sets = 0;
        for def in &definitions {
            sets += usize::from(eval.kind(def.value) == Kind::Attrs && !is_package(eval, def.value));
        }
        if groups.is_empty() && (definitions.is_empty() || sets < definitions.len()) {
            return self.leaf(eval, said, definitions);
        }
        // Whether a set replaces others depends on what NixOS declares there.
        if groups.is_empty() && definitions.len() > 1 && definitions.iter().any(|it| it.priority.is_some()) {
            return Err(Stop::Unknown(self.words.of_nixos));
        }
        self.group(eval, said, level, groups, &definitions)
    }

    /// A set of options: what is below each name is evaluated when somebody asks for it.
    fn group(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        said: &Arc<Said>,
        level: &Level,
        groups: &[(usize, Value)],
        definitions: &[Def],
    ) -> Evaluated {
        let mut below: Vec<(Attr, Level)> = Vec::new();
        let mut open = said.gap.unwrap_or(self.words.of_nixos);
        let place = |below: &mut Vec<(Attr, Level)>, attr: &Attr| -> usize {
            below.iter().position(|(it, _)| it.name == attr.name).unwrap_or_else(|| {
                let mut path = level.path.clone();
                path.push(attr.name);
                below.push((*attr, Level { path, definitions: Vec::new(), declarations: Vec::new() }));
                below.len() - 1
            })
        };
        for (_, group) in groups {
            let (attrs, more) = attributes(eval, *group)?;
            open = more.unwrap_or(open);
            for attr in &attrs {
                let at = place(&mut below, attr);
                below[at].1.declarations.push(attr.value);
            }
        }
        let root = level.path.is_empty();
        let mut conditional = Vec::new();
        for def in definitions {
            let (attrs, more) = match attributes(eval, def.value) {
                Ok(found) => found,
                Err(Stop::Unknown(why)) => (Vec::new(), Some(why)),
                Err(stop) => return Err(stop),
            };
            open = more.unwrap_or(open);
            for attr in &attrs {
                let definition = Def { value: attr.value, ..def.clone() };
                // A name that is only there under a condition may not be there at all.
                if def.conditions.is_empty() || root {
                    let at = place(&mut below, attr);
                    below[at].1.definitions.push(definition);
                } else {
                    conditional.push((attr.name, definition));
                }
            }
        }
        for (name, definition) in conditional {
            if let Some((_, level)) = below.iter_mut().find(|(attr, _)| attr.name == name) {
                level.definitions.push(definition);
            }
        }
        let mut attrs = Vec::with_capacity(below.len());
        for (attr, level) in below {
            let (this, said) = (self.clone(), said.clone());
            let value = eval.make_lazy(move |eval| this.level(eval, &said, &level));
            attrs.push(Attr { value, ..attr });
        }
        Ok(eval.make_attrs_at(attrs, Some(open)))
    }

    /// An option of which nothing is known but its definitions. A plain one decides; lists, sets and functions are
    /// merged in ways that only its declaration tells.
    fn leaf(&self, eval: &mut Evaluator, said: &Said, definitions: Vec<Def>) -> Evaluated {
        let mut winners: Vec<Value> = Vec::new();
        let mut strongest = i64::MAX;
        let mut doubtful: Option<(i64, UnknownId)> = None;
        for def in definitions {
            let priority = def.priority.unwrap_or(PLAIN_PRIORITY);
            match self.holds(eval, &def)? {
                Ok(false) => continue,
                Ok(true) => {}
                Err(why) => {
                    if doubtful.is_none_or(|(other, _)| priority < other) {
                        doubtful = Some((priority, why));
                    }
                    continue;
                }
            }
            if priority < strongest {
                winners.clear();
                strongest = priority;
            }
            if priority == strongest {
                winners.push(def.value);
            }
        }
        if let Some((_, why)) = doubtful.filter(|(priority, _)| *priority <= strongest) {
            return Err(Stop::Unknown(why));
        }
        if let Some(gap) = said.gap.filter(|_| strongest > PLAIN_PRIORITY) {
            return Err(Stop::Unknown(gap));
        }
        let Some(first) = winners.first() else { return Err(Stop::Unknown(self.words.of_nixos)) };
        let value = match eval.force(*first) {
            Err(Stop::Error(error)) => {
                let message = eval.error(error).message.clone();
                return self.told(eval, &format!("its definition fails: {message}"));
            }
            other => other?,
        };
        let scalar = matches!(value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::String(_));
        if !scalar || winners.len() > 1 {
            return Err(Stop::Unknown(self.words.of_nixos));
        }
        Ok(value)
    }

    /// Whether all conditions hold; the inner error says why that is not known.
    fn holds(&self, eval: &mut Evaluator, def: &Def) -> Evaluated<Result<bool, UnknownId>> {
        let mut doubt = None;
        for condition in &def.conditions {
            let at = eval.span_of(*condition);
            match eval.bool(*condition) {
                Ok(false) => return Ok(Ok(false)),
                Ok(true) => {}
                Err(Stop::Unknown(why)) => {
                    doubt = Some(eval.unknown_because(Reason::Condition, at, why));
                }
                Err(Stop::Error(_)) => {
                    doubt = Some(eval.add_unknown(Reason::Told("its condition fails".to_owned()), at));
                }
            }
        }
        Ok(doubt.map_or(Ok(true), Err))
    }

    /// Takes `mkIf`, `mkMerge` and the like off, without asking whether conditions hold.
    fn take_off(&self, eval: &mut Evaluator, def: Def, found: &mut Vec<Def>, depth: usize) -> Evaluated<()> {
        // `mkMerge` may hold the same value any number of times.
        eval.spend(PARTS_OF_A_DEFINITION)?;
        let Ok(value) = eval.force(def.value) else {
            found.push(def);
            return Ok(());
        };
        let kind = self.kind(eval, value)?;
        let content = |eval: &mut Evaluator| eval.make_select(value, "content");
        match kind.as_deref().filter(|_| depth < DEEPEST) {
            Some("if") => {
                let mut def = def;
                def.conditions.push(eval.make_select(value, "condition"));
                def.value = content(eval);
                self.take_off(eval, def, found, depth + 1)
            }
            Some("merge") => {
                let contents = eval.select(value, "contents")?;
                let view = eval.list(contents)?;
                for item in view.items {
                    self.take_off(eval, Def { value: item, ..def.clone() }, found, depth + 1)?;
                }
                match view.open {
                    Some(open) => Err(Stop::Unknown(open)),
                    None => Ok(()),
                }
            }
            Some("override") => {
                let priority = eval.select(value, "priority")?;
                let priority = eval.int(priority)?;
                let def = Def { value: content(eval), priority: def.priority.or(Some(priority)), ..def };
                self.take_off(eval, def, found, depth + 1)
            }
            Some("order") => {
                let def = Def { value: content(eval), ..def };
                self.take_off(eval, def, found, depth + 1)
            }
            _ => {
                found.push(Def { value, ..def });
                Ok(())
            }
        }
    }

    /// The `_type` of a forced value.
    fn kind(&self, eval: &mut Evaluator, value: Value) -> Evaluated<Option<String>> {
        if !matches!(value, Value::Attrs(_)) {
            return Ok(None);
        }
        let name = eval.name(self.words.kind).to_owned();
        match eval.attr_named(value, &name) {
            Ok(Some(kind)) => Ok(eval.string(kind.value).ok()),
            // A set that may have any attributes is hardly a property.
            Ok(None) | Err(_) => Ok(None),
        }
    }

    fn told(&self, eval: &mut Evaluator, why: &str) -> Evaluated {
        Err(Stop::Unknown(eval.add_unknown(Reason::Told(why.to_owned()), None)))
    }
}

/// Properties inside of properties; nobody nests them deeper.
const DEEPEST: usize = 200;

/// What a definition costs, in parts of values.
const PARTS_OF_A_DEFINITION: usize = 16;

fn is_package(eval: &mut Evaluator, value: Value) -> bool {
    matches!(eval.attr_named(value, "outPath"), Ok(Some(_)))
}

fn attributes(eval: &mut Evaluator, value: Value) -> Evaluated<(Vec<Attr>, Option<UnknownId>)> {
    let view = eval.attrs(value)?;
    let attr = |it: &crate::eval::Attribute| Attr { name: it.name, position: it.position, value: it.value };
    Ok((view.attributes.iter().map(attr).collect(), view.open))
}

/// The value of `config._module.args.NAME`: what the modules themselves give to modules.
pub fn module_argument(eval: &mut Evaluator, config: Value, name: &str, at: Option<Span>) -> Value {
    let missing = eval.add_unknown(Reason::Argument(name.to_owned()), at);
    let name = name.to_owned();
    eval.make_lazy(move |eval| {
        let mut value = config;
        for step in ["_module", "args", name.as_str()] {
            match eval.attr_named(value, step) {
                Ok(Some(attribute)) => value = attribute.value,
                _ => return Err(Stop::Unknown(missing)),
            }
        }
        eval.force(value)
    })
}

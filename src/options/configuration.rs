//! What `config` is for the modules of a machine, as far as they say it themselves: each option is evaluated when
//! somebody asks for it, from the definitions and declarations of all modules.
//!
//! NixOS' own modules are not at hand. Options that the modules or this tool declare have their values, merged by their
//! types; options that nobody here declares have the value that a plain definition gives them, and are unknown
//! otherwise, never absent.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::inherited::{Def, kind_of, take_off};
use super::modules::{PLAIN_PRIORITY, Written};
use super::views::Views;
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, Kind, Reason, Stop, UnknownId, Value};

/// The library's own way to merge the definitions of a declared option.
const MERGE: &str = include_str!("merge-option.nix");

/// The options of one machine.
pub struct Configuration {
    /// What its modules say; nothing before they were collected.
    modules: Arc<Mutex<Option<Arc<Said>>>>,
    /// What was seen of it, where somebody wants to know.
    seen: Option<Arc<Views>>,
    /// Modules that declare options where nobody else does.
    own: Arc<[Written]>,
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

/// Options at and below a path.
struct Level {
    path: Vec<Sym>,
    definitions: Vec<Def>,
    /// Sets of options, the users' before ours.
    declarations: Vec<Value>,
    /// Why modules may say more of them than what is known.
    gap: Option<UnknownId>,
}

impl Level {
    fn below(path: Vec<Sym>, gap: Option<UnknownId>) -> Self {
        Self { path, definitions: Vec::new(), declarations: Vec::new(), gap }
    }
}

/// What lies at a name in a set of options.
struct Below {
    attr: Attr,
    level: Level,
    /// Whether the set has the name for certain.
    certain: bool,
}

impl Below {
    fn new(attr: Attr, above: &Level) -> Self {
        let mut path = above.path.clone();
        path.push(attr.name);
        Self { attr, level: Level::below(path, above.gap), certain: false }
    }
}

impl Configuration {
    /// The options of a machine whose modules are still to be collected, with modules of our own that declare more.
    pub fn new(words: Words, own: Vec<Written>) -> Arc<Self> {
        Arc::new(Self { modules: Arc::default(), seen: None, own: own.into(), words })
    }

    /// The same options for somebody else, who is watched: what is seen of them is noted.
    pub fn watched(&self, views: Arc<Views>) -> Arc<Self> {
        let (modules, own) = (self.modules.clone(), self.own.clone());
        Arc::new(Self { modules, seen: Some(views), own, words: self.words })
    }

    /// Says what the machine's modules are.
    pub fn fill(&self, written: Vec<Written>, gap: Option<UnknownId>) {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        *modules = Some(Arc::new(Said { written, gap }));
    }

    /// Whether some module may define options below a name at the top.
    pub fn mentions(&self, eval: &mut Evaluator, name: &str) -> bool {
        let Some(said) = self.said() else { return true };
        said.written.iter().filter_map(|it| it.config).any(|config| {
            let has = |eval: &mut Evaluator, name| !matches!(eval.attr_named(config, name), Ok(None));
            // A property holds anything.
            has(eval, name) || has(eval, "_type")
        })
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
            let mut level = Level::below(Vec::new(), said.gap);
            for written in said.written.iter().chain(this.own.iter()) {
                level.definitions.extend(written.config.map(Def::plain));
                level.declarations.extend(written.options);
            }
            this.level(eval, &level)
        })
    }

    /// The value at a path: an option's, or a set of those below.
    fn level(self: &Arc<Self>, eval: &mut Evaluator, level: &Level) -> Evaluated {
        let value = self.level_itself(eval, level);
        if let Some(views) = &self.seen {
            views.note_value(eval, &level.path, &value, self.words.of_nixos);
        }
        value
    }

    fn level_itself(self: &Arc<Self>, eval: &mut Evaluator, level: &Level) -> Evaluated {
        let mut groups = Vec::new();
        for (index, declared) in level.declarations.iter().enumerate() {
            let declared = match eval.force(*declared) {
                Ok(declared) => declared,
                Err(Stop::Unknown(why)) => return Err(Stop::Unknown(why)),
                Err(Stop::Error(_)) => return self.told(eval, "its declaration fails"),
            };
            match kind_of(eval, self.words.kind, declared)?.as_deref() {
                // The user's own declaration stands before ours of the same option.
                Some("option") if groups.is_empty() => return self.declared(eval, level, declared),
                Some(_) => return self.told(eval, "it is declared in several ways"),
                None => groups.push((index, declared)),
            }
        }
        self.undeclared(eval, level, &groups)
    }

    /// An option that somebody declares: NixOS' own way of merging.
    fn declared(&self, eval: &mut Evaluator, level: &Level, option: Value) -> Evaluated {
        let mut definitions = Vec::new();
        for def in &level.definitions {
            let file = eval.make_string("a module");
            let value = def.wrapped(eval);
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
        let Some(gap) = level.gap else { return Ok(value) };
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
        match kind_of(eval, self.words.kind, value)?.as_deref() {
            Some("override") => {
                let priority = eval.select(value, "priority")?;
                eval.int(priority)
            }
            // Whether it holds is not looked at here.
            Some("if" | "merge") => Ok(i64::MAX),
            _ => Ok(PLAIN_PRIORITY),
        }
    }

    /// A group of options, or an option that nobody here declares.
    fn undeclared(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        level: &Level,
        groups: &[(usize, Value)],
    ) -> Evaluated {
        let definitions = self.taken_off(eval, level)?;
        let mut sets = 0;
        for def in &definitions {
            sets += usize::from(eval.kind(def.value) == Kind::Attrs && !is_package(eval, def.value));
        }
        if let ([only], None) = (definitions.as_slice(), level.gap)
            && only.conditions.is_empty()
            && self.is_argument(eval, level)
            && only.doubt(eval).is_none()
        {
            return eval.force(only.value);
        }
        let is_root = level.path.is_empty();
        if groups.is_empty() && !is_root && (definitions.is_empty() || sets < definitions.len()) {
            return self.leaf(eval, level, definitions);
        }
        // Whether a set replaces others depends on what NixOS declares there.
        if groups.is_empty() && definitions.len() > 1 && definitions.iter().any(|it| it.priority.is_some()) {
            return Err(Stop::Unknown(self.words.of_nixos));
        }
        self.group(eval, level, groups, &definitions)
    }

    /// Whether it is `_module.args.NAME`. NixOS merges nothing there: a value that one module gives is handed on as it is.
    fn is_argument(&self, eval: &Evaluator, level: &Level) -> bool {
        let [module, args, _] = level.path.as_slice() else { return false };
        eval.name(*module) == "_module" && eval.name(*args) == "args"
    }

    fn taken_off(&self, eval: &mut Evaluator, level: &Level) -> Evaluated<Vec<Def>> {
        let mut definitions = Vec::new();
        for def in &level.definitions {
            take_off(eval, self.words.kind, def.clone(), &mut definitions)?;
        }
        Ok(definitions)
    }

    /// A set of options: what is below each name is evaluated when somebody asks for it.
    fn group(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        level: &Level,
        groups: &[(usize, Value)],
        definitions: &[Def],
    ) -> Evaluated {
        let mut open = level.gap.unwrap_or(self.words.of_nixos);
        let mut below: FxHashMap<Sym, Below> = FxHashMap::default();
        for (_, group) in groups {
            let (attrs, more) = attributes(eval, *group)?;
            open = more.unwrap_or(open);
            for attr in &attrs {
                let it = below.entry(attr.name).or_insert_with(|| Below::new(*attr, level));
                it.level.declarations.push(attr.value);
                it.certain = true;
            }
        }
        // Where there are options below, definitions name options, which are there whatever conditions say. Elsewhere a
        // name that is only defined under a condition may not be there at all.
        let is_group = level.path.is_empty() || !groups.is_empty();
        let mut gaps = Vec::new();
        for def in definitions {
            let (attrs, more) = match attributes(eval, def.value) {
                Ok(found) => found,
                Err(Stop::Unknown(why)) => (Vec::new(), Some(why)),
                Err(stop) => return Err(stop),
            };
            for attr in &attrs {
                let it = below.entry(attr.name).or_insert_with(|| Below::new(*attr, level));
                it.level.definitions.push(Def { value: attr.value, ..def.clone() });
                it.certain |= is_group
                    || (def.conditions.is_empty() && eval.plainly_lacks(attr.value, self.words.kind));
            }
            if let Some(why) = more {
                open = why;
                gaps.push((why, attrs.iter().map(|attr| attr.name).collect::<Vec<Sym>>()));
            }
        }
        let (mut listed, mut others) = (Vec::new(), FxHashMap::default());
        for (name, Below { attr, mut level, certain }) in below {
            let unseen = gaps.iter().find(|(_, shown)| !shown.contains(&name)).map(|(why, _)| *why);
            level.gap = level.gap.or(unseen);
            let (this, level) = (self.clone(), Arc::new(level));
            let inside = level.clone();
            let value = eval.make_lazy(move |eval| this.level(eval, &inside));
            if certain {
                listed.push(Attr { value, ..attr });
            } else {
                others.insert(name, (level, value));
            }
        }
        if let Some(views) = &self.seen {
            let names = listed.iter().map(|it| (it.name, true)).chain(others.keys().map(|it| (*it, false)));
            views.note_group(eval, &level.path, names.collect(), open == self.words.of_nixos);
        }
        if others.is_empty() {
            return Ok(eval.make_attrs_at(listed, Some(open)));
        }
        let this = self.clone();
        Ok(eval.make_answering_attrs(listed, open, move |eval, name| {
            let (level, value) = others.get(&name).ok_or(Stop::Unknown(open))?;
            let there = this.is_there(eval, level);
            if let (Some(views), Err(_)) = (&this.seen, &there) {
                views.note_doubt(eval, &level.path);
            }
            there?;
            Ok(*value)
        }))
    }

    /// Whether one of the definitions of a name certainly holds, whatever kind of set the name is in.
    fn is_there(&self, eval: &mut Evaluator, level: &Level) -> Evaluated<()> {
        let mut doubt = None;
        for def in self.taken_off(eval, level)? {
            match (def.holds(eval), def.doubt(eval)) {
                (Ok(true), None) => return Ok(()),
                (Ok(true), why) => doubt = doubt.or(why),
                (Ok(false), _) => {}
                (Err(why), _) => doubt = doubt.or(Some(why)),
            }
        }
        Err(Stop::Unknown(doubt.or(level.gap).unwrap_or(self.words.of_nixos)))
    }

    /// An option of which nothing is known but its definitions. A plain one decides; lists, sets and functions are
    /// merged in ways that only its declaration tells.
    fn leaf(&self, eval: &mut Evaluator, level: &Level, definitions: Vec<Def>) -> Evaluated {
        let mut winners: Vec<Value> = Vec::new();
        let mut strongest = i64::MAX;
        let mut doubtful: Option<(i64, UnknownId)> = None;
        for def in definitions {
            let priority = def.priority.unwrap_or(PLAIN_PRIORITY);
            let doubt = match def.holds(eval) {
                Ok(false) => continue,
                // What is unknown may say itself how strong it is.
                Ok(true) if def.priority.is_none() => def.doubt(eval).map(|why| (i64::MIN, why)),
                Ok(true) => None,
                Err(why) if def.priority.is_none() && def.doubt(eval).is_some() => Some((i64::MIN, why)),
                Err(why) => Some((priority, why)),
            };
            if let Some((priority, why)) = doubt {
                if doubtful.is_none_or(|(other, _)| priority < other) {
                    doubtful = Some((priority, why));
                }
                continue;
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
        if let Some(gap) = level.gap.filter(|_| strongest > PLAIN_PRIORITY) {
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

    fn told(&self, eval: &mut Evaluator, why: &str) -> Evaluated {
        Err(Stop::Unknown(eval.add_unknown(Reason::Told(why.to_owned()), None)))
    }
}

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

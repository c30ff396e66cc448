//! Step two: declarations and definitions meet, name by name, down the tree of options. Each level is looked at when
//! somebody asks for a name in it.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::option::Opt;
use super::push::{Pushed, push_down};
use super::values::{self, Loc, Memo, plain_attr, shown, throw, type_name};
use super::{Configuration, errors};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, PositionId, Stop, UnknownId, Value};

/// A declaration, or a set of them: what one module says below one name of `options`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) file: Value,
    pub(super) options: Value,
    pub(super) position: PositionId,
    pub(super) at: Option<Span>,
}

/// What one module says below one name of `config`, properties still on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw {
    pub(super) file: Value,
    pub(super) value: Value,
    pub(super) position: PositionId,
    /// Set where it is not certain that this definition exists.
    pub(super) maybe: Option<UnknownId>,
}

/// The options below one prefix.
pub(super) struct Level {
    pub(super) config: Arc<Configuration>,
    pub(super) loc: Option<Arc<Loc>>,
    declared_by: Vec<Declaration>,
    source: Source,
    declarations: Memo<FxHashMap<Sym, Vec<Declaration>>>,
    definitions: Memo<Definitions>,
    pub(super) nodes: Mutex<FxHashMap<Sym, Node>>,
    value: Memo<Value>,
    options: Memo<Value>,
}

/// Where the definitions of a level come from.
enum Source {
    Modules,
    Below(Arc<Level>, Sym),
}

/// The definitions of a level by name.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) by_name: FxHashMap<Sym, Vec<Raw>>,
    /// Sets that may define more names than they show.
    pub(super) open: Vec<Open>,
    /// Whether anything is defined here.
    pub(super) any: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    set: Value,
    pub(super) why: UnknownId,
    file: Value,
}

/// What lies at a name.
#[derive(Clone)]
pub(super) enum Node {
    Option(Arc<Opt>),
    Group(Arc<Level>),
}

impl Level {
    pub(super) fn root(config: Arc<Configuration>, declared_by: Vec<Declaration>) -> Arc<Level> {
        let loc = config.prefix.clone();
        Self::new(config, loc, declared_by, Source::Modules)
    }

    fn new(
        config: Arc<Configuration>,
        loc: Option<Arc<Loc>>,
        declared_by: Vec<Declaration>,
        source: Source,
    ) -> Arc<Level> {
        Arc::new(Level {
            config,
            loc,
            declared_by,
            source,
            declarations: Memo::default(),
            definitions: Memo::default(),
            nodes: Mutex::default(),
            value: Memo::default(),
            options: Memo::default(),
        })
    }

    pub(super) fn declarations<'a>(
        self: &'a Arc<Self>,
        eval: &mut Evaluator,
    ) -> Evaluated<&'a FxHashMap<Sym, Vec<Declaration>>> {
        Memo::get(eval, self, |it| &it.declarations, Self::find_declarations)
    }

    fn find_declarations(
        self: &Arc<Self>,
        eval: &mut Evaluator,
    ) -> Evaluated<FxHashMap<Sym, Vec<Declaration>>> {
        let mut found: FxHashMap<Sym, Vec<Declaration>> = FxHashMap::default();
        for by in &self.declared_by {
            let set = eval.force(by.options)?;
            if !matches!(set, Value::Attrs(_)) {
                let kind = type_name(set);
                let names = errors::dotted(eval, self.loc.as_ref());
                return throw(
                    eval,
                    by.at,
                    format!(
                        "An option declaration for `{names}' has type\n`{kind}' rather than an attribute set.\nDid you mean to define this outside of `options'?\n"
                    ),
                );
            }
            let (attrs, open) = eval.attributes_of(set);
            if let Some(open) = open {
                return Err(Stop::Unknown(open));
            }
            eval.spend(attrs.len())?;
            for Attr { name, position, value } in attrs {
                let at = eval.defined_at(position).map(|(name, _)| name).or(by.at);
                found.entry(name).or_default().push(Declaration {
                    file: by.file,
                    options: value,
                    position,
                    at,
                });
            }
        }
        Ok(found)
    }

    pub(super) fn definitions<'a>(self: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Definitions> {
        Memo::get(eval, self, |it| &it.definitions, Self::find_definitions)
    }

    fn find_definitions(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated<Definitions> {
        let raws = match &self.source {
            Source::Modules => {
                let collected = Configuration::collected(&self.config, eval)?;
                let mut raws = Vec::with_capacity(collected.len());
                for module in collected {
                    raws.extend(module.configs.iter().map(|value| Raw {
                        file: module.file,
                        value: *value,
                        position: PositionId::NONE,
                        maybe: None,
                    }));
                }
                raws
            }
            Source::Below(above, name) => above.raws(eval, *name)?,
        };
        let system = self.config.system.clone();
        let mut found = Definitions::default();
        for raw in raws {
            for pushed in push_down(eval, &system, raw.value)? {
                self.sort_in(eval, raw, pushed, &mut found)?;
            }
        }
        Ok(found)
    }

    fn sort_in(
        &self,
        eval: &mut Evaluator,
        raw: Raw,
        pushed: Pushed,
        found: &mut Definitions,
    ) -> Evaluated<()> {
        found.any = true;
        let maybe = raw.maybe.or(pushed.maybe);
        let set = match pushed.value {
            Value::Unknown(why) => {
                let set = eval.make_attrs([]);
                found.open.push(Open { set, why, file: raw.file });
                return Ok(());
            }
            set => set,
        };
        if !matches!(set, Value::Attrs(_)) {
            let (file, kind) = (shown(eval, raw.file), type_name(set));
            let names = errors::dotted(eval, self.loc.as_ref());
            let at = eval.defined_at(raw.position).map(|(name, value)| value.unwrap_or(name));
            return throw(
                eval,
                at,
                format!(
                    "In module `{file}', you're trying to define a value of type `{kind}'\nrather than an attribute set for the option\n`{names}'!\n\nThis usually happens if `{names}' has option\ndefinitions inside that are not matched. Please check how to properly define\nthis option by e.g. referring to `man 5 configuration.nix'!\n"
                ),
            );
        }
        let (attrs, open) = eval.attributes_of(set);
        eval.spend(attrs.len())?;
        if let Some(why) = open {
            found.open.push(Open { set, why, file: raw.file });
        }
        for Attr { name, position, value } in attrs {
            let new = Raw { file: raw.file, value, position, maybe };
            found.by_name.entry(name).or_default().push(new);
        }
        Ok(())
    }

    /// What is defined below a name, those included of which it is not certain.
    pub(super) fn raws(self: &Arc<Self>, eval: &mut Evaluator, name: Sym) -> Evaluated<Vec<Raw>> {
        let found = self.definitions(eval)?;
        let mut raws = found.by_name.get(&name).cloned().unwrap_or_default();
        for open in &found.open {
            if matches!(eval.attribute_of(open.set, name), Ok(Some(_))) {
                continue;
            }
            raws.push(Raw {
                file: open.file,
                value: Value::Unknown(open.why),
                position: PositionId::NONE,
                maybe: Some(open.why),
            });
        }
        Ok(raws)
    }

    /// What lies at a name; `None` where nothing is declared.
    pub(super) fn node(self: &Arc<Self>, eval: &mut Evaluator, name: Sym) -> Evaluated<Option<Node>> {
        if let Some(known) = self.nodes.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(Some(known.clone()));
        }
        let Some(declarations) = self.declarations(eval)?.get(&name) else { return Ok(None) };
        let node = self.make_node(eval, name, declarations)?;
        eval.remember();
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).insert(name, node.clone());
        Ok(Some(node))
    }

    fn make_node(self: &Arc<Self>, eval: &mut Evaluator, name: Sym, all: &[Declaration]) -> Evaluated<Node> {
        let system = self.config.system.clone();
        let text = eval.make_symbol_string(name);
        let loc = Loc::below(self.loc.as_ref(), text);
        let mut options = Vec::new();
        for declaration in all {
            let forced = eval.force(declaration.options)?;
            match values::kind_of(eval, &system, forced)?.as_deref() {
                Some("option") => options.push(*declaration),
                Some(kind) if matches!(eval.attribute_of(forced, system.words.kind), Ok(Some(_))) => {
                    let message = errors::no_declaration(eval, &system, &loc, kind, declaration.file);
                    return throw(eval, declaration.at, message);
                }
                _ => {}
            }
        }
        if options.len() == all.len() {
            return Ok(Node::Option(Opt::new(self.clone(), name, loc, all.to_vec())));
        }
        if options.is_empty() {
            let source = Source::Below(self.clone(), name);
            return Ok(Node::Group(Level::new(self.config.clone(), Some(loc), all.to_vec(), source)));
        }
        self.options_inside_option(eval, name, loc, all, &options)
    }

    /// Options declared inside of an option: those of a submodule become part of it.
    fn options_inside_option(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        name: Sym,
        loc: Arc<Loc>,
        all: &[Declaration],
        options: &[Declaration],
    ) -> Evaluated<Node> {
        let system = self.config.system.clone();
        let words = system.words;
        let mut submodules = true;
        for option in options {
            let ty = values::forced(eval, option.options, words.ty)?;
            let ty_name = match ty {
                Some(ty @ Value::Attrs(_)) => values::forced(eval, ty, words.name)?,
                _ => None,
            };
            let is_submodule =
                matches!(ty_name, Some(text @ Value::String(_)) if eval.string(text)? == "submodule");
            submodules &= is_submodule;
        }
        if submodules {
            let mut merged = Vec::with_capacity(all.len());
            for declaration in all {
                let forced = eval.force(declaration.options)?;
                let options = if values::is_option(eval, &system, forced)? {
                    declaration.options
                } else {
                    self.as_submodule(eval, declaration.options)?
                };
                merged.push(Declaration { options, ..*declaration });
            }
            return Ok(Node::Option(Opt::new(self.clone(), name, loc, merged)));
        }
        let first = options[0];
        let description = match values::forced(eval, first.options, words.ty)? {
            Some(ty @ Value::Attrs(_)) => values::forced(eval, ty, words.description)?,
            _ => None,
        };
        let description = description.map_or("<no description>".to_owned(), |it| shown(eval, it));
        let mut inside = Vec::new();
        for declaration in all {
            let forced = eval.force(declaration.options)?;
            if values::is_option(eval, &system, forced)? {
                continue;
            }
            for attr in eval.attributes_of(forced).0 {
                let text = eval.make_symbol_string(attr.name);
                let inner = Loc::below(Some(&loc), text);
                let shown_loc = errors::show_option(eval, &system, Some(&inner));
                let file = shown(eval, declaration.file);
                inside.push(format!(" - option(s) with prefix `{shown_loc}' in module `{file}'"));
            }
        }
        inside.sort();
        let shown_loc = errors::show_option(eval, &system, Some(&loc));
        let file = shown(eval, first.file);
        throw(
            eval,
            first.at,
            format!(
                "The option `{shown_loc}' in module `{file}' would be a parent of the following options, but its type `{description}' does not support nested options.\n{}",
                inside.join("\n")
            ),
        )
    }

    /// A tree of options as an option that has them in a submodule.
    fn as_submodule(&self, eval: &mut Evaluator, options: Value) -> Evaluated {
        let system = &self.config.system;
        let words = system.words;
        let module = eval.make_attrs_at(vec![plain_attr(words.options, options)], None);
        let modules = eval.make_list(&[module]);
        let arguments = eval.make_attrs([("modules", modules), ("shorthandOnlyDefinesConfig", Value::Null)]);
        let make = values::of_library(eval, system.lib, &["types", "submoduleWith"])?;
        let ty = eval.make_call(make, arguments);
        let attrs = vec![plain_attr(words.kind, system.marks.option), plain_attr(words.ty, ty)];
        Ok(eval.make_attrs_at(attrs, None))
    }

    /// The part of `config` below this prefix.
    pub(super) fn value(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        let each =
            |this: &Arc<Self>, eval: &mut Evaluator| this.each_declared(eval, Opt::value, Level::value);
        Ok(*Memo::get(eval, self, |it| &it.value, each)?)
    }

    /// The part of `options` below this prefix.
    pub(super) fn options(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        let each =
            |this: &Arc<Self>, eval: &mut Evaluator| this.each_declared(eval, Opt::as_value, Level::options);
        Ok(*Memo::get(eval, self, |it| &it.options, each)?)
    }

    fn missing(&self, eval: &mut Evaluator, name: Sym) -> Evaluated {
        let name = eval.name(name).to_owned();
        throw(eval, None, format!("The option `{name}' is declared by nobody"))
    }

    /// A set with a lazy value for each declared name.
    fn each_declared(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        of_option: fn(&Arc<Opt>, &mut Evaluator) -> Evaluated,
        of_group: fn(&Arc<Level>, &mut Evaluator) -> Evaluated,
    ) -> Evaluated {
        let names: Vec<(Sym, PositionId)> =
            self.declarations(eval)?.iter().map(|(name, found)| (*name, found[0].position)).collect();
        eval.spend(names.len())?;
        let mut attrs = Vec::with_capacity(names.len());
        for (name, position) in names {
            let this = self.clone();
            let value = eval.make_lazy(move |eval| match this.node(eval, name)? {
                Some(Node::Option(option)) => of_option(&option, eval),
                Some(Node::Group(level)) => of_group(&level, eval),
                None => this.missing(eval, name),
            });
            attrs.push(Attr { name, position, value });
        }
        Ok(eval.make_attrs_at(attrs, None))
    }
}

/// The value of the option at a path, without looking at its neighbours.
pub(super) fn value_at(eval: &mut Evaluator, config: &Arc<Configuration>, path: &[Sym]) -> Evaluated {
    let mut level = Configuration::tree(config, eval)?.clone();
    for (at, name) in path.iter().enumerate() {
        match level.node(eval, *name)? {
            Some(Node::Option(option)) => {
                let mut value = option.value(eval)?;
                for name in &path[at + 1..] {
                    value = values::need(eval, value, *name)?;
                    value = eval.force(value)?;
                }
                return Ok(value);
            }
            Some(Node::Group(inner)) => level = inner,
            None => return level.missing(eval, *name),
        }
    }
    level.value(eval)
}

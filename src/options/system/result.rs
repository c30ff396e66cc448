//! `evalModules` as Nix calls it: its arguments, and the set that it gives.

use std::sync::Arc;

use super::tree::{Level, value_at};
use super::unmatched::Unmatched;
use super::values::{self, Loc, Memo, plain_attr, throw};
use super::words::{Marks, Words};
use super::{Configuration, System, decide, errors, internal};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Attr, ErrorKind, Value};

/// Lets this evaluator's libraries use the native module system, unless its settings say otherwise.
pub fn install(eval: &mut Evaluator) {
    eval.set_library_hook(Arc::new(|eval, lib, functions| {
        let functions = eval.force(functions)?;
        let name = eval.intern("evalModules");
        let (mut attrs, open) = eval.attributes_of(functions);
        let Some(at) = attrs.iter().position(|attr| attr.name == name) else { return Ok(functions) };
        let system = System::new(eval, lib, functions);
        let own = attrs[at].value;
        eval.remember();
        attrs[at].value = eval.make_native("evalModules", move |eval, arguments| match is_old(eval, lib)? {
            true => eval.call(own, arguments),
            false => evaluate(eval, &system, arguments),
        });
        Ok(eval.make_attrs_at(attrs, open))
    }));
}

/// Whether a library is from before 2022, when configurations became what they are now (those of 2020 have `_module` in
/// `config`, and submodules are older still): its own `evalModules` is used.
fn is_old(eval: &mut Evaluator, lib: Value) -> Evaluated<bool> {
    let types = values::of_library(eval, lib, &["types"])?;
    let name = eval.intern("deferredModule");
    Ok(matches!(eval.attribute_of(types, name), Ok(None)))
}

impl System {
    fn new(eval: &mut Evaluator, lib: Value, functions: Value) -> Arc<System> {
        Arc::new(System {
            words: Words::new(eval),
            marks: Marks::new(eval),
            lib,
            functions,
            unknown_file: eval.make_string(errors::UNKNOWN_FILE),
            internal: internal::Internal::default(),
        })
    }
}

/// Said where `config` needs itself, which mostly happens in `imports`.
const IMPORTS_HINT: &str = "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect.";

/// One call.
fn evaluate(eval: &mut Evaluator, system: &Arc<System>, arguments: Value) -> Evaluated {
    let words = &system.words;
    eval.spend(20)?;
    let arguments = eval.force(arguments)?;
    let (given, open) = eval.attributes_of(arguments);
    if let Some(open) = open {
        return Err(crate::value::Stop::Unknown(open));
    }
    let find = |name: Sym| given.iter().find(|attr| attr.name == name).map(|attr| attr.value);
    let modules_name = eval.intern("modules");
    let modules = values::need(eval, arguments, modules_name)?;
    let prefix_name = eval.intern("prefix");
    let prefix = match find(prefix_name) {
        Some(prefix) => Loc::of_list(eval, prefix)?,
        None => None,
    };
    let class_name = eval.intern("class");
    let class = find(class_name);
    let special_args = find(words.special_args).unwrap_or_else(|| eval.make_attrs([]));
    let mut lists = vec![modules];
    if let Some(legacy) = legacy(eval, system, &given) {
        lists.push(legacy);
    }

    let extend = extend_modules(eval, system, given.clone());
    let ty = module_type(eval, system, &given);
    let (extend_name, type_name) = (eval.intern("extendModules"), eval.intern("moduleType"));
    let (config, options) = (eval.make_hole(), eval.make_hole());
    let configuration = Arc::new_cyclic(|this| Configuration {
        this: this.clone(),
        system: system.clone(),
        modules: lists,
        prefix,
        special_args,
        class,
        config,
        options,
        own_args: vec![(extend_name, extend), (type_name, ty)],
        collected: Memo::default(),
        tree: Memo::default(),
    });
    configuration.fill(eval);
    eval.remember();
    Ok(configuration.result(eval, arguments, extend, ty))
}

/// The old arguments `args` and `check` as a module.
fn legacy(eval: &mut Evaluator, system: &System, given: &[Attr]) -> Option<Value> {
    let words = &system.words;
    let mut own = Vec::new();
    for attr in given {
        if attr.name == words.args {
            own.push(*attr);
        } else if attr.name == words.check {
            let weak = vec![
                plain_attr(words.kind, system.marks.over),
                plain_attr(words.order_priority, Value::Int(1000)),
                plain_attr(words.content, attr.value),
            ];
            let value = eval.make_attrs_at(weak, None);
            own.push(plain_attr(words.check, value));
        }
    }
    if own.is_empty() {
        return None;
    }
    let own = eval.make_attrs_at(own, None);
    let definitions = eval.make_attrs_at(vec![plain_attr(words.module, own)], None);
    let module = eval.make_attrs_at(vec![plain_attr(words.config, definitions)], None);
    Some(eval.make_list(&[module]))
}

fn extend_modules(eval: &mut Evaluator, system: &Arc<System>, given: Vec<Attr>) -> Value {
    let system = system.clone();
    eval.make_native("extendModules", move |eval, more| {
        let words = &system.words;
        let more = eval.force(more)?;
        let (modules_name, prefix_name) = (eval.intern("modules"), eval.intern("prefix"));
        let mut arguments = given.clone();
        let mut replace = |name: Sym, value: Value| {
            arguments.retain(|attr| attr.name != name);
            arguments.push(plain_attr(name, value));
        };
        if let Some(new) = values::attr(eval, more, modules_name)? {
            let old = given.iter().find(|attr| attr.name == modules_name).map(|attr| attr.value);
            let mut all = Vec::new();
            for list in old.into_iter().chain([new]) {
                let view = eval.list(list)?;
                if let Some(open) = view.open {
                    return Err(crate::value::Stop::Unknown(open));
                }
                all.extend(view.items);
            }
            replace(modules_name, eval.make_list(&all));
        }
        if let Some(new) = values::forced(eval, more, words.special_args)? {
            let old = given.iter().find(|attr| attr.name == words.special_args).map(|attr| attr.value);
            let mut attrs = eval.attributes_of(new).0;
            if let Some(old) = old {
                let old = eval.force(old)?;
                attrs.extend(eval.attributes_of(old).0);
            }
            replace(words.special_args, eval.make_attrs_at(attrs, None));
        }
        if let Some(prefix) = values::attr(eval, more, prefix_name)? {
            replace(prefix_name, prefix);
        }
        let arguments = eval.make_attrs_at(arguments, None);
        evaluate(eval, &system, arguments)
    })
}

/// The configuration's modules as the type of an option.
fn module_type(eval: &mut Evaluator, system: &Arc<System>, given: &[Attr]) -> Value {
    let (system, given) = (system.clone(), given.to_vec());
    eval.make_lazy(move |eval| {
        let make = values::of_library(eval, system.lib, &["types", "submoduleWith"])?;
        let names = ["modules", "specialArgs", "class"].map(|name| eval.intern(name));
        let wanted = values::of_arguments(eval, make)?;
        let attrs: Vec<Attr> = given
            .iter()
            .filter(|attr| {
                names.contains(&attr.name) && wanted.as_ref().is_none_or(|it| it.contains(&attr.name))
            })
            .copied()
            .collect();
        let arguments = eval.make_attrs_at(attrs, None);
        eval.call(make, arguments)
    })
}

impl Configuration {
    /// Says what `config` and `options` are that modules are called with.
    pub(super) fn fill(self: &Arc<Self>, eval: &mut Evaluator) {
        let this = self.clone();
        let whole = eval.make_lazy(move |eval| {
            let result = this.whole(eval);
            if let Err(crate::value::Stop::Error(error)) = result
                && eval.error(error).kind == ErrorKind::InfiniteRecursion
            {
                let at = eval.error(error).span;
                eval.say_in_trace(error, at, IMPORTS_HINT);
            }
            result
        });
        eval.fill(self.config, whole);
        let this = self.clone();
        let options = eval.make_lazy(move |eval| Self::tree(&this, eval)?.options(eval));
        eval.fill(self.options, options);
    }

    /// `config` with `_module`, not checked.
    fn whole(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        let tree = Self::tree(self, eval)?;
        let words = &self.system.words;
        let freeform = value_at(eval, self, &[words.module, words.freeform_type])?;
        let declared = tree.value(eval)?;
        if freeform == Value::Null {
            return Ok(declared);
        }
        let unmatched = tree.unmatched(eval)?;
        if unmatched.is_empty() {
            return Ok(declared);
        }
        let mut definitions = Vec::with_capacity(unmatched.len());
        for it in &unmatched {
            let mut value = it.raw.value;
            for name in it.path.iter().rev() {
                let attr = Attr { name: *name, position: it.raw.position, value };
                value = eval.make_attrs_at(vec![attr], None);
            }
            let attrs = vec![plain_attr(words.plain_file, it.raw.file), plain_attr(words.value, value)];
            definitions.push(eval.make_attrs_at(attrs, None));
        }
        let list = eval.make_list(&definitions);
        let merge = values::need(eval, freeform, words.merge)?;
        let prefix = Loc::list(self.prefix.as_ref(), eval);
        let free = values::call2(eval, merge, prefix, list)?;
        let update = values::of_library(eval, self.system.lib, &["recursiveUpdate"])?;
        values::call2(eval, update, free, declared)
    }

    /// Definitions of options that do not exist are errors, unless somebody takes them.
    fn check(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated<()> {
        let words = &self.system.words;
        let config = eval.force(self.config)?;
        let own = values::need(eval, config, words.module)?;
        let check = values::need(eval, own, words.check)?;
        if eval.force(check)? != Value::Bool(true) {
            return Ok(());
        }
        if value_at(eval, self, &[words.module, words.freeform_type])? != Value::Null {
            return Ok(());
        }
        let tree = Self::tree(self, eval)?;
        let unmatched = tree.unmatched(eval)?;
        match unmatched.first() {
            None => Ok(()),
            Some(first) => self.no_such_option(eval, tree, first),
        }
    }

    fn no_such_option(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        tree: &Arc<Level>,
        first: &Unmatched,
    ) -> Evaluated<()> {
        let system = self.system.clone();
        let words = &system.words;
        let parent = &first.path[..first.path.len() - 1];
        let mut above = self.prefix.clone();
        for name in parent {
            let text = eval.make_symbol_string(*name);
            above = Some(Loc::below(above.as_ref(), text));
        }
        let wrong = *first.path.last().expect("a path has a name");
        let text = eval.make_symbol_string(wrong);
        let loc = errors::show_option(eval, &system, Some(&Loc::below(above.as_ref(), text)));
        let attrs =
            vec![plain_attr(words.plain_file, first.raw.file), plain_attr(words.value, first.raw.value)];
        let definition = eval.make_attrs_at(attrs, None);
        let list = eval.make_list(&[definition]);
        let shown = self.shown_definition(eval, &loc, list, first)?;
        let options = tree.options(eval)?;
        let mut siblings = options;
        for name in parent {
            siblings = match values::forced(eval, siblings, *name)? {
                Some(inner) => inner,
                None => eval.make_attrs([]),
            };
        }
        let names: Vec<Sym> = eval
            .attributes_of(siblings)
            .0
            .iter()
            .map(|attr| attr.name)
            .filter(|name| !parent.is_empty() || *name != words.module)
            .collect();
        let names: Vec<String> = names.into_iter().map(|name| eval.name(name).to_owned()).collect();
        let mut paths: Vec<(String, String)> = Vec::with_capacity(names.len());
        for name in &names {
            let text = eval.make_string(name);
            let loc = Loc::below(above.as_ref(), text);
            if names.len() < 100 || strsim::levenshtein(eval.name(wrong), name) <= 2 {
                paths.push((name.clone(), errors::show_option(eval, &system, Some(&loc))));
            }
        }
        let show = |name: &str| {
            paths
                .iter()
                .find(|(known, _)| known == name)
                .map_or_else(|| name.to_owned(), |(_, path)| path.clone())
        };
        let wrong_name = eval.name(wrong).to_owned();
        let hint = errors::did_you_mean(&wrong_name, names, show);
        let base = format!("The option `{loc}' does not exist. Definition values:{shown}{hint}");
        let only_own = eval.attributes_of(options).0.len() == 1;
        let message = if !only_own {
            base
        } else if self.prefix.is_none() {
            format!(
                "{base}\n\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!\n"
            )
        } else {
            let prefix = errors::show_option(eval, &system, self.prefix.as_ref());
            format!(
                "{base}\n\nHowever there are no options defined in `{prefix}'. Are you sure you've\ndeclared your options properly? This can happen if you e.g. declared your options in `types.submodule'\nunder `config' rather than `options'.\n"
            )
        };
        let at = eval.defined_at(first.raw.position).map(|(name, _)| name);
        throw(eval, at.or_else(|| decide::place(eval, first.raw.position)), message)
    }

    /// The definition in words; failing to show it is said in the trace.
    fn shown_definition(
        &self,
        eval: &mut Evaluator,
        loc: &str,
        list: Value,
        first: &Unmatched,
    ) -> Evaluated<String> {
        let function = values::of_library(eval, self.system.lib, &["options", "showDefs"]);
        let text = function.and_then(|function| eval.call(function, list)).and_then(|text| eval.string(text));
        if let Err(crate::value::Stop::Error(error)) = text {
            let at = eval.error(error).span;
            let file = values::shown(eval, first.raw.file);
            eval.say_in_trace(error, at, &format!("while evaluating a definition from `{file}'"));
            eval.say_in_trace(error, at, &format!("while evaluating the error message for definitions for `{loc}', which is an option that does not exist"));
        }
        match text {
            Err(crate::value::Stop::Unknown(_)) => Ok(errors::show_definitions(eval, &self.system, list)),
            text => text,
        }
    }

    /// The set that `evalModules` gives.
    fn result(self: &Arc<Self>, eval: &mut Evaluator, arguments: Value, extend: Value, ty: Value) -> Value {
        let words = self.system.words;
        let mut attrs = Vec::with_capacity(9);
        let mut lazily =
            |eval: &mut Evaluator, name: Sym, compute: fn(&Arc<Self>, &mut Evaluator) -> Evaluated| {
                let this = self.clone();
                let value = eval.make_lazy(move |eval| compute(&this, eval));
                attrs.push(plain_attr(name, value));
            };
        lazily(eval, words.options, |this, eval| {
            this.check(eval)?;
            eval.force(this.options)
        });
        lazily(eval, words.config, |this, eval| {
            this.check(eval)?;
            let config = eval.force(this.config)?;
            let (mut attrs, open) = eval.attributes_of(config);
            attrs.retain(|attr| attr.name != this.system.words.module);
            Ok(eval.make_attrs_at(attrs, open))
        });
        lazily(eval, words.module, |this, eval| {
            this.check(eval)?;
            let config = eval.force(this.config)?;
            let own = values::need(eval, config, this.system.words.module)?;
            eval.force(own)
        });
        let kind = eval.make_string("configuration");
        attrs.push(plain_attr(words.kind, kind));
        attrs.push(plain_attr(words.ty, ty));
        let system = self.system.clone();
        let graph = eval.make_lazy(move |eval| {
            let original = eval.select(system.functions, "evalModules")?;
            let result = eval.call(original, arguments)?;
            eval.select(result, "graph")
        });
        for (name, value) in
            [("extendModules", extend), ("class", self.class.unwrap_or(Value::Null)), ("graph", graph)]
        {
            let name = eval.intern(name);
            attrs.push(plain_attr(name, value));
        }
        eval.make_attrs_at(attrs, None)
    }
}

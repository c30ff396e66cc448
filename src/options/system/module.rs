//! One module in its normal form: which file it is, what it imports, declares and defines.

use std::sync::Arc;

use super::collect::{Around, Collector};
use super::values::{self, shown, throw};
use crate::eval::Evaluated;
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, Stop, Value};

/// A module, ready to be matched with others.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub(super) file: Value,
    pub(super) key: Arc<str>,
    pub(super) at: Span,
    pub(super) options: Option<Value>,
    /// What it defines: `config` or its settings, and what else it says in other words.
    pub(super) configs: Vec<Value>,
    pub(super) disabled: Option<Value>,
}

/// The normal form of a module, and the lists of modules that it imports.
pub(super) fn normalise(
    collector: &mut Collector<'_, '_>,
    here: Around,
    set: Value,
    at: Span,
) -> Evaluated<(Module, Vec<Value>)> {
    let words = collector.config.system.words;
    let set = collector.eval.force(set)?;
    if !matches!(set, Value::Attrs(_)) {
        let file = shown(collector.eval, here.file);
        let message = format!("module {file} ({}) does not look like a module.", here.key);
        return throw(collector.eval, Some(at), message);
    }
    let (attrs, open) = collector.eval.attributes_of(set);
    if let Some(open) = open {
        return Err(Stop::Unknown(open));
    }
    let find = |name: Sym| attrs.iter().find(|attr| attr.name == name).copied();
    let explicit = find(words.config).is_some() || find(words.options).is_some();
    if explicit {
        refuse_stray(collector, &attrs, &here, at)?;
    }

    let file = match find(words.file) {
        Some(attr) => collector.eval.to_text(attr.value)?,
        None => here.file,
    };
    let key = match find(words.key) {
        Some(attr) => {
            let key = collector.eval.to_text(attr.value)?;
            collector.eval.string(key)?.into()
        }
        None => here.key.clone(),
    };
    check_class(collector, find(words.class), file, at)?;

    let imports = [words.require, words.imports]
        .into_iter()
        .filter(|name| *name == words.imports || !explicit)
        .filter_map(|name| find(name).map(|attr| attr.value))
        .collect();
    let mut configs = Vec::new();
    if explicit {
        configs.extend(find(words.config).map(|attr| attr.value));
        if let Some(meta) = find(words.meta) {
            configs.push(collector.eval.make_attrs_at(vec![meta], None));
        }
    } else {
        let mut settings = attrs.clone();
        let own = [
            words.class,
            words.file,
            words.key,
            words.disabled_modules,
            words.require,
            words.imports,
            words.freeform_type,
        ];
        settings.retain(|attr| !own.contains(&attr.name));
        configs.push(collector.eval.make_attrs_at(settings, None));
    }
    if let Some(freeform) = find(words.freeform_type) {
        let inner = collector.eval.make_attrs_at(vec![freeform], None);
        let outer = values::plain_attr(words.module, inner);
        configs.push(collector.eval.make_attrs_at(vec![outer], None));
    }
    let module = Module {
        file,
        key,
        at,
        options: find(words.options).filter(|_| explicit).map(|attr| attr.value),
        configs,
        disabled: find(words.disabled_modules).map(|attr| attr.value),
    };
    Ok((module, imports))
}

/// Settings beside `config` or `options`, which may be in one of them only.
fn refuse_stray(collector: &mut Collector<'_, '_>, attrs: &[Attr], here: &Around, at: Span) -> Evaluated<()> {
    let words = collector.config.system.words;
    let own = [
        words.class,
        words.file,
        words.key,
        words.disabled_modules,
        words.imports,
        words.options,
        words.config,
        words.meta,
        words.freeform_type,
    ];
    let is_property = |name: Sym| name == words.kind;
    let mut stray: Vec<Attr> =
        attrs.iter().filter(|attr| !own.contains(&attr.name) && !is_property(attr.name)).copied().collect();
    stray.sort_by_key(|attr| collector.eval.name(attr.name).to_owned());
    let Some(first) = stray.first() else { return Ok(()) };
    let place = collector.eval.defined_at(first.position).map_or(at, |(name, _)| name);
    let names: Vec<&str> = stray.iter().map(|attr| collector.eval.name(attr.name)).collect();
    let message = format!(
        "Module `{}' has an unsupported attribute `{}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: {}) into the explicit `config' attribute.",
        here.key,
        names[0],
        names.join(" ")
    );
    throw(collector.eval, Some(place), message)
}

/// A module of another class is refused where a class is asked for.
fn check_class(collector: &mut Collector<'_, '_>, own: Option<Attr>, file: Value, at: Span) -> Evaluated<()> {
    let Some(wanted) = collector.config.class else { return Ok(()) };
    let Some(own) = own else { return Ok(()) };
    let wanted = collector.eval.force(wanted)?;
    let own = collector.eval.force(own.value)?;
    if wanted == Value::Null || own == Value::Null || collector.eval.same(wanted, own) != Some(false) {
        return Ok(());
    }
    let (file, own) = (shown(collector.eval, file), shown(collector.eval, own));
    let wanted = shown(collector.eval, wanted);
    throw(
        collector.eval,
        Some(at),
        format!(
            "The module `{file}` (class: \"{own}\") cannot be imported into a module evaluation that expects class \"{wanted}\".\n\nHelp:\n- Ensure that you are importing the correct module.\n- Verify that the module's `_class`, \"{own}\" matches the expected `class` \"{wanted}\".\n- If you are using a custom class, make sure it is correctly defined and used consistently across your modules.\n"
        ),
    )
}

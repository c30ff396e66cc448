//! One module in its normal form: which file it is, what it imports, declares and defines.

use std::sync::Arc;

use super::collect::{Around, Candidate, Collector};
use super::values::{self, shown, throw};
use crate::eval::Evaluated;
use crate::options::modules::{ModuleMistakeKind, Origin};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, Stop, Value};

/// Whose module it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::options) enum Part {
    User,
    /// What the caller says of its own world.
    Base,
    /// What is known of NixOS itself.
    Nixos,
}

/// A module, ready to be matched with others.
#[derive(Clone, Debug)]
pub(in crate::options) struct Module {
    pub(in crate::options) file: Value,
    pub(in crate::options) key: Arc<str>,
    pub(in crate::options) at: Span,
    pub(in crate::options) origin: Origin,
    pub(in crate::options) part: Part,
    /// Its number in the order of loading.
    pub(in crate::options) number: usize,
    pub(in crate::options) options: Option<Value>,
    /// What it defines: `config` or its settings, and what else it says in other words.
    pub(in crate::options) configs: Vec<(Value, Span)>,
    pub(in crate::options) disabled: Option<Value>,
}

/// Lists of modules, and where they stand.
type Imports = Vec<(Value, Span)>;

/// The normal form of a module, and its imports. `None` where there is no module, which then was noted.
pub(super) fn normalise(
    collector: &mut Collector<'_, '_>,
    here: Around,
    set: Value,
    candidate: &Candidate,
) -> Evaluated<Option<(Module, Imports)>> {
    let words = collector.config.system.words;
    let at = candidate.at;
    let set = collector.eval.force(set)?;
    if !matches!(set, Value::Attrs(_)) {
        let kind = collector.eval.kind(set).with_article();
        collector.mistake(at, ModuleMistakeKind::NoModule(kind), |eval| {
            format!("module {} ({}) does not look like a module.", shown(eval, here.file), here.key)
        })?;
        return Ok(None);
    }
    let (attrs, open) = collector.eval.attributes_of(set);
    if let Some(open) = open {
        collector.stopped(Stop::Unknown(open), at)?;
    }
    let find = |name: Sym| attrs.iter().find(|attr| attr.name == name).copied();
    let explicit = find(words.config).is_some() || find(words.options).is_some();
    if explicit {
        note_stray(collector, &attrs, &here, at)?;
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

    let place = |collector: &Collector<'_, '_>, attr: Attr| {
        let place = collector.eval.defined_at(attr.position);
        place.map_or(at, |(name, value)| value.unwrap_or(name))
    };
    let mut imports = Imports::new();
    for name in [words.require, words.imports] {
        if let Some(attr) = find(name)
            && (name == words.imports || !explicit)
        {
            imports.push((attr.value, place(collector, attr)));
        }
    }
    let mut configs = Vec::new();
    if explicit {
        configs.extend(find(words.config).map(|attr| (attr.value, place(collector, attr))));
        if let Some(meta) = find(words.meta) {
            configs.push((collector.eval.make_attrs_at(vec![meta], None), at));
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
        if collector.is_open() {
            note_import(collector, &mut settings);
        }
        configs.push((collector.eval.make_attrs_at(settings, None), at));
    }
    if let Some(freeform) = find(words.freeform_type) {
        let inner = collector.eval.make_attrs_at(vec![freeform], None);
        let outer = values::plain_attr(words.module, inner);
        configs.push((collector.eval.make_attrs_at(vec![outer], None), at));
    }
    let module = Module {
        file,
        key,
        at,
        origin: candidate.origin,
        part: candidate.part,
        number: 0,
        options: find(words.options).filter(|_| explicit).map(|attr| attr.value),
        configs,
        disabled: find(words.disabled_modules).map(|attr| attr.value),
    };
    Ok(Some((module, imports)))
}

/// Settings beside `config` or `options`, which may be in one of them only.
fn note_stray(collector: &mut Collector<'_, '_>, attrs: &[Attr], here: &Around, at: Span) -> Evaluated<()> {
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
    let names: Vec<String> = stray.iter().map(|attr| collector.eval.name(attr.name).to_owned()).collect();
    if let Some(first) = names.first()
        && !collector.is_open()
    {
        let place = collector.eval.defined_at(stray[0].position).map_or(at, |(name, _)| name);
        let message = format!(
            "Module `{}' has an unsupported attribute `{first}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: {}) into the explicit `config' attribute.",
            here.key,
            names.join(" ")
        );
        return throw(collector.eval, Some(place), message);
    }
    for (attr, name) in stray.iter().zip(&names) {
        let place = collector.eval.defined_at(attr.position).map_or(at, |(name, _)| name);
        collector.mistake(place, ModuleMistakeKind::Mixed(name.clone()), |_| String::new())?;
    }
    Ok(())
}

/// `import = [ … ]` is a slip that Nix meets as an option that does not exist.
fn note_import(collector: &mut Collector<'_, '_>, settings: &mut Vec<Attr>) {
    let import = collector.config.system.words.import;
    if let Some(at) = settings.iter().position(|attr| attr.name == import) {
        let attr = settings.remove(at);
        if let Some((name, _)) = collector.eval.defined_at(attr.position) {
            let kind = ModuleMistakeKind::ImportForImports;
            collector.out.mistakes.push(crate::options::modules::ModuleMistake { at: name, kind });
        }
    }
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

//! Where the thing at a place comes from: a name, a file that is imported, an option, a machine.

use std::path::PathBuf;

use super::View;
use super::links;
use super::machines::Role;
use super::names::Meaning;
use super::place::OptionPlace;
use crate::syntax::{Bytes, Definition, Expr};
use crate::text::Span;

/// Somewhere to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    At(Span),
    /// The beginning of a file that the network need not have read.
    File(PathBuf),
}

/// Everything that the thing at a place may be defined by, the likeliest first.
pub fn definition(view: &View<'_>, offset: u32) -> Vec<Target> {
    if let Some(mention) = view.mention_at(offset)
        && view.has_machine(&mention.name)
        && mention.role != Role::Tag
    {
        return view.machine_definitions(&mention.name).into_iter().map(Target::At).collect();
    }
    if let Some(link) = links::link_at(view, offset) {
        return vec![Target::File(link)];
    }
    if let Some(place) = view.option_at(offset)
        && let Some(names) = place.names()
    {
        let found = view.places_of_option(&names);
        let set = found
            .set
            .into_iter()
            .filter(|it| it.file != view.file || !(it.start <= offset && offset <= it.end));
        let mut targets: Vec<Target> = found.declared.into_iter().chain(set).map(Target::At).collect();
        targets.extend(view.declaring_file(&place).map(Target::File));
        return targets;
    }
    let attributes = view.attribute_definitions(offset);
    let names = if attributes.is_empty() { view.name_definitions(offset) } else { attributes };
    names.into_iter().map(|at| Target::At(view.span(at))).collect()
}

impl View<'_> {
    /// Where a machine is written, in every file that defines it.
    pub(super) fn machine_definitions(&self, name: &str) -> Vec<Span> {
        let written: Vec<Span> = self
            .mentions_of(name)
            .into_iter()
            .filter(|it| it.role == Role::Defined)
            .map(|it| it.at)
            .collect();
        if !written.is_empty() {
            return written;
        }
        // Its name is computed: the place that the network knows.
        let machine = self.network.machine(name);
        machine.map(|it| it.sources.iter().map(|it| it.name_at).collect()).unwrap_or_default()
    }

    /// The option whose name stands at a place, in a definition or behind `config.`.
    pub(super) fn option_at(&self, offset: u32) -> Option<OptionPlace> {
        if let Some((binding, step)) = self.outline().step_at(offset) {
            if self.outline().bindings[binding].inherited {
                return None;
            }
            let way = self.outline().way_to_step(binding, step);
            return self.option_place(&way).filter(|it| !it.path.is_empty() && self.is_option(it));
        }
        let chain = self.chain_at(offset);
        let names: Vec<&str> = chain.iter().map(|it| it.name.as_str()).collect();
        let path = match names.as_slice() {
            ["nodes", _, "config", path @ ..] | ["config", path @ ..] if !path.is_empty() => path,
            _ => return None,
        };
        let path = path.iter().map(|it| super::option_tree::Part::Name((*it).to_owned())).collect();
        Some(OptionPlace { machine: None, path })
    }

    /// Whether somebody declares an option there, or several machines set it: any other name is a name like others.
    fn is_option(&self, place: &OptionPlace) -> bool {
        if !super::option_tree::locate(&self.option_trees(), &place.path).is_empty() {
            return true;
        }
        let path: Vec<std::sync::Arc<str>> =
            place.names().unwrap_or_default().into_iter().map(Into::into).collect();
        !path.is_empty() && self.network.machines.iter().any(|it| it.declares(&path))
    }

    /// The file of NixOS that declares an option, where that nixpkgs is on this disk.
    fn declaring_file(&self, place: &OptionPlace) -> Option<PathBuf> {
        let spots = super::option_tree::locate(&self.option_trees(), &place.path);
        let file = super::option_tree::declaration(&spots)?.declared_in.clone()?;
        let settings = self.request.settings();
        let input = settings.inputs.iter().find(|(name, _)| name == "nixpkgs");
        let (_, folder) = input.or_else(|| settings.nix_path.iter().find(|(name, _)| name == "nixpkgs"))?;
        let path = folder.join(&*file);
        self.request.files.kind(&path).ok().map(|_| path)
    }

    /// Where a local name is defined: its own definition, and what an `inherit` passes on.
    fn name_definitions(&self, offset: u32) -> Vec<Bytes> {
        let (names, module) = (self.names(), &self.parsed.module);
        let Some(used) = names.use_at(offset) else { return Vec::new() };
        match used.meaning {
            Meaning::Local { frame, slot } => {
                let Some((sym, at)) = names.slot(module, frame, slot) else { return Vec::new() };
                self.slot_places(frame, slot, names.written(module, self.text, frame, sym, at))
            }
            // Only where the set is written in place can it be told which attribute is meant.
            Meaning::FromWith { frame } => {
                let Expr::With { scope, .. } = module.expr(names.frames[frame as usize].expr) else {
                    return Vec::new();
                };
                let set = match module.expr(scope) {
                    Expr::Attrs(set) => set,
                    Expr::Local { .. } => return self.attribute_of_local(module.span(scope), used.sym),
                    _ => return Vec::new(),
                };
                let entries = module.sets[set as usize].entries.iter();
                entries.filter(|it| it.sym == used.sym).map(|it| it.at).collect()
            }
            Meaning::Global | Meaning::Nothing => Vec::new(),
        }
    }

    /// `with x; name`, where `x` is a set in a `let`.
    fn attribute_of_local(&self, scope: Bytes, name: crate::syntax::Sym) -> Vec<Bytes> {
        let (names, module) = (self.names(), &self.parsed.module);
        let Some(Meaning::Local { frame, slot }) = names.use_at(scope.0).map(|it| it.meaning) else {
            return Vec::new();
        };
        let Some(set) = self.set_of_slot(frame, slot) else { return Vec::new() };
        let entries = module.sets[set as usize].entries.iter();
        entries.filter(|it| it.sym == name).map(|it| it.at).collect()
    }

    /// `x.a.b`, where `x` is a set in a `let`: each name leads to its definition.
    fn attribute_definitions(&self, offset: u32) -> Vec<Bytes> {
        let (names, module, chain) = (self.names(), &self.parsed.module, self.chain_at(offset));
        let [first, rest @ ..] = chain.as_slice() else { return Vec::new() };
        let Some(Meaning::Local { frame, slot }) = names.use_at(first.at.0).map(|it| it.meaning) else {
            return Vec::new();
        };
        let (mut set, mut found) = (self.set_of_slot(frame, slot), Vec::new());
        for link in rest {
            let Some(entries) = set.map(|it| &module.sets[it as usize].entries) else { return Vec::new() };
            let entry = entries.iter().find(|it| module.symbols.name(it.sym) == link.name);
            let Some(entry) = entry else { return Vec::new() };
            found = vec![entry.at];
            set = match entry.definition {
                Definition::Value(value) => match module.expr(value) {
                    Expr::Attrs(set) => Some(set),
                    _ => None,
                },
                Definition::Inherit(_) | Definition::InheritFrom(_) => None,
            };
        }
        found
    }

    fn set_of_slot(&self, frame: u32, slot: u32) -> Option<u32> {
        use super::names::FrameKind;
        let module = &self.parsed.module;
        let (FrameKind::Let(set) | FrameKind::Recursive(set)) = self.names().frames[frame as usize].kind
        else {
            return None;
        };
        match module.sets[set as usize].entries.get(slot as usize)?.definition {
            Definition::Value(value) => match module.expr(value) {
                Expr::Attrs(set) => Some(set),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where the name of a slot is written: `a.b = 1; a.c = 2;` write one more than once.
    pub(super) fn slot_places(&self, frame: u32, slot: u32, first: Bytes) -> Vec<Bytes> {
        let outline = self.outline();
        let mut places = vec![first];
        if self.set_of_slot(frame, slot).is_some()
            && let Some((binding, 0)) = outline.step_at(first.0)
        {
            let binding = &outline.bindings[binding];
            let same = outline.bindings.iter().filter(|it| {
                it.container == binding.container
                    && !it.inherited
                    && it.path.first().map(|it| &it.name) == binding.path.first().map(|it| &it.name)
            });
            places.extend(same.filter_map(|it| it.path.first()).map(|it| it.at));
            places.sort_unstable();
            places.dedup();
        }
        places
    }
}

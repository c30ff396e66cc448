//! Names of options at any depth, and the values that an option takes where there are few.

use super::super::hover::facts;
use super::super::option_tree::{self, Part, Spot};
use super::super::outline::{Open, Segment, Step};
use super::super::place::OptionPlace;
use super::{Here, Item, ItemKind, length};
use crate::eval::written_name;
use crate::options::{OptionNode, OptionType};

/// What a module may hold beside its settings.
const OF_MODULES: [(&str, &str); 4] = [
    ("config", "The settings of the module, where it also has `options`."),
    ("imports", "More modules."),
    ("options", "Options that the module declares."),
    ("deployment", "How the machine is reached and deployed."),
];

impl Here<'_, '_> {
    /// Names of options where a definition is begun; other attributes of the network where it is none.
    pub(super) fn option_names(&self, open: &Open) -> Vec<Item> {
        let mut path: Vec<&Step> = open.path.iter().collect();
        // The last name is being typed, unless a dot follows it.
        if path.last().is_some_and(|it| it.at == self.word) {
            path.pop();
        } else if !path.is_empty() && !self.text[..self.word.0 as usize].trim_end().ends_with('.') {
            path.clear();
        }
        let mut way = self.outline.way(open.container);
        way.extend(path.iter().map(|it| it.segment()));
        if way.is_empty() && self.view.is_network_file() {
            return self.top_names();
        }
        let Some(place) = self.view.option_place(&way) else { return Vec::new() };
        let mut items = self.names_below(&place);
        // The first bracket of a file may become the arguments of a function.
        let first = self.outline.tokens.first().is_some_and(|it| {
            it.text(self.text) == "{" && self.outline.containers[open.container].at.0 == it.start
        });
        if first && self.outline.bindings.is_empty() {
            items.extend(self.arguments(open));
        }
        if place.path.is_empty() {
            for (name, text) in OF_MODULES {
                let attribute = self.item(name, ItemKind::Attribute);
                if items.iter().all(|it| it.label != name) {
                    items.push(Item { text: Some(text.to_owned()), ..attribute });
                }
            }
        }
        items
    }

    /// What a network holds beside its machines.
    fn top_names(&self) -> Vec<Item> {
        let reserved = self.view.network.dialect.reserved().iter();
        let mut items: Vec<Item> = reserved.map(|it| self.item(it, ItemKind::Attribute)).collect();
        items.extend(self.machines());
        items
    }

    /// The options below a place.
    pub(super) fn names_below(&self, place: &OptionPlace) -> Vec<Item> {
        let spots = option_tree::locate(&self.view.option_trees(), &place.path);
        let mut items: Vec<Item> = Vec::new();
        for (name, node) in option_tree::names(&spots) {
            let insert = written_name(name);
            match node {
                OptionNode::Group(_) => {
                    items.push(Item { insert, ..self.item(name, ItemKind::Group) });
                }
                OptionNode::Option(option) => {
                    if option.internal || option.foreign || option.obsolete.is_some() {
                        continue;
                    }
                    let mut path = place.path.clone();
                    path.push(Part::Name(name.to_string()));
                    let facts = facts(option, &path);
                    let text = match option.description.trim() {
                        "" => facts,
                        description => format!("{description}\n\n{facts}"),
                    };
                    let (detail, text) = (Some(option.ty.described()), Some(text));
                    items.push(Item { detail, text, insert, ..self.item(name, ItemKind::Option) });
                }
            }
        }
        items.extend(self.names_beside(place, &spots));
        items
    }

    /// Names that machines use where the type allows any, and that modules declare themselves.
    fn names_beside(&self, place: &OptionPlace, spots: &[Spot<'_>]) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let is_open = spots.iter().any(|it| match it {
            Spot::Declared(option) => is_set(&option.ty),
            Spot::Type(ty) => is_set(ty),
            Spot::Options(_) => false,
        });
        let Some(path) = place.names() else { return items };
        let mut add = |name: &str, kind: ItemKind| {
            if items.iter().all(|it| it.label != name) {
                items.push(Item { insert: written_name(name), ..self.item(name, kind) });
            }
        };
        for machine in &self.view.network.machines {
            for declared in &machine.declared {
                if declared.len() > path.len() && path.iter().zip(declared).all(|(a, b)| *a == &**b) {
                    add(&declared[path.len()], ItemKind::Option);
                }
            }
            if !is_open {
                continue;
            }
            for definition in machine.definitions_of(&path) {
                for entry in definition.value.as_set().unwrap_or_default() {
                    add(&entry.name, ItemKind::Attribute);
                }
            }
        }
        items
    }

    /// Behind `=`: the values of an option that takes few.
    pub(super) fn option_values(&self) -> Vec<Item> {
        let values = self.values_of(&self.outline.way_to_end());
        values.into_iter().map(|it| self.item(&it, ItemKind::Value)).collect()
    }

    /// In a string: the values that are strings.
    pub(super) fn text_values(&self, way: &[Segment], written: &str) -> Vec<Item> {
        let at = self.view.span((self.word.1 - length(written), self.word.1));
        let values = self.values_of(way).into_iter();
        let strings = values.filter_map(|it| it.strip_prefix('"')?.strip_suffix('"').map(str::to_owned));
        strings.map(|it| Item { at, ..self.item(&it, ItemKind::Value) }).collect()
    }

    fn values_of(&self, way: &[Segment]) -> Vec<String> {
        let Some(place) = self.view.option_place(way).filter(|it| !it.path.is_empty()) else {
            return Vec::new();
        };
        let spots = option_tree::locate(&self.view.option_trees(), &place.path);
        option_tree::ty(&spots).map(option_tree::values).unwrap_or_default()
    }
}

/// Whether it is a set of names that the user chooses.
fn is_set(ty: &OptionType) -> bool {
    match ty {
        OptionType::AttrsOf(_) | OptionType::ListOrAttrsOf(_) => true,
        OptionType::NullOr(inside) | OptionType::Once(inside) => is_set(inside),
        _ => false,
    }
}

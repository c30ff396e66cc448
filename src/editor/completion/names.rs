//! Names in scope, arguments of modules, and what stands behind a dot.

use super::super::functions::{self, Known};
use super::super::option_tree::Part;
use super::super::outline::{Kind, Open, Scope};
use super::super::place::OptionPlace;
use super::{Here, Item, ItemKind};
use crate::eval::written_name;

/// What a module of a machine may be called with.
const ARGUMENTS: [(&str, &str); 7] = [
    ("config", "The settings of the machine."),
    ("lib", "The library of nixpkgs."),
    ("modulesPath", "The folder of NixOS' own modules."),
    ("name", "The name of the machine."),
    ("nodes", "All machines of the network, each with its `config`."),
    ("options", "The options of the machine."),
    ("pkgs", "The packages."),
];

impl Here<'_, '_> {
    /// Behind a `=`, in a list or bracket: values of the option, then names.
    pub(super) fn values_and_words(&self) -> Vec<Item> {
        let mut items = self.option_values();
        items.extend(self.words());
        items
    }

    /// Every name that means something here.
    pub(super) fn words(&self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut from_library = false;
        for open in &self.outline.open {
            if matches!(self.kind(open), Kind::Let | Kind::Set { recursive: true }) {
                self.names_of(open.container, &mut items);
            }
            for scope in &open.scopes {
                match scope {
                    Scope::Names(container) => self.names_of(*container, &mut items),
                    Scope::Argument(name) => items.push(self.item(name, ItemKind::Variable)),
                    Scope::With(path) => {
                        let path: Vec<&str> = path.iter().map(String::as_str).collect();
                        from_library |= path.ends_with(&["lib"]);
                        let types = functions::types().filter(|_| path.ends_with(&["lib", "types"]));
                        items.extend(types.map(|it| self.function(it)));
                    }
                }
            }
        }
        items.extend(functions::globals().map(|it| self.function(it)));
        if from_library {
            items.extend(functions::library().map(|it| self.function(it)));
        }
        for keyword in ["assert", "if", "let", "rec", "with"] {
            items.push(self.item(keyword, ItemKind::Keyword));
        }
        items
    }

    /// The names that a `let`, a recursive set or the arguments of a function define.
    fn names_of(&self, container: usize, items: &mut Vec<Item>) {
        for binding in self.outline.bindings.iter().filter(|it| it.container == container) {
            if let Some(step) = binding.path.first()
                && let Some(name) = step.name.as_deref()
                && step.at != self.word
            {
                items.push(Item { insert: written_name(name), ..self.item(name, ItemKind::Variable) });
            }
        }
    }

    fn function(&self, known: Known) -> Item {
        let kind = if known.arguments.is_empty() { ItemKind::Constant } else { ItemKind::Function };
        let detail = Some(known.call());
        Item { detail, text: Some(known.text.to_owned()), ..self.item(known.name, kind) }
    }

    /// In the brackets of a function's arguments.
    pub(super) fn arguments(&self, open: &Open) -> Vec<Item> {
        if self.before().next() == Some("?") {
            return self.words();
        }
        let there = self.outline.bindings.iter().filter(|it| it.container == open.container);
        let there: Vec<&str> = there
            .filter_map(|it| it.path.first())
            .filter(|it| it.at != self.word)
            .filter_map(|it| it.name.as_deref())
            .collect();
        let left = ARGUMENTS.iter().filter(|(name, _)| !there.contains(name));
        let argument = |(name, text): &(&str, &str)| Item {
            text: Some((*text).to_owned()),
            ..self.item(name, ItemKind::Variable)
        };
        left.map(argument).collect()
    }

    /// What stands behind a dot.
    pub(super) fn members(&self, chain: &[String]) -> Vec<Item> {
        let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
        match chain.as_slice() {
            ["nodes"] | ["resources", "machines"] => self.quoted_machines(),
            ["nodes", machine] if self.view.has_machine(machine) => {
                ["config", "options"].map(|it| self.item(it, ItemKind::Attribute)).into()
            }
            ["nodes", machine, "config", path @ ..] => self.configured(Some((*machine).to_owned()), path),
            ["resources", "machines", machine, path @ ..] => {
                self.configured(Some((*machine).to_owned()), path)
            }
            ["config", path @ ..] => self.configured(None, path),
            ["builtins"] => functions::builtins().map(|it| self.function(it)).collect(),
            ["lib"] | ["pkgs", "lib"] => {
                let mut items: Vec<Item> = functions::library().map(|it| self.function(it)).collect();
                for group in GROUPS {
                    items.push(self.item(group, ItemKind::Attribute));
                }
                items
            }
            ["lib", "types"] | ["types"] => functions::types().map(|it| self.function(it)).collect(),
            ["lib", group] if GROUPS.contains(group) => {
                functions::library().map(|it| self.function(it)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn quoted_machines(&self) -> Vec<Item> {
        let quoted = |it: Item| Item { insert: written_name(&it.label), ..it };
        self.machines().into_iter().map(quoted).collect()
    }

    /// Options of a machine's configuration.
    fn configured(&self, machine: Option<String>, path: &[&str]) -> Vec<Item> {
        let path = path.iter().map(|it| Part::Name((*it).to_owned())).collect();
        self.names_below(&OptionPlace { machine, path })
    }
}

/// Parts of the library.
const GROUPS: [&str; 8] =
    ["attrsets", "filesystem", "generators", "lists", "modules", "options", "strings", "types"];

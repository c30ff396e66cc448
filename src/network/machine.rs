//! One machine: its modules, what they define, and what follows for its settings. Plain data.

use std::fmt;
use std::sync::Arc;

use crate::text::{FileId, Span};

use super::plain::{Plain, PlainKind};

/// The name of a machine in its network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineName(Arc<str>);

impl MachineName {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MachineName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A machine as its network's files describe it.
#[derive(Clone, Debug)]
pub struct Machine {
    pub name: MachineName,
    /// Where its name is given, once per file that defines it.
    pub sources: Vec<MachineSource>,
    /// Everything its modules define, in module order.
    pub definitions: Vec<Definition>,
    /// Why not all of its modules are known. Empty: they are.
    pub open: Vec<Gap>,
    /// Files of its modules.
    pub module_files: Vec<FileId>,
}

/// A file's definition of a machine.
#[derive(Clone, Debug)]
pub struct MachineSource {
    pub file: FileId,
    /// The name, as written.
    pub name_at: Span,
    /// The module.
    pub value_at: Span,
    pub value: ModuleKind,
}

/// What stands where a module is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    Set,
    Function,
    Path,
    List,
    /// Anything that no reader takes for a module: with its description.
    Wrong(&'static str),
    Unknown,
}

/// Something that could not be looked into, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub reason: Arc<str>,
    pub at: Option<Span>,
}

/// One definition of one option.
#[derive(Clone, Debug)]
pub struct Definition {
    pub path: Vec<Arc<str>>,
    /// The names of the path, as written.
    pub at: Span,
    pub value: Plain,
    /// 100 for plain definitions; lower wins.
    pub priority: i64,
    /// Whether the definition holds under every condition; one below `mkIf` of something unknown does not.
    pub certain: bool,
    pub origin: Origin,
}

/// Which part of the network a definition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Machine,
    Defaults,
}

/// The priority of a definition without `mkForce` and the like.
pub const PLAIN_PRIORITY: i64 = 100;

/// What is known of one option.
#[derive(Clone, Debug)]
pub enum Setting<'a> {
    /// No module defines it.
    Unset,
    /// The definitions that win; more than one where they agree or are merged.
    Known(Vec<&'a Definition>),
    Unknown(Arc<str>),
}

impl<'a> Setting<'a> {
    /// The value, where one definition, or several equal ones, give it.
    pub fn value(&self) -> Option<&'a Plain> {
        match self {
            Setting::Known(definitions) => definitions.first().map(|it| &it.value),
            _ => None,
        }
    }
}

impl Machine {
    /// The definitions of exactly this option.
    pub fn definitions_of<'a>(&'a self, path: &'a [&str]) -> impl Iterator<Item = &'a Definition> {
        self.definitions.iter().filter(move |it| {
            it.path.len() == path.len() && it.path.iter().zip(path).all(|(a, b)| **a == **b)
        })
    }

    /// What follows from them: the definitions of the strongest priority, or why that is not known.
    pub fn setting(&self, path: &[&str]) -> Setting<'_> {
        let strongest = self
            .definitions
            .iter()
            .filter(|it| {
                it.certain && it.path.len() == path.len() && it.path.iter().zip(path).all(|(a, b)| **a == **b)
            })
            .map(|it| it.priority)
            .min();
        let is_it = |it: &&Definition| {
            it.path.len() == path.len() && it.path.iter().zip(path).all(|(a, b)| **a == **b)
        };
        let limit = strongest.unwrap_or(i64::MAX);
        if let Some(maybe) =
            self.definitions.iter().filter(is_it).find(|it| !it.certain && it.priority <= limit)
        {
            let reason = maybe.value.unknown().unwrap_or("it is set under a condition that is not known");
            return Setting::Unknown(reason.into());
        }
        let Some(strongest) = strongest else {
            return match self.open.first() {
                Some(gap) => Setting::Unknown(gap.reason.clone()),
                None => Setting::Unset,
            };
        };
        let winners: Vec<&Definition> =
            self.definitions.iter().filter(is_it).filter(|it| it.certain && it.priority == strongest).collect();
        // An unknown module may hold a definition that beats a default, but seldom one that beats a plain one.
        if strongest > PLAIN_PRIORITY
            && let Some(gap) = self.open.first()
        {
            return Setting::Unknown(gap.reason.clone());
        }
        if let Some(reason) = winners.iter().find_map(|it| match &it.value.kind {
            PlainKind::Unknown(reason) => Some(reason.clone()),
            PlainKind::Failed => Some("evaluating it fails".into()),
            _ => None,
        }) {
            return Setting::Unknown(reason);
        }
        Setting::Known(winners)
    }

    /// `deployment.<name>`.
    pub fn deployment(&self, name: &str) -> Setting<'_> {
        self.setting(&["deployment", name])
    }

    /// The known elements of a list option, with where each is written; and whether these are all.
    pub fn deployment_list(&self, name: &str) -> (Vec<(&str, Span)>, bool) {
        match self.deployment(name) {
            Setting::Unset => (Vec::new(), true),
            Setting::Unknown(_) => (Vec::new(), false),
            Setting::Known(definitions) => {
                let mut all = true;
                let mut elements = Vec::new();
                for definition in definitions {
                    let Some(items) = definition.value.as_list() else {
                        all = false;
                        continue;
                    };
                    for item in items {
                        match item.as_str() {
                            Some(text) => elements.push((text, item.at)),
                            None => all = false,
                        }
                    }
                }
                (elements, all && self.open.is_empty())
            }
        }
    }

    /// Where it is first named.
    pub fn at(&self) -> Option<Span> {
        self.sources.first().map(|it| it.name_at)
    }
}

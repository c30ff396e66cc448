//! One machine: its modules, what they define, and what follows for its settings. Plain data.

use std::sync::{Arc, OnceLock};

use crate::text::{FileId, Span};
use crate::value::Why;

use super::MachineName;
use super::nixos::NixosSettings;
use crate::options::schema::OptionMistake;
use crate::options::{Definition, Gap, ModuleMistake, PLAIN_PRIORITY, Plain, PlainKind};

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
    /// Paths of options that its modules declare themselves.
    pub declared: Vec<Vec<Arc<str>>>,
    /// Modules that are written wrongly, apart from their values.
    pub mistakes: Vec<ModuleMistake>,
    /// The parameters of its modules that are functions.
    pub functions: Vec<Span>,
    /// What its modules say of NixOS' own options, as far as checks ask.
    pub nixos: NixosSettings,
    /// What is wrong with the options it sets: by the schema of NixOS, where one is given, and by what its own modules
    /// declare.
    pub option_mistakes: Vec<OptionMistake>,
    /// What it waits for as it is written, once somebody asked.
    pub(super) waits: OnceLock<Waits>,
    /// How many definitions there were, and which of them are of options of the deployment, once somebody asked.
    pub(super) of_deployment: OnceLock<(usize, Vec<usize>)>,
    /// Whether it sets passwords, once somebody asked.
    pub(super) sets_passwords: OnceLock<bool>,
}

/// What `dependsOn` says: each element, with where it is written; and whether these are all.
pub type Waits = (Vec<(Arc<str>, Span)>, bool);

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

/// What is known of one option.
#[derive(Clone, Debug)]
pub enum Setting<'a> {
    /// No module defines it.
    Unset,
    /// The definitions that win; more than one where they agree or are merged.
    Known(Vec<&'a Definition>),
    Unknown(Why),
}

impl<'a> Setting<'a> {
    /// The value, where one definition, or several equal ones, give it.
    pub fn value(&self) -> Option<&'a Plain> {
        match self {
            Setting::Known(definitions) => definitions.first().map(|it| &it.value),
            _ => None,
        }
    }

    /// What follows from the definitions of one option, given why there may be more of them.
    pub(super) fn of(
        definitions: &[&'a Definition],
        certain: impl Fn(&Definition) -> bool,
        open: &[Gap],
    ) -> Self {
        let strongest = definitions.iter().filter(|it| certain(it)).map(|it| it.priority).min();
        let limit = strongest.unwrap_or(i64::MAX);
        if let Some(maybe) = definitions.iter().find(|it| !certain(it) && it.priority <= limit) {
            let under_condition =
                || Why::new("it is set under a condition that is not known", Some(maybe.value.at));
            return Setting::Unknown(maybe.value.unknown().unwrap_or_else(under_condition));
        }
        let Some(strongest) = strongest else {
            return match open.first() {
                Some(gap) => Setting::Unknown(gap.reason.clone()),
                None => Setting::Unset,
            };
        };
        let mut winners: Vec<&Definition> =
            definitions.iter().copied().filter(|it| certain(it) && it.priority == strongest).collect();
        winners.sort_by_key(|it| it.rank);
        // An unknown module may hold a definition that beats a default, but seldom one that beats a plain one.
        if strongest > PLAIN_PRIORITY
            && let Some(gap) = open.first()
        {
            return Setting::Unknown(gap.reason.clone());
        }
        if let Some(reason) = winners.iter().find_map(|it| match &it.value.kind {
            PlainKind::Unknown(reason) => Some(reason.clone()),
            PlainKind::Failed => Some(Why::new("evaluating it fails", Some(it.value.at))),
            _ => None,
        }) {
            return Setting::Unknown(reason);
        }
        Setting::Known(winners)
    }
}

/// The set of options that says how a machine is deployed.
const DEPLOYMENT: &str = "deployment";

fn is_of_deployment(definition: &Definition) -> bool {
    definition.path.first().is_some_and(|it| it.as_ref() == DEPLOYMENT)
}

/// Whether both are the same option. Most options differ in their last name.
pub(super) fn is_path(path: &[Arc<str>], wanted: &[&str]) -> bool {
    path.len() == wanted.len() && path.iter().rev().zip(wanted.iter().rev()).all(|(a, b)| a.as_ref() == *b)
}

impl Machine {
    /// The definitions of exactly this option.
    pub fn definitions_of(&self, path: &[&str]) -> impl Iterator<Item = &Definition> {
        let of_deployment = path.first() == Some(&DEPLOYMENT);
        let few = of_deployment.then(|| self.definitions_of_deployment());
        let all = if of_deployment { &[] } else { &*self.definitions };
        few.into_iter().flatten().chain(all).filter(move |it| is_path(&it.path, path))
    }

    /// The definitions of all options of the deployment.
    pub fn definitions_of_deployment(&self) -> impl Iterator<Item = &Definition> {
        let few = self.of_deployment();
        let all = if few.is_some() { &[] } else { &*self.definitions };
        let few = few.unwrap_or_default().iter().filter_map(|at| self.definitions.get(*at));
        few.chain(all.iter().filter(|it| is_of_deployment(it)))
    }

    /// Which of the definitions are of options of the deployment, the ones that are asked for again and again; nothing where
    /// some came later.
    fn of_deployment(&self) -> Option<&[usize]> {
        let (length, found) = self.of_deployment.get_or_init(|| {
            let all = self.definitions.iter().enumerate();
            let found = all.filter(|(_, it)| is_of_deployment(it)).map(|(at, _)| at);
            (self.definitions.len(), found.collect())
        });
        (*length == self.definitions.len()).then_some(found)
    }

    /// What follows from them: the definitions of the strongest priority, or why that is not known.
    pub fn setting(&self, path: &[&str]) -> Setting<'_> {
        let definitions: Vec<&Definition> = self.definitions_of(path).collect();
        Setting::of(&definitions, |it| it.certain, &self.open)
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

    /// The elements of `deployment.dependsOn`, as [`Machine::deployment_list`] gives them: read once.
    pub fn waits(&self) -> &Waits {
        self.waits.get_or_init(|| {
            let (texts, all) = self.deployment_list("dependsOn");
            (texts.into_iter().map(|(text, at)| (text.into(), at)).collect(), all)
        })
    }

    /// Whether one of its modules declares this option, or a set of options that holds it.
    pub fn declares(&self, path: &[Arc<str>]) -> bool {
        self.declared.iter().any(|declared| path.starts_with(declared))
    }

    /// Tells the files in which its values stand, most of them several times.
    pub(super) fn files_of_values(&self, tell: &mut impl FnMut(FileId)) {
        fn inside(value: &Plain, tell: &mut impl FnMut(FileId)) {
            tell(value.at.file);
            match &value.kind {
                PlainKind::List(items) => items.iter().for_each(|it| inside(it, tell)),
                PlainKind::Set(entries) => {
                    for entry in entries {
                        tell(entry.at.file);
                        inside(&entry.value, tell);
                    }
                }
                _ => {}
            }
        }
        for definition in self.definitions.iter().chain(&self.nixos.definitions) {
            tell(definition.at.file);
            inside(&definition.value, tell);
        }
        self.option_mistakes.iter().for_each(|it| tell(it.at.file));
    }

    /// Where it is first named.
    pub fn at(&self) -> Option<Span> {
        self.sources.first().map(|it| it.name_at)
    }
}

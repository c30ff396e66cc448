//! Everything there is to say of one option of one machine: its value, what decided, what was overridden, and what
//! would hold if nobody had set it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::deployment_options;
use super::machine::{Machine, Setting};
use super::model::Network;
use crate::options::{Definition, Found, OptionNode, Options, PLAIN_PRIORITY, Plain, PlainKind};
use crate::value::Why;

/// An option of a machine.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    pub path: Vec<String>,
    pub setting: Setting<'a>,
    /// Definitions that do not decide: weaker ones, and those whose condition is not known.
    pub others: Vec<&'a Definition>,
    /// What holds where nobody sets it, as far as this tool declares the option.
    pub default: Option<Plain>,
    pub description: Option<&'a str>,
}

impl Account<'_> {
    /// Whether no module that is known sets it.
    pub fn is_default(&self) -> bool {
        self.others.is_empty() && !matches!(self.setting, Setting::Known(_))
    }

    /// The value: that of the definition that decides, or of all of them where lists and sets are merged.
    pub fn value(&self) -> Option<Plain> {
        let Setting::Known(winners) = &self.setting else { return None };
        let (first, rest) = winners.split_first()?;
        Some(merged(first, rest))
    }

    /// The value in Nix, as it may be shown to anybody.
    pub fn written(&self) -> String {
        self.value().map(|it| without_secrets(&self.path, it).written()).unwrap_or_default()
    }

    /// Why a part of the value is not known.
    pub fn partly_unknown(&self) -> Option<Why> {
        match &self.setting {
            Setting::Known(winners) => winners.iter().find_map(|it| it.value.unknown()),
            _ => None,
        }
    }
}

/// What stands for a secret where its value is shown.
const SECRET: &str = "«secret»";

/// The value of an option as it may be shown: the keys that stand in the network's files are left out.
pub fn without_secrets<S: AsRef<str>>(path: &[S], mut value: Plain) -> Plain {
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    if let (["deployment", "keys"], PlainKind::Set(keys)) = (path.as_slice(), &mut value.kind) {
        for key in keys {
            match &mut key.value.kind {
                PlainKind::Set(settings) => settings
                    .iter_mut()
                    .filter(|it| it.name.as_ref() == "text")
                    .for_each(|it| hide(&mut it.value)),
                // NixOps' short form is the text itself.
                _ => hide(&mut key.value),
            }
        }
    }
    value
}

fn hide(value: &mut Plain) {
    if let PlainKind::String(text) = &mut value.kind {
        *text = SECRET.into();
    }
}

/// Definitions of equal strength: lists are joined, sets are merged, anything else is the same in all of them.
fn merged(first: &Definition, rest: &[&Definition]) -> Plain {
    let mut value = first.value.clone();
    for other in rest {
        match (&mut value.kind, &other.value.kind) {
            (PlainKind::List(items), PlainKind::List(more)) => items.extend(more.iter().cloned()),
            _ => merge(&mut value, &other.value),
        }
    }
    value
}

/// What stands in a set more than once is merged there; how strong each definition is and where it comes among the
/// others is not kept, so that only sets and what is the same everywhere are known.
fn merge(value: &mut Plain, other: &Plain) {
    match (&mut value.kind, &other.kind) {
        (PlainKind::Set(entries), PlainKind::Set(more)) => {
            for entry in more {
                match entries.iter_mut().find(|it| it.name == entry.name) {
                    Some(known) => merge(&mut known.value, &entry.value),
                    None => entries.push(entry.clone()),
                }
            }
        }
        (PlainKind::Unknown(_), _) => {}
        (PlainKind::List(_), _) => value.kind = PlainKind::Unknown("it is merged from several values".into()),
        (a, b) if *a == *b => {}
        (a, _) => *a = PlainKind::Unknown("it is defined more than once".into()),
    }
}

/// The function that gives a definition its priority; `None` for a plain one.
pub fn priority_name(priority: i64) -> Option<String> {
    match priority {
        PLAIN_PRIORITY => None,
        50 => Some("mkForce".to_owned()),
        1000 => Some("mkDefault".to_owned()),
        1500 => Some("mkOptionDefault".to_owned()),
        other => Some(format!("mkOverride {other}")),
    }
}

/// What people ask for first.
const FIRST: [&str; 3] = ["targetHost", "targetUser", "targetPort"];

impl Network {
    /// Every option of a machine's deployment: those that are set, and those that have a default.
    pub fn accounts<'a>(&'a self, machine: &'a Machine) -> Vec<Account<'a>> {
        let mut paths: BTreeSet<Vec<String>> =
            machine.definitions.iter().map(|it| it.path.iter().map(ToString::to_string).collect()).collect();
        if let Some(OptionNode::Group(deployment)) = deployment_options().options.get("deployment") {
            with_defaults(deployment, &mut vec!["deployment".to_owned()], &mut paths);
        }
        let place = |path: &[String]| match path {
            [deployment, name] if deployment == "deployment" => {
                FIRST.iter().position(|it| it == name).unwrap_or(FIRST.len())
            }
            _ => FIRST.len(),
        };
        let mut paths: Vec<Vec<String>> = paths.into_iter().collect();
        paths.sort_by_key(|path| place(path));
        paths
            .iter()
            .map(|path| self.account(machine, &path.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect()
    }

    /// What lies at a path: one option, or all of a group.
    pub fn accounts_at<'a>(&'a self, machine: &'a Machine, path: &[&str]) -> Vec<Account<'a>> {
        let names: Vec<Arc<str>> = path.iter().map(|it| (*it).into()).collect();
        match deployment_options().find(&names) {
            Found::Group(_) => {
                let mut accounts = self.accounts(machine);
                accounts.retain(|it| {
                    it.path.iter().map(String::as_str).take(path.len()).eq(path.iter().copied())
                });
                accounts
            }
            // What lies inside of a value is told with the value.
            Found::Option { depth, .. } => vec![self.account(machine, &path[..depth])],
            Found::Nothing { .. } => vec![self.account(machine, path)],
        }
    }

    /// One option of a machine.
    pub fn account<'a>(&'a self, machine: &'a Machine, path: &[&str]) -> Account<'a> {
        let setting = machine.setting(path);
        let decides = |it: &Definition| match &setting {
            Setting::Known(winners) => winners.iter().any(|winner| std::ptr::eq(*winner, it)),
            _ => false,
        };
        let others = machine.definitions_of(path).filter(|it| !decides(it)).collect();
        let names: Vec<Arc<str>> = path.iter().map(|it| (*it).into()).collect();
        let option = match deployment_options().find(&names) {
            Found::Option { option, depth } if depth == path.len() => Some(option),
            _ => None,
        };
        Account {
            path: path.iter().map(|it| (*it).to_owned()).collect(),
            others,
            default: option.and_then(|it| it.default.as_ref()).map(|it| match path {
                ["deployment", "targetUser"] if self.dialect.leaves_user_to_ssh() => {
                    Plain { kind: PlainKind::Null, ..it.clone() }
                }
                _ => named(it, machine.name.as_str()),
            }),
            description: option.map(|it| it.description.as_ref()).filter(|it| !it.is_empty()),
            setting,
        }
    }
}

fn with_defaults(group: &Options, path: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
    for (name, node) in &group.options {
        path.push(name.to_string());
        match node {
            OptionNode::Group(inside) => with_defaults(inside, path, found),
            OptionNode::Option(option) if option.default.is_some() && !option.foreign && !option.internal => {
                found.insert(path.clone());
            }
            OptionNode::Option(_) => {}
        }
        path.pop();
    }
}

/// A default with the machine's name in it.
fn named(default: &Plain, name: &str) -> Plain {
    match default.as_str() {
        Some("<name>") => Plain { kind: PlainKind::String(name.into()), ..default.clone() },
        _ => default.clone(),
    }
}

//! The keys and secrets of a machine as its modules define them, for the checks that look at them. Judges nothing.

use std::collections::BTreeMap;

use crate::network::{Entry, Machine, Plain, PlainKind};
use crate::text::Span;

/// A key under `deployment.keys`, or a secret under `deployment.secrets`.
pub(super) struct MachineKey<'a> {
    pub(super) name: &'a str,
    /// The name, as written.
    pub(super) at: Span,
    pub(super) is_secret: bool,
    /// What certainly holds of it.
    options: Vec<&'a Entry>,
    /// Whether that is all that anybody says of it.
    pub(super) is_complete: bool,
}

impl<'a> MachineKey<'a> {
    /// The value of one of its options.
    pub(super) fn option(&self, name: &str) -> Option<&'a Plain> {
        self.options.iter().rev().find(|it| it.name.as_ref() == name).map(|it| &it.value)
    }

    /// The name of its file and where that is said.
    pub(super) fn file_name(&self) -> Option<(&'a str, Span)> {
        match self.option("name") {
            Some(name) => Some((name.as_str()?, name.at)),
            None => Some((self.name, self.at)),
        }
    }

    /// Its file on the machine, and what says so.
    pub(super) fn path(&self) -> Option<(String, Span)> {
        if self.is_secret {
            let path = self.option("destination")?;
            return Some((text(path)?.to_owned(), path.at));
        }
        let (name, at) = self.file_name()?;
        match self.option("destDir") {
            Some(folder) => Some((format!("{}/{name}", text(folder)?.trim_end_matches('/')), folder.at)),
            None if self.is_complete => Some((format!("/run/keys/{name}"), at)),
            None => None,
        }
    }
}

/// A path, or a string that is one.
pub(super) fn text(value: &Plain) -> Option<&str> {
    match &value.kind {
        PlainKind::String(text) | PlainKind::Path(text) => Some(text),
        _ => None,
    }
}

/// All keys and secrets of a machine, by name.
pub(super) fn keys(machine: &Machine) -> Vec<MachineKey<'_>> {
    let mut keys: BTreeMap<(bool, &str), MachineKey<'_>> = BTreeMap::new();
    for (option, is_secret) in [("keys", false), ("secrets", true)] {
        let path = ["deployment", option];
        if machine.definitions_of(&path).next().is_none() {
            continue;
        }
        let all_certain = machine.open.is_empty() && machine.definitions_of(&path).all(|it| it.certain);
        for definition in machine.definitions_of(&path).filter(|it| it.certain) {
            for entry in definition.value.as_set().unwrap_or_default() {
                let key = keys.entry((is_secret, &entry.name)).or_insert_with(|| MachineKey {
                    name: &entry.name,
                    at: entry.at,
                    is_secret,
                    options: Vec::new(),
                    is_complete: all_certain,
                });
                match &entry.value.kind {
                    // `mkIf` and modules inside of a key are not looked through.
                    PlainKind::Set(options) => {
                        let odd = |it: &Entry| ["_type", "imports", "config"].contains(&it.name.as_ref());
                        key.is_complete &= !options.iter().any(odd);
                        key.options.extend(options);
                    }
                    PlainKind::String(_) => {}
                    _ => key.is_complete = false,
                }
            }
        }
    }
    keys.into_values().collect()
}

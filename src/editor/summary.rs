//! What there is to say of a machine in a few words: how it is reached, what it needs, who needs it.

use super::View;
use crate::network::{Machine, Setting};

/// A machine in a few words.
pub(super) struct Summary {
    pub(super) host: Told,
    pub(super) user: Told,
    pub(super) port: Told,
    pub(super) tags: Vec<String>,
    pub(super) needs: Vec<String>,
    pub(super) needed_by: Vec<String>,
}

/// A setting as somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// In Nix.
    Value(String),
    /// What holds because nobody set it.
    Default(String),
    /// Why it is not known.
    Unknown(String),
    Nothing,
}

impl Told {
    /// The value alone, where it is known; strings without their quotes.
    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Told::Value(text) | Told::Default(text) => {
                let inside = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                Some(inside.unwrap_or(text)).filter(|it| *it != "null")
            }
            Told::Unknown(_) | Told::Nothing => None,
        }
    }

    fn line(&self, name: &str) -> Option<String> {
        match self {
            Told::Value(text) => Some(format!("{name}: `{text}`")),
            Told::Default(text) if text == "null" => None,
            Told::Default(text) => Some(format!("{name}: `{text}` (nobody sets it)")),
            Told::Unknown(why) => Some(format!("{name}: not known, because {why}")),
            Told::Nothing => None,
        }
    }
}

impl View<'_> {
    pub(super) fn told(&self, machine: &Machine, path: &[&str]) -> Told {
        let account = self.network.account(machine, path);
        match &account.setting {
            Setting::Known(_) => Told::Value(account.written()),
            Setting::Unknown(why) => Told::Unknown(why.sentence(|at| self.network.sources().place(at))),
            Setting::Unset => match &account.default {
                Some(default) => Told::Default(default.shown()),
                None => Told::Nothing,
            },
        }
    }

    pub(super) fn summary(&self, machine: &Machine) -> Summary {
        let all_needs = self.network.needs();
        let machines = &self.network.machines;
        let at = machines.iter().position(|it| it.name == machine.name);
        let name = |number: usize| machines[number].name.to_string();
        let needs = at.map(|at| all_needs.of_machine(at).iter().map(|it| name(it.on)).collect());
        let needed_by = at.map(|at| all_needs.needed_by(at).into_iter().map(name).collect());
        Summary {
            host: self.told(machine, &["deployment", "targetHost"]),
            user: self.told(machine, &["deployment", "targetUser"]),
            port: self.told(machine, &["deployment", "targetPort"]),
            tags: machine.deployment_list("tags").0.into_iter().map(|(it, _)| it.to_owned()).collect(),
            needs: needs.unwrap_or_default(),
            needed_by: needed_by.unwrap_or_default(),
        }
    }
}

/// Names that are written out where there are many.
const MOST_NAMES: usize = 12;

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|it| format!("`{it}`")).collect();
    match names.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

impl Summary {
    /// A line for each thing that there is to say.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = [self.host.line("Host"), self.user.line("User"), self.port.line("Port")]
            .into_iter()
            .flatten()
            .collect();
        for (what, names) in [("Tags", &self.tags), ("Needs", &self.needs), ("Needed by", &self.needed_by)] {
            if !names.is_empty() {
                lines.push(format!("{what}: {}", listed(names)));
            }
        }
        lines
    }
}

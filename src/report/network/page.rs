//! What is known of one machine, for people: every option of its deployment with its value, where it was defined, what
//! was overridden, or why it is not known.

use std::path::Path;

use super::super::unknown::place;
use super::layout::{CYAN, DIM, Lines, UNBROKEN, YELLOW};
use crate::network::{
    Account, Definition, Machine, ModuleKind, Network, Origin, Setting, priority_name, without_secrets,
};
use crate::text::Span;
use crate::value::Why;

/// Where a page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    pub colour: bool,
    /// Columns.
    pub width: usize,
    pub working_folder: &'a Path,
}

/// Everything about a machine.
pub fn page(network: &Network, machine: &Machine, screen: Screen<'_>) -> String {
    let accounts = network.accounts(machine);
    let (set, defaults): (Vec<&Account<'_>>, Vec<&Account<'_>>) =
        accounts.iter().partition(|it| !it.is_default());
    let names: Vec<String> = set.iter().map(|it| short(&it.path)).collect();
    let labels = names.iter().map(String::as_str).chain(["defined"]);
    let mut writer = Writer { lines: Lines::new(screen.colour, screen.width, labels), network, screen };
    writer.lines.heading(machine.name.as_str());
    writer.sources(machine);
    for (account, name) in set.iter().zip(&names) {
        writer.account(account, name);
    }
    if !defaults.is_empty() {
        let all: Vec<String> = defaults
            .iter()
            .filter_map(|it| Some(format!("{} = {}", short(&it.path), it.default.as_ref()?.written())))
            .map(|it| it.replace(' ', UNBROKEN))
            .collect();
        writer.lines.labelled("default", DIM, &all.join(", "));
    }
    for gap in &machine.open {
        let at = gap.at.filter(|at| gap.reason.links().iter().all(|link| link.at != Some(*at)));
        writer.why("there may be more", &gap.reason, at);
    }
    writer.lines.finish()
}

/// One option of a machine.
pub fn option_page(network: &Network, machine: &Machine, path: &[&str], screen: Screen<'_>) -> String {
    let accounts = network.accounts_at(machine, path);
    let names: Vec<String> = accounts.iter().map(|it| it.path.join(".")).collect();
    let lines = Lines::new(screen.colour, screen.width, names.iter().map(String::as_str));
    let mut writer = Writer { lines, network, screen };
    writer.lines.heading(machine.name.as_str());
    for (account, name) in accounts.iter().zip(&names) {
        writer.account(account, name);
        if let Some(text) = account.description.filter(|_| accounts.len() == 1) {
            writer.lines.paragraph(DIM, text);
        }
    }
    writer.lines.finish()
}

/// `deployment.` says nothing on a page about a deployment.
fn short(path: &[String]) -> String {
    let names = if path.first().is_some_and(|it| it == "deployment") { &path[1..] } else { path };
    names.join(".")
}

struct Writer<'a> {
    lines: Lines,
    network: &'a Network,
    screen: Screen<'a>,
}

impl Writer<'_> {
    fn place(&self, at: Span) -> String {
        place(self.network.sources(), at, self.screen.working_folder)
    }

    fn sources(&mut self, machine: &Machine) {
        for (number, source) in machine.sources.iter().enumerate() {
            let at = self.place(source.name_at);
            let text = match source.value {
                ModuleKind::Wrong(what) => format!("{at}, which is {what} and no module"),
                _ => at,
            };
            match number {
                0 => self.lines.labelled("defined", CYAN, &text),
                _ => self.lines.paragraph(CYAN, &text),
            }
        }
    }

    fn account(&mut self, account: &Account<'_>, name: &str) {
        match &account.setting {
            Setting::Unknown(why) => {
                self.lines.labelled(name, YELLOW, "not known");
                self.because(why);
                for definition in &account.others {
                    let said = why.links().iter().any(|link| link.at == Some(definition.value.at));
                    match definition.value.is_known() {
                        true => self.definition(definition, "perhaps", true),
                        false if !said => self.definition(definition, "", false),
                        false => {}
                    }
                }
                return;
            }
            Setting::Unset => match &account.default {
                Some(default) => self.lines.labelled(name, DIM, &format!("{} (default)", default.written())),
                None => self.lines.labelled(name, DIM, "not set by the network's files"),
            },
            Setting::Known(winners) => {
                let mut text = account.written();
                if let Some(why) = account.partly_unknown() {
                    // The reason stands below.
                    text = text.replace(&format!("«unknown: {why}»"), "«unknown»");
                }
                self.lines.labelled(name, "", &text);
                for definition in winners {
                    self.definition(definition, "", false);
                }
                if let Some(why) = account.partly_unknown() {
                    self.because(&why);
                }
            }
        }
        for definition in &account.others {
            self.definition(definition, "overridden:", true);
        }
    }

    fn definition(&mut self, definition: &Definition, word: &str, with_value: bool) {
        let mut text = String::new();
        if with_value {
            let value = without_secrets(&definition.path, definition.value.clone());
            text.push_str(&format!("{word} {} ", value.shown()));
        }
        text.push_str(&self.place(definition.value.at));
        if let Some(name) = priority_name(definition.priority) {
            text.push_str(&format!(" {name}"));
        }
        if definition.origin == Origin::Defaults {
            text.push_str(" in defaults");
        }
        self.lines.inner(if with_value { DIM } else { CYAN }, &text);
    }

    fn because(&mut self, why: &Why) {
        for (number, link) in why.links().iter().enumerate() {
            let word = if number == 0 { "" } else { "because " };
            let at = link.at.map(|at| format!(" ({})", self.place(at))).unwrap_or_default();
            self.lines.inner(YELLOW, &format!("{word}{}{at}", link.reason));
        }
    }

    fn why(&mut self, label: &str, why: &Why, at: Option<Span>) {
        let place = at.map(|at| self.place(at)).unwrap_or_default();
        self.lines.labelled(label, CYAN, &place);
        self.because(why);
    }
}

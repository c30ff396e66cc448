//! Which units an activation stops, starts, restarts and reloads: from what a dry activation says, or from the unit files
//! of both systems, by the rules of `switch-to-configuration`.
//!
//! Pure. Comparing files knows no more than the files: it says so in [`UnitBasis`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::steps::{Surveyed, UnitFile};

/// Where the knowledge is from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UnitBasis {
    /// The machine was asked: `switch-to-configuration dry-activate` of the new system.
    DryActivate,
    /// The unit files of both systems were compared; the machine said which units are active.
    #[default]
    UnitFiles,
}

/// What happens to units. A unit that is stopped before the activation and started after it is in both lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitChanges {
    pub basis: UnitBasis,
    pub stop: BTreeSet<String>,
    pub start: BTreeSet<String>,
    pub restart: BTreeSet<String>,
    pub reload: BTreeSet<String>,
    /// Changed, and left running as they are.
    pub skip: BTreeSet<String>,
}

/// What `dry-activate` says of each list, from today's and earlier releases.
const WORDS: [(&str, List); 7] = [
    ("would stop the following units: ", |it| &mut it.stop),
    ("would NOT stop the following changed units: ", |it| &mut it.skip),
    ("would NOT restart the following changed units: ", |it| &mut it.skip),
    ("would reload the following units: ", |it| &mut it.reload),
    ("would restart the following units: ", |it| &mut it.restart),
    ("would restart the following user units: ", |it| &mut it.restart),
    ("would start the following units: ", |it| &mut it.start),
];

type List = fn(&mut UnitChanges) -> &mut BTreeSet<String>;

/// Targets that every running machine has reached; their new wishes are started.
const REACHED: [&str; 8] = [
    "basic.target",
    "default.target",
    "multi-user.target",
    "network.target",
    "paths.target",
    "sockets.target",
    "sysinit.target",
    "timers.target",
];

impl UnitChanges {
    /// From the words of a dry activation.
    pub fn of_dry_activation(words: &str) -> Self {
        let mut changes = Self { basis: UnitBasis::DryActivate, ..Self::default() };
        for line in words.lines() {
            let line = line.trim();
            for (beginning, list) in WORDS {
                if let Some(names) = line.strip_prefix(beginning) {
                    let names = names.split(", ").map(str::trim).filter(|name| !name.is_empty());
                    list(&mut changes).extend(names.map(str::to_owned));
                }
            }
        }
        changes
    }

    /// From the unit files of what runs and of what is to run.
    pub fn between(runs: &Surveyed, new: &Surveyed) -> Self {
        let mut changes = Self::default();
        let none = UnitFile::default();
        for name in runs.active.iter().filter(|name| !name.ends_with(".target")) {
            // What is in neither is none of NixOS' business: sessions, slices, devices.
            let Some(old) = runs.units.get(name).or_else(|| runs.units.get(&template(name)?)) else {
                continue;
            };
            let file = new.units.get(name).or_else(|| new.units.get(&template(name)?)).unwrap_or(&none);
            if file.is_missing() {
                if !old.says("X-StopOnRemoval", false) {
                    changes.stop.insert(name.clone());
                }
            } else if old.digest != file.digest {
                changes.changed(name, file);
            }
        }
        changes.start.extend(started(runs, new));
        changes
    }

    fn changed(&mut self, name: &str, file: &UnitFile) {
        let list = if name.ends_with(".slice") || name.ends_with(".path") {
            // systemd takes their new settings over by itself.
            return;
        } else if name.ends_with(".mount") || file.says("X-ReloadIfChanged", true) {
            &mut self.reload
        } else if file.says("X-RestartIfChanged", false)
            || file.says("RefuseManualStop", true)
            || file.says("X-OnlyManualStart", true)
        {
            &mut self.skip
        } else if file.says("X-StopIfChanged", false) {
            &mut self.restart
        } else {
            self.start.insert(name.to_owned());
            &mut self.stop
        };
        list.insert(name.to_owned());
    }

    pub fn is_empty(&self) -> bool {
        [&self.stop, &self.start, &self.restart, &self.reload, &self.skip].iter().all(|it| it.is_empty())
    }
}

/// The template of an instance: `getty@.service` of `getty@tty1.service`.
fn template(name: &str) -> Option<String> {
    let (base, rest) = name.split_once('@')?;
    Some(format!("{base}@.{}", rest.rsplit_once('.')?.1))
}

/// New units that something active wants, and what those want.
fn started(runs: &Surveyed, new: &Surveyed) -> BTreeSet<String> {
    let is_reached = |name: &str| runs.active.contains(name) || REACHED.contains(&name);
    let mut pulled: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (by, unit) in &new.pulled {
        pulled.entry(by).or_default().push(unit);
    }
    let mut waiting: Vec<&str> = pulled.keys().copied().filter(|by| is_reached(by)).collect();
    let mut found: BTreeSet<String> = BTreeSet::new();
    while let Some(by) = waiting.pop() {
        for unit in pulled.get(by).into_iter().flatten() {
            let is_new = !runs.units.contains_key(*unit) && !runs.active.contains(*unit);
            let exists = new.units.get(*unit).is_some_and(|file| !file.is_missing());
            if is_new && exists && !unit.ends_with(".target") && found.insert((*unit).to_owned()) {
                waiting.push(unit);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn said(text: &str) -> Surveyed {
        Surveyed::read(text)
    }

    #[test]
    fn unit_files_are_compared_by_the_rules_of_a_switch() {
        let runs = said(&format!(
            "booted\nunit 1 same.service\nunit 1 web.service\nunit 1 gone.service\nunit 1 quick.service\nunit 1 soft.service\n\
             unit 1 login.service\nunit 1 idle.service\nunit 1 getty@.service\nunit {EMPTY} masked.service\n\
             active same.service\nactive web.service\nactive gone.service\nactive quick.service\nactive soft.service\n\
             active login.service\nactive getty@tty1.service\nactive multi-user.target\nactive session-1.scope\n"
        ));
        let new = said(
            "unit 1 same.service\nunit 2 web.service\nunit 2 quick.service\nline quick.service:X-StopIfChanged=false\n\
             unit 2 soft.service\nline soft.service:X-ReloadIfChanged=true\nunit 2 login.service\n\
             line login.service:X-RestartIfChanged=false\nunit 2 idle.service\nunit 2 getty@.service\n\
             unit 1 fresh.service\npull multi-user.target.wants/fresh.service\nunit 1 helper.service\n\
             line fresh.service:Wants=helper.service web.service\nunit 1 asleep.service\n",
        );
        let changes = UnitChanges::between(&runs, &new);
        let list = |it: &BTreeSet<String>| it.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(list(&changes.stop), "getty@tty1.service gone.service web.service");
        assert_eq!(list(&changes.start), "fresh.service getty@tty1.service helper.service web.service");
        assert_eq!(list(&changes.restart), "quick.service");
        assert_eq!(list(&changes.reload), "soft.service");
        assert_eq!(list(&changes.skip), "login.service");
        let unchanged = UnitChanges::between(&runs, &runs);
        assert!(unchanged.is_empty(), "{unchanged:?}");
    }

    #[test]
    fn a_drop_in_is_a_part_of_its_unit() {
        let runs = said("unit 1 web.service\nunit 1 web.service.d/overrides.conf\nactive web.service\n");
        let new = said("unit 1 web.service\nunit 2 web.service.d/overrides.conf\n");
        assert_eq!(UnitChanges::between(&runs, &new).stop.len(), 1);
    }

    #[test]
    fn a_dry_activation_is_understood() {
        let words = "would stop the following units: a.service, b.service\nwould activate the configuration...\n\
                     would restart the following units: c.service\nwould start the following units: a.service\n";
        let changes = UnitChanges::of_dry_activation(words);
        assert_eq!(changes.stop.len(), 2);
        assert!(changes.restart.contains("c.service") && changes.start.contains("a.service"));
        assert!(changes.skip.is_empty() && changes.basis == UnitBasis::DryActivate);
    }
}

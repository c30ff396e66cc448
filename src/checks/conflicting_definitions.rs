use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::findings::{Finding, Level};
use crate::network::{Definition, Machine, Network, Plain, deployment_options};
use crate::options::schema::{OptionMistakeKind, Reading};
use crate::options::{Found, OptionType, Origin, conflict};
use crate::text::Span;

use super::check::check;
use super::option_mistake as mistake;

check! {
    /// # What it finds
    /// Two definitions of an option that takes one value, equally strong and different: in two files of the network, in two modules, or in `defaults` and in a machine.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's whole configuration.
    ///
    /// # What to do instead
    /// Remove one of them, or say which one wins: `lib.mkDefault` makes a definition weaker, `lib.mkForce` stronger.
    ///
    /// # What it cannot see
    /// Options of NixOS without a schema (`--options`), but for the machine's name; values that are not known; definitions under a condition that is not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   defaults.deployment.targetUser = "deploy";
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.targetUser = "root";   # error
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     time.timeZone = "UTC";
    ///     users.users.alice.uid = 1000;
    ///     imports = [ {
    ///       time.timeZone = "Europe/Rome";   # error
    ///       users.users.alice.uid = 1001;   # error
    ///     } ];
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// #- --options
    /// {
    ///   defaults = { lib, ... }: {
    ///     deployment.targetUser = lib.mkDefault "deploy";
    ///     deployment.tags = [ "all" ];
    ///     boot.kernelParams = [ "quiet" ];
    ///     users.users.alice.uid = 1000;
    ///   };
    ///   web = { config, lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.targetUser = "root";
    ///     deployment.tags = [ "front" ];
    ///     boot.kernelParams = [ "nosmt" ];
    ///     users.users = lib.mkForce { alice.uid = 1001; };
    ///     time.timeZone = lib.mkIf config.services.nginx.enable "UTC";
    ///     imports = [ { time.timeZone = "Europe/Rome"; } ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "conflicting-definitions", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        of_deployment(network, machine, found);
        for it in &machine.option_mistakes {
            let OptionMistakeKind::Conflict { value, others } = &it.kind else { continue };
            let places: Vec<(Span, String)> =
                std::iter::once((it.at, value.clone())).chain(others.clone()).collect();
            let Some(finding) = finding(machine, &it.path, &places) else { continue };
            let mut finding = mistake::judged(finding, it);
            if it.reading == Reading::Surely {
                finding = finding.help(HELP);
            }
            found.push(finding);
        }
    }
}

const HELP: &str =
    "remove one, or let one win: `lib.mkDefault` makes a definition weaker, `lib.mkForce` stronger";

/// What a deployment reads is read without a schema.
fn of_deployment(network: &Network, machine: &Machine, found: &mut Vec<Finding>) {
    let schema = deployment_options();
    let mut by_path: FxHashMap<&[Arc<str>], Vec<&Definition>> = FxHashMap::default();
    for it in &machine.definitions {
        by_path.entry(&it.path).or_default().push(it);
    }
    let mut several: Vec<_> = by_path.into_iter().filter(|(_, all)| all.len() > 1).collect();
    several.sort_unstable_by_key(|(path, _)| *path);
    for (path, all) in several {
        let Found::Option { option, depth } = schema.find(path) else { continue };
        // NixOS' own options are judged by its schema, where there is one.
        let twice = network.options_known && path[0].as_ref() != "deployment";
        if twice || depth != path.len() || option.foreign || machine.declares(path) {
            continue;
        }
        let Some(strongest) = all.iter().map(|it| it.priority).min() else { continue };
        let winners: Vec<&Definition> = all.into_iter().filter(|it| it.priority == strongest).collect();
        if winners.iter().any(|it| !it.certain) {
            continue;
        }
        let Some((first, others)) = winners.split_first() else { continue };
        let differ = |it: &&&Definition| is_conflict(&option.ty, &first.value, &it.value);
        let mut places: Vec<&Definition> = others.iter().filter(differ).copied().collect();
        if places.is_empty() {
            continue;
        }
        places.push(first);
        // A machine's own definition is the one that somebody just wrote.
        places.sort_by_key(|it| it.origin == Origin::Machine);
        let places: Vec<(Span, String)> = places.iter().map(|it| (it.at, it.value.shown())).collect();
        found.extend(finding(machine, path, &places).map(|it| {
            let mut it = it.help(HELP);
            if !machine.open.is_empty() && strongest > crate::options::PLAIN_PRIORITY {
                it.level = Level::Warning;
            }
            it
        }));
    }
}

fn is_conflict(ty: &OptionType, a: &Plain, b: &Plain) -> bool {
    a.is_known() && b.is_known() && conflict(ty, a, b, false)
}

/// Blames the last one of several places.
fn finding(machine: &Machine, path: &[Arc<str>], places: &[(Span, String)]) -> Option<Finding> {
    let mut places = places.to_vec();
    // In one file, what stands later was mostly written later.
    if places.iter().all(|(at, _)| at.file == places[0].0.file) {
        places.sort_by_key(|(at, _)| at.start);
    }
    places.dedup();
    let (at, value) = places.pop()?;
    let name = mistake::shown(path);
    let how = match places.iter().all(|(_, it)| *it == value) {
        true => "more than once, and this NixOS takes one definition of it, even where all are equal",
        false => "more than once, and differently",
    };
    let mut finding = CHECK
        .finding(at, format!("`{name}` is defined {how}"))
        .note(format!("{value} here"))
        .machine(machine.name.as_str());
    for (at, value) in places {
        finding = finding.label(at, format!("and {value} here"));
    }
    Some(finding)
}

use std::cell::LazyCell;

use rustc_hash::FxHashSet;

use crate::findings::Finding;
use crate::network::{Network, did_you_mean, selectors::Selector};

use super::check::check;
use super::literal;

check! {
    /// # What it finds
    /// A machine that is referred to and does not exist: in `deployment.dependsOn`, or as `nodes.<name>`.
    ///
    /// # Why it is bad
    /// A dependency on nothing orders nothing. `nodes.<name>` fails as soon as its value is needed.
    ///
    /// # What to do instead
    /// Correct the name, or add the machine.
    ///
    /// # What it cannot see
    /// Names that are computed. Networks of which not all machines are known are left alone, and so is `nodes.<name>` in a file that asks `nodes ? <name>` first or gives a default with `or`.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   db.deployment.targetHost = "10.0.0.7";
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = "10.0.0.8";
    ///     deployment.dependsOn = [ "bd" ];   # error
    ///     environment.etc.upstream.text = nodes.dbb.config.deployment.targetHost;   # error
    ///     deployment.targetUser = nodes.bd.config.deployment.targetUser;   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   db.deployment.targetHost = "10.0.0.7";
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = "10.0.0.8";
    ///     deployment.dependsOn = [ "db" ];
    ///     environment.etc.upstream.text = nodes.db.config.deployment.targetHost;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unknown-machine", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    if !network.is_complete() {
        return;
    }
    // Names alone need none of it.
    let machines = LazyCell::new(|| network.selectable());
    // What thousands of machines write is looked at once.
    let mut sound: FxHashSet<&str> = FxHashSet::default();
    let needs = network.needs();
    for (machine, text, at) in needs.unnamed() {
        if sound.contains(text) {
            continue;
        }
        let Err(error) = Selector::parse(text).and_then(|it| it.select(&machines)) else {
            sound.insert(text);
            continue;
        };
        // Tags of machines that are not fully known may make sense of it.
        if network.machines.iter().any(|it| !it.deployment_list("tags").1) && text.contains('@') {
            continue;
        }
        let machine = network.machines[machine].name.as_str();
        let part = literal::inside(network, at, text, error.at.clone());
        let mut finding = CHECK
            .finding(part, format!("`{machine}` depends on `{text}`: {}", error.message))
            .machine(machine);
        finding.help = error.help;
        found.push(finding);
    }
    for reference in &network.references {
        if network.machine(&reference.machine).is_some() || reference.guarded {
            continue;
        }
        let mut finding = CHECK
            .finding(reference.at, format!("there is no machine `{}`", reference.machine))
            .note("no machine has this name");
        finding.help = did_you_mean(&reference.machine, network.machines.iter().map(|it| it.name.as_str()));
        found.push(finding);
    }
}

use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::network::{Machine, Network, Plain};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// One machine of a tag that says another `system.stateVersion` than all the others, where there are at least four others.
    ///
    /// # Why it is bad
    /// Machines that are meant to be alike behave differently: the version decides where services keep their data, and
    /// which defaults they have.
    ///
    /// # What to do instead
    /// If the machine was installed with another release than the others, all is well: allow it there. If the line was
    /// copied, say the release that the machine was installed with. Never change it on a machine that runs.
    ///
    /// # What it cannot see
    /// With which release a machine was installed. A version that depends on what is unknown counts for nobody.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   worker = version: { deployment.tags = [ "worker" ]; system.stateVersion = version; };
    /// in
    /// {
    ///   a = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.1"; };
    ///   b = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.2"; };
    ///   c = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.3"; };
    ///   d = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.4"; };
    ///   e = {
    ///     deployment = { targetHost = "10.0.0.5"; tags = [ "worker" ]; };
    ///     system.stateVersion = "22.05";   # hint
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   worker = version: { deployment.tags = [ "worker" ]; system.stateVersion = version; };
    /// in
    /// {
    ///   a = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.1"; };
    ///   b = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.2"; };
    ///   c = { imports = [ (worker "23.11") ]; deployment.targetHost = "10.0.0.3"; };
    ///   d = { imports = [ (worker "22.05") ]; deployment.targetHost = "10.0.0.4"; };
    ///   e = { imports = [ (worker "22.05") ]; deployment.targetHost = "10.0.0.5"; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "fleet-drift", level: Hint, since: "0.1.0" }
}

/// The release that a machine says, where that is known.
type Version<'a> = Option<(&'a Plain, &'a str)>;

/// With fewer others it is not said that these are the rule.
const OTHERS: usize = 4;

fn run(network: &Network, found: &mut Vec<Finding>) {
    let mut fleets: BTreeMap<&str, Vec<(&Machine, Version<'_>)>> = BTreeMap::new();
    for machine in &network.machines {
        let version = machine.nixos(&["system", "stateVersion"]).value();
        let version = version.and_then(|it| Some((it, it.as_str()?)));
        let mut tags: Vec<&str> = machine.deployment_list("tags").0.into_iter().map(|(tag, _)| tag).collect();
        tags.sort_unstable();
        tags.dedup();
        for tag in tags {
            fleets.entry(tag).or_default().push((machine, version));
        }
    }
    let mut said: Vec<Span> = Vec::new();
    for (tag, machines) in fleets {
        let versions: Option<Vec<(&Machine, &Plain, &str)>> = machines
            .iter()
            .map(|(machine, version)| version.map(|(value, version)| (*machine, value, version)))
            .collect();
        let Some(versions) = versions.filter(|it| it.len() > OTHERS) else { continue };
        let mut same: BTreeMap<&str, usize> = BTreeMap::new();
        for (.., version) in &versions {
            *same.entry(version).or_default() += 1;
        }
        let Some((machine, value, version)) = versions.iter().find(|(.., it)| same[it] == 1) else {
            continue;
        };
        let mut others = versions.iter().filter(|(.., it)| it != version);
        let Some((_, other, usual)) = others.next() else { continue };
        if others.any(|(.., it)| it != usual) || said.contains(&value.at) {
            continue;
        }
        said.push(value.at);
        let message = format!(
            "`{}` says the stateVersion {version}, and the {} other machines tagged `{tag}` say {usual}",
            machine.name,
            versions.len() - 1
        );
        found.push(
            CHECK
                .finding(value.at, message)
                .label(other.at, "of the others")
                .help("say the release that the machine was installed with; if it is this one, all is well")
                .machine(machine.name.as_str()),
        );
    }
}

use rustc_hash::FxHashMap;

use crate::findings::Finding;
use crate::network::{Machine, Network, PlainKind, Setting};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// Two machines that are reached under the same host and port.
    ///
    /// # Why it is bad
    /// Both are deployed to one machine: the later one replaces the earlier one's system.
    ///
    /// # What to do instead
    /// Give each machine its own host, or, behind a gateway, its own port.
    ///
    /// # What it cannot see
    /// Two names of one machine, and hosts or ports that are not known. ssh's own configuration may send one host name to several machines by means of other options.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   db.deployment.targetHost = "10.0.0.1";
    ///   web.deployment.targetHost = "10.0.0.1";   # warning
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   db.deployment = { targetHost = "gateway.internal"; targetPort = 2201; };
    ///   web.deployment = { targetHost = "gateway.internal"; targetPort = 2202; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-host-duplicate", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let mut first: FxHashMap<(String, i64), (&Machine, Span)> = FxHashMap::default();
    for machine in &network.machines {
        let Some(host) = machine.deployment("targetHost").value() else { continue };
        // Other options of ssh may send the same host name to another machine.
        let Setting::Unset = machine.deployment("sshOptions") else { continue };
        let port = match machine.deployment("targetPort") {
            Setting::Unset => 22,
            Setting::Unknown(_) => continue,
            Setting::Known(definitions) => match definitions.first().map(|it| &it.value.kind) {
                Some(PlainKind::Int(port)) => *port,
                Some(PlainKind::Null) => 22,
                _ => continue,
            },
        };
        let Some(name) = host.as_str().filter(|name| !name.is_empty()) else { continue };
        let key = (name.trim_end_matches('.').to_ascii_lowercase(), port);
        match first.get(&key) {
            None => {
                first.insert(key, (machine, host.at));
            }
            Some((other, at)) => {
                let mut finding = CHECK
                    .finding(
                        host.at,
                        format!("`{}` and `{}` have the same targetHost `{name}`", other.name, machine.name),
                    )
                    .note(format!("of `{}`", machine.name))
                    .help("each would replace the other's system: give each its own host or port")
                    .machine(machine.name.as_str());
                if *at != host.at {
                    finding = finding.label(*at, format!("of `{}`", other.name));
                }
                found.push(finding);
            }
        }
    }
}

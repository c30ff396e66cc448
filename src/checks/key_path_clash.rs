use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::network::Network;

use super::check::check;
use super::machine_keys::{MachineKey, keys};

check! {
    /// # What it finds
    /// Two keys or secrets of one machine that are written to the same file.
    ///
    /// # Why it is bad
    /// The second one replaces the first, and whoever needs the first gets the wrong secret.
    ///
    /// # What to do instead
    /// Give one of them another `name`, `destDir` or `destination`.
    ///
    /// # What it cannot see
    /// Paths that are not known, and files that something else on the machine writes.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; destDir = "/var/keys"; };
    ///     keys.old = { keyFile = "/root/old"; name = "tls"; destDir = "/var/keys/"; };   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; };
    ///     keys.old = { keyFile = "/root/old"; name = "tls"; destDir = "/var/keys"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-path-clash", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let keys = keys(machine);
        let mut paths: BTreeMap<String, &MachineKey<'_>> = BTreeMap::new();
        let mut in_order: Vec<&MachineKey<'_>> = keys.iter().collect();
        in_order.sort_by_key(|it| it.at);
        for key in in_order {
            let Some((path, at)) = key.path() else { continue };
            let Some(first) = paths.get(&path) else {
                paths.insert(path, key);
                continue;
            };
            let label = format!("`{}` goes there, too", first.name);
            found.push(
                CHECK
                    .finding(
                        at,
                        format!(
                            "the key `{}` of `{}` goes to `{path}` like another one",
                            key.name, machine.name
                        ),
                    )
                    .label(first.at, label)
                    .help(match key.is_secret {
                        true => "give one of them another `destination`",
                        false => "give one of them another `name` or `destDir`",
                    })
                    .machine(machine.name.as_str()),
            );
        }
    }
}

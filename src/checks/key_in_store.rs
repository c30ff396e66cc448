use crate::findings::Finding;
use crate::network::Network;

use super::check::check;
use super::machine_keys::{keys, text};

check! {
    /// # What it finds
    /// A key or secret that is to be written into the Nix store of the machine.
    ///
    /// # Why it is bad
    /// Everybody on the machine can read the store, and nobody may write to it: sending the key fails, or the secret is none.
    ///
    /// # What to do instead
    /// Leave `destDir` out, or name a folder below `/run` or `/var`.
    ///
    /// # What it cannot see
    /// Folders that are not known. A secret that a value carries into the store is found by other checks.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; destDir = "/nix/store/keys"; };   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; destDir = "/var/lib/keys"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-in-store", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for key in keys(machine) {
            let option = if key.is_secret { "destination" } else { "destDir" };
            let Some(value) = key.option(option) else { continue };
            if !text(value).is_some_and(|it| it == "/nix/store" || it.starts_with("/nix/store/")) {
                continue;
            }
            found.push(
                CHECK
                    .finding(
                        value.at,
                        format!(
                            "the key `{}` of `{}` would be written into the Nix store",
                            key.name, machine.name
                        ),
                    )
                    .note("everybody can read this, and nobody can write to it")
                    .help("name a folder below `/run` or `/var`")
                    .machine(machine.name.as_str()),
            );
        }
    }
}

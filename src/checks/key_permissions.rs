use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// A key or secret whose `permissions` let everybody read it, or are no octal mode.
    ///
    /// # Why it is bad
    /// A secret that every user of the machine can read is none. A mode that is not octal fails when the key is sent.
    ///
    /// # What to do instead
    /// Write a mode such as `"0400"` or `"0440"`, and set `user` or `group` to who needs the key.
    ///
    /// # What it cannot see
    /// Modes that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; permissions = "0644"; };   # warning
    ///     keys.api = { keyFile = "/root/api"; permissions = "rw"; };     # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyFile = "/root/tls"; permissions = "0440"; group = "nginx"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-permissions", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for option in ["keys", "secrets"] {
            let path = ["deployment", option];
            let definitions = machine.definitions_of(&path).filter(|it| it.certain);
            for entry in definitions.flat_map(|it| it.value.as_set().unwrap_or_default()) {
                let options = entry.value.as_set().unwrap_or_default();
                let Some(mode) = options.iter().find(|it| it.name.as_ref() == "permissions") else {
                    continue;
                };
                let Some(text) = mode.value.as_str() else { continue };
                let octal =
                    (3..=4).contains(&text.len()) && text.bytes().all(|it| (b'0'..=b'7').contains(&it));
                let what = if !octal {
                    format!("are no octal mode: \"{text}\"")
                } else if text.ends_with(['4', '5', '6', '7']) {
                    format!("let everybody read it: \"{text}\"")
                } else {
                    continue;
                };
                found.push(
                    CHECK
                        .finding(
                            mode.value.at,
                            format!(
                                "the permissions of the key `{}` of `{}` {what}",
                                entry.name, machine.name
                            ),
                        )
                        .help("write a mode such as \"0400\", and set `user` or `group` to who needs the key")
                        .machine(machine.name.as_str()),
                );
            }
        }
    }
}

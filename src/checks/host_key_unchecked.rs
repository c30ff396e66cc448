use crate::findings::Finding;
use crate::network::{Network, PlainKind, Setting};

use super::check::check;

check! {
    /// # What it finds
    /// Options that let ssh connect to whoever answers: `StrictHostKeyChecking=no`, and `UserKnownHostsFile=/dev/null`, in
    /// `deployment.sshOptions` and in the variable `NIX_SSHOPTS` that a machine sets.
    ///
    /// # Why it is bad
    /// Whoever answers at the address gets the system, and its secrets.
    ///
    /// # What to do instead
    /// Pin the machine's key with `deployment.hostKeys`. Without it, nixwright trusts the key that it sees first, and remembers it.
    ///
    /// # What it cannot see
    /// What ssh's own configuration files say.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     sshOptions = [ "-o" "StrictHostKeyChecking=no" ];   # warning
    ///   };
    ///   ci = {
    ///     deployment.targetHost = "10.0.0.8";
    ///     environment.variables.NIX_SSHOPTS = "-o UserKnownHostsFile=/dev/null";   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     hostKeys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx4" ];
    ///     sshOptions = [ "-o" "StrictHostKeyChecking=accept-new" ];
    ///   };
    ///   ci = {
    ///     deployment.targetHost = "10.0.0.8";
    ///     environment.variables.NIX_SSHOPTS = "-o ConnectTimeout=5";
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "host-key-unchecked", level: Warning, since: "0.1.0", looks_at: Machine }
}

/// Options of ssh, in lower case and with `=`.
const UNCHECKED: [&str; 3] =
    ["stricthostkeychecking=no", "stricthostkeychecking=off", "userknownhostsfile=/dev/null"];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let name = machine.name.as_str();
        // Two options in one list are one mistake.
        let options = machine.deployment_list("sshOptions").0;
        let unchecked = options.iter().find(|(text, _)| {
            let text = text.strip_prefix("-o").unwrap_or(text).trim().to_ascii_lowercase().replace(' ', "=");
            UNCHECKED.iter().any(|it| text.starts_with(it))
        });
        if let Some((text, at)) = unchecked {
            let message = format!("`{text}` in the sshOptions of `{name}` accepts any machine that answers");
            let help = "leave it out, and pin the machine's key with `deployment.hostKeys`";
            found.push(CHECK.finding(*at, message).help(help).machine(name));
        }
        for variables in ["variables", "sessionVariables"] {
            let Setting::Known(definitions) = machine.nixos(&["environment", variables, "NIX_SSHOPTS"])
            else {
                continue;
            };
            for definition in definitions {
                let PlainKind::String(text) = &definition.value.kind else { continue };
                let words = text.to_ascii_lowercase().replace("-o", " ");
                if words.split_whitespace().any(|it| UNCHECKED.contains(&it)) {
                    let message =
                        format!("`NIX_SSHOPTS` lets Nix on `{name}` connect to any machine that answers");
                    let help = "leave the option out, and name the keys in `programs.ssh.knownHosts`";
                    found.push(CHECK.finding(definition.value.at, message).help(help).machine(name));
                }
            }
        }
    }
}

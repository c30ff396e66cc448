use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// Arguments in `deployment.sshOptions` that switch off the check of the machine's identity, or that contradict what nixwright sets itself: the port, the user, the shared connection.
    ///
    /// # Why it is bad
    /// Without the check, whoever answers at the address gets the system, and its secrets. A port or user that is set twice is decided by the order of arguments.
    ///
    /// # What to do instead
    /// Pin the machine's key with `deployment.hostKeys`. Use `targetPort` and `targetUser`.
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
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     hostKeys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx4" ];
    ///     sshOptions = [ "-o" "ConnectTimeout=5" ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "ssh-options", level: Warning, since: "0.1.0" }
}

/// Options of ssh, in lower case, why they do harm here, and what to use.
const HARMFUL: [(&str, &str, &str); 7] = [
    ("stricthostkeychecking=no", "accepts any machine", "pin the machine's key with `deployment.hostKeys`"),
    (
        "userknownhostsfile=/dev/null",
        "forgets every machine",
        "pin the machine's key with `deployment.hostKeys`",
    ),
    ("port=", "sets the port a second time", "use `deployment.targetPort`"),
    ("user=", "sets the user a second time", "use `deployment.targetUser`"),
    ("controlmaster=", "contradicts the shared connection that nixwright makes", "leave it out"),
    ("controlpath=", "contradicts the shared connection that nixwright makes", "leave it out"),
    ("batchmode=no", "lets ssh ask questions that nobody sees", "leave it out"),
];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for (text, at) in machine.deployment_list("sshOptions").0 {
            let plain = text.strip_prefix("-o").unwrap_or(text).trim().to_ascii_lowercase().replace(' ', "=");
            let Some((_, why, instead)) = HARMFUL.iter().find(|(option, ..)| plain.starts_with(option))
            else {
                continue;
            };
            found.push(
                CHECK
                    .finding(at, format!("`{text}` in the sshOptions of `{}` {why}", machine.name))
                    .help(*instead)
                    .machine(machine.name.as_str()),
            );
        }
    }
}

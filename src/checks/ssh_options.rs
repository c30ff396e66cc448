use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// Arguments in `deployment.sshOptions` that contradict what nixwright sets itself: the port, the user, the shared connection.
    ///
    /// # Why it is bad
    /// A port or user that is set twice is decided by the order of arguments, and a connection of its own is not the one that is watched.
    ///
    /// # What to do instead
    /// Use `targetPort` and `targetUser`.
    ///
    /// # What it cannot see
    /// What ssh's own configuration files say. Whether the machine's identity is checked is told by `host-key-unchecked`.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     sshOptions = [ "-o" "Port=2222" ];   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     targetPort = 2222;
    ///     sshOptions = [ "-o" "ConnectTimeout=5" ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "ssh-options", level: Warning, since: "0.1.0", looks_at: Machine }
}

/// Options of ssh, in lower case, why they do harm here, and what to use.
const HARMFUL: [(&str, &str, &str); 5] = [
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

use crate::findings::Finding;
use crate::network::Network;

use super::check::check;
use super::machine_keys::keys;

check! {
    /// # What it finds
    /// A key whose name cannot be the name of a file: it is empty, `.` or `..`, or has a control character in it. A key that has no
    /// `name` of its own is also called so in units of systemd, which have no slash and no blank in their names.
    ///
    /// # Why it is bad
    /// The name becomes a file in the folder of keys, and the attribute part of the unit `<name>-key.service`. Neither can have such a name.
    ///
    /// # What to do instead
    /// Use letters, digits, `.`, `_` and `-`; a folder goes into `destDir`, and a file with a blank in its name into `name`.
    ///
    /// # What it cannot see
    /// Names that are computed from something unknown.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys."nginx/tls" = { keyFile = "/root/tls"; };   # error
    ///     keys.api = { keyFile = "/root/api"; name = ".."; };   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys."tls.pem" = { keyFile = "/root/tls"; destDir = "/run/keys/nginx"; };
    ///     keys.api = { keyFile = "/root/api"; name = "api key"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-name", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for key in keys(machine).iter().filter(|it| !it.is_secret) {
            let Some((name, at)) = key.file_name() else { continue };
            let what = match name {
                "" => "it is empty".to_owned(),
                "." | ".." => "it is a folder".to_owned(),
                _ if name.contains(char::is_control) => "it has a control character in it".to_owned(),
                // Only units cannot have these.
                _ if key.option("name").is_some() => continue,
                _ if name.contains('/') => "it has a slash in it".to_owned(),
                _ if name.contains(char::is_whitespace) => "it has a blank in it".to_owned(),
                _ => continue,
            };
            found.push(
                CHECK
                    .finding(at, format!("`{name}` cannot be the name of a key: {what}"))
                    .help("use letters, digits, `.`, `_` and `-`; a folder goes into `destDir`")
                    .machine(machine.name.as_str()),
            );
        }
    }
}

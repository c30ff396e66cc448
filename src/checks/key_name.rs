use crate::findings::Finding;
use crate::network::Network;

use super::check::check;
use super::machine_keys::keys;

check! {
    /// # What it finds
    /// A key whose name cannot be the name of a file: it is empty, `.` or `..`, or has a slash, a blank or a control character in it.
    ///
    /// # Why it is bad
    /// The name becomes a file in the folder of keys and part of the unit `<name>-key.service`. Neither can have such a name.
    ///
    /// # What to do instead
    /// Use letters, digits, `.`, `_` and `-`; a folder goes into `destDir`.
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
    ///     keys.api = { keyFile = "/root/api"; name = "api key"; };   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys."tls.pem" = { keyFile = "/root/tls"; destDir = "/run/keys/nginx"; };
    ///     keys."api key" = { keyFile = "/root/api"; name = "api"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-name", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for key in keys(machine).iter().filter(|it| !it.is_secret) {
            let Some((name, at)) = key.file_name() else { continue };
            let what = match name {
                "" => "it is empty".to_owned(),
                "." | ".." => "it is a folder".to_owned(),
                _ => match name.chars().find(|it| *it == '/' || it.is_whitespace() || it.is_control()) {
                    Some('/') => "it has a slash in it".to_owned(),
                    Some(it) if it.is_whitespace() => "it has a blank in it".to_owned(),
                    Some(_) => "it has a control character in it".to_owned(),
                    None => continue,
                },
            };
            found.push(
                CHECK
                    .finding(at, format!("`{name}` cannot be the name of a key's file: {what}"))
                    .help("use letters, digits, `.`, `_` and `-`; a folder goes into `destDir`")
                    .machine(machine.name.as_str()),
            );
        }
    }
}

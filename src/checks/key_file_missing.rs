use crate::findings::{Finding, Level};
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// A key or secret whose `keyFile` or `source` is a path beside the network's files, and nothing lies there.
    ///
    /// # Why it is bad
    /// Everything is built and copied before the key is to be sent; only then the deployment fails.
    ///
    /// # What to do instead
    /// Correct the path, or put the file there.
    ///
    /// # What it cannot see
    /// Absolute paths: they need only exist on the machine that deploys. A file that git ignores, or whose folder is not there either, is a warning: it may be made elsewhere.
    ///
    /// # Examples
    /// ```nix bad
    /// #- /network.nix
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls.keyFile = ./secrets/tsl.pem;   # error
    ///   };
    /// }
    /// #- /secrets/tls.pem
    /// encrypted
    /// ```
    /// ```nix good
    /// #- /network.nix
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls.keyFile = ./secrets/tls.pem;
    ///     keys.api.keyFile = "/root/keys/api";
    ///   };
    /// }
    /// #- /secrets/tls.pem
    /// encrypted
    /// ```
    pub(super) static CHECK = { id: "key-file-missing", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for missing in &network.missing_keys {
        let path = missing.path.display();
        let mut finding = CHECK
            .finding(missing.at, format!("the file of the key `{}` does not exist: `{path}`", missing.key))
            .note("is not there")
            .machine(missing.machine.as_str());
        finding.help.clone_from(&missing.help);
        if !missing.certain {
            finding.level = Level::Warning;
        }
        found.push(finding);
    }
}

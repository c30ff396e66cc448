use crate::findings::Finding;
use crate::network::{Network, Setting, host_problem, placeholder};

use super::check::check;

check! {
    /// # What it finds
    /// A `deployment.targetHost` that only stands in for one: `TODO`, a name below `example.com`, an address set apart for documentation.
    ///
    /// # Why it is bad
    /// It was copied from a manual and never replaced. The deployment waits for a machine that does not exist.
    ///
    /// # What to do instead
    /// Write the host that is meant.
    ///
    /// # What it cannot see
    /// A wrong host that looks like a right one.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = "web.example.com";   # warning
    ///   db.deployment.targetHost = "203.0.113.7";        # warning
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = "web.internal";
    ///   db.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-host-placeholder", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetHost") else { continue };
        for value in definitions.iter().map(|it| &it.value) {
            let Some(host) = value.as_str() else { continue };
            let Some(what) = placeholder(host).filter(|_| host_problem(host).is_none()) else { continue };
            found.push(
                CHECK
                    .finding(value.at, format!("the targetHost `{host}` of `{}` {what}", machine.name))
                    .note("no real machine")
                    .help("write the host that is meant")
                    .machine(machine.name.as_str()),
            );
        }
    }
}

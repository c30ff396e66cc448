use crate::findings::Finding;
use crate::network::{Network, Setting};

use super::check::check;

check! {
    /// # What it finds
    /// A machine whose `deployment.targetHost` is the empty string.
    ///
    /// # Why it is bad
    /// There is nothing to connect to. ssh is called without a host and fails with a message about something else, long after everything was built.
    ///
    /// # What to do instead
    /// Give the host name or address. Leave the option out if the machine's name is its host name. Write `null` if the machine is never deployed to.
    ///
    /// # What it cannot see
    /// A value that is computed from something unknown, such as an environment variable.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "";   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    ///   laptop = {
    ///     deployment.targetHost = null;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-host-empty", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetHost") else { continue };
        for definition in definitions {
            if definition.value.as_str() != Some("") {
                continue;
            }
            let mut finding = CHECK
                .finding(definition.value.at, format!("the targetHost of `{}` is empty", machine.name))
                .note("no host to connect to")
                .help(format!(
                    "give the host name or address of `{0}`, leave the option out to use the name `{0}` as host, or write `null` if it is never deployed to",
                    machine.name
                ))
                .machine(machine.name.as_str());
            let elsewhere = machine.at().filter(|at| at.file != definition.value.at.file);
            if let Some(at) = elsewhere {
                finding = finding.label(at, "of this machine");
            }
            found.push(finding);
        }
    }
}

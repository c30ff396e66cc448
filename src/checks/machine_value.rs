use std::cell::LazyCell;

use crate::findings::Finding;
use crate::network::{Machine, ModuleKind, Network};

use super::check::check;
use super::machine_looks_misspelt;

check! {
    /// # What it finds
    /// A machine whose value is no NixOS module: a string, a number, a package, in NixOps' networks also a list.
    ///
    /// # Why it is bad
    /// Nix fails deep inside of the module system, with a message that does not name the machine.
    ///
    /// # What to do instead
    /// Give a set of options, a function that returns one, or the path of a file that holds one of them. Several modules go into `imports`.
    ///
    /// # What it cannot see
    /// Values that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = "10.0.0.7";   # error
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web = [ { deployment.targetHost = "10.0.0.7"; } ];   # error
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web = [ ];   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { imports = [ { deployment.targetHost = "10.0.0.7"; } ]; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "machine-value", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let slips = LazyCell::new(|| machine_looks_misspelt::slips(network));
    for machine in &network.machines {
        let name = machine.name.as_str();
        if slips.contains(machine.name.as_str()) {
            continue;
        }
        for source in &machine.sources {
            let (what, help) = match &source.value {
                ModuleKind::Wrong(what) => (
                    *what,
                    "a machine is a set of options, a function that returns one, or the path of such a file",
                ),
                ModuleKind::List if !network.dialect.takes_lists() => {
                    ("a list", "put the modules into `imports`: `{ imports = [ … ]; }`")
                }
                _ => continue,
            };
            found.push(
                CHECK
                    .finding(source.value_at, format!("the machine `{name}` is {what}, not a NixOS module"))
                    .help(help)
                    .machine(name),
            );
        }
    }
}

/// Whether a value of the machine is no module, so that nothing else need be said about what it lacks.
pub(super) fn is_wrong(network: &Network, machine: &Machine) -> bool {
    machine.sources.iter().any(|source| match source.value {
        ModuleKind::Wrong(_) => true,
        ModuleKind::List => !network.dialect.takes_lists(),
        _ => false,
    })
}

use crate::findings::Finding;
use crate::network::{ModuleMistakeKind, Network};

use super::check::check;

check! {
    /// # What it finds
    /// A module that has settings beside `config` or `options`; also something in `imports` that is no module.
    ///
    /// # Why it is bad
    /// A module with `config` or `options` keeps all its settings in `config`. Nix refuses any others.
    ///
    /// # What to do instead
    /// Move the settings into `config`.
    ///
    /// # What it cannot see
    /// Modules that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = { lib, ... }: {
    ///     options.site = lib.mkOption { };
    ///     config.deployment.targetHost = "10.0.0.7";
    ///     services.nginx.enable = true;   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { lib, ... }: {
    ///     options.site = lib.mkOption { };
    ///     config = {
    ///       deployment.targetHost = "10.0.0.7";
    ///       services.nginx.enable = true;
    ///     };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "mixed-module", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for mistake in &machine.mistakes {
            let finding = match &mistake.kind {
                ModuleMistakeKind::Mixed(name) => CHECK
                    .finding(mistake.at, format!("`{name}` stands beside `config` or `options`"))
                    .note("belongs into `config`")
                    .help(format!("write `config.{name}`")),
                ModuleMistakeKind::NoModule(what) => CHECK
                    .finding(mistake.at, format!("this is {what}, not a module"))
                    .help("a module is a set, a function that returns one, or the path of such a file"),
                _ => continue,
            };
            found.push(finding.machine(machine.name.as_str()));
        }
    }
}

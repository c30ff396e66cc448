use crate::findings::Finding;
use crate::network::{InputShape, Network};

use super::check::check;

check! {
    /// # What it finds
    /// A file that is no network: a NixOS configuration, a package, a list, a string, an empty set.
    ///
    /// # Why it is bad
    /// Every attribute of a network is a machine. Given a NixOS configuration, the tool takes `services`, `users` and `boot` for machines, and fails with messages that do not say so.
    ///
    /// # What to do instead
    /// Write a network that names the machine and imports the configuration: `{ web = import ./configuration.nix; }`.
    ///
    /// # What it cannot see
    /// A configuration whose attributes could all be names of machines.
    ///
    /// # Examples
    /// ```nix bad
    /// { pkgs, ... }:
    /// {
    ///   boot.loader.grub.device = "/dev/sda";   # error
    ///   services.nginx.enable = true;
    /// }
    /// ```
    /// ```nix bad
    /// [ { web.deployment.targetHost = "10.0.0.7"; } ]   # error
    /// ```
    /// ```nix good
    /// #- /network.nix
    /// {
    ///   web = { imports = [ ./machines/web.nix ]; deployment.targetHost = "10.0.0.7"; };
    /// }
    /// #- /machines/web.nix
    /// { pkgs, ... }:
    /// {
    ///   services.nginx.enable = true;
    /// }
    /// ```
    pub(super) static CHECK = { id: "module-used-as-network", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for input in &network.inputs {
        let path = network.sources().path(input.file);
        let name = path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let wrapped = format!("write a network that names the machine: `{{ web = import ./{name}; }}`");
        let finding = match &input.shape {
            InputShape::Network | InputShape::Unknown => continue,
            InputShape::Module { attribute, at } => CHECK
                .finding(*at, "this file is the configuration of one machine, not a network")
                .note(format!("`{attribute}` is an option of NixOS, not a machine"))
                .help(wrapped),
            InputShape::ModuleFunction { argument, at } => CHECK
                .finding(*at, "this file is a module of NixOS, not a network")
                .note(format!("only modules are called with `{argument}`"))
                .help(wrapped),
            InputShape::Package { at } => CHECK
                .finding(*at, "this file is a package, not a network")
                .help("a network is a set of machines: `{ web = { … }; }`"),
            InputShape::EmptySet { at } => CHECK
                .finding(*at, "this file is an empty set, not a network")
                .help("a network is a set of machines: `{ web = { … }; }`"),
            InputShape::Flake { outputs, at } => {
                let outputs: Vec<String> = outputs.iter().map(|it| format!("`{it}`")).collect();
                let has = if outputs.is_empty() {
                    "it has no outputs".to_owned()
                } else {
                    format!("its outputs are {}", outputs.join(", "))
                };
                CHECK.finding(*at, "this flake has no network among its outputs").help(format!(
                    "{has}; networks are `nixwright`, `colmenaHive`, `colmena`, `nixopsConfigurations.default`, `deploy` and `nixosConfigurations`"
                ))
            }
            InputShape::Other { what, at } => CHECK
                .finding(*at, format!("this file is {what}, not a network"))
                .help("a network is a set of machines: `{ web = { … }; }`"),
        };
        found.push(finding);
    }
}

use crate::findings::Finding;
use crate::network::Network;
use crate::options::schema::OptionMistakeKind;

use super::check::check;
use super::option_mistake as mistake;

check! {
    /// # What it finds
    /// A value that is not of its option's type: a string where a list is needed, a word that is not one of those allowed, a number out of range. It looks at the options of NixOS and at those that the network's own modules declare.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's whole configuration as soon as it reads the option. For options of every machine, and of services that are enabled, that is an error; where nobody knows, a warning; and a hint where the service is off.
    ///
    /// # What to do instead
    /// Give a value of the type that the message names.
    ///
    /// # What it cannot see
    /// Options of NixOS without a schema (`--options`); values, and parts of values, that are not known; whether a string has the form that its option asks for.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     networking.domain = 7;   # error
    ///     networking.firewall.allowedTCPPorts = [
    ///       22
    ///       "80"   # error
    ///       70000   # error
    ///     ];
    ///     services.openssh = { enable = true; permitRootLogin = true; };   # error
    ///     users.users.alice.uid = "1000";   # error
    ///     services.nginx.user = 5;   # hint
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web = { lib, ... }: {
    ///     options.site.level = lib.mkOption { type = lib.types.enum [ "low" "high" ]; };
    ///     config.deployment.targetHost = "10.0.0.7";
    ///     config.site.level = "hihg";   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// #- --options
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     networking.domain = null;
    ///     networking.firewall.allowedTCPPorts = lib.mkIf false [ "80" ];
    ///     services.openssh = { enable = true; permitRootLogin = "prohibit-password"; };
    ///     users.users.alice.uid = lib.mkForce 1000;
    ///     users.users.bob.uid = lib.mkDefault "1000";
    ///     imports = [ { users.users.bob.uid = 1001; } ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "option-type-mismatch", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (machine, it) in mistake::all(network) {
        let OptionMistakeKind::Type { wanted, found: there, element } = &it.kind else { continue };
        let path = mistake::shown(&it.path);
        let what = if *element { "each element of " } else { "" };
        let finding = CHECK
            .finding(it.at, format!("{what}`{path}` must be {wanted}, and this is {there}"))
            .note(format!("must be {wanted}"))
            .machine(machine.name.as_str());
        found.push(mistake::judged(finding, it));
    }
}

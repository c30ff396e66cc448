use std::sync::Arc;

use crate::findings::{Edit, Finding, Level};
use crate::network::Network;
use crate::options::schema::{OptionMistakeKind, Reading};

use super::check::check;
use super::option_mistake as mistake;

check! {
    /// # What it finds
    /// A setting that no option of NixOS has, such as `services.ngnix.enable`, and no module of the network declares.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's whole configuration: also where the setting stands under a condition that does not hold.
    ///
    /// # What to do instead
    /// Correct the name. `nixwright schema` writes the options that a nixpkgs has, from which this check knows them.
    ///
    /// # What it cannot see
    /// Anything without a schema (`--options`), and options of the deployment, which `unknown-deployment-option` looks at. Where a module is not known, or comes from NixOS without being part of every machine, it might declare the option; then only a near miss of a known name is reported, as a warning. Names inside of an option are only looked at where the definition holds.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.ngnix.enable = true;   # error
    ///     time = lib.mkIf false { timezone = "UTC"; };   # error
    ///     users.users.alice.isNormlUser = true;   # error
    ///   };
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.nginx.enable = true;
    ///     time = lib.mkIf false { timeZone = "UTC"; };
    ///     users.users.alice.isNormalUser = true;
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.timeZone = "UTC";   # error
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = { pkgs, ... }: {
    ///     imports = [ (pkgs.fetchFromGitHub { }) ];
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.ngnix.enable = true;   # warning
    ///     services.elsewhere.enable = true;
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// #- --options
    /// {
    ///   web = { lib, ... }: {
    ///     imports = [
    ///       { options.services.own = lib.mkOption { type = lib.types.attrs; }; }
    ///       { users.users = lib.mkIf false { alice.isNormlUser = true; }; }
    ///     ];
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.own.level = 1;
    ///     services.nginx.enable = true;
    ///     users.users.bob = { isNormalUser = true; uid = 1001; };
    ///     fileSystems."/data" = { device = "/dev/sdb"; ec2.size = 50; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unknown-option", level: Error, since: "0.1.0", looks_at: Machine }
}

/// What modules of NixOps add to the disks of machines in clouds.
const OF_DISKS: [&str; 3] = ["azure", "ec2", "gce"];

fn is_of_nixops(path: &[Arc<str>]) -> bool {
    path.first().is_some_and(|it| it.as_ref() == "fileSystems")
        && path.get(2).is_some_and(|it| OF_DISKS.contains(&it.as_ref()))
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (machine, it) in mistake::all(network) {
        let OptionMistakeKind::Unknown { near, elsewhere } = &it.kind else { continue };
        let Some((name, before)) = it.path.split_last() else { continue };
        if is_of_nixops(&it.path) {
            continue;
        }
        let path = mistake::shown(&it.path);
        let mut finding = CHECK
            .finding(it.at, format!("there is no option `{path}`"))
            .note("no option has this name")
            .machine(machine.name.as_str());
        let sure = !it.open && it.reading == Reading::Surely;
        if !sure {
            finding.level = Level::Warning;
        }
        let mut meant: Vec<_> = before.to_vec();
        found.push(match (near, elsewhere) {
            (Some(near), _) => {
                meant.push(near.clone());
                let plain = network.sources().slice(it.at) == name.as_ref();
                finding.help(format!("did you mean `{}`?", mistake::shown(&meant))).fix(
                    format!("write `{near}`"),
                    plain && sure,
                    vec![Edit { span: it.at, text: near.to_string() }],
                )
            }
            (None, Some(elsewhere)) => finding.help(format!("did you mean `{elsewhere}`?")),
            (None, None) => finding
                .help("is it an option of another version of NixOS, or of a module that is not imported?"),
        });
    }
}

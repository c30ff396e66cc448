use crate::findings::{Finding, Level};
use crate::network::{Attribute, Dialect, Network};

use super::check::check;

check! {
    /// # What it finds
    /// A network that is written for two tools at once: a hive with `network` beside `meta`.
    ///
    /// # Why it is bad
    /// Colmena refuses a hive that has both, because either may describe it. NixOps and morph take `meta` for a machine.
    ///
    /// With `network.pkgs`, which is morph's, and the `require` or `resources` of NixOps, the network is read as one of NixOps: morph would take these two for machines. That works, and is only a hint.
    ///
    /// # What to do instead
    /// Keep `meta` for colmena, `network` for the others.
    ///
    /// # What it cannot see
    /// An empty `network` or `meta`.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   meta.description = "a hive";
    ///   network.description = "a network";   # error
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   network.pkgs = import <nixpkgs> { };   # hint
    ///   require = [ ];
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   meta.description = "a hive";
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   network.description = "with a machine that is called like a set of colmena's";
    ///   meta = { ... }: { deployment.targetHost = "10.0.0.7"; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "mixed-dialects", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let first = |set: &str| network.attributes.iter().find(|it| it.set == set);
    match network.dialect {
        Dialect::Colmena => {
            let (Some(meta), Some(other)) = (first("meta"), first("network")) else { return };
            found.push(
                CHECK
                    .finding(other.at, "this hive has both `meta` and `network`")
                    .note("of NixOps and morph")
                    .label(meta.at, "of colmena, whose network this is")
                    .help("colmena reads one of them and refuses both: put all of it into `meta`"),
            );
        }
        Dialect::NixOps => {
            // In a flake the output says whose network it is.
            let in_flake = |it: &Attribute| network.sources().path(it.file).ends_with("flake.nix");
            let packages = network.attributes.iter().find(|it| it.name.as_ref() == "pkgs" && !in_flake(it));
            let Some(packages) = packages else { return };
            let mut finding = CHECK
                .finding(packages.at, "`network.pkgs` is morph's, and this is a network of NixOps")
                .note("morph reads this")
                .help("`require` and `resources` are of NixOps, and morph takes them for machines; for NixOps, `network.nixpkgs` names the packages");
            finding.level = Level::Hint;
            found.push(finding);
        }
        Dialect::Morph | Dialect::DeployRs | Dialect::Nixos => {}
    }
}

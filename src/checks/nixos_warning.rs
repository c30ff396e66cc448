use crate::findings::Finding;
use crate::network::{Network, RemarkKind};

use super::check::check;
use super::remark;

check! {
    /// # What it finds
    /// A warning of a NixOS module about a machine: a deprecated option, a setting without effect. Asks Nix, so it needs `check --eval`.
    ///
    /// # Why it is bad
    /// What NixOS warns of stops working sooner or later, or never did what was meant.
    ///
    /// # What to do instead
    /// Do what the message says. The place is where the warning is written if that is your own file, and otherwise the machine.
    ///
    /// # What it cannot see
    /// Anything without `--eval`, and warnings that are no module's: those are said beside the findings, as Nix says them.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --nix warning web 0:0 the old way still works
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     warnings = [ "the old way still works" ];   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "nixos-warning", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.remarks_of(RemarkKind::Warning).map(|it| remark::finding(&CHECK, it)));
}

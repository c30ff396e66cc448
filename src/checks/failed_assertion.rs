use crate::findings::Finding;
use crate::network::{Network, RemarkKind};

use super::check::check;
use super::remark;

check! {
    /// # What it finds
    /// An assertion of a NixOS module that does not hold for a machine. Asks Nix, so it needs `check --eval`.
    ///
    /// # Why it is bad
    /// The machine cannot be built: NixOS refuses a configuration of which an assertion does not hold.
    ///
    /// # What to do instead
    /// Do what the message asks for. The place is the assertion where it is your own, and otherwise the machine.
    ///
    /// # What it cannot see
    /// Anything without `--eval`, and the assertions of a machine whose evaluation fails before they are reached.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --nix assertion web 4:39 the backup needs a disk
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     assertions = [ { assertion = false; message = "the backup needs a disk"; } ];   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     assertions = [ { assertion = true; message = "the backup needs a disk"; } ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "failed-assertion", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.remarks_of(RemarkKind::Assertion).map(|it| remark::finding(&CHECK, it)));
}

use crate::findings::Finding;
use crate::network::{Network, RemarkKind};

use super::check::check;
use super::remark;

check! {
    /// # What it finds
    /// What Nix itself fails at when it evaluates the network, with `check --eval`: an option of NixOS that does not exist,
    /// a value of the wrong type, definitions that conflict, anything that only the real modules and packages can tell.
    ///
    /// # Why it is bad
    /// Nothing can be built of a machine that cannot be evaluated.
    ///
    /// # What to do instead
    /// The message is that of Nix. The place is the definition that it names, or the innermost frame of its trace that lies
    /// in one of your own files; where none does, it is the machine.
    ///
    /// # What it cannot see
    /// More than the first failure of each machine: Nix stops there. Nothing without `--eval`. A failure that another check
    /// has foretold is not reported twice.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --nix failure web 4:5 The option `services.ngnix' does not exist.
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.ngnix.enable = true;   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.nginx.enable = true;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "nix-evaluation", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.remarks_of(RemarkKind::Failure).map(|it| remark::finding(&CHECK, it)));
}

use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// A `throw`, an `abort` or a failed `assert` that is certainly reached, and other calls that certainly fail.
    ///
    /// # Why it is bad
    /// Nix stops there, with the message that is written there.
    ///
    /// # What to do instead
    /// Do what the message asks for.
    ///
    /// # What it cannot see
    /// Whether a failure is reached that depends on something unknown.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = throw "set the address of web";   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = if true then "10.0.0.7" else throw "set the address of web";
    /// }
    /// ```
    pub(super) static CHECK = { id: "always-fails", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::AlwaysFails).map(|it| problem::finding(&CHECK, it)));
}

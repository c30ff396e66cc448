use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// An operation on values that do not allow it: a call of what is no function, a sum of a string and a number, a list where a set is needed.
    ///
    /// # Why it is bad
    /// Nix fails as soon as the value is needed.
    ///
    /// # What to do instead
    /// Convert the value (`toString`), or correct what makes it.
    ///
    /// # What it cannot see
    /// Values that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = "10.0.0." + 7;   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = "10.0.0." + toString 7;
    /// }
    /// ```
    pub(super) static CHECK = { id: "type-mismatch", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::TypeMismatch).map(|it| problem::finding(&CHECK, it)));
}

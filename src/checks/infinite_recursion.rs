use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// A value that needs itself.
    ///
    /// # Why it is bad
    /// Nix stops with "infinite recursion encountered", often without saying where.
    ///
    /// # What to do instead
    /// Break the cycle. In a `rec` set or a `let`, a name means the definition beside it, not one further out.
    ///
    /// # What it cannot see
    /// Cycles through values that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   host = "${host}.internal";   # error
    /// in
    /// {
    ///   web.deployment.targetHost = host;
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   host = "web";
    /// in
    /// {
    ///   web.deployment.targetHost = "${host}.internal";
    /// }
    /// ```
    pub(super) static CHECK = { id: "infinite-recursion", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::InfiniteRecursion).map(|it| problem::finding(&CHECK, it)));
}

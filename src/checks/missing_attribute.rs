use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// An attribute that is asked of a set which certainly does not have it.
    ///
    /// # Why it is bad
    /// Nix fails as soon as the value is needed, and for the settings of a deployment it always is.
    ///
    /// # What to do instead
    /// Correct the name, define the attribute, or give a default with `or`.
    ///
    /// # What it cannot see
    /// Sets of which not all attributes are known, such as those of nixpkgs, and values that nothing is known to need.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   hosts = { web = "10.0.0.7"; db = "10.0.0.8"; };
    /// in
    /// {
    ///   web.deployment.targetHost = hosts.wbe;   # error
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   hosts = { web = "10.0.0.7"; db = "10.0.0.8"; };
    /// in
    /// {
    ///   web.deployment.targetHost = hosts.web;
    ///   db.deployment.targetHost = hosts.database or hosts.db;
    /// }
    /// ```
    pub(super) static CHECK = { id: "missing-attribute", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::MissingAttribute).map(|it| problem::finding(&CHECK, it)));
}

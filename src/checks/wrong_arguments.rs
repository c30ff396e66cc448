use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// A call of a function that lacks an argument without default, or has one that the function does not take.
    ///
    /// # Why it is bad
    /// Nix fails as soon as the value is needed.
    ///
    /// # What to do instead
    /// Give the argument, give it a default, or let the function take `...`.
    ///
    /// # What it cannot see
    /// Functions and arguments that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   machine = { host, port }: { deployment.targetHost = host; deployment.targetPort = port; };
    /// in
    /// {
    ///   web = machine { host = "10.0.0.7"; };   # error
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   machine = { host, port ? 22 }: { deployment.targetHost = host; deployment.targetPort = port; };
    /// in
    /// {
    ///   web = machine { host = "10.0.0.7"; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "wrong-arguments", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::WrongArguments).map(|it| problem::finding(&CHECK, it)));
}

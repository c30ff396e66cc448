use crate::findings::Finding;
use crate::network::{Network, ProblemKind};

use super::check::check;
use super::problem;

check! {
    /// # What it finds
    /// A file that is imported or read, and is not there; also a folder without `default.nix`.
    ///
    /// # Why it is bad
    /// Nix fails as soon as the value is needed.
    ///
    /// # What to do instead
    /// Correct the path. It is relative to the file it is written in.
    ///
    /// # What it cannot see
    /// Files that are encrypted or fetched are unknown, not missing. A missing file that git ignores, or that lies in a submodule that was not fetched, is a warning: it comes from elsewhere.
    ///
    /// # Examples
    /// ```nix bad
    /// #- /network.nix
    /// {
    ///   web = import ./machines/wbe.nix;   # error
    /// }
    /// #- /machines/web.nix
    /// { deployment.targetHost = "10.0.0.7"; }
    /// ```
    /// ```nix good
    /// #- /network.nix
    /// {
    ///   web = import ./machines/web.nix;
    /// }
    /// #- /machines/web.nix
    /// { deployment.targetHost = "10.0.0.7"; }
    /// ```
    pub(super) static CHECK = { id: "import-not-found", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(network.problems_of(ProblemKind::ImportNotFound).map(|it| problem::finding(&CHECK, it)));
}

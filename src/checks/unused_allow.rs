use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// A comment `# nixwright: allow(check-id)` that allows nothing. Either the check finds nothing in that place, or no check has this name.
    ///
    /// # Why it is bad
    /// A comment that outlives its reason hides the next mistake in the same place.
    ///
    /// # What to do instead
    /// Remove the comment. If its name is misspelt, correct it.
    ///
    /// # What it cannot see
    /// A check that was turned off for the whole call finds nothing, so allows of it are reported as well.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     # nixwright: allow(target-host-empty) — filled in later   # hint
    ///     deployment.targetHost = "web.internal";
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     # nixwright: allow(target-host-empty) — filled in by the installer
    ///     deployment.targetHost = "";
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unused-allow", level: Hint, since: "0.1.0" }
}

/// Nothing to do here: the comments are judged after all other checks have spoken.
fn run(_: &Network, _: &mut Vec<Finding>) {}

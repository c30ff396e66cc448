use crate::findings::{Edit, Finding};
use crate::network::Network;
use crate::syntax::OddityKind;
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A `with` from which no name can come: every name below it is defined nearer by, or by Nix itself.
    ///
    /// # Why it is bad
    /// A `with` hides slips, for any name may come from it. One that nothing needs has that price and no use.
    ///
    /// # What to do instead
    /// Remove it.
    ///
    /// # What it cannot see
    /// A `with` below which any name is left to it, whether the set has that name or not.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = { lib, ... }: with lib; {   # hint
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { lib, pkgs, ... }: with lib; {
    ///     deployment.targetHost = mkDefault "10.0.0.7";
    ///     environment.systemPackages = with pkgs; [ hello ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unused-with", level: Hint, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (file, oddity) in network.oddities.iter().filter(|(_, it)| it.kind == OddityKind::UnusedWith) {
        let at = Span::new(*file, oddity.at.0, oddity.at.1);
        let mut finding =
            CHECK.finding(at, "no name comes from this `with`").note("not needed").help("remove it");
        if let Some((start, end)) = oddity.removable {
            let span = Span::new(*file, start, end);
            finding = finding.fix("remove this `with`", true, vec![Edit { span, text: String::new() }]);
        }
        found.push(finding);
    }
}

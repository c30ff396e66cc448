use crate::findings::Finding;
use crate::network::Network;
use crate::syntax::SyntaxErrorKind;

use super::check::check;

check! {
    /// # What it finds
    /// An attribute that one set defines twice, or an argument that one function takes twice.
    ///
    /// # Why it is bad
    /// Nix refuses the whole file.
    ///
    /// # What to do instead
    /// Remove one of the two. Sets that are written as nested paths (`a.b = …; a.c = …;`) may be split.
    ///
    /// # What it cannot see
    /// Names that are computed (`${name} = …`). Two sets for one name are merged with all that is in them, as Nix does since
    /// 2.26; earlier ones refuse a name that both sets have (`a.b.c = 1; a = { b = { d = 2; }; };`).
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = "10.0.0.7";
    ///   web.deployment.targetHost = "10.0.0.8";   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = "10.0.0.7";
    ///   web.deployment.targetPort = 2222;
    /// }
    /// ```
    pub(super) static CHECK = { id: "duplicate-attribute", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for error in &network.syntax_errors {
        if !matches!(error.kind, SyntaxErrorKind::DuplicateAttribute | SyntaxErrorKind::DuplicateArgument) {
            continue;
        }
        let mut finding = CHECK.finding(error.span, error.message.clone()).note("defined again");
        if let Some(first) = error.opening {
            finding = finding.label(first, "first defined here");
        }
        finding.help = error.help.clone().or_else(|| Some("remove one of the two".to_owned()));
        found.push(finding);
    }
}

use crate::findings::Finding;
use crate::network::Network;
use crate::syntax::SyntaxErrorKind;

use super::check::check;

check! {
    /// # What it finds
    /// Text that is no Nix: a missing semicolon, a bracket or string that is never closed, an operator that does not exist. All of them in one run.
    ///
    /// # Why it is bad
    /// Nix reads nothing of a file with a single such mistake.
    ///
    /// # What to do instead
    /// Correct the place. Where something was left open, the report shows where it began.
    ///
    /// # What it cannot see
    /// Files that the network does not read.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = "10.0.0.7"   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "syntax-error", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for error in &network.syntax_errors {
        match error.kind {
            // Two checks of their own.
            SyntaxErrorKind::DuplicateAttribute
            | SyntaxErrorKind::DuplicateArgument
            | SyntaxErrorKind::UndefinedVariable => continue,
            _ => {}
        }
        let mut finding = CHECK.finding(error.span, error.message.clone());
        if let Some(expected) = &error.expected {
            finding = finding.note(format!("expected {expected}"));
        }
        if let Some(opening) = error.opening {
            finding = finding.label(opening, "opened here");
        }
        finding.help.clone_from(&error.help);
        found.push(finding);
    }
}

use crate::findings::{Edit, Finding};
use crate::network::Network;
use crate::syntax::OddityKind;
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// Syntax that Nix is leaving behind: a URL without quotes, `let { body = …; }`, and `__overrides` in a recursive set.
    ///
    /// # Why it is bad
    /// Each can be switched off in Nix or is already (`url-literals`), and few readers know the two others.
    ///
    /// # What to do instead
    /// Put the URL into quotes; write `let … in …`; merge sets with `//`.
    ///
    /// # What it cannot see
    /// `__overrides` that is inherited or computed.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     nix.binaryCaches = [ https://cache.nixos.org ];   # hint
    ///   };
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     nix.binaryCaches = [ "https://cache.nixos.org" ];
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web.deployment.targetHost = let { body = "10.0.0.${last}"; last = "7"; };   # hint
    ///   db.deployment.targetHost = (rec { host = "10.0.0.8"; __overrides = { }; }).host;   # hint
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment.targetHost = let last = "7"; in "10.0.0.${last}";
    ///   db = {
    ///     deployment.targetHost = "10.0.0.8";
    ///     nix.binaryCaches = [ "https://cache.nixos.org" ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "deprecated-syntax", level: Hint, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (file, oddity) in &network.oddities {
        let at = Span::new(*file, oddity.at.0, oddity.at.1);
        found.push(match oddity.kind {
            OddityKind::BareUrl => {
                let quoted = format!("\"{}\"", network.sources().slice(at));
                CHECK
                    .finding(at, "URLs without quotes are being removed from Nix")
                    .note("a string in disguise")
                    .help("put it into quotes")
                    .fix("put it into quotes", true, vec![Edit { span: at, text: quoted }])
            }
            OddityKind::OldLet => CHECK
                .finding(at, "`let { … }` is the old way to write `let … in …`")
                .note("its value is its `body`")
                .help("write the definitions between `let` and `in`, and the `body` behind `in`"),
            OddityKind::Overrides => CHECK
                .finding(at, "`__overrides` changes the other names of this set, which Nix advises against")
                .note("replaces attributes of this set")
                .help("merge the sets with `//`"),
            OddityKind::UnusedBinding | OddityKind::UnusedArgument { .. } | OddityKind::UnusedWith => {
                continue;
            }
        });
    }
}

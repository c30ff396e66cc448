use crate::findings::{Edit, Finding};
use crate::network::Network;
use crate::syntax::OddityKind;
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A name of a `let` that nothing uses.
    ///
    /// # Why it is bad
    /// It is left over, or what should use it uses something else.
    ///
    /// # What to do instead
    /// Remove it, or use it. A name that begins with `_` is left alone.
    ///
    /// # What it cannot see
    /// Files with other mistakes: what is missing there may be the use.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   domain = "shop.internal"; mail = "mail.internal";   # hint
    ///   inherit (builtins) map filter;   # hint
    /// in
    /// {
    ///   web.deployment.targetHost = builtins.concatStringsSep "." (map (it: it) [ "web" domain ]);
    /// }
    /// ```
    /// ```nix fixed
    /// let
    ///   domain = "shop.internal";
    ///   inherit (builtins) map;
    /// in
    /// {
    ///   web.deployment.targetHost = builtins.concatStringsSep "." (map (it: it) [ "web" domain ]);
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   domain = "shop.internal";
    ///   _unused = "kept for later";
    ///   loop = number: if number == 0 then "" else loop (number - 1);
    /// in
    /// {
    ///   web.deployment.targetHost = "web.${domain}${loop 3}";
    /// }
    /// ```
    pub(super) static CHECK = { id: "unused-binding", level: Hint, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (file, oddity) in network.oddities.iter().filter(|(_, it)| it.kind == OddityKind::UnusedBinding) {
        let at = Span::new(*file, oddity.at.0, oddity.at.1);
        let name = network.sources().slice(at);
        if name.starts_with('_') {
            continue;
        }
        let mut finding = CHECK
            .finding(at, format!("nothing uses `{name}`"))
            .note("not used")
            .help("remove it; begin its name with `_` to keep it");
        if let Some(removed) = oddity.removable {
            let text = &network.sources().file(*file).text;
            let (start, end) =
                whole_let(text, removed).unwrap_or((removed.0 - blanks_left(text, removed), removed.1));
            let span = Span::new(*file, start, end);
            finding = finding.fix(format!("remove `{name}`"), true, vec![Edit { span, text: String::new() }]);
        }
        found.push(finding);
    }
}

/// The `let … in` in which nothing else stands, with the blanks behind it: nobody would leave it.
fn whole_let(text: &str, (start, end): (u32, u32)) -> Option<(u32, u32)> {
    let in_a_name = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '\'' | '.');
    let before = text[..start as usize].trim_end().strip_suffix("let")?;
    let after = text[end as usize..].trim_start().strip_prefix("in")?;
    if before.ends_with(in_a_name) || after.starts_with(in_a_name) {
        return None;
    }
    let length = |part: &str| u32::try_from(part.len()).expect("a file is shorter than 4 GB");
    Some((length(before), length(text) - length(after.trim_start())))
}

/// How many blanks would be left at the end of a line that something is removed from.
fn blanks_left(text: &str, removed: (u32, u32)) -> u32 {
    let (before, after) = (&text[..removed.0 as usize], &text[removed.1 as usize..]);
    let kept = before.trim_end_matches([' ', '\t']);
    let is_end = after.is_empty() || after.starts_with(['\n', '\r']);
    let blanks = if is_end && !kept.ends_with('\n') { before.len() - kept.len() } else { 0 };
    u32::try_from(blanks).expect("a line is shorter than its file")
}

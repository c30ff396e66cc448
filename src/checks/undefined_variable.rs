use crate::findings::Finding;
use crate::network::Network;
use crate::syntax::SyntaxErrorKind;

use super::check::check;
use super::missing_argument;

check! {
    /// # What it finds
    /// A name that nothing around it defines.
    ///
    /// # Why it is bad
    /// Nix refuses the whole file, even if nothing asks for the value.
    ///
    /// # What to do instead
    /// Correct the name, define it, or, for functions of nixpkgs, write `lib.` or `pkgs.` before it.
    ///
    /// # What it cannot see
    /// Names inside of a `with`, which may come from anywhere. Names that a module gets as an argument have their own check, `missing-argument`.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   address = "10.0.0.7";
    /// in
    /// {
    ///   web.deployment.targetHost = adress;   # error
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   address = "10.0.0.7";
    /// in
    /// {
    ///   web.deployment.targetHost = address;
    /// }
    /// ```
    pub(super) static CHECK = { id: "undefined-variable", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for error in &network.syntax_errors {
        if error.kind != SyntaxErrorKind::UndefinedVariable {
            continue;
        }
        let name = network.sources().slice(error.span);
        if missing_argument::is_argument(name) {
            continue;
        }
        let mut finding = CHECK
            .finding(error.span, format!("`{name}` is not defined"))
            .note("nothing around here has this name");
        finding.help.clone_from(&error.help);
        if LIBRARY.contains(&name) {
            finding.help = Some(format!("write `lib.{name}`, and take `lib` as an argument"));
        }
        found.push(finding);
    }
}

/// Functions of nixpkgs' library that are often written without `lib.`.
const LIBRARY: [&str; 24] = [
    "attrNames",
    "attrValues",
    "concatMapStrings",
    "concatStringsSep",
    "filterAttrs",
    "flatten",
    "genAttrs",
    "listToAttrs",
    "mapAttrs",
    "mapAttrsToList",
    "mkAfter",
    "mkBefore",
    "mkDefault",
    "mkEnableOption",
    "mkForce",
    "mkIf",
    "mkMerge",
    "mkOption",
    "mkOverride",
    "nameValuePair",
    "optional",
    "optionalAttrs",
    "optionals",
    "types",
];

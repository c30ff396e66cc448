use crate::findings::Finding;
use crate::network::Network;
use crate::syntax::OddityKind;
use crate::text::Span;

use super::check::check;
use super::missing_argument;

check! {
    /// # What it finds
    /// An argument in the set pattern of a function that nothing in the function uses.
    ///
    /// # Why it is bad
    /// Callers give it, and wonder why it changes nothing.
    ///
    /// # What to do instead
    /// Remove it here and where the function is called, or use it.
    ///
    /// # What it cannot see
    /// Modules are left alone: it is customary that they take `config`, `lib` and `pkgs` whether they need them or not. So are functions whose whole argument (`args@{ … }`) is used, names that begin with `_`, the outputs of a flake, and files with other mistakes.
    ///
    /// # Examples
    /// ```nix bad
    /// let
    ///   machine = { host, rack }: {   # hint
    ///     deployment.targetHost = host;
    ///   };
    /// in
    /// {
    ///   web = machine { host = "10.0.0.7"; rack = "b"; };
    /// }
    /// ```
    /// ```nix good
    /// let
    ///   machine = { host, _rack ? "a" }: { config, lib, pkgs, ... }: {
    ///     deployment.targetHost = host;
    ///   };
    ///   logged = args@{ host, ... }: builtins.trace "a machine" (machine args);
    /// in
    /// {
    ///   web = machine { host = "10.0.0.7"; };
    ///   db = logged { host = "10.0.0.8"; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unused-argument", level: Hint, since: "0.1.0" }
}

/// What functions take for form's sake: arguments of modules, flakes and overlays.
const CUSTOMARY: [&str; 10] =
    ["self", "super", "final", "prev", "inputs", "system", "stdenv", "utils", "me", "flake-parts-lib"];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (file, oddity) in &network.oddities {
        let OddityKind::UnusedArgument { ellipsis, outermost } = oddity.kind else { continue };
        let (at, head) =
            (Span::new(*file, oddity.at.0, oddity.at.1), Span::new(*file, oddity.head.0, oddity.head.1));
        // Most functions are modules.
        if ellipsis && outermost || network.functions.binary_search(&head).is_ok() {
            continue;
        }
        let name = network.sources().slice(at);
        // What begins with a formal ends with its default.
        let name = name.split([' ', '?', '\n']).next().unwrap_or(name);
        let customary = missing_argument::is_argument(name) || CUSTOMARY.contains(&name);
        if name.starts_with('_')
            || ellipsis && customary
            || network.sources().path(*file).ends_with("flake.nix")
        {
            continue;
        }
        found.push(
            CHECK
                .finding(at, format!("nothing in this function uses its argument `{name}`"))
                .note("not used")
                .help(if ellipsis {
                    "remove it; `...` takes it as well"
                } else {
                    "remove it here and where the function is called"
                }),
        );
    }
}

use crate::eval::ConditionalPlace;
use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// A module that asks for `config` before there can be one: to decide what it imports, or with an `if` around all of its settings.
    ///
    /// # Why it is bad
    /// The modules decide what `config` is, so this is an infinite recursion, and Nix' message about it names neither the module nor the `if`.
    ///
    /// # What to do instead
    /// Import the module always, and put its settings below `lib.mkIf config.… { … }`.
    ///
    /// # What it cannot see
    /// A `config` that is handed through functions of your own; settings deeper inside a module.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = { config, ... }: if config.services.nginx.enable then {   # warning
    ///     deployment.targetHost = "10.0.0.7";
    ///   } else { };
    /// }
    /// ```
    /// ```nix bad
    /// #- /network.nix
    /// {
    ///   web = { config, lib, ... }: {
    ///     imports = [ ./modules/base.nix ] ++ lib.optional config.services.nginx.enable ./modules/nginx.nix;   # warning
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// #- /modules/base.nix
    /// { }
    /// #- /modules/nginx.nix
    /// { }
    /// ```
    /// ```nix good
    /// {
    ///   web = { config, lib, name, options, ... }: {
    ///     imports = lib.optional (name == "web") { services.nginx.enable = true; };
    ///     config = lib.mkIf config.services.nginx.enable {
    ///       deployment.targetHost = if config.services.nginx.enable then "10.0.0.7" else "10.0.0.8";
    ///     };
    ///   };
    ///   db = { lib, ... }: if lib.versionAtLeast lib.version "18.09" then {
    ///     deployment.targetHost = "10.0.0.9";
    ///   } else { };
    /// }
    /// ```
    pub(super) static CHECK = { id: "conditional-recursion", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for conditional in &network.conditionals {
        let (message, help) = match conditional.place {
            ConditionalPlace::Module => (
                "this decides what the whole module is, and needs a `config` that depends on the module",
                "write `lib.mkIf condition { … }` for `if condition then { … } else { }`",
            ),
            ConditionalPlace::Config => (
                "this decides what `config` is, and needs it for that",
                "write `config = lib.mkIf condition { … };`",
            ),
            ConditionalPlace::Imports => (
                "this decides which modules there are, and needs a `config` that depends on them",
                "import the module always, and put its settings below `lib.mkIf`",
            ),
        };
        found.push(CHECK.finding(conditional.at, message).note("an infinite recursion").help(help));
    }
}

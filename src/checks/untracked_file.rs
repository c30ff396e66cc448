use crate::findings::Finding;
use crate::network::Network;

use super::check::check;

check! {
    /// # What it finds
    /// A file that a flake reads, that is there, and that git does not know.
    ///
    /// # Why it is bad
    /// Nix copies only what git knows of, so to Nix the file does not exist. On the author's machine everything looks right.
    ///
    /// # What to do instead
    /// `git add` the file; `git add --intent-to-add` is enough. A file that must stay out of git, such as a secret, cannot be read by a flake: send it as a key.
    ///
    /// # What it cannot see
    /// Flakes outside of a git work tree, submodules, and a work tree whose index is split.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --git flake.nix machines/db.nix
    /// #- /flake.nix
    /// {
    ///   outputs = _: {
    ///     colmena = {
    ///       db = ./machines/db.nix;
    ///       web = ./machines/web.nix;   # error
    ///     };
    ///   };
    /// }
    /// #- /machines/db.nix
    /// { deployment.targetHost = "10.0.0.7"; }
    /// #- /machines/web.nix
    /// { deployment.targetHost = "10.0.0.8"; }
    /// ```
    /// ```nix good
    /// #- --git flake.nix machines/db.nix machines/web.nix
    /// #- /flake.nix
    /// {
    ///   outputs = _: {
    ///     colmena = {
    ///       db = ./machines/db.nix;
    ///       web = ./machines/web.nix;
    ///     };
    ///   };
    /// }
    /// #- /machines/db.nix
    /// { deployment.targetHost = "10.0.0.7"; }
    /// #- /machines/web.nix
    /// { deployment.targetHost = "10.0.0.8"; }
    /// ```
    /// ```nix good
    /// #- --git other.nix
    /// #- /network.nix
    /// { web = import ./machines/web.nix; }
    /// #- /machines/web.nix
    /// { deployment.targetHost = "10.0.0.8"; }
    /// ```
    pub(super) static CHECK = { id: "untracked-file", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for file in &network.untracked {
        let path = file.path.display();
        let help = if file.ignored {
            "git ignores it; a flake cannot read what git does not have: send secrets as keys, and let git have the rest"
                .to_owned()
        } else {
            format!("run `git add {path}`")
        };
        found.push(
            CHECK
                .finding(file.at, format!("git does not know `{path}`, so Nix does not see it in this flake"))
                .note("is there, but not for Nix")
                .help(help),
        );
    }
}

use crate::findings::{Edit, Finding};
use crate::network::{ModuleMistakeKind, Network};

use super::check::check;

check! {
    /// # What it finds
    /// A module that imports in a way that imports nothing: `import = [ … ]` for `imports`, or `imports` that is no list.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's configuration with a message about an option `import` that does not exist, or about a list.
    ///
    /// # What to do instead
    /// Write `imports = [ ./module.nix ];`.
    ///
    /// # What it cannot see
    /// `imports` whose value is not known.
    ///
    /// # Examples
    /// ```nix bad
    /// #- /network.nix
    /// {
    ///   web = {
    ///     import = [ ./modules/web.nix ];   # error
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// #- /modules/web.nix
    /// { }
    /// ```
    /// ```nix fixed
    /// #- /network.nix
    /// {
    ///   web = {
    ///     imports = [ ./modules/web.nix ];
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// #- /modules/web.nix
    /// { }
    /// ```
    /// ```nix good
    /// #- /network.nix
    /// {
    ///   web = {
    ///     imports = [ ./modules/web.nix ];
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// #- /modules/web.nix
    /// { }
    /// ```
    pub(super) static CHECK = { id: "misplaced-import", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for mistake in &machine.mistakes {
            let finding = match &mistake.kind {
                ModuleMistakeKind::ImportForImports => {
                    let plain = network.sources().slice(mistake.at) == "import";
                    CHECK
                        .finding(mistake.at, "modules are imported with `imports`, not `import`")
                        .note("no option has this name")
                        .help("write `imports`")
                        .fix(
                            "write `imports`",
                            plain,
                            vec![Edit { span: mistake.at, text: "imports".to_owned() }],
                        )
                }
                ModuleMistakeKind::ImportsNoList(what) => CHECK
                    .finding(mistake.at, format!("`imports` must be a list of modules, and this is {what}"))
                    .note("must be a list")
                    .help("put it into brackets: `imports = [ … ];`"),
                ModuleMistakeKind::Mixed(_)
                | ModuleMistakeKind::NoModule(_)
                | ModuleMistakeKind::NearDeployment(_) => continue,
            };
            found.push(finding.machine(machine.name.as_str()));
        }
    }
}

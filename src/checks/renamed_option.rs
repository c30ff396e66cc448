use crate::findings::{Finding, Level};
use crate::network::Network;
use crate::options::schema::OptionMistakeKind;

use super::check::check;
use super::option_mistake as mistake;

check! {
    /// # What it finds
    /// A setting of an option that NixOS has renamed or removed.
    ///
    /// # Why it is bad
    /// NixOS warns of it, and a later version will not know the name. A removed option does nothing any more; since 2019 NixOS refuses machines that set one, and then this is an error.
    ///
    /// # What to do instead
    /// Set the option that the message names, or do what it says.
    ///
    /// # What it cannot see
    /// Anything without a schema that `nixwright schema` has written (`--options`): the manual of NixOS does not list such options.
    ///
    /// # Examples
    /// ```nix bad
    /// #- --options
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.sshd.enable = true;   # warning
    ///     boot.initrd.luks.enable = true;   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// #- --options
    /// {
    ///   web = { lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.openssh.enable = true;
    ///     boot.initrd.luks.enable = lib.mkIf false true;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "renamed-option", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for (machine, it) in mistake::all(network) {
        let OptionMistakeKind::Obsolete(obsolete) = &it.kind else { continue };
        let path = mistake::shown(&it.path);
        let mut finding = match &obsolete.renamed_to {
            Some(to) => CHECK
                .finding(it.at, format!("the option `{path}` is called `{to}` now"))
                .note("an old name")
                .help(format!("set `{to}` instead")),
            None => {
                CHECK.finding(it.at, format!("the option `{path}` was removed")).note("does nothing any more")
            }
        };
        if let Some(message) = &obsolete.message {
            finding = finding.help(message.trim());
        }
        if obsolete.refused {
            finding.level = Level::Error;
        }
        found.push(finding.machine(machine.name.as_str()));
    }
}

//! What the checks of options have in common: which mistakes there are, and how far Nix certainly refuses them.

use std::sync::Arc;

use crate::eval::written_name;
use crate::findings::{Finding, Level};
use crate::network::{Machine, Network};
use crate::options::schema::{OptionMistake, Reading};

/// All mistakes of all machines.
pub(super) fn all(network: &Network) -> impl Iterator<Item = (&Machine, &OptionMistake)> {
    network.machines.iter().flat_map(|machine| machine.option_mistakes.iter().map(move |it| (machine, it)))
}

/// The name of an option as it is written.
pub(super) fn shown(path: &[Arc<str>]) -> String {
    path.iter().map(|it| written_name(it)).collect::<Vec<_>>().join(".")
}

/// A value that NixOS does not read is refused by nobody.
pub(super) fn judged(mut finding: Finding, it: &OptionMistake) -> Finding {
    if let Some(at) = it.declared_at {
        finding = finding.label(at, "the option is declared here");
    }
    match &it.reading {
        Reading::Surely if it.open => finding.level = Level::Warning,
        Reading::Surely => {}
        Reading::Perhaps => {
            finding.level = Level::Warning;
            finding = finding.help("Nix refuses the machine as soon as something reads this option");
        }
        Reading::Switched(gate) => {
            finding.level = Level::Hint;
            finding = finding.help(format!(
                "nothing reads this option as long as `{gate}` is not true; then Nix refuses it"
            ));
        }
    }
    finding
}

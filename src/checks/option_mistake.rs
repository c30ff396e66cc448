//! What the checks of options have in common: which mistakes there are, and how far Nix certainly refuses them.

use std::sync::Arc;

use crate::eval::written_name;
use crate::findings::{Finding, Level};
use crate::network::{Machine, Network};
use crate::options::schema::{OptionMistake, Reading};

/// All mistakes of all machines.
pub(super) fn all(network: &Network) -> impl Iterator<Item = (&Machine, &OptionMistake)> {
    let of = |machine| move |it| (machine, it);
    network.machines.iter().flat_map(move |it| it.option_mistakes.iter().map(of(it.as_ref())))
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::checks;
    use crate::network::{Network, Request};
    use crate::options::schema::Schema;
    use crate::system::OverlayFiles;

    #[test]
    fn what_is_wrong_in_files_that_only_values_lead_to_is_no_news() {
        let mut files = OverlayFiles::alone();
        let network =
            "{ web = { deployment.targetHost = \"10.0.0.7\"; services.nginx.user = import ./user.nix; }; }";
        files.put("/network.nix", network);
        files.put("/user.nix", "{ a = ");
        let options = Schema::read(include_bytes!("example-options.json")).unwrap();
        let request = Request {
            options: Some(options.into()),
            ..Request::new(std::sync::Arc::new(files), vec![PathBuf::from("/network.nix")])
        };
        let network = Network::load(&request).unwrap();
        let found = checks::run(&network, &checks::Levels::default());
        assert!(found.iter().all(|it| it.id != "syntax-error"), "{found:?}");
    }
}

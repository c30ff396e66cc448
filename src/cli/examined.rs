//! Asking Nix on behalf of `check --eval`: what is handed over, what is said meanwhile, and what `--verify` tells.

use std::path::PathBuf;

use super::{CommandError, ErrorKind, NetworkArgs, Ui};
use crate::execute::RunError;
use crate::network::{Difference, Network, Request, Verification};
use crate::nix::{self, Examine, Nix, NixError};
use crate::report::findings::plural;
use crate::report::screen;
use crate::system::System;

/// The option of Nix that lets a flake look at this machine.
pub(super) const IMPURE: [&str; 2] = ["pure-eval", "false"];

/// Differences that are printed. Who is wrong in so many places is wrong in one.
const MOST_DIFFERENCES: usize = 20;

/// How Nix is asked.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Also holds what is known without Nix against what it says.
    pub(super) verify: bool,
    /// A flake may look at this machine.
    pub(super) impure: bool,
}

/// Takes what Nix says of the network into it.
pub(super) async fn examined(
    system: &System,
    ui: &mut Ui<'_>,
    args: &NetworkArgs,
    request: &Request,
    network: &mut Network,
    wanted: Wanted,
) -> Result<Option<Verification>, CommandError> {
    let files = handed_over(request, network);
    if !network.syntax_errors.is_empty() {
        ui.say("Nix was not asked: it reads no file that has a mistake of grammar");
        return Ok(None);
    }
    let (arguments, path) = args.recorded(system);
    let mut nix = Nix::find(system).await.map_err(not_asked)?;
    nix.path = path;
    if wanted.impure {
        nix.options.push(IMPURE.map(str::to_owned).into());
    }
    let values = if wanted.verify { network.questions() } else { Vec::new() };
    let arguments = arguments.into_iter().collect();
    let asked = Examine { files, dialect: request.dialect, arguments, values };
    ui.say("evaluating the network with Nix...");
    let examination = tokio::select! {
        examination = nix::examine(&nix, &asked) => examination.map_err(not_asked)?,
        _ = tokio::signal::ctrl_c() => return Err(CommandError::new(ErrorKind::Interrupted, "interrupted")),
    };
    for line in &examination.said {
        ui.say(&format!("nix: {}", screen::line(line)));
    }
    if examination.left_out > 0 {
        let left_out = plural(examination.left_out, "machine");
        ui.say(&format!("not evaluated: {left_out}, because so many others fail"));
    }
    network.tell(request, &examination.told);
    Ok(wanted.verify.then(|| network.verify(&examination.facts)))
}

/// The files that Nix evaluates.
fn handed_over(request: &Request, network: &Network) -> Vec<PathBuf> {
    let inputs = network.inputs.iter().take(request.inputs.len());
    inputs.map(|it| network.sources().path(it.file).to_owned()).collect()
}

fn not_asked(error: NixError) -> CommandError {
    RunError::from(error).into()
}

/// What `--verify` tells.
pub(super) fn tell(ui: &mut Ui<'_>, verification: &Verification) {
    let differences = &verification.differences;
    for it in differences.iter().take(MOST_DIFFERENCES) {
        ui.say(&screen::lines(&difference(it)));
    }
    if differences.len() > MOST_DIFFERENCES {
        ui.say(&format!("and {} more", plural(differences.len() - MOST_DIFFERENCES, "difference")));
    }
    if !differences.is_empty() {
        ui.say(
            "This is a mistake of nixwright and not of your network, which Nix evaluates as it says. Please report it to \
             whoever you have nixwright from: these lines, its version, and the files if you can.",
        );
    }
    let mut counted = format!(
        "verified: {} compared with Nix, {} agreed, {} differed; {} not known without Nix",
        plural(verification.compared, "value"),
        verification.agreed,
        differences.len(),
        verification.unknown,
    );
    if verification.not_evaluated > 0 {
        counted.push_str(&format!("; {} not compared, because Nix fails there", verification.not_evaluated));
    }
    ui.say(&counted);
}

fn difference(it: &Difference) -> String {
    let about = it.machine.as_ref().map(|name| format!(" of `{name}`")).unwrap_or_default();
    format!(
        "nixwright is wrong about {}{about}: {}\n  nixwright says: {}\n  Nix says:       {}",
        it.what, it.why, it.ours, it.nix
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Terminal;

    #[test]
    fn a_difference_is_told_as_our_mistake_with_both_values() {
        let mut stderr = Vec::new();
        let differs = Difference {
            machine: Some("web".to_owned()),
            what: "deployment.targetHost".to_owned(),
            why: "it is another one".to_owned(),
            ours: "\"a\"".to_owned(),
            nix: "\"b\"".to_owned(),
        };
        let mut verification = Verification { compared: 3, agreed: 2, unknown: 1, ..Verification::default() };
        verification.differences.push(differs);
        let mut ui = Ui::new(std::io::sink(), &mut stderr, Terminal::default());
        tell(&mut ui, &verification);
        drop(ui);
        let said = String::from_utf8(stderr).unwrap();
        let wanted = "nixwright is wrong about deployment.targetHost of `web`: it is another one\n  nixwright says: \"a\"\n  \
                      Nix says:       \"b\"\nThis is a mistake of nixwright";
        assert!(said.starts_with(wanted), "{said}");
        let count = "verified: 3 values compared with Nix, 2 agreed, 1 differed; 1 not known without Nix\n";
        assert!(said.ends_with(count), "{said}");
    }
}

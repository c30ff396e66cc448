use rustc_hash::FxHashMap;

use crate::findings::{Finding, Level};
use crate::network::{ArgumentProblem, ArgumentProblemKind, Network, did_you_mean};

use super::check::check;

check! {
    /// # What it finds
    /// Trouble with the arguments of a network that is a function. An argument without default is not given, an argument is given that the file does not take, or an argument is given that no file takes.
    ///
    /// # Why it is bad
    /// Every function among the files of a network is called with all arguments. Nix fails where one is missing, unless the file is not used by itself: a flake or another file may give what is missing here, so that is a warning. An argument that a file does not take makes Nix fail; one that no file takes has no effect.
    ///
    /// # What to do instead
    /// Give the argument with `--arg` or `--argstr`, or a default. A file that does not care about the others' arguments takes `...`.
    ///
    /// # What it cannot see
    /// Arguments whose value is not known: their names are enough.
    ///
    /// # Examples
    /// ```nix bad
    /// { region }:   # warning
    /// {
    ///   web.deployment.targetHost = "web.${region}.internal";
    /// }
    /// ```
    /// ```nix bad
    /// #- --argstr region eu
    /// { regoin ? "us" }:   # error
    /// {
    ///   web.deployment.targetHost = "web.${regoin}.internal";
    /// }
    /// ```
    /// ```nix good
    /// #- --argstr region eu
    /// { region, ... }:
    /// {
    ///   web.deployment.targetHost = "web.${region}.internal";
    /// }
    /// ```
    pub(super) static CHECK = { id: "network-arguments", level: Error, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    found.extend(missing(network));
    let mut unexpected: FxHashMap<&str, usize> = FxHashMap::default();
    for problem in &network.argument_problems {
        let name = &problem.name;
        let near = did_you_mean(name, problem.others.iter().map(String::as_str));
        let finding = match problem.kind {
            ArgumentProblemKind::Missing => continue,
            ArgumentProblemKind::Unexpected => {
                // Given once, it is one mistake, however many files do not take it.
                if let Some(first) = unexpected.get(name.as_str()) {
                    found[*first] =
                        found[*first].clone().label(problem.at, format!("takes no `{name}` either"));
                    continue;
                }
                unexpected.insert(name, found.len());
                CHECK
                    .finding(
                        problem.at,
                        format!("the argument `{name}` is given, but this file does not take it"),
                    )
                    .note(format!("takes no `{name}`"))
                    .help(near.unwrap_or_else(|| format!("take `{name}` or `...`, or do not give it")))
            }
            ArgumentProblemKind::Unused => {
                let mut finding = CHECK
                    .finding(problem.at, format!("the argument `{name}` is given, but no file takes it"))
                    .help(
                        near.unwrap_or_else(|| "do not give it, or take it in one of the files".to_owned()),
                    );
                finding.level = Level::Warning;
                finding
            }
        };
        found.push(finding);
    }
}

/// One finding per file, however many arguments it lacks.
fn missing(network: &Network) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let missing: Vec<&ArgumentProblem> =
        network.argument_problems.iter().filter(|it| it.kind == ArgumentProblemKind::Missing).collect();
    for file in missing.chunk_by(|a, b| a.at.file == b.at.file) {
        let Some((first, rest)) = file.split_first() else { continue };
        let names: Vec<String> = file.iter().map(|it| format!("`{}`", it.name)).collect();
        let name = &first.name;
        let message = match names.len() {
            1 => format!("this network needs the argument {}, which is not given", names[0]),
            _ => format!("this network needs the arguments {}, which are not given", names.join(", ")),
        };
        let mut finding = CHECK.finding(first.at, message).note("has no default").help(format!(
            "give it with `--argstr {name} VALUE` or `--arg {name} EXPR`, or give it a default; if another file calls this one, check that file"
        ));
        finding.level = Level::Warning;
        for other in rest {
            finding = finding.label(other.at, "has no default");
        }
        found.push(finding);
    }
    found
}

//! Asking Nix for the facts of a network: one evaluation, handed the files, the arguments and what the state knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Nix, NixError, StorePath};
use crate::network::{DEPLOYMENT_OPTIONS, DeploymentSettings, MachineName, Position, nix_string};
use crate::system::{Files, Output};

/// What the state remembers of a machine and its configuration must contain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// The release at first contact: the default of `system.stateVersion`.
    pub state_version: Option<String>,
    /// A key pair of ours whose public half root accepts.
    pub public_key: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Absolute.
    pub files: &'a [PathBuf],
    /// Argument name → Nix source text.
    pub arguments: &'a [(String, String)],
    pub uuid: String,
    pub deployment: String,
    pub machines: BTreeMap<MachineName, Remembered>,
    /// The machines to evaluate; all without it.
    pub only: Option<Vec<MachineName>>,
    /// Also the derivation of each machine's system (dear), not only its deployment settings (cheap).
    pub derivations: bool,
    /// Also the assertions that do not hold and the warnings of each machine.
    pub examine: bool,
    /// Also the values of these options of each machine.
    pub values: &'a [Vec<String>],
}

/// The facts of a network.
#[derive(Clone, Debug, Deserialize)]
pub struct Evaluation {
    pub description: Option<String>,
    /// The network has a `network.rollout`, which nothing acts on yet.
    #[serde(rename = "hasRollout")]
    pub has_rollout: bool,
    /// Every machine of the network, also those not asked for.
    pub names: Vec<MachineName>,
    pub machines: BTreeMap<MachineName, EvaluatedMachine>,
    /// What Nix said on the way: warnings and traces, one entry a line.
    #[serde(skip)]
    pub said: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct EvaluatedMachine {
    pub deployment: DeploymentSettings,
    pub drv: Option<StorePath>,
    pub toplevel: Option<StorePath>,
    /// Assertions that do not hold; only where that was asked for.
    #[serde(default)]
    pub assertions: Vec<FailedAssertion>,
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// In the order in which they were asked for.
    #[serde(default)]
    pub values: Vec<serde_json::Value>,
}

/// An assertion of a module that does not hold.
#[derive(Clone, Debug, Deserialize)]
pub struct FailedAssertion {
    pub text: String,
    /// Where its message is written.
    pub at: Option<Position>,
}

/// A warning of a module.
#[derive(Clone, Debug, Deserialize)]
pub struct Warning {
    pub text: String,
    /// The file of the module.
    pub file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Request<'a> {
    files: &'a [PathBuf],
    deployment: RequestDeployment<'a>,
    machines: &'a BTreeMap<MachineName, Remembered>,
    only: &'a Option<Vec<MachineName>>,
    derivations: bool,
    examine: bool,
    values: &'a [Vec<String>],
}

#[derive(Serialize)]
struct RequestDeployment<'a> {
    uuid: &'a str,
    name: &'a str,
}

/// The embedded expressions, as they are laid out for Nix to read.
const EXPRESSIONS: [(&str, &str); 4] = [
    ("network.nix", include_str!("network.nix")),
    ("settings.nix", include_str!("settings.nix")),
    ("values.nix", include_str!("values.nix")),
    ("deployment-options.nix", DEPLOYMENT_OPTIONS),
];

/// Evaluates a network. Nothing is built; derivations are written to the store so that they can be.
pub async fn evaluate(nix: &Nix, asked: &Asked<'_>) -> Result<Evaluation, NixError> {
    let (output, folder) = run(nix, asked, &[]).await?;
    let said = output.stderr_text();
    if !output.ended.success() {
        // Nix prints half a JSON text when it fails: only the exit status tells.
        return Err(NixError::Evaluation { message: clean(&said, folder.path()) });
    }
    let mut evaluation = facts(&output)?;
    evaluation.said = said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    Ok(evaluation)
}

/// What a successful evaluation printed.
pub(super) fn facts(output: &Output) -> Result<Evaluation, NixError> {
    serde_json::from_slice(&output.stdout).map_err(|source| NixError::UnreadableFacts { source })
}

/// Runs the evaluation with more arguments. The folder holds what Nix was given to read.
pub(super) async fn run(
    nix: &Nix,
    asked: &Asked<'_>,
    more: &[&str],
) -> Result<(Output, tempfile::TempDir), NixError> {
    let folder = tempfile::Builder::new()
        .prefix("nixwright-")
        .tempdir_in(nix.system.environment.temporary_folder())
        .map_err(|source| files_error(&nix.system.environment.temporary_folder(), source))?;
    lay_out(&*nix.system.files, folder.path(), asked).map_err(|source| files_error(folder.path(), source))?;

    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut command = nix
        .command("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--read-write-mode"])
        .args(more.iter().copied())
        .arg(at("network.nix"))
        .args(["--argstr", "request", &at("request.json"), "--argstr", "arguments", &at("arguments.nix")]);
    for entry in &nix.path {
        command = command.args(["-I", entry]);
    }
    let output = nix.system.processes.run(&command, None).await?;
    Ok((output, folder))
}

fn lay_out(files: &dyn Files, folder: &Path, asked: &Asked<'_>) -> std::io::Result<()> {
    for (name, text) in EXPRESSIONS {
        files.write(&folder.join(name), text.as_bytes(), 0o600)?;
    }
    let request = Request {
        files: asked.files,
        deployment: RequestDeployment { uuid: &asked.uuid, name: &asked.deployment },
        machines: &asked.machines,
        only: &asked.only,
        derivations: asked.derivations,
        examine: asked.examine,
        values: asked.values,
    };
    let request = serde_json::to_vec(&request).map_err(std::io::Error::other)?;
    files.write(&folder.join("request.json"), &request, 0o600)?;
    files.write(&folder.join("arguments.nix"), arguments_text(asked.arguments).as_bytes(), 0o600)
}

/// The argument set as Nix source. In a file of its own, not on the command line, where others could read it.
fn arguments_text(arguments: &[(String, String)]) -> String {
    let mut text = String::from("# The arguments of the network, as they were set.\n{\n");
    for (name, value) in arguments {
        text.push_str(&format!("  {} = (\n{value}\n  );\n", nix_string(name)));
    }
    text.push_str("}\n");
    text
}

/// Nix's message without the frames that lie in our own expressions.
fn clean(said: &str, ours: &Path) -> String {
    let ours = ours.display().to_string();
    let mut kept: Vec<&str> = Vec::new();
    let mut in_own_frame = false;
    for line in said.lines() {
        let text = line.trim_start();
        let starts_frame = text.starts_with('…') || text.starts_with("error:") || text.starts_with("at ");
        if starts_frame {
            in_own_frame = text.starts_with("at ") && text.contains(&ours);
            if in_own_frame && kept.last().is_some_and(|last| last.trim_start().starts_with('…')) {
                kept.pop();
            }
        }
        if !in_own_frame {
            kept.push(line);
        }
    }
    let text = kept.join("\n");
    let text = text.trim();
    if text.is_empty() { said.trim().to_owned() } else { text.to_owned() }
}

fn files_error(folder: &Path, source: std::io::Error) -> NixError {
    NixError::Files { folder: folder.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_a_set_whose_names_are_quoted() {
        let text = arguments_text(&[("a\"${b".to_owned(), "1 + 1 # two".to_owned())]);
        assert!(text.contains("  \"a\\\"\\${b\" = (\n1 + 1 # two\n  );"), "{text}");
    }

    #[test]
    fn frames_of_our_own_expressions_are_folded() {
        let said = "error: The option `x' does not exist\n\n       … while evaluating the attribute 'a'\n\n       \
                    at /tmp/nixwright-1/network.nix:3:1:\n\n            2| x\n\n       … while calling it\n\n       \
                    at /home/me/config.nix:1:1:\n            1| { }";
        let cleaned = clean(said, Path::new("/tmp/nixwright-1"));
        assert!(!cleaned.contains("network.nix"), "{cleaned}");
        assert!(cleaned.contains("/home/me/config.nix:1:1:"), "{cleaned}");
    }
}

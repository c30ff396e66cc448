//! Asking Nix for the facts of a network: one evaluation, handed the files, the arguments and what the state knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::places::Places;
use super::{LockedFlake, Nix, NixError, StorePath, expression};
use crate::network::{DeploymentSettings, Dialect, Key, MachineName, Position};
use crate::system::{Command, Output};

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
    pub input: Input<'a>,
    /// How it is to be read; without it as its content says.
    pub dialect: Option<Dialect>,
    /// Argument name → Nix source text.
    pub arguments: &'a [(String, String)],
    pub uuid: String,
    pub deployment: String,
    pub machines: BTreeMap<MachineName, Remembered>,
    /// The machines to evaluate; all without it.
    pub only: Option<Vec<MachineName>>,
    /// Also the derivation of each machine's system (dear), not only its deployment settings (cheap).
    pub derivations: bool,
    /// Also the keys of each machine; they come with the derivations anyway.
    pub keys: bool,
    /// Also the assertions that do not hold and the warnings of each machine.
    pub examine: bool,
    /// Also the values of these options of each machine.
    pub values: &'a [Vec<String>],
    /// Also the names in these sets of options of each machine.
    pub names: &'a [Vec<String>],
}

/// What is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Files by absolute path.
    Files(&'a [PathBuf]),
    /// The folder of a flake.
    Flake(&'a Path),
    /// The reference of a flake that lies somewhere else, and is fetched.
    Reference(&'a str),
}

impl<'a> Input<'a> {
    /// What the files of a network are: one that is called `flake.nix` is a flake.
    pub fn of(files: &'a [PathBuf]) -> Self {
        match files {
            [one] if one.ends_with("flake.nix") => Input::Flake(one.parent().unwrap_or(one)),
            _ => Input::Files(files),
        }
    }
}

/// The facts of a network.
#[derive(Clone, Debug, Deserialize)]
pub struct Evaluation {
    pub dialect: Dialect,
    pub description: Option<String>,
    /// `network.rollout` as it was written; [`RolloutSettings::read`](crate::network::RolloutSettings::read) makes sense of it.
    pub rollout: serde_json::Value,
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
    /// What is sent to the machine; only where it, or the derivation, was asked for.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// Assertions that do not hold; only where that was asked for.
    #[serde(default)]
    pub assertions: Vec<FailedAssertion>,
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// In the order in which they were asked for.
    #[serde(default)]
    pub values: Vec<serde_json::Value>,
    /// The same; none where there is no set.
    #[serde(default)]
    pub names: Vec<Option<Vec<String>>>,
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
    flake: Option<&'a str>,
    dialect: Option<Dialect>,
    deployment: RequestDeployment<'a>,
    machines: &'a BTreeMap<MachineName, Remembered>,
    only: &'a Option<Vec<MachineName>>,
    derivations: bool,
    keys: bool,
    examine: bool,
    values: &'a [Vec<String>],
    names: &'a [Vec<String>],
    repl: bool,
}

#[derive(Serialize)]
struct RequestDeployment<'a> {
    uuid: &'a str,
    name: &'a str,
}

/// Evaluates a network. Nothing is built; derivations are written to the store so that they can be.
pub async fn evaluate(nix: &Nix, asked: &Asked<'_>) -> Result<Evaluation, NixError> {
    let ran = run(nix, asked, &[]).await?;
    let said = ran.output.stderr_text();
    if !ran.output.ended.success() {
        // Nix prints half a JSON text when it fails: only the exit status tells.
        return Err(NixError::Evaluation { message: ran.places.told(&clean(&said, &ran.places)) });
    }
    let mut evaluation = ran.facts()?;
    evaluation.said = said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    Ok(evaluation)
}

/// An evaluation that ended.
pub(super) struct Ran {
    pub(super) output: Output,
    pub(super) places: Places,
}

impl Ran {
    /// What a successful evaluation printed.
    pub(super) fn facts(&self) -> Result<Evaluation, NixError> {
        serde_json::from_slice(&self.output.stdout).map_err(|source| NixError::UnreadableFacts { source })
    }
}

/// Runs the evaluation with more arguments.
pub(super) async fn run(nix: &Nix, asked: &Asked<'_>, more: &[&str]) -> Result<Ran, NixError> {
    match asked.input {
        Input::Files(files) => run_files(nix, asked, files, more).await,
        Input::Flake(folder) => {
            let flake = LockedFlake::find(nix, &folder.display().to_string()).await?;
            let root = flake.root_of(folder);
            run_flake(nix, asked, &flake, root, more).await
        }
        Input::Reference(reference) => {
            let flake = LockedFlake::find(nix, reference).await?;
            let root = flake.source.clone();
            run_flake(nix, asked, &flake, root, more).await
        }
    }
}

/// Files are evaluated as `nix-instantiate` does it: with the search path and all that is here.
async fn run_files(nix: &Nix, asked: &Asked<'_>, files: &[PathBuf], more: &[&str]) -> Result<Ran, NixError> {
    let temporary = nix.system.environment.temporary_folder();
    let folder = tempfile::Builder::new()
        .prefix("nixwright-")
        .tempdir_in(&temporary)
        .map_err(|source| files_error(&temporary, source))?;
    let path = folder.path().join("network.nix");
    let text = expression::of_files(&request(asked, files, None, false)?, asked.arguments);
    nix.system
        .files
        .write(&path, text.as_bytes(), 0o600)
        .map_err(|source| files_error(folder.path(), source))?;
    let mut command = nix
        .command("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--read-write-mode"])
        .args(more.iter().copied())
        .arg(path.display().to_string());
    for entry in &nix.path {
        command = command.args(["-I", entry]);
    }
    let output = nix.system.processes.run(&command, None).await?;
    Ok(Ran { output, places: Places::of_files(path) })
}

/// Flakes are evaluated purely, as Nix itself does it; `--option pure-eval false` says otherwise. Such an expression may
/// come from the command line only; it holds no arguments, for flakes take none.
/// `root` is where the user knows its source to be.
async fn run_flake(
    nix: &Nix,
    asked: &Asked<'_>,
    flake: &LockedFlake,
    root: PathBuf,
    more: &[&str],
) -> Result<Ran, NixError> {
    let (text, arguments) = expression::of_flake(&request(asked, &[], Some(&flake.reference), false)?);
    let mut command: Command = nix
        .flake_command(&["eval", "--json", "--no-write-lock-file", "--expr", &text])
        .args(more.iter().copied());
    for (name, value) in &arguments {
        command = command.args(["--argstr", name, value]);
    }
    let output = nix.system.processes.run(&command.arg(expression::ANSWER), None).await?;
    Ok(Ran { output, places: Places::of_flake(flake.source.clone(), root) })
}

/// What is asked, as JSON; `repl` is whether a person asks on.
pub(super) fn request(
    asked: &Asked<'_>,
    files: &[PathBuf],
    flake: Option<&str>,
    repl: bool,
) -> Result<String, NixError> {
    let request = Request {
        files,
        flake,
        dialect: asked.dialect,
        deployment: RequestDeployment { uuid: &asked.uuid, name: &asked.deployment },
        machines: &asked.machines,
        only: &asked.only,
        derivations: asked.derivations,
        keys: asked.keys,
        examine: asked.examine,
        values: asked.values,
        names: asked.names,
        repl,
    };
    serde_json::to_string(&request).map_err(|source| NixError::UnreadableFacts { source })
}

/// Nix's message without the frames that lie in our own expressions.
fn clean(said: &str, places: &Places) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut in_own_frame = false;
    for line in said.lines() {
        let text = line.trim_start();
        let starts_frame = text.starts_with('…') || text.starts_with("error:") || text.starts_with("at ");
        if starts_frame {
            in_own_frame = text.starts_with("at ") && places.is_ours(text);
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
    fn frames_of_our_own_expressions_are_folded() {
        let said = "error: The option `x' does not exist\n\n       … while evaluating the attribute 'a'\n\n       \
                    at /tmp/nixwright-1/network.nix:3:1:\n\n            2| x\n\n       … while calling it\n\n       \
                    at /home/me/config.nix:1:1:\n            1| { }";
        let cleaned = clean(said, &Places::of_files("/tmp/nixwright-1/network.nix".into()));
        assert!(!cleaned.contains("network.nix"), "{cleaned}");
        assert!(cleaned.contains("/home/me/config.nix:1:1:"), "{cleaned}");
    }
}

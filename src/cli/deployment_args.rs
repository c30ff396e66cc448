//! The arguments by which every command that works on a deployment is told which one, and where the state is.

use std::path::PathBuf;

use super::{CommandError, NetworkArgs};
use crate::state::{Deployment, NewDeployment, Source, State};
use crate::system::{FileKind, System};

/// Where the state is.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StateArgs {
    /// The state: a path, or `sqlite:PATH` [env: NIXWRIGHT_STATE] [default: nixwright/state.sqlite in the user's data folder]
    #[arg(long, value_name = "URL")]
    pub state: Option<String>,
}

impl StateArgs {
    pub async fn open(&self, system: &System) -> Result<State, CommandError> {
        Ok(State::open(system, self.state.as_deref()).await?)
    }

    /// For commands that only read: where there is no state yet, none is made.
    pub async fn peek(&self, system: &System) -> Result<State, CommandError> {
        Ok(State::peek(system, self.state.as_deref()).await?)
    }
}

/// Which deployment.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DeploymentArgs {
    /// The deployment: its name, its UUID, or the beginning of its UUID [env: NIXWRIGHT_DEPLOYMENT]
    #[arg(short, long, value_name = "NAME|UUID")]
    pub deployment: Option<String>,

    #[command(flatten)]
    pub state: StateArgs,
}

impl DeploymentArgs {
    /// What names the deployment: the flag, else the variable. An empty variable names nothing.
    pub fn named<'a>(&'a self, system: &'a System) -> Option<&'a str> {
        self.deployment.as_deref().or_else(|| system.environment.get("NIXWRIGHT_DEPLOYMENT"))
    }

    /// The deployment that is meant: the named one, else that of the nearest network, else the only one there is.
    pub async fn find(&self, system: &System, state: &State) -> Result<Deployment, CommandError> {
        if let Some(wanted) = self.named(system) {
            return Ok(state.find_deployment(wanted).await?);
        }
        if let Ok(nearest) = nearest_network(system)
            && let Some(found) = state.find_by_source(&Source::Files { files: vec![nearest] }).await?
        {
            return Ok(found);
        }
        let mut all = state.deployments().await?;
        match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err(CommandError::usage("there is no deployment yet")
                .hint("`nixwright create FILE… -d NAME` makes one, and `nixwright deploy FILE…` makes one by itself")),
            _ => {
                let titles: Vec<String> = all.iter().map(Deployment::title).collect();
                Err(CommandError::usage(format!("which deployment? There are {}", titles.join(", ")))
                    .hint("name one with `-d NAME`, or set NIXWRIGHT_DEPLOYMENT"))
            }
        }
    }
}

impl NetworkArgs {
    /// What a new deployment of these files is made from. Every file must be there.
    pub fn new_deployment(
        &self,
        system: &System,
        name: Option<String>,
    ) -> Result<NewDeployment, CommandError> {
        let files =
            if self.files.is_empty() { vec![nearest_network(system)?] } else { self.present_files(system)? };
        let pairs = self.arg.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        let strings = self.argstr.chunks_exact(2).map(|pair| (pair[0].clone(), nix_string(&pair[1])));
        Ok(NewDeployment {
            name,
            source: Source::Files { files },
            arguments: pairs.chain(strings).collect(),
            nix_path: self.include.iter().map(|entry| absolute_entry(system, entry)).collect(),
            description: String::new(),
        })
    }

    fn present_files(&self, system: &System) -> Result<Vec<PathBuf>, CommandError> {
        let mut files = Vec::new();
        for given in &self.files {
            let path = system.environment.absolute(given);
            let shown = given.display();
            let file = match system.files.kind(&path) {
                Ok(FileKind::Folder) => path.join("default.nix"),
                Ok(_) => path,
                Err(source) => return Err(CommandError::usage(format!("cannot read {shown}: {source}"))),
            };
            let file = system.files.canonicalize(&file).map_err(|source| {
                CommandError::usage(format!("cannot read {}: {source}", file.display()))
                    .hint(format!("{shown} is a folder, and a folder needs a default.nix"))
            })?;
            files.push(file);
        }
        Ok(files)
    }
}

/// Entries that name places on this disk do so for ever, wherever the next command is run.
fn absolute_entry(system: &System, entry: &str) -> String {
    let (prefix, path) = entry.split_once('=').map_or(("", entry), |(name, path)| (name, path));
    let remote = path.contains("://") || path.starts_with("channel:") || path.starts_with("flake:");
    let path = if remote {
        path.to_owned()
    } else {
        system.environment.absolute(path.as_ref()).display().to_string()
    };
    if prefix.is_empty() { path } else { format!("{prefix}={path}") }
}

/// The names that a network's file has when nobody names it, in the order in which they are looked for.
const NETWORK_FILES: [&str; 4] = ["nixwright.nix", "hive.nix", "network.nix", "nixops.nix"];

/// The nearest network here or in a folder above.
fn nearest_network(system: &System) -> Result<PathBuf, CommandError> {
    let here = system.environment.working_folder();
    for folder in here.ancestors() {
        for name in NETWORK_FILES {
            let path = folder.join(name);
            if system.files.kind(&path).is_ok_and(|kind| kind == FileKind::Regular) {
                return Ok(path);
            }
        }
    }
    Err(CommandError::usage(format!("no network here or above: {}", here.display()))
        .hint(format!("name its files, or call one of them {}", NETWORK_FILES.join(", "))))
}

/// A Nix string literal.
fn nix_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
}

//! The arguments by which every command that works on a deployment is told which one, and where the state is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::network_args::{Named, fetched};
use super::{CommandError, NetworkArgs, Ui};
use crate::execute;
use crate::network::{self, Arguments, MachineName, Network, Request};
use crate::nix::Remembered;
use crate::state::{Deployment, NewDeployment, Resealed, Source, State, StateKey};
use crate::system::System;

/// Where the state is.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StateArgs {
    /// The state: a path, `sqlite:PATH`, or `postgres://USER@HOST/DATABASE` [env: NIXWRIGHT_STATE] [default: nixwright/state.sqlite in the user's data folder]
    #[arg(long, value_name = "URL")]
    pub state: Option<String>,

    /// The file of the key that private keys in the state are encrypted with: an identity of age, or a passphrase [env: NIXWRIGHT_STATE_KEY]
    #[arg(long, value_name = "FILE")]
    pub state_key: Option<PathBuf>,
}

impl StateArgs {
    /// For commands that write. The first one that is given a key encrypts what was kept without one.
    pub async fn open(&self, system: &System) -> Result<State, CommandError> {
        let state = self.writable(system).await?;
        if let Some(done) = state.encrypt().await? {
            Ui::os(system.terminal).say(&encrypted(&state, done));
        }
        Ok(state)
    }

    /// The same, with its secrets as they are.
    pub(super) async fn writable(&self, system: &System) -> Result<State, CommandError> {
        let key = self.key(system)?;
        let state = State::open(system, self.state.as_deref()).await?;
        Ok(match key {
            Some(key) => state.with_key(key),
            None => state,
        })
    }

    /// For commands that only read: where there is no state yet, none is made.
    pub async fn peek(&self, system: &System) -> Result<State, CommandError> {
        let key = self.key(system)?;
        let state = State::peek(system, self.state.as_deref()).await?;
        Ok(match key {
            Some(key) => state.with_key(key),
            None => state,
        })
    }

    /// The key that is named, by the flag or else the variable. An empty variable names none.
    fn key(&self, system: &System) -> Result<Option<StateKey>, CommandError> {
        let named =
            system.environment.get("NIXWRIGHT_STATE_KEY").filter(|it| !it.is_empty()).map(PathBuf::from);
        self.state_key.clone().or(named).map(|file| key_of(system, &file)).transpose()
    }
}

/// The key in a file.
pub(super) fn key_of(system: &System, file: &Path) -> Result<StateKey, CommandError> {
    let file = system.environment.absolute(file);
    let cannot = |why: String| {
        CommandError::usage(format!("the key of the state in {} cannot be used: {why}", file.display()))
    };
    let bytes = system.files.read(&file).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot("it is no text".to_owned()))?;
    StateKey::parse(&text).map_err(|error| cannot(error.to_string()))
}

/// What to tell after secrets were encrypted, or encrypted anew.
pub(super) fn encrypted(state: &State, done: Resealed) -> String {
    let secrets = match done.keys + done.records {
        0 => "what is secret in the state is encrypted from now on".to_owned(),
        1 => "the one secret in the state is encrypted now".to_owned(),
        count => format!("the {count} secrets in the state are encrypted now"),
    };
    let place = state.path().display();
    let left = if done.clean {
        ""
    } else {
        " somebody else is using the state, and traces of before may be left in it;"
    };
    format!("{place}: {secrets};{left} backups made before hold what they held")
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
        let here = system.environment.working_folder();
        if let Ok(nearest) = network::nearest_network(system.files.as_ref(), here) {
            let shown = nearest.display().to_string();
            let source = Source::of_files(vec![nearest]);
            // Somebody who stands in one project never means another one's machines.
            return state.find_by_source(&source).await?.ok_or_else(|| {
                CommandError::usage(format!("the network {shown} is no deployment yet"))
                    .hint("`nixwright deploy` makes it one; another deployment is named with `-d NAME`")
            });
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

/// The network that a command asks Nix about: one that is named, with what is recorded of it, or a deployment's.
pub(super) struct Meant {
    pub source: Source,
    pub arguments: BTreeMap<String, String>,
    pub nix_path: Vec<String>,
    /// Empty without a record.
    pub uuid: String,
    pub title: String,
    pub remembered: BTreeMap<MachineName, Remembered>,
}

impl DeploymentArgs {
    /// The network that is meant. What is given on the command line comes before what is recorded.
    pub(super) async fn meant(&self, system: &System, network: &NetworkArgs) -> Result<Meant, CommandError> {
        if network.is_named() && self.deployment.is_some() {
            return Err(CommandError::usage(
                "`--deployment` names a network, and the command line another one",
            )
            .hint("leave one of them out"));
        }
        let state = self.state.peek(system).await?;
        let (given, given_path) = network.recorded(system);
        let mut meant = Meant {
            source: Source::of_files(Vec::new()),
            arguments: BTreeMap::new(),
            nix_path: Vec::new(),
            uuid: String::new(),
            title: String::new(),
            remembered: BTreeMap::new(),
        };
        let known = if !network.is_named() && self.named(system).is_some() {
            Some(self.find(system, &state).await?)
        } else {
            match network.new_deployment(system, None) {
                Ok(new) => {
                    let known = state.find_by_source(&new.source).await?;
                    meant.source = new.source;
                    known
                }
                Err(error) if network.is_named() => return Err(error),
                Err(nothing_here) => Some(self.find(system, &state).await.map_err(|_| nothing_here)?),
            }
        };
        if let Some(known) = known {
            meant.title = known.title();
            meant.uuid = known.id.to_string();
            meant.remembered = state
                .machines(known.id)
                .await?
                .iter()
                .map(|it| (MachineName::new(it.name.as_str()), execute::remembered(it)))
                .collect();
            (meant.source, meant.arguments, meant.nix_path) = (known.source, known.arguments, known.nix_path);
        }
        state.close().await;
        meant.arguments.extend(given);
        if !given_path.is_empty() {
            meant.nix_path = given_path;
        }
        if let Some(wanted) = network.read.dialect {
            match &mut meant.source {
                Source::Files { dialect, .. } | Source::Flake { dialect, .. } => *dialect = Some(wanted),
            }
        }
        Ok(meant)
    }
}

impl NetworkArgs {
    /// The arguments, as Nix source, and the search path, as they are recorded.
    pub fn recorded(&self, system: &System) -> (BTreeMap<String, String>, Vec<String>) {
        let arguments = self.arguments();
        let arguments = arguments.iter().map(|(name, argument)| (name.to_owned(), argument.source()));
        (arguments.collect(), self.given.include.iter().map(|entry| absolute_entry(system, entry)).collect())
    }

    /// What a new deployment of these files is made from. Every file must be there and be text.
    pub fn new_deployment(
        &self,
        system: &System,
        name: Option<String>,
    ) -> Result<NewDeployment, CommandError> {
        let network = Network::load(&self.request(system)?)?;
        let source = match self.named(system)? {
            // For a folder the file is taken that holds the network.
            Named::Inputs(inputs) if inputs.len() == 1 && !network.inputs.is_empty() => Source::Files {
                files: vec![network.sources().path(network.inputs[0].file).to_owned()],
                dialect: self.read.dialect,
            },
            Named::Inputs(inputs) => {
                let mut files = Vec::new();
                for given in &inputs {
                    let path = system.environment.absolute(given);
                    files.push(network::network_file(system.files.as_ref(), &path, given)?);
                }
                Source::Files { files, dialect: self.read.dialect }
            }
            Named::Reference(reference) => Source::Flake { reference, dialect: self.read.dialect },
        };
        let (arguments, nix_path) = self.recorded(system);
        Ok(NewDeployment {
            name,
            source,
            arguments,
            nix_path,
            description: network.description().unwrap_or_default().to_owned(),
        })
    }
}

/// The network of a deployment, read as it is, or is to be, recorded.
pub(super) fn recorded_request(
    system: &System,
    source: &Source,
    given: &BTreeMap<String, String>,
    nix_path: &[String],
) -> Result<Request, CommandError> {
    let files = match source {
        Source::Files { files, .. } => files.clone(),
        Source::Flake { reference, .. } => vec![fetched(system, reference)?],
    };
    let mut arguments = Arguments::default();
    for (name, expression) in given {
        arguments.expression(name, expression);
    }
    let environment = &system.environment;
    Ok(Request {
        arguments,
        dialect: source.dialect(),
        include: nix_path.to_vec(),
        nix_path: environment.get("NIX_PATH").map(str::to_owned),
        home: environment.home().map(ToOwned::to_owned),
        working_folder: environment.working_folder().to_owned(),
        ..Request::new(system.files.clone(), files)
    })
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

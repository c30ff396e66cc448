//! The arguments by which every command that reads a network is told which one, and how it is called.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::execute::RunError;
use crate::network::{self, Arguments, Dialect, LoadError, Request};
use crate::nix::{FlakeReference, LockedFlake, Nix};
use crate::system::System;

use super::CommandError;

/// Which network, and its arguments.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct NetworkArgs {
    /// Files or folders of the network; without any, the nearest of `nixwright.nix`, `hive.nix`, `network.nix`,
    /// `nixops.nix`, `flake.nix` here or in a folder above
    #[arg(value_name = "NETWORK")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub given: GivenArgs,

    #[command(flatten)]
    pub read: ReadArgs,
}

/// What Nix is given besides files.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GivenArgs {
    /// Add a path to the Nix search path, as in Nix
    #[arg(short = 'I', long = "include-path", value_name = "PATH")]
    pub(super) include: Vec<String>,

    /// Give functions an argument of this name, as a Nix expression
    #[arg(long = "arg", num_args = 2, value_names = ["NAME", "EXPR"], action = clap::ArgAction::Append)]
    pub(super) arg: Vec<String>,

    /// Give functions an argument of this name, as a string
    #[arg(long = "argstr", num_args = 2, value_names = ["NAME", "STRING"], action = clap::ArgAction::Append)]
    pub(super) argstr: Vec<String>,
}

/// Which network is meant where files do not say it, and how it is read.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ReadArgs {
    /// Read the network as one of this tool, whatever its content says
    #[arg(long, value_name = "NAME", value_parser = dialects())]
    pub dialect: Option<Dialect>,

    /// Read the network of a flake: a folder, or a reference such as `github:me/fleet`, which Nix fetches
    #[arg(long, value_name = "REF")]
    pub flake: Option<String>,
}

/// The names of dialects.
fn dialects() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::as_str)).try_map(|name| {
        Dialect::ALL.into_iter().find(|it| it.as_str() == name).ok_or("no dialect has this name")
    })
}

/// What names a network.
pub(super) enum Named {
    /// Files or folders.
    Inputs(Vec<PathBuf>),
    /// The reference of a flake that only Nix can find.
    Reference(String),
}

/// Where inputs and pins are on this computer, for the commands that read a network without Nix.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PinArgs {
    /// Read an input of a flake, or a pin of niv, npins or lon, from a folder; without it what would have to be
    /// downloaded is unknown
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = pin)]
    given: Vec<(String, PathBuf)>,
}

/// Reads `NAME=PATH`.
fn pin(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("an input is given as NAME=PATH".to_owned()),
    }
}

impl PinArgs {
    /// The same request with these inputs.
    pub fn added_to(&self, request: Request) -> Request {
        Request { pins: self.given.clone(), ..request }
    }
}

impl NetworkArgs {
    /// The arguments of function networks.
    pub fn arguments(&self) -> Arguments {
        let mut arguments = Arguments::default();
        for pair in self.given.arg.chunks_exact(2) {
            arguments.expression(&pair[0], &pair[1]);
        }
        for pair in self.given.argstr.chunks_exact(2) {
            arguments.string(&pair[0], &pair[1]);
        }
        arguments
    }

    /// Whether the command line names a network.
    pub fn is_named(&self) -> bool {
        !self.files.is_empty() || self.read.flake.is_some()
    }

    /// What is named; the nearest network where nothing is.
    pub(super) fn named(&self, system: &System) -> Result<Named, CommandError> {
        let Some(reference) = &self.read.flake else {
            let here = system.environment.working_folder();
            return Ok(Named::Inputs(match self.files.as_slice() {
                [] => vec![network::nearest_network(system.files.as_ref(), here)?],
                files => files.to_vec(),
            }));
        };
        if !self.files.is_empty() {
            return Err(CommandError::usage("`--flake` names a network, and the files name another one")
                .hint("leave one of them out"));
        }
        Ok(match FlakeReference::parse(reference).map_err(CommandError::usage)? {
            // A repository without a work tree has no files to read; Nix finds them.
            FlakeReference::Folder(folder)
                if reference.starts_with("git+") && system.files.kind(&folder.join("flake.nix")).is_err() =>
            {
                Named::Reference(reference.clone())
            }
            FlakeReference::Folder(folder) => Named::Inputs(vec![folder.join("flake.nix")]),
            FlakeReference::Elsewhere(reference) => Named::Reference(reference),
        })
    }

    /// What to load. A flake that is not here is fetched.
    pub fn request(&self, system: &System) -> Result<Request, CommandError> {
        let environment = &system.environment;
        let inputs = match self.named(system)? {
            Named::Inputs(inputs) => inputs,
            Named::Reference(reference) => vec![fetched(system, &reference)?],
        };
        Ok(Request {
            arguments: self.arguments(),
            dialect: self.read.dialect,
            include: self.given.include.clone(),
            nix_path: environment.get("NIX_PATH").map(str::to_owned),
            home: environment.home().map(ToOwned::to_owned),
            working_folder: environment.working_folder().to_owned(),
            ..Request::new(system.files.clone(), inputs)
        })
    }
}

/// Has Nix fetch a flake; its file in the store.
pub(super) fn fetched(system: &System, reference: &str) -> Result<PathBuf, CommandError> {
    let fetch = || -> Result<PathBuf, CommandError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(CommandError::usage)?.block_on(async {
            let nix = Nix::find(system).await.map_err(RunError::from)?;
            Ok(LockedFlake::find(&nix, reference).await.map_err(RunError::from)?.file())
        })
    };
    // On a thread of its own: commands that wait for Nix themselves ask for this, too.
    let fetched = std::thread::scope(|scope| scope.spawn(fetch).join());
    fetched.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        let hint = error.hint();
        let mut error = CommandError::usage(error);
        error.hints.extend(hint);
        error
    }
}

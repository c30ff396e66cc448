//! The arguments by which every command that reads a network is told which one, and how it is called.

use std::path::PathBuf;

use crate::network::{self, Arguments, LoadError, Request};
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
}

/// What Nix is given besides files.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GivenArgs {
    /// Adds a path to the Nix search path, as in Nix
    #[arg(short = 'I', long = "include-path", value_name = "PATH")]
    pub(super) include: Vec<String>,

    /// Gives functions an argument of this name, as a Nix expression
    #[arg(long = "arg", num_args = 2, value_names = ["NAME", "EXPR"], action = clap::ArgAction::Append)]
    arg: Vec<String>,

    /// Gives functions an argument of this name, as a string
    #[arg(long = "argstr", num_args = 2, value_names = ["NAME", "STRING"], action = clap::ArgAction::Append)]
    argstr: Vec<String>,
}

/// Where inputs and pins are on this computer, for the commands that read a network without Nix.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PinArgs {
    /// Reads an input of a flake, or a pin of niv, npins or lon, from a folder; without it what would have to be
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

    /// What to load. Looks for the nearest network where none is named.
    pub fn request(&self, system: &System) -> Result<Request, CommandError> {
        let environment = &system.environment;
        let inputs = if self.files.is_empty() {
            vec![network::nearest_network(system.files.as_ref(), environment.working_folder())?]
        } else {
            self.files.clone()
        };
        Ok(Request {
            arguments: self.arguments(),
            include: self.given.include.clone(),
            nix_path: environment.get("NIX_PATH").map(str::to_owned),
            home: environment.home().map(ToOwned::to_owned),
            working_folder: environment.working_folder().to_owned(),
            ..Request::new(system.files.clone(), inputs)
        })
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        let hint = error.hint();
        let mut error = CommandError::usage(error);
        error.hints.extend(hint);
        error
    }
}

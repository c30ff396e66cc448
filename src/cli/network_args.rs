//! Replaced by the static half's own.

use std::path::PathBuf;

/// Which network, and its arguments.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct NetworkArgs {
    /// Files or folders of the network
    #[arg(value_name = "NETWORK")]
    pub files: Vec<PathBuf>,

    /// Adds a path to the Nix search path, as in Nix
    #[arg(short = 'I', long = "include-path", value_name = "PATH")]
    pub include: Vec<String>,

    /// Gives a function network an argument, as a Nix expression
    #[arg(long = "arg", num_args = 2, value_names = ["NAME", "EXPR"], action = clap::ArgAction::Append)]
    pub arg: Vec<String>,

    /// Gives a function network an argument, as a string
    #[arg(long = "argstr", num_args = 2, value_names = ["NAME", "STRING"], action = clap::ArgAction::Append)]
    pub argstr: Vec<String>,
}

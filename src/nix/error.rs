//! What can go wrong with the nix programs.

use super::programs::{MINIMUM, Version};
use super::store_path::StorePath;
use crate::system::ProcessError;

#[derive(Debug, thiserror::Error)]
pub enum NixError {
    #[error(
        "the program `{program}` was not found on PATH; nixwright needs Nix {MINIMUM} or later to evaluate and build"
    )]
    Missing { program: String },
    #[error("Nix {found} is too old; nixwright needs {MINIMUM} or later")]
    TooOld { found: Version },
    #[error("could not read the version of Nix from `{said}`")]
    UnreadableVersion { said: String },
    /// The user's expression: the message of Nix itself, cleaned.
    #[error("Nix could not evaluate the network\n{message}")]
    Evaluation { message: String },
    #[error("Nix could not evaluate the options of `{nixpkgs}`\n{message}")]
    Options { nixpkgs: String, message: String },
    #[error("Nix could not find the flake `{reference}`\n{message}")]
    Flake { reference: String, message: String },
    #[error("Nix answered the evaluation with something else than the facts that were asked for")]
    UnreadableFacts { source: serde_json::Error },
    #[error("the build of `{derivation}` failed{}", .explanation.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Build { derivation: StorePath, explanation: Vec<String> },
    #[error("could not copy `{path}` to `{machine}`{}", .explanation.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Copy { path: StorePath, machine: String, explanation: Vec<String> },
    #[error("could not write the files that Nix is to read below {folder}")]
    Files { folder: String, source: std::io::Error },
    #[error(transparent)]
    Process(ProcessError),
    #[error(transparent)]
    Remote(#[from] crate::system::RemoteError),
}

impl From<ProcessError> for NixError {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::NotFound { program } => NixError::Missing { program },
            other => NixError::Process(other),
        }
    }
}

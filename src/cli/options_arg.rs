//! `--options`: which options NixOS has, for the checks that need to know.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CommandError;
use crate::network::{self, Request};
use crate::options::schema::{Schema, SchemaError};
use crate::system::System;

/// Where the options of NixOS are known from.
#[derive(Clone, Debug, clap::Args)]
pub struct OptionsArg {
    /// The options of NixOS: a file that `nixwright schema` has written, or the `options.json` of the manual; `auto`: what
    /// was written for the network's nixpkgs, if that is there; `none`
    #[arg(long, value_name = "FILE|auto|none", default_value = "auto")]
    options: PathBuf,
}

impl OptionsArg {
    /// The request with the schema that is meant.
    pub fn added_to(&self, system: &System, request: Request) -> Result<Request, CommandError> {
        let options = match self.options.to_str() {
            Some("none") => None,
            Some("auto") => network::schema_names(&request)
                .iter()
                .filter_map(|name| kept_at(system, name))
                // What was written by another version, or was damaged, counts as not written.
                .find_map(|path| Schema::read(&system.files.read(&path).ok()?).ok())
                .map(Arc::new),
            _ => Some(Arc::new(read(system, &system.environment.absolute(&self.options))?)),
        };
        Ok(Request { options, ..request })
    }
}

/// Where the schema of a nixpkgs is kept under one of its names.
pub(super) fn kept_at(system: &System, name: &str) -> Option<PathBuf> {
    Some(system.environment.cache_home()?.join("nixwright/schema").join(format!("{name}.json")))
}

fn read(system: &System, path: &Path) -> Result<Schema, CommandError> {
    let shown = || path.display().to_string();
    let bytes = system
        .files
        .read(path)
        .map_err(|source| CommandError::usage(OptionsError::Unreadable { path: shown(), source }))?;
    Schema::read(&bytes).map_err(|source| {
        CommandError::usage(OptionsError::NoSchema { path: shown(), source })
            .hint("`nixwright schema --out FILE` writes one")
    })
}

#[derive(Debug, thiserror::Error)]
enum OptionsError {
    #[error("could not read the options of NixOS from `{path}`")]
    Unreadable { path: String, source: std::io::Error },
    #[error("could not read the options of NixOS from `{path}`")]
    NoSchema { path: String, source: SchemaError },
}

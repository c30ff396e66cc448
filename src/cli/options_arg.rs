//! `--options`: which options NixOS has, for the checks that need to know.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CommandError;
use crate::checks::OptionsFrom;
use crate::network::{self, Request};
use crate::options::schema::{Schema, SchemaError};
use crate::system::System;

/// Where the options of NixOS are known from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct OptionsArg {
    /// The options of NixOS: a file that `nixwright schema` has written, or the `options.json` of the manual; `auto`: what
    /// was written for the network's nixpkgs, if that is there; `none`. Without it as `nixwright.toml` says, or else `auto`
    #[arg(long, value_name = "FILE|auto|none")]
    options: Option<PathBuf>,
}

impl OptionsArg {
    /// The request with the schema that is meant: by the command line, or else by the project.
    pub fn added_to(
        &self,
        system: &System,
        request: Request,
        project: Option<&OptionsFrom>,
    ) -> Result<Request, CommandError> {
        let meant = match &self.options {
            None => project.cloned().unwrap_or(OptionsFrom::Auto),
            Some(given) => match given.to_str() {
                Some("none") => OptionsFrom::Nowhere,
                Some("auto") => OptionsFrom::Auto,
                _ => OptionsFrom::File(system.environment.absolute(given)),
            },
        };
        let options = match meant {
            OptionsFrom::Nowhere => None,
            OptionsFrom::Auto => network::schema_names(&request)
                .iter()
                .filter_map(|name| kept_at(system, name))
                // What was written by another version, or was damaged, counts as not written.
                .find_map(|path| Schema::read(&system.files.read(&path).ok()?).ok())
                .map(Arc::new),
            OptionsFrom::File(file) => Some(Arc::new(read(system, &file)?)),
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

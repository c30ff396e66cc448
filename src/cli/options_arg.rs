//! `--options`: which options NixOS has, for the checks that need to know.

use std::path::PathBuf;

use super::CommandError;
use crate::checks::{OptionsError, OptionsFrom, schema_kept_at};
use crate::network::Request;
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
        let cache = system.environment.cache_home();
        let options = meant.read(&request, cache.as_deref())?;
        Ok(Request { options, ..request })
    }
}

/// Where the schema of a nixpkgs is kept under one of its names.
pub(super) fn kept_at(system: &System, name: &str) -> Option<PathBuf> {
    Some(schema_kept_at(&system.environment.cache_home()?, name))
}

impl From<OptionsError> for CommandError {
    fn from(error: OptionsError) -> Self {
        let unusable = matches!(error, OptionsError::NoSchema { .. });
        let error = CommandError::usage(error);
        if unusable { error.hint("`nixwright schema --out FILE` writes one") } else { error }
    }
}

//! The options of NixOS that a project means: the file it names, or what was written for the network's nixpkgs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::network::{self, Request};
use crate::options::schema::{Schema, SchemaError};

use super::OptionsFrom;

/// Why the options of NixOS cannot be known from the file that was named.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    #[error("could not read the options of NixOS from `{path}`")]
    Unreadable { path: String, source: std::io::Error },
    #[error("could not read the options of NixOS from `{path}`")]
    NoSchema { path: String, source: SchemaError },
}

/// Where the schema of a nixpkgs is kept under one of its names.
pub fn schema_kept_at(cache_home: &Path, name: &str) -> PathBuf {
    cache_home.join("nixwright/schema").join(format!("{name}.json"))
}

impl OptionsFrom {
    /// Reads the options that are meant for a network.
    pub fn read(
        &self,
        request: &Request,
        cache_home: Option<&Path>,
    ) -> Result<Option<Arc<Schema>>, OptionsError> {
        match self {
            OptionsFrom::Nowhere => Ok(None),
            OptionsFrom::Auto => {
                let Some(cache) = cache_home else { return Ok(None) };
                let names = network::schema_names(request);
                let kept = names.iter().map(|name| schema_kept_at(cache, name));
                // What was written by another version, or was damaged, counts as not written.
                let found =
                    kept.filter_map(|path| Schema::read(&request.files.read(&path).ok()?).ok()).next();
                Ok(found.map(Arc::new))
            }
            OptionsFrom::File(file) => {
                let shown = || file.display().to_string();
                let bytes = request
                    .files
                    .read(file)
                    .map_err(|source| OptionsError::Unreadable { path: shown(), source })?;
                let schema = Schema::read(&bytes)
                    .map_err(|source| OptionsError::NoSchema { path: shown(), source })?;
                Ok(Some(Arc::new(schema)))
            }
        }
    }
}

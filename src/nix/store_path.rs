//! Paths in the Nix store.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An absolute path of one store object: `/nix/store/<32 characters of hash>-<name>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StorePath(String);

/// Something that is not a store path.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a path in the Nix store")]
pub struct NotAStorePath(String);

/// Length of the hash part.
const HASH: usize = 32;

impl StorePath {
    pub fn new(path: impl Into<String>) -> Result<Self, NotAStorePath> {
        let path = path.into();
        let rest = path.rsplit_once("/store/").map(|(_, rest)| rest).unwrap_or_default();
        let (hash, name) = rest.split_at_checked(HASH).unwrap_or_default();
        let hash_is_right =
            hash.len() == HASH && hash.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        let name_is_right = name.strip_prefix('-').is_some_and(|name| {
            !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || "+-._?=".contains(it))
        });
        if path.starts_with('/') && hash_is_right && name_is_right {
            Ok(Self(path))
        } else {
            Err(NotAStorePath(path))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name without the hash, as people read it: `nixos-system-db-26.11`.
    pub fn name(&self) -> &str {
        let file = self.0.rsplit('/').next().unwrap_or_default();
        file.get(HASH + 1..).unwrap_or_default()
    }

    /// The first characters of the hash, enough to tell two systems of one name apart.
    pub fn short_hash(&self) -> &str {
        let file = self.0.rsplit('/').next().unwrap_or_default();
        file.get(..7).unwrap_or_default()
    }

    pub fn is_derivation(&self) -> bool {
        self.0.ends_with(".drv")
    }
}

impl TryFrom<String> for StorePath {
    type Error = NotAStorePath;
    fn try_from(path: String) -> Result<Self, NotAStorePath> {
        Self::new(path)
    }
}

impl From<StorePath> for String {
    fn from(path: StorePath) -> String {
        path.0
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_store_paths_are_taken() {
        let path =
            StorePath::new("/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-db-26.11").unwrap();
        assert_eq!((path.name(), path.short_hash()), ("nixos-system-db-26.11", "0c0b2ld"));
        assert!(!path.is_derivation());
        for wrong in
            ["", "/etc/passwd", "/nix/store/short-x", "/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-a b"]
        {
            assert!(StorePath::new(wrong).is_err(), "{wrong}");
        }
    }
}

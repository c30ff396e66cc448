//! Which flake: a folder or a reference, resolved by Nix to one that cannot change.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Nix, NixError};

/// A flake as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFlake {
    /// A reference that names this very content, so that pure evaluation accepts it.
    pub reference: String,
    /// Where its source lies in the store; the flake itself may lie in a folder of it.
    pub source: PathBuf,
    /// The folder of the source that the flake lies in; none where it is the source itself.
    pub folder: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    url: String,
    path: PathBuf,
    locked: Locked,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Locked {
    nar_hash: Option<String>,
    last_modified: Option<u64>,
    dir: Option<String>,
}

impl LockedFlake {
    /// What Nix says of a reference: a folder, or anything else that names a flake. Fetches it where it has to be;
    /// writes no lock file.
    pub async fn find(nix: &Nix, reference: &str) -> Result<Self, NixError> {
        let command =
            nix.flake_command(&["flake", "metadata", "--json", "--no-write-lock-file"]).arg(reference);
        let output = nix.system.processes.run(&command, None).await?;
        if !output.ended.success() {
            return Err(NixError::Flake {
                reference: reference.to_owned(),
                message: output.stderr_text().trim().to_owned(),
            });
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).map_err(|source| NixError::UnreadableFacts { source })?;
        Ok(metadata.locked())
    }

    /// Its file in the store.
    pub fn file(&self) -> PathBuf {
        self.folder.iter().fold(self.source.clone(), |path, folder| path.join(folder)).join("flake.nix")
    }

    /// The folder that the whole source is a copy of, where the flake lies in a folder of it.
    pub fn root_of(&self, folder: &Path) -> PathBuf {
        let below = self.folder.as_deref().map_or(0, |it| Path::new(it).components().count());
        folder.ancestors().nth(below).unwrap_or(folder).to_owned()
    }
}

impl Metadata {
    /// A folder under git that has changes has no revision: its copy in the store has a hash.
    fn locked(self) -> LockedFlake {
        let is_locked = ["?rev=", "&rev=", "?narHash=", "&narHash="].iter().any(|it| self.url.contains(it));
        let reference = match (is_locked, &self.locked.nar_hash) {
            (false, Some(hash)) => {
                let mut reference = format!("path:{}?narHash={}", self.path.display(), percent(hash));
                if let Some(seconds) = self.locked.last_modified {
                    reference.push_str(&format!("&lastModified={seconds}"));
                }
                if let Some(folder) = &self.locked.dir {
                    reference.push_str(&format!("&dir={}", percent(folder)));
                }
                reference
            }
            _ => self.url,
        };
        LockedFlake { reference, source: self.path, folder: self.locked.dir }
    }
}

/// What a query of a URL cannot hold as it is, encoded.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(json: &str) -> LockedFlake {
        serde_json::from_str::<Metadata>(json).unwrap().locked()
    }

    #[test]
    fn a_revision_or_a_hash_makes_a_reference_locked() {
        let flake = locked(
            r#"{"url":"git+file:///net?ref=main&rev=aa","path":"/nix/store/x-source","locked":{"narHash":"sha256-a=","rev":"aa"}}"#,
        );
        assert_eq!(flake.reference, "git+file:///net?ref=main&rev=aa");
    }

    #[test]
    fn a_folder_with_changes_is_named_by_its_copy() {
        let flake = locked(
            r#"{"url":"git+file:///net?dir=fleet","path":"/nix/store/x-source",
                "locked":{"narHash":"sha256-a/b+c=","lastModified":7,"dir":"fleet"}}"#,
        );
        assert_eq!(
            flake.reference,
            "path:/nix/store/x-source?narHash=sha256-a/b%2Bc%3D&lastModified=7&dir=fleet"
        );
        assert_eq!(flake.root_of(Path::new("/net/fleet")), Path::new("/net"));
    }
}

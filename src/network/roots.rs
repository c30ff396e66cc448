//! What may be read for a network: a text from elsewhere must not make us read the user's other files. It reads nothing
//! itself but where repositories begin.

use std::path::{Component, Path, PathBuf};

use crate::system::FileKind;

use super::Request;

/// Where things lie that anybody may read.
const STORE: &str = "/nix/store";

impl Request {
    /// What may be read: for each input its repository, or the folder it lies in, and what the user named otherwise. A
    /// text from elsewhere must not make us read the user's other files.
    pub(super) fn roots(&self, nix_path: &[(String, PathBuf)]) -> Vec<PathBuf> {
        let mut roots = vec![PathBuf::from(STORE)];
        let named = self.inputs.iter().map(PathBuf::as_path);
        // Paths in arguments start where the user stands.
        let here = (!self.arguments.is_empty()).then_some(Path::new(""));
        for input in named.chain(here) {
            let mut path = PathBuf::new();
            // Without `..`, which would lead out of the folders above.
            for part in self.working_folder.join(input).components() {
                match part {
                    Component::ParentDir => drop(path.pop()),
                    Component::CurDir => {}
                    part => path.push(part),
                }
            }
            for path in [Some(path.clone()), self.files.canonicalize(&path).ok()].into_iter().flatten() {
                let folder = match self.files.kind(&path) {
                    Ok(FileKind::Folder) => path.as_path(),
                    _ => path.parent().unwrap_or(&path),
                };
                roots.push(self.repository(folder).unwrap_or(folder).to_owned());
            }
        }
        roots.extend(nix_path.iter().map(|(_, folder)| folder.clone()));
        roots.sort();
        roots.dedup();
        roots
    }

    /// The nearest folder, upwards, that a repository or a flake begins in.
    fn repository<'a>(&self, folder: &'a Path) -> Option<&'a Path> {
        let begins = |above: &&Path| {
            [".git", "flake.nix"].iter().any(|mark| self.files.kind_of_link(&above.join(mark)).is_ok())
        };
        folder.ancestors().find(begins)
    }
}

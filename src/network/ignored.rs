//! Whether git explains that a file is missing: it ignores the path, so that the file is generated, decrypted or linked
//! elsewhere, or the file belongs to a submodule that was not fetched.
//!
//! Reads `.gitignore` files with the common patterns, and `.gitmodules`; asks no git. A pattern it does not understand
//! matches nothing.

use std::path::Path;

use crate::system::Files;

use super::selectors::is_match;

/// Why a file may be missing here and be there where it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    Ignored,
    Submodule,
}

impl Absence {
    /// What git says of a missing file; `None` where it says nothing.
    pub(super) fn of(files: &dyn Files, path: &Path) -> Option<Self> {
        if is_ignored(files, path) {
            return Some(Self::Ignored);
        }
        is_in_submodule(files, path).then_some(Self::Submodule)
    }

    /// What to do, for messages.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Ignored => {
                "git ignores this file, so it is made or decrypted elsewhere: it must be there before anything can be deployed"
            }
            Self::Submodule => {
                "it lies in a submodule that is not here: `git submodule update --init` fetches it"
            }
        }
    }
}

/// Whether a `.gitmodules` above the path names a folder that holds it, and that folder is empty or not there.
fn is_in_submodule(files: &dyn Files, path: &Path) -> bool {
    path.ancestors().skip(1).any(|top| {
        let Ok(bytes) = files.read(&top.join(".gitmodules")) else { return false };
        String::from_utf8_lossy(&bytes).lines().any(|line| {
            let Some((key, folder)) = line.split_once('=') else { return false };
            let folder = top.join(folder.trim().trim_matches('"'));
            key.trim() == "path"
                && path.starts_with(&folder)
                && files.read_folder(&folder).map_or(true, |entries| entries.is_empty())
        })
    })
}

/// Whether a `.gitignore` between the path and the top of its work tree names it.
fn is_ignored(files: &dyn Files, path: &Path) -> bool {
    for folder in path.ancestors().skip(1) {
        if let Ok(bytes) = files.read(&folder.join(".gitignore"))
            && let Ok(inside) = path.strip_prefix(folder)
        {
            let text = String::from_utf8_lossy(&bytes);
            let inside = inside.to_string_lossy();
            if text.lines().any(|line| names(line.trim(), &inside)) {
                return true;
            }
        }
        if files.kind(&folder.join(".git")).is_ok() {
            break;
        }
    }
    false
}

/// Whether a line of a `.gitignore` names a path, or a folder above it, relative to its own folder.
fn names(line: &str, path: &str) -> bool {
    if line.is_empty() || line.starts_with(['#', '!']) {
        return false;
    }
    let pattern = line.trim_end_matches('/');
    let anchored = pattern.trim_start_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    if pattern.contains('/') {
        return (1..=parts.len()).any(|count| is_match(anchored, &parts[..count].join("/")));
    }
    parts.iter().any(|part| is_match(pattern, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::OverlayFiles;

    #[test]
    fn patterns_name_files_and_folders() {
        let mut files = OverlayFiles::alone();
        files.put("/r/.git/HEAD", "");
        files.put(
            "/r/.gitignore",
            "# generated\nsecrets/\n/top.nix\n*.local.nix\n!kept.nix\nnetworks/*.json\n",
        );
        for (path, ignored) in [
            ("/r/secrets/a.nix", true),
            ("/r/x/secrets/a.nix", true),
            ("/r/top.nix", true),
            ("/r/x/top.nix", false),
            ("/r/x/a.local.nix", true),
            ("/r/networks/a.json", true),
            ("/r/kept.nix", false),
        ] {
            assert_eq!(is_ignored(&files, Path::new(path)), ignored, "{path}");
        }
    }

    #[test]
    fn a_submodule_that_was_not_fetched_explains_what_is_missing() {
        let mut files = OverlayFiles::alone();
        files.put("/r/.gitmodules", "[submodule \"s\"]\n\tpath = secrets\n\turl = git@example.org:s.git\n");
        files.put("/f/.gitmodules", "[submodule \"s\"]\n\tpath = secrets\n");
        files.put("/f/secrets/b.nix", "1");
        for (path, absence) in [
            ("/r/secrets/web/a.nix", Some(Absence::Submodule)),
            ("/r/secret.nix", None),
            ("/f/secrets/a.nix", None),
        ] {
            assert_eq!(Absence::of(&files, Path::new(path)), absence, "{path}");
        }
    }
}

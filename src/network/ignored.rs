//! Whether git ignores a path: a file that is missing for that reason was generated, decrypted or linked elsewhere.
//!
//! Reads `.gitignore` files with the common patterns; asks no git. A pattern it does not understand matches nothing.

use std::path::Path;

use crate::system::Files;

use super::selectors::is_match;

/// Whether a `.gitignore` between the path and the top of its work tree names it.
pub(super) fn is_ignored(files: &dyn Files, path: &Path) -> bool {
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
}

//! Paths as Nix computes with them: text, without looking at the disk.

use std::path::Path;

/// Makes a path absolute against a folder and drops `.`, `..` and repeated slashes.
pub(super) fn absolute(folder: &Path, written: &str) -> String {
    if written.starts_with('/') {
        return canonical(written);
    }
    canonical(&format!("{}/{written}", folder.display()))
}

/// Drops `.`, `..` and repeated slashes of an absolute path.
pub(super) fn canonical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What `builtins.dirOf` gives.
pub(super) fn folder_of(path: &str) -> &str {
    match path.rfind('/') {
        None => ".",
        Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// What `builtins.baseNameOf` gives: one slash at the end is ignored.
pub(super) fn base_name(path: &str) -> &str {
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    path.rfind('/').map_or(path, |at| &path[at + 1..])
}

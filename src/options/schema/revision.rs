//! The names by which the schema of a nixpkgs is kept: its revision, as far as its folder tells, and its path else.

use std::path::Path;

use crate::system::Files;

/// Names of a git revision of nixpkgs.
pub fn of_revision(revision: &str) -> String {
    format!("git-{}", clean(revision))
}

/// All names of a nixpkgs on disk, the surest first; there is at least one.
pub fn of_folder(files: &dyn Files, nixpkgs: &Path) -> Vec<String> {
    let path = files.canonicalize(nixpkgs).unwrap_or_else(|_| nixpkgs.to_owned());
    let text = |name: &str| {
        let bytes = files.read_regular(&path.join(name), LONGEST).ok()??;
        let text = String::from_utf8(bytes).ok()?;
        Some(text.trim().to_owned()).filter(|it| !it.is_empty())
    };
    let mut names = Vec::new();
    if let Ok(inside) = path.strip_prefix("/nix/store") {
        names.push(format!("store-{}", clean(&inside.to_string_lossy())));
    }
    names.extend(text(".git-revision").or_else(|| head(&text)).map(|it| of_revision(&it)));
    let version = text(".version").or_else(|| text("lib/.version")).unwrap_or_default();
    match text(".version-suffix") {
        Some(suffix) => names.push(format!("version-{}", clean(&format!("{version}{suffix}")))),
        None if names.is_empty() => {
            names.push(format!("path-{}-{}", clean(&path.to_string_lossy()), clean(&version)));
        }
        None => {}
    }
    names
}

/// Files that name a revision are short, but for git's list of all of them.
const LONGEST: u64 = 4 << 20;

/// The revision that git has checked out.
fn head(text: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let head = text(".git/HEAD")?;
    let Some(name) = head.strip_prefix("ref: ") else { return Some(head) };
    text(&format!(".git/{name}")).or_else(|| {
        let packed = text(".git/packed-refs")?;
        packed.lines().find_map(|line| Some(line.strip_suffix(name)?.trim().to_owned()))
    })
}

/// As a part of a file name.
fn clean(text: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || ".-_+".contains(it) { it } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let start = name.len().saturating_sub(100);
    name[start..].trim_start_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::OverlayFiles;

    #[test]
    fn a_nixpkgs_is_named_by_its_revision_where_it_tells() {
        let mut files = OverlayFiles::alone();
        files.put("/a/.git/HEAD", "ref: refs/heads/x\n");
        files.put("/a/.git/packed-refs", "# packed\n0123 refs/heads/x\n");
        files.put("/b/.version", "18.09\n");
        files.put("/c/.version", "21.05");
        files.put("/c/.version-suffix", "pre1.abc");
        files.put("/nix/store/x-source/.version", "22.05");
        assert_eq!(of_folder(&files, Path::new("/a")), ["git-0123"]);
        assert_eq!(of_folder(&files, Path::new("/b")), ["path-b-18.09"]);
        assert_eq!(of_folder(&files, Path::new("/c")), ["version-21.05pre1.abc"]);
        assert_eq!(of_folder(&files, Path::new("/nix/store/x-source")), ["store-x-source"]);
    }
}

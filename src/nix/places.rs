//! Where things are that Nix names: our own expression, and the copy of a flake in the store, which the user knows as a
//! folder.

use std::path::{Path, PathBuf};

pub(super) struct Places {
    /// How Nix calls the file of our expression.
    ours: String,
    /// The source of a flake in the store, and the folder that it is a copy of.
    flake: Option<(PathBuf, PathBuf)>,
}

/// What Nix calls an expression that came from the command line.
const COMMAND_LINE: &str = "«string»";

impl Places {
    pub(super) fn of_files(ours: PathBuf) -> Self {
        Self { ours: ours.display().to_string(), flake: None }
    }

    pub(super) fn of_flake(source: PathBuf, folder: PathBuf) -> Self {
        Self { ours: COMMAND_LINE.to_owned(), flake: Some((source, folder)) }
    }

    /// Whether a line of a trace, or a file, is in our own expression.
    pub(super) fn is_ours(&self, place: &str) -> bool {
        place.contains(&self.ours)
    }

    /// A file as the user knows it.
    pub(super) fn file(&self, file: PathBuf) -> PathBuf {
        match file.to_str() {
            Some(text) => PathBuf::from(self.told(text)),
            None => file,
        }
    }

    /// A text with the user's folder where Nix names its copy. Nix may write the place of the store before it.
    pub(super) fn told(&self, text: &str) -> String {
        let Some((source, folder)) = &self.flake else { return text.to_owned() };
        let (source, folder) = (shown(source), shown(folder));
        let mut told = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&source) {
            let before = &rest[..at];
            let word = before.rfind([' ', '\n', '\t', '\'', '"', '`', '(', '«']).map_or(0, |at| at + 1);
            let word = if before.is_char_boundary(word) { word } else { at };
            told.push_str(if before[word..].starts_with('/') { &before[..word] } else { before });
            told.push_str(&folder);
            rest = &rest[at + source.len()..];
        }
        told.push_str(rest);
        told
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_of_a_flake_is_told_as_its_folder() {
        let places = Places::of_flake("/nix/store/x-source".into(), "/net".into());
        assert_eq!(
            places.told("at /nix/store/x-source/a.nix:3:1, in '/other/store/nix/store/x-source/b.nix'"),
            "at /net/a.nix:3:1, in '/net/b.nix'"
        );
        assert_eq!(places.file("/nix/store/x-source/a.nix".into()), PathBuf::from("/net/a.nix"));
        assert!(places.is_ours("at «string»:3:1:"));
        assert!(!places.is_ours("at /nix/store/x-source/a.nix:3:1"));
    }
}

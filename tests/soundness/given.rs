//! What Nix is given of an example network: a copy in which everything is there that its author has and the repository
//! has not, and nothing has to be downloaded. `fixtures/networks/README.md` and `fixtures/inputs` say what stands in.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A copy, as long as it is needed.
pub(crate) struct Given {
    top: TempDir,
    /// The network's folder.
    pub(crate) folder: PathBuf,
    /// What the copy was made of.
    from: PathBuf,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

impl Given {
    pub(crate) fn new(from: &Path) -> Self {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("network");
        let inputs = top.path().join("inputs");
        let given = Self { folder: folder.clone(), from: from.to_owned(), top };
        given.copy(&fixtures().join("inputs"), &inputs);
        given.copy(from, &folder);
        if from.join("absent").exists() {
            given.copy(&from.join("absent"), &folder);
        }
        given
    }

    fn copy(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                if name != "absent" {
                    self.copy(&path, &to.join(name));
                }
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let bytes = match String::from_utf8(bytes) {
                Ok(text) if path.extension().is_some_and(|it| it == "nix") => {
                    self.without_network(&text).into_bytes()
                }
                Ok(text) => text.into_bytes(),
                Err(other) => other.into_bytes(),
            };
            std::fs::write(to.join(name), bytes).unwrap();
        }
    }

    /// A text in which what would be downloaded lies here.
    fn without_network(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("url = \"") {
            let (before, from) = rest.split_at(at + "url = \"".len());
            let (url, after) = from.split_at(from.find('"').expect("a text ends"));
            out.push_str(before);
            match self.stand_in(url) {
                Some(folder) => out.push_str(&format!("path:{}", folder.display())),
                None => out.push_str(url),
            }
            rest = after;
        }
        out.push_str(rest);
        out.replace("builtins.fetchTarball", "(import <downloads>)")
    }

    /// The folder that stands in for an input of a flake.
    fn stand_in(&self, url: &str) -> Option<PathBuf> {
        if url.starts_with("https:") {
            return None;
        }
        if url.contains("nixpkgs") {
            return Some(fixtures().join("nixpkgs"));
        }
        let repository = url.split(['/', ':', '?', '#']).nth(2)?;
        Some(self.top.path().join("inputs").join(repository))
    }

    /// The files of the copy that are handed to Nix. A flake is locked.
    pub(crate) fn files(&self, inputs: &[PathBuf], lock: impl FnOnce(&Path) -> Command) -> Vec<PathBuf> {
        if self.folder.join("flake.nix").exists() {
            let output = lock(&self.folder).output().expect("nix can be started");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let inside = |it: &PathBuf| it.strip_prefix(&self.from).expect("it lies in the example").to_owned();
        inputs.iter().map(|it| self.folder.join(inside(it))).collect()
    }

    /// The search path: our nixpkgs, what stands in for downloads, and what the author's own has.
    pub(crate) fn search_path(&self) -> Vec<String> {
        let mut path = vec![
            format!("nixpkgs={}", fixtures().join("nixpkgs").display()),
            format!("downloads={}", self.top.path().join("inputs/downloads.nix").display()),
        ];
        if self.folder.join("site").exists() {
            path.push(format!("site={}", self.folder.join("site").display()));
        }
        path
    }

    /// What Nix says, as if it had been said of the example itself.
    pub(crate) fn told_of_example(&self, text: &str) -> String {
        text.replace(&self.folder.display().to_string(), &self.from.display().to_string())
    }
}

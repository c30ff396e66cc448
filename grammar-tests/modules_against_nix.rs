//! Real Nix evaluates the cases of the module system with our own library: it must give the same values, and fail
//! where we fail.

use std::path::{Path, PathBuf};
use std::process::Command;

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar-tests/modules").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| {
        it.extension().is_some_and(|it| it == "nix") && !it.to_string_lossy().contains("-input")
    });
    paths.sort();
    paths
}

/// What Nix prints; `None` where it fails.
fn nix(path: &Path) -> Option<String> {
    let store = tempfile::tempdir().unwrap();
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "-I"])
        .arg(format!("nixpkgs={}/fixtures/nixpkgs", env!("CARGO_MANIFEST_DIR")))
        .arg(path)
        .env("NIX_REMOTE", "dummy://")
        .env("HOME", store.path())
        .output()
        .unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn nix_gives_the_same() {
    if Command::new("nix-instantiate").arg("--version").output().is_err() {
        println!("skipped: nix-instantiate is not there");
        return;
    }
    let mut faults = Vec::new();
    for path in cases("okay") {
        let ours = std::fs::read_to_string(path.with_extension("out")).unwrap();
        let theirs = nix(&path);
        if theirs.as_ref() != Some(&ours) {
            faults.push(format!("{}: Nix gives {theirs:?}, not {ours:?}", path.display()));
        }
    }
    for path in cases("fail") {
        if let Some(value) = nix(&path) {
            faults.push(format!("{}: Nix does not fail but gives {value}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

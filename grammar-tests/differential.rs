//! The cases of the builtins against real Nix. `NIX_INSTANTIATE` names one or more programs, with colons between them
//! (2.8 and 2.26, say); without it nothing is compared, and that is said.
//!
//! Versions of Nix differ. What we know must be what at least one of them says: a value printed the same way, or a
//! failure.

use std::path::Path;
use std::process::Command;

use super::cases::{elements, root};

/// Elements that no Nix without a writable store can evaluate: the builtin copies files.
const NEEDS_A_STORE: [(&str, usize); 1] = [("getFlake", 0)];

#[test]
fn real_nix_says_the_same_of_every_builtin() {
    let Ok(programs) = std::env::var("NIX_INSTANTIATE") else {
        println!("SKIPPED: NIX_INSTANTIATE names no nix-instantiate to compare the builtins with");
        return;
    };
    let programs: Vec<&str> = programs.split(':').collect();
    let mut faults = Vec::new();
    let mut compared = 0;
    for entry in std::fs::read_dir(root().join("eval/builtins")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "nix") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for (number, ours) in elements(&path).into_iter().enumerate() {
            if ours.contains("unknown because") || NEEDS_A_STORE.contains(&(name.as_str(), number)) {
                continue;
            }
            compared += 1;
            let said: Vec<String> = programs.iter().map(|it| nix(it, &path, number)).collect();
            if !said.iter().any(|nix| agree(&ours, nix)) {
                faults.push(format!("{name} {number}: ours {ours}, Nix {said:?}"));
            }
        }
    }
    println!("{compared} elements compared with {}", programs.join(" and "));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What Nix prints; empty where it fails.
fn nix(program: &str, path: &Path, number: usize) -> String {
    let expression = format!("builtins.elemAt (import (/. + {:?})) {number}", path.to_string_lossy());
    let run = Command::new(program)
        .args([
            "--eval",
            "--strict",
            "--extra-experimental-features",
            "nix-command flakes",
            "-E",
            &expression,
        ])
        .env("NIX_REMOTE", "dummy://")
        .env("NIX_PATH", "")
        .env("HOME", "/home/user")
        .output()
        .unwrap();
    if !run.status.success() {
        return String::new();
    }
    let text = String::from_utf8(run.stdout).unwrap();
    text.trim_end().replace(&*path.parent().unwrap().to_string_lossy(), "/case")
}

/// A failure of ours begins with its kind and place.
fn agree(ours: &str, nix: &str) -> bool {
    let failed = ours.split_once(' ').is_some_and(|(kind, rest)| {
        kind.starts_with(char::is_uppercase) && rest.starts_with(|it: char| it.is_ascii_digit())
    });
    if failed { nix.is_empty() } else { ours.trim_end() == nix }
}

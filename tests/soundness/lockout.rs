//! Who is shut out is decided by NixOS: what it writes for sshd, sudo and the firewall is compared with the check `lockout`.
//! `NIXWRIGHT_NIXPKGS` names the nixpkgs (18.09 was used); without it the comparison is skipped.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use nixwright::system::OsFiles;
use nixwright::{Levels, Network, Request, checks};

#[test]
fn who_is_shut_out_is_what_nixos_says() {
    let Some(nixpkgs) = std::env::var_os("NIXWRIGHT_NIXPKGS") else {
        println!("skipped: NIXWRIGHT_NIXPKGS names no nixpkgs");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/soundness/lockout-network.nix");
    let answer = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--readonly-mode"])
        .arg(root.join("tests/soundness/lockout-shut.nix"))
        .args(["--arg", "nixpkgs", &nixpkgs.to_string_lossy()])
        .args(["--arg", "network", &file.to_string_lossy()])
        .args(["--arg", "options", &root.join("src/network/deployment-options.nix").to_string_lossy()])
        .env("NIX_REMOTE", "dummy://")
        .env_remove("NIX_PATH")
        .output();
    let Ok(answer) = answer else {
        println!("skipped: there is no nix-instantiate to ask");
        return;
    };
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let theirs: BTreeMap<String, bool> = serde_json::from_slice(&answer.stdout).unwrap();

    let network = Network::load(&Request::new(Arc::new(OsFiles), vec![file])).unwrap();
    let found = checks::run(&network, &Levels::default());
    let ours = |name: &str| found.iter().any(|it| it.id == "lockout" && it.machine.as_deref() == Some(name));
    let differences: Vec<String> = theirs
        .iter()
        .filter(|(name, shut)| ours(name) != **shut)
        .map(|(name, shut)| format!("{name}: NixOS shuts it: {shut}, we say so: {}", ours(name)))
        .collect();
    let shut = theirs.values().filter(|it| **it).count();
    println!("{} machines, {shut} of them shut", theirs.len());
    assert!(shut >= 10 && theirs.len() - shut >= 10, "{shut} of {} machines are shut", theirs.len());
    assert_eq!(differences, [] as [String; 0]);
}

//! The checks of options against Nix: whether NixOS 18.09 accepts or refuses a machine with one more setting must be what
//! we say with the schema of that nixpkgs. `NIXWRIGHT_NIXPKGS` names it; without it that comparison is skipped. The same with
//! our tiny NixOS, wherever there is a Nix.
//!
//! `options.txt` has one setting a line: `refused` or `accepted`, then the module. Nix evaluates the name of each
//! machine's system, which is what a deployment asks for first. What we call a mistake that nothing reads is no error.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nixwright::checks;
use nixwright::options::schema::Schema;
use nixwright::{Finding, Level, Levels, Network, OverlayFiles, Request};

const SETTINGS: &str = include_str!("options.txt");
const TINY_SETTINGS: &str = include_str!("tiny-options.txt");

/// What every machine has, so that NixOS builds it.
const BASE: &str = r#"{
  fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; };
  boot.loader.grub.device = "nodev";
}"#;

/// The checks of options; others judge what is no matter of Nix, such as who could still log in.
const CHECKS: [&str; 4] =
    ["conflicting-definitions", "option-type-mismatch", "renamed-option", "unknown-option"];

struct Setting {
    refused: bool,
    module: &'static str,
}

fn settings(text: &'static str) -> Vec<Setting> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (verdict, module) = line.split_once(' ').expect("a verdict and a module");
            assert!(["refused", "accepted"].contains(&verdict), "{line}");
            Setting { refused: verdict == "refused", module: module.trim() }
        })
        .collect()
}

/// What our checks find in a network with that one machine.
fn ours(schema: &Arc<Schema>, module: &str) -> Vec<Finding> {
    let mut files = OverlayFiles::alone();
    files.put("/net/base.nix", BASE);
    files.put("/net/machine.nix", module);
    files.put("/net/network.nix", "{ web.imports = [ ./base.nix ./machine.nix ]; }");
    let request = Request {
        options: Some(schema.clone()),
        ..Request::new(Arc::new(files), vec![PathBuf::from("/net/network.nix")])
    };
    let network = Network::load(&request).expect("the file is there");
    checks::run(&network, &Levels::default())
}

/// Whether Nix refuses the machine, and why.
fn theirs(nixpkgs: &Path, folder: &Path, module: &str) -> (bool, String) {
    std::fs::write(folder.join("base.nix"), BASE).unwrap();
    std::fs::write(folder.join("machine.nix"), module).unwrap();
    let expression = format!(
        "(import {}/nixos/lib/eval-config.nix {{ system = \"x86_64-linux\"; modules = [ {1}/base.nix {1}/machine.nix ]; }}).config.system.build.toplevel.drvPath",
        nixpkgs.display(),
        folder.display()
    );
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "-E", &expression])
        .env("NIX_REMOTE", "dummy://")
        .env_remove("NIX_PATH")
        .stdin(Stdio::null())
        .output()
        .expect("nix-instantiate can be started");
    (!output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn refuses(found: &[Finding]) -> bool {
    found.iter().any(|it| it.level == Level::Error && CHECKS.contains(&it.id))
}

fn words(found: &[Finding]) -> String {
    found.iter().map(|it| format!("\n    {}: {} [{}]", it.level, it.message, it.id)).collect()
}

/// What a comparison gave.
struct Compared {
    mistakes: usize,
    others: usize,
    wrong: Vec<String>,
    ours: Duration,
    nix: Duration,
}

fn compared(nixpkgs: &Path, settings: &'static str) -> Compared {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.json");
    let asked = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_nixwright"))
        .args(["schema", "--nixpkgs"])
        .arg(nixpkgs)
        .arg("--out")
        .arg(&file)
        .env("NIX_REMOTE", "dummy://")
        .output()
        .expect("nixwright can be started");
    assert!(output.status.success(), "no schema: {}", String::from_utf8_lossy(&output.stderr));
    println!("extracting the schema: {:.1} s", asked.elapsed().as_secs_f64());
    let bytes = std::fs::read(&file).unwrap();

    let settings = self::settings(settings);
    let mistakes = settings.iter().filter(|it| it.refused).count();
    let others = settings.len() - mistakes;
    let (ours, nix) = (Duration::ZERO, Duration::ZERO);
    let mut compared = Compared { mistakes, others, wrong: Vec::new(), ours, nix };
    for Setting { refused, module } in &settings {
        let begun = Instant::now();
        // Loading the schema is a part of every check.
        let schema = Arc::new(Schema::read(&bytes).expect("it was just written"));
        let found = self::ours(&schema, module);
        compared.ours += begun.elapsed();
        let begun = Instant::now();
        let (nix, said) = theirs(nixpkgs, folder.path(), module);
        compared.nix += begun.elapsed();
        let reason = said.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        if nix != *refused {
            compared
                .wrong
                .push(format!("the list says that Nix does otherwise: {module}\n    Nix: {reason}"));
        }
        if nix != refuses(&found) {
            let does = if nix { "refuses" } else { "accepts" };
            compared.wrong.push(format!("Nix {does} {module}\n    Nix: {reason}{}", words(&found)));
        }
    }
    compared
}

impl Compared {
    fn judge(&self) -> f64 {
        let ratio = self.nix.as_secs_f64() / self.ours.as_secs_f64();
        println!(
            "{} mistakes and {} look-alikes: {} judged otherwise; ours {:.2} s, Nix {:.2} s, ratio 1/{ratio:.0}",
            self.mistakes,
            self.others,
            self.wrong.len(),
            self.ours.as_secs_f64(),
            self.nix.as_secs_f64(),
        );
        assert!(self.wrong.is_empty(), "{} differences:\n{}", self.wrong.len(), self.wrong.join("\n"));
        ratio
    }
}

#[test]
fn mistakes_in_options_are_judged_as_nix_judges_them() {
    let Some(nixpkgs) = std::env::var_os("NIXWRIGHT_NIXPKGS").map(PathBuf::from) else {
        println!("skipped: NIXWRIGHT_NIXPKGS names no nixpkgs");
        return;
    };
    let compared = compared(&nixpkgs, SETTINGS);
    assert!(compared.mistakes >= 30 && compared.others >= 30, "{} mistakes", compared.mistakes);
    let ratio = compared.judge();
    // A build without optimisation says nothing of the time.
    assert!(cfg!(debug_assertions) || ratio > 50.0, "only {ratio:.0} times as fast as Nix");
}

#[test]
fn mistakes_in_options_of_our_tiny_nixos_are_judged_as_nix_judges_them() {
    if !has_nix() {
        println!("skipped: there is no nix to compare with");
        return;
    }
    let nixpkgs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixpkgs");
    let _ = compared(&nixpkgs, TINY_SETTINGS).judge();
}

fn has_nix() -> bool {
    Command::new("nix-instantiate").arg("--version").output().is_ok_and(|it| it.status.success())
}

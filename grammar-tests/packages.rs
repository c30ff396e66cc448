//! Store paths of real packages and of a whole machine, against `nix-instantiate`. `NIXPKGS_PACKAGES` names a nixpkgs;
//! nothing is built. A path that differs fails the test; what is unknown is counted and printed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use nixwright::eval::{Evaluator, Settings};
use nixwright::system::OsFiles;
use nixwright::value::{Stop, Value};

/// Packages of every kind: bootstrapping, languages, fetchers, kernels, texts, many outputs.
const PACKAGES: &str = include_str!("packages.txt");

/// What nixpkgs asks of the environment.
const ENVIRONMENT: [&str; 10] = [
    "HOME",
    "IN_NIX_SHELL",
    "NIXOS_EXTRA_MODULE_PATH",
    "NIXOS_LABEL",
    "NIXOS_LABEL_VERSION",
    "NIXPKGS_ALLOW_BROKEN",
    "NIXPKGS_ALLOW_INSECURE",
    "NIXPKGS_ALLOW_UNFREE",
    "NIXPKGS_ALLOW_UNSUPPORTED_SYSTEM",
    "NIXPKGS_CONFIG",
];

fn evaluator(nixpkgs: &Path) -> Evaluator {
    let mut settings = Settings {
        allowed_roots: vec![PathBuf::from("/")],
        current_system: Some("x86_64-linux".to_owned()),
        home: Some(PathBuf::from("/homeless")),
        nix_path: vec![("nixpkgs".to_owned(), nixpkgs.to_owned())],
        nix_path_complete: true,
        fuel: 20_000_000_000,
        memory: 6 << 30,
        ..Settings::default()
    };
    for name in
        ["HOME", "NIXOS_CONFIG", "NIXPKGS_CONFIG", "NIX_PATH", "NIXPKGS_ALLOW_BROKEN", "NIXPKGS_ALLOW_UNFREE"]
    {
        settings.environment.insert(name.to_owned(), String::new());
    }
    // Real Nix is run without any of them.
    for name in ENVIRONMENT {
        settings.environment.insert(name.to_owned(), String::new());
    }
    Evaluator::new(Arc::new(OsFiles), settings)
}

fn nix(nixpkgs: &Path, expression: &str) -> String {
    let output = Command::new("nix-instantiate")
        .args(["--readonly-mode", "--eval", "--strict", "--json", "-E", expression])
        .args(["-I", &format!("nixpkgs={}", nixpkgs.display())])
        .args(["--option", "system", "x86_64-linux"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("NIX_REMOTE", "dummy://")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A machine with a web server, a database, users and monitoring.
const MACHINE: &str = r#"(import <nixpkgs/nixos> {
  configuration = { config, pkgs, lib, ... }: {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/disk/by-label/root";
    networking.hostName = "web";
    networking.firewall.allowedTCPPorts = [ 80 443 ];
    services.openssh.enable = true;
    services.nginx = { enable = true; virtualHosts."example.org".locations."/".root = "/var/www"; };
    services.postgresql.enable = true;
    services.prometheus.exporters.node.enable = true;
    users.users.alice = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA alice" ]; };
    environment.systemPackages = [ pkgs.vim pkgs.git pkgs.htop ];
    systemd.services.hello = { wantedBy = [ "multi-user.target" ]; script = "${pkgs.hello}/bin/hello"; };
    environment.etc."motd".text = "hello\n";
  };
}).system.drvPath"#;

#[test]
fn a_machine_is_the_one_that_nix_makes() {
    let Some(nixpkgs) = std::env::var_os("NIXPKGS_PACKAGES") else {
        println!("skipped: NIXPKGS_PACKAGES does not name a nixpkgs");
        return;
    };
    let nixpkgs = std::fs::canonicalize(nixpkgs).unwrap();
    let expression = std::env::var("MACHINE").unwrap_or_else(|_| MACHINE.to_owned());
    let began = Instant::now();
    let wanted: String = serde_json::from_str(&nix(&nixpkgs, &expression)).unwrap();
    let nix_took = began.elapsed();
    let began = Instant::now();
    let mut eval = evaluator(&nixpkgs);
    let value = eval.eval_text_in("<machine>", &expression, Path::new("/"));
    let ours = eval.string(value);
    let took = began.elapsed();
    let steps = eval.steps();
    let ours = ours.unwrap_or_else(|stop| panic!("{}", stopped(&eval, stop)));
    println!("toplevel {ours}: ours {took:.2?} and {steps} steps, Nix {nix_took:.2?}");
    assert_eq!(ours, wanted);
}

/// What stopped evaluation, with the places that led there.
fn stopped(eval: &Evaluator, stop: Stop) -> String {
    let at = |span| {
        let at = eval.sources().position(span);
        format!("{}:{}:{}", eval.sources().path(span.file).display(), at.line, at.column)
    };
    match stop {
        Stop::Unknown(id) => {
            let reason = |it: &nixwright::value::Unknown| {
                format!("{} at {}", it.reason, it.span.map(at).unwrap_or_default())
            };
            eval.reasons(id).into_iter().map(reason).collect::<Vec<_>>().join("\n      because ")
        }
        Stop::Error(id) => {
            let error = eval.error(id);
            let trace: Vec<String> =
                error.trace.iter().map(|frame| format!("{} {}", at(frame.span), frame.message)).collect();
            format!("{} at {}\n      {}", error.message, at(error.span), trace.join("\n      "))
        }
    }
}

#[test]
fn derivations_of_nixpkgs_are_those_of_nix() {
    let Some(nixpkgs) = std::env::var_os("NIXPKGS_PACKAGES") else {
        println!("skipped: NIXPKGS_PACKAGES does not name a nixpkgs");
        return;
    };
    let nixpkgs = std::fs::canonicalize(nixpkgs).unwrap();
    let chosen = std::env::var("PACKAGES").unwrap_or_else(|_| PACKAGES.to_owned());
    let names: Vec<&str> = chosen.split_whitespace().collect();
    let expression = format!(
        "let pkgs = import <nixpkgs> {{ }}; path = text: let parts = builtins.filter builtins.isString (builtins.split \"[.]\" text); \
         value = builtins.foldl' (set: name: set.${{name}}) pkgs parts; in value.drvPath; \
         in map path [ {} ]",
        names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" ")
    );
    let began = Instant::now();
    let wanted: Vec<serde_json::Value> = serde_json::from_str(&nix(&nixpkgs, &expression)).unwrap();
    let nix_took = began.elapsed();
    let began = Instant::now();
    let mut eval = evaluator(&nixpkgs);
    let list = eval.eval_text_in("<packages>", &expression, Path::new("/"));
    let items = match eval.list(list) {
        Ok(view) => view.items,
        Err(stop) => panic!("{:?} {:?}", eval.error_of(stop), eval.unknown_of(stop)),
    };
    let (mut equal, mut unknown, mut wrong) = (0, 0, Vec::new());
    for ((name, item), wanted) in names.iter().zip(items).zip(&wanted) {
        let ours = eval.force(item).and_then(|value| match value {
            Value::String(_) => eval.string(value),
            other => eval.to_json(other),
        });
        match ours {
            Ok(text) if *wanted == *text && wanted.is_string() => equal += 1,
            Ok(text) => wrong.push(format!("{name}: ours {text}, Nix' {wanted}")),
            Err(stop @ Stop::Unknown(_)) => {
                unknown += 1;
                println!("  unknown: {name}: {}", stopped(&eval, stop));
            }
            Err(stop) => wrong.push(format!("{name}: {}", stopped(&eval, stop))),
        }
    }
    for line in &wrong {
        println!("  wrong: {line}");
    }
    println!(
        "{equal} of {} derivation paths equal to Nix', {unknown} unknown, {} wrong; ours {:.2?} and {} steps, Nix {nix_took:.2?}",
        names.len(),
        wrong.len(),
        began.elapsed(),
        eval.steps(),
    );
    assert!(wrong.is_empty(), "a store path differs from Nix'");
}

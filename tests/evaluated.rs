//! `check --eval` and `--verify`: the program beside real Nix, with a store of the test's own and no machine.

use std::path::PathBuf;

use crate::support::hermetic::{Hermetic, nixwright};
use crate::support::run::Run;

/// One mistake of each kind that only Nix can tell, each on its own machine, and one machine without any.
const NETWORK: &str = r#"{
  network.description = "four machines";
  defaults.deployment.targetUser = "deploy";
  asserted = {
    deployment.targetHost = "10.0.0.1";
    assertions = [ { assertion = false; message = "the backup needs a disk"; } ];
  };
  broken = {
    deployment.targetHost = "10.0.0.2";
    services.nginx.enable = "yes";
  };
  good = { config, lib, ... }: {
    deployment.targetHost = "${config.networking.hostName}.lan";
    deployment.tags = lib.mkBefore [ "a" ];
    deployment.healthChecks.tcp = [ { port = 22; } ];
    deployment.keys.token.text = "s3cret";   # nixwright: allow(secret-in-store) — nobody's
  };
  warned = {
    deployment.targetHost = "10.0.0.4";
    warnings = [ "the old way still works" ];
  };
}
"#;

/// A hermetic place, where there is a Nix to ask.
pub(crate) fn here() -> Option<Hermetic> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        |program: &str| std::env::split_paths(&path).map(|it| it.join(program)).any(|it| it.exists());
    if on_path("nix-instantiate") && on_path("busybox") {
        return Some(Hermetic::new());
    }
    crate::support::sandbox::skip("there is no nix-instantiate or no busybox");
    None
}

/// Runs `check --eval` with more arguments and a Nix store inside of the place.
fn check(here: &Hermetic, arguments: &[&str]) -> Run {
    let nixpkgs = crate::deployer::nixpkgs();
    let all: Vec<&str> = ["check", "--eval", "-I", &nixpkgs].iter().chain(arguments).copied().collect();
    let store: PathBuf = here.work().with_file_name("store");
    here.command(nixwright(), &all).env("NIX_REMOTE", format!("local?root={}", store.display())).run()
}

#[test]
fn what_only_nix_can_tell_is_found_in_its_place() {
    let Some(here) = here() else { return };
    here.write("network.nix", NETWORK);
    let _ = here.nixwright(&["check", "network.nix"]).expect_code(0);
    let run = check(&here, &["--format", "short", "network.nix"]).expect_code(1);
    for (place, id) in [("6:41", "failed-assertion"), ("10:20", "nix-evaluation"), ("20:19", "nixos-warning")]
    {
        let found =
            run.stdout.lines().any(|it| it.contains(&format!("network.nix:{place}")) && it.contains(id));
        assert!(found, "no {id} at {place}\n{}", run.report());
    }
    assert_eq!(run.stdout.lines().filter(|it| it.contains("network.nix:")).count(), 3, "{}", run.report());
    let run = check(&here, &["network.nix"]).expect_code(1);
    let run = run.expect_said("error[nix-evaluation]").expect_said("for `broken`");
    let _ = run
        .expect_said("`services.nginx.enable` is not of type `boolean`")
        .expect_said("2 errors, 1 warning");

    let json = check(&here, &["--format", "json", "network.nix"]).expect_code(1);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let machines: Vec<&str> =
        json["findings"].as_array().expect("a list").iter().filter_map(|it| it["machine"].as_str()).collect();
    assert_eq!(machines, ["asserted", "broken", "warned"]);

    let allowed = ["--allow", "nix-evaluation", "--allow", "failed-assertion", "network.nix"];
    let _ = check(&here, &allowed).expect_code(0);
}

#[test]
fn what_is_known_without_nix_is_compared_with_it() {
    let Some(here) = here() else { return };
    here.write("network.nix", NETWORK);
    let run = check(&here, &["--verify", "network.nix"]).expect_code(1);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("verified: ") && last.contains(", 0 differed; "), "{}", run.report());
    assert!(last.contains("not compared, because Nix fails there"), "{}", run.report());
    assert!(!run.stderr.contains("s3cret"), "{}", run.report());

    here.write(
        "good.nix",
        NETWORK.replace("enable = \"yes\"", "enable = true").replace("assertion = false", "assertion = true"),
    );
    let run = check(&here, &["--verify", "good.nix"]).expect_code(0);
    let words: Vec<&str> = run.stderr.lines().last().unwrap_or_default().split(' ').collect();
    let compared: usize = words[1].parse().expect("the second word is a number");
    assert!(compared > 4 * 20, "only {compared} values were compared");
}

#[test]
fn a_failure_of_the_whole_network_is_one_finding() {
    let Some(here) = here() else { return };
    here.write(
        "network.nix",
        "{ pick ? builtins.storePath \"/nothing\" }: {\n  web = { };\n  ${pick} = { };\n}\n",
    );
    let run = check(&here, &["--format", "short", "network.nix"]).expect_code(1);
    assert_eq!(run.stdout.matches("nix-evaluation").count(), 1, "{}", run.report());
    let _ = run.expect_said("network.nix:1:");
}

#[test]
fn a_mistake_that_is_known_already_is_reported_once() {
    let Some(here) = here() else { return };
    here.write(
        "network.nix",
        "{\n  web = { lib, ... }: { deployment.targetHost = { a = 1; }.nothing; };\n}\n",
    );
    let run = check(&here, &["--format", "short", "network.nix"]).expect_code(1);
    assert_eq!(run.stdout.matches("error:").count(), 1, "{}", run.report());
    let _ = run.expect_said("missing-attribute");
}

#[test]
fn where_nix_cannot_be_asked_it_is_said_why_and_the_findings_are_printed() {
    let here = Hermetic::new();
    here.write("network.nix", "{ web.deployment.targetHost = \"\"; }");
    let empty = here.work().join("empty");
    std::fs::create_dir(&empty).expect("the folder is fresh");
    let run = here.command(nixwright(), &["check", "--eval", "network.nix"]).env("PATH", &empty).run();
    let run = run.expect_code(3).expect_said("`nix-instantiate` was not found on PATH");
    let _ = run.expect_said("hint: install Nix").expect_said("target-host-empty");

    let _ = here.nixwright(&["check", "--verify", "network.nix"]).expect_code(2).expect_said("--eval");
    here.write("wrong.nix", "{ web = { a = 1 }; }");
    let _ = here.nixwright(&["check", "--eval", "wrong.nix"]).expect_code(1).expect_said("Nix was not asked");
}

#[test]
fn a_hive_is_evaluated_as_colmena_does_it() {
    let Some(here) = here() else { return };
    let hive = r#"{
  meta.nixpkgs = <nixpkgs>;
  defaults = { name, ... }: { deployment.targetHost = "${name}.lan"; };
  web = [ { deployment.tags = [ "front" ]; } { services.nginx.enable = "yes"; } ];
  db = { nodes, ... }: { environment.etc.peer.text = nodes.web.config.deployment.targetHost; };
}
"#;
    here.write("hive.nix", hive);
    let run = check(&here, &["--format", "short", "hive.nix"]).expect_code(1);
    let places: Vec<&str> = run.stdout.lines().filter(|it| it.contains("nix-evaluation")).collect();
    assert!(places.len() == 1 && places[0].starts_with("hive.nix:4:63: "), "{}", run.report());

    here.write("hive.nix", hive.replace("\"yes\"", "true"));
    let run = check(&here, &["--verify", "hive.nix"]).expect_code(0);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("verified: ") && last.contains(", 0 differed; "), "{}", run.report());
}

#[test]
fn a_flake_is_evaluated_and_its_mistakes_lie_in_the_users_folder() {
    let Some(here) = here() else { return };
    let nixpkgs = crate::deployer::nixpkgs().replace("nixpkgs=", "path:");
    here.write(
        "fleet/flake.nix",
        format!(
            r#"{{
  inputs.nixpkgs.url = "{nixpkgs}";
  outputs = {{ self, nixpkgs }}: {{
    nixosConfigurations.web = nixpkgs.lib.nixosSystem {{ system = "x86_64-linux"; modules = [ ./web.nix ]; }};
  }};
}}
"#
        ),
    );
    let web = "{\n  deployment.targetHost = \"web.lan\";\n  services.nginx.enable = \"yes\";\n}\n";
    here.write("fleet/web.nix", web);
    let lock = ["--extra-experimental-features", "nix-command flakes", "flake", "lock", "./fleet"];
    let store = here.work().with_file_name("store");
    let _ = here
        .command("nix", &lock)
        .env("NIX_REMOTE", format!("local?root={}", store.display()))
        .run()
        .expect_code(0);

    // Our nixpkgs asks which system this is, which a pure evaluation does not say.
    for input in ["fleet", "fleet/flake.nix"] {
        let run = check(&here, &["--impure", "--format", "short", input]).expect_code(1);
        let found: Vec<&str> = run.stdout.lines().filter(|it| it.contains("nix-evaluation")).collect();
        assert!(found.len() == 1 && found[0].starts_with("fleet/web.nix:3:"), "{}", run.report());
        assert!(!run.stdout.contains("-source"), "{}", run.report());
    }

    here.write("fleet/web.nix", web.replace("\"yes\"", "true"));
    let run = check(&here, &["--impure", "--verify", "fleet"]).expect_code(0);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("verified: ") && last.contains(", 0 differed; "), "{}", run.report());
    let _ = here.nixwright(&["check", "--impure", "fleet"]).expect_code(2).expect_said("--eval");
}

//! Commands that ask about a network: its arguments, options and machines, however it is named. Beside real Nix, with a
//! store of the test's own.

use crate::support::hermetic::{Hermetic, nixwright};
use crate::support::run::{Invocation, Run};

/// A place, and a nixwright that asks Nix there.
struct Place(Hermetic);

impl Place {
    fn new() -> Option<Self> {
        crate::evaluated::here().map(Self)
    }

    fn command(&self, program: &str, words: &[&str]) -> Invocation {
        let store = self.0.work().with_file_name("store");
        let program = if program.is_empty() { nixwright() } else { program.into() };
        let nix_path = crate::deployer::nixpkgs();
        self.0
            .command(program, words)
            .env("NIX_REMOTE", format!("local?root={}", store.display()))
            .env("NIX_PATH", nix_path)
    }

    fn nixwright(&self, words: &[&str]) -> Run {
        self.command("", words).run()
    }

    /// A flake with machines, and with a hive beside them.
    fn flake(&self) {
        let nixpkgs = crate::deployer::nixpkgs().replace("nixpkgs=", "path:");
        let flake = format!(
            r#"{{
  inputs.nixpkgs.url = "{nixpkgs}";
  outputs = {{ self, nixpkgs }}: {{
    nixosConfigurations.plain = nixpkgs.lib.nixosSystem {{
      system = "x86_64-linux";
      modules = [ {{ networking.hostName = "plain"; }} ];
    }};
    colmena = {{
      meta.nixpkgs = import nixpkgs {{ system = "x86_64-linux"; }};
      hived = {{ networking.hostName = "hived"; }};
    }};
  }};
}}
"#
        );
        self.0.write("fleet/flake.nix", flake);
        let lock = ["--extra-experimental-features", "nix-command flakes", "flake", "lock", "./fleet"];
        let _ = self.command("nix", &lock).run().expect_code(0);
    }
}

const NETWORK: &str = r#"{ region, count ? 1, ... }: {
  require = [ ./more.nix ];
  web = { networking.hostName = "web-${region}-${toString count}"; deployment.tags = [ region ]; };
}
"#;

#[test]
fn the_arguments_of_a_deployment_are_shown_and_changed() {
    let Some(here) = Place::new() else { return };
    here.0.write("network.nix", NETWORK);
    here.0.write("more.nix", "{ region, extra ? null, ... }: { cache = { }; }\n");
    let _ =
        here.nixwright(&["create", "network.nix", "-d", "demo", "--argstr", "region", "eu"]).expect_code(0);

    let table = here.nixwright(&["show-arguments", "-d", "demo"]).ok();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            vec!["count", "network.nix:1", "(default)"],
            vec!["extra", "more.nix:1", "(default)"],
            vec!["region", "network.nix:1,", "more.nix:1", "\"eu\""],
        ]
    );
    let missing = here.nixwright(&["show-arguments", "more.nix"]).ok();
    assert!(missing.contains("(missing)"), "{missing}");

    let option = ["show-option", "web", "networking.hostName", "-d", "demo"];
    assert_eq!(here.nixwright(&option).ok(), "\"web-eu-1\"");
    let _ = here
        .nixwright(&["set-args", "-d", "demo", "--arg", "count", "1 + 2", "--argstr", "region", "us"])
        .expect_code(0);
    assert_eq!(here.nixwright(&option).ok(), "\"web-us-3\"");
    let _ = here.nixwright(&["set-args", "-d", "demo", "--unset", "count"]).expect_code(0);
    assert_eq!(here.nixwright(&option).ok(), "\"web-us-1\"");
    let json = here.nixwright(&["show-arguments", "-d", "demo", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["arguments"][2]["value"], "\"us\"");
    assert_eq!(json["arguments"][2]["locations"].as_array().map(Vec::len), Some(2));

    for (words, said) in [
        (&["--unset", "regoin"][..], "did you mean `region`?"),
        (&["--arg", "count", "1 +"], "is not a Nix expression"),
        (&[], "it is not said which argument to change"),
    ] {
        let words: Vec<&str> = ["set-args", "-d", "demo"].iter().chain(words).copied().collect();
        let _ = here.nixwright(&words).expect_code(2).expect_said(said);
    }
    assert_eq!(here.nixwright(&option).ok(), "\"web-us-1\"");
}

#[test]
fn an_option_is_shown_as_nix_evaluates_it() {
    let Some(here) = Place::new() else { return };
    here.0.write("more.nix", "{ }");
    here.0.write("network.nix", NETWORK);
    let show = |machine, option, more: &[&str]| {
        let words = ["show-option", machine, option, "network.nix", "--argstr", "region", "eu"];
        here.nixwright(&words.iter().chain(more).copied().collect::<Vec<_>>())
    };
    assert_eq!(show("web", "deployment.tags", &[]).ok(), "[\n  \"eu\"\n]");
    let json = show("web", "services.nginx.enable", &["--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let wanted = serde_json::json!({
        "version": 1, "machine": "web", "option": "services.nginx.enable", "value": false
    });
    assert_eq!(json, wanted);
    let _ = show("wep", "deployment.tags", &[]).expect_code(2).expect_said("did you mean `web`?");
    let _ = show("web", "networking.hostNam", &[])
        .expect_code(2)
        .expect_said("`web` has no option `networking.hostNam`")
        .expect_said("did you mean `networking.hostName`?");
    here.0.write("network.nix", NETWORK.replace("[ region ]", "throw \"no tags\""));
    let _ = show("web", "deployment.tags", &[]).expect_code(3).expect_said("no tags");
}

#[test]
fn machines_are_looked_at_in_nixs_repl() {
    let Some(here) = Place::new() else { return };
    here.0.write("more.nix", "{ cache = { }; }");
    here.0.write("network.nix", NETWORK);
    let asked =
        "nodes.web.config.networking.hostName\nresources.machines.cache.networking.hostName\npkgs.system\n";
    let run = here
        .command("", &["repl", "network.nix", "--argstr", "region", "eu"])
        .input(asked)
        .run()
        .expect_code(0);
    for said in ["web-eu-1", "cache", "x86_64-linux"] {
        assert!(run.stdout.contains(said), "{said}\n{}", run.report());
    }
    here.flake();
    let asked = "nodes.plain.config.networking.hostName\n";
    let words = ["repl", "--flake", "./fleet", "--dialect", "nixos"];
    let run = here.command("", &words).input(asked).run().expect_code(0);
    assert!(run.stdout.contains("\"plain\"") || run.stdout.contains("plain\""), "{}", run.report());
}

#[test]
fn a_flake_is_named_by_its_reference_and_read_as_the_wanted_dialect() {
    let Some(here) = Place::new() else { return };
    here.flake();
    let machines = |words: &[&str]| {
        let words: Vec<&str> = ["show", "--json"].iter().chain(words).copied().collect();
        let json: serde_json::Value =
            serde_json::from_str(&here.nixwright(&words).ok()).expect("show prints JSON");
        json["machines"].as_array().expect("a list")[0]["name"].as_str().expect("a name").to_owned()
    };
    let folder = format!("git+file://{}", here.0.work().join("fleet").display());
    for reference in ["./fleet", "path:./fleet", &folder] {
        assert_eq!(machines(&["--flake", reference]), "hived", "{reference}");
        assert_eq!(machines(&["--flake", reference, "--dialect", "nixos"]), "plain", "{reference}");
    }
    let named = |machine, more: &[&str]| {
        let words = ["show-option", machine, "networking.hostName", "--flake", "./fleet", "--impure"];
        here.nixwright(&words.iter().chain(more).copied().collect::<Vec<_>>())
    };
    assert_eq!(named("hived", &[]).ok(), "\"hived\"");
    assert_eq!(named("plain", &["--dialect", "nixos"]).ok(), "\"plain\"");
    let _ = named("plain", &["--dialect", "deploy-rs"])
        .expect_code(2)
        .expect_said("no output of the flake is one; it has: colmena, nixosConfigurations");

    let refused = |words: &[&str], said: &str| {
        let words: Vec<&str> = ["check"].iter().chain(words).copied().collect();
        let _ = here.nixwright(&words).expect_code(2).expect_said(said);
    };
    refused(&["--flake", "./fleet#hived"], "leave `#hived` out");
    refused(&["--flake", "./fleet", "fleet/flake.nix"], "`--flake` names a network");
    refused(&["--flake", "./nowhere"], "there is no file");
    here.0.write("hive.nix", "{ meta.nixpkgs = <nixpkgs>; web = { }; }");
    refused(&["hive.nix", "--dialect", "nixops"], "as hives of colmena do");
    refused(&["hive.nix", "--dialect", "nixos"], "such networks are outputs of flakes");
    refused(&["hive.nix", "fleet/flake.nix", "--dialect", "colmena"], "such a network is one file");
}

#[test]
fn a_dialect_is_recorded_and_a_deployment_with_another_one_is_refused() {
    let Some(here) = Place::new() else { return };
    here.0.write("network.nix", "{ meta = { }; web = { }; }");
    let _ = here.nixwright(&["create", "network.nix", "-d", "demo", "--dialect", "nixops"]).expect_code(0);
    let info = here.nixwright(&["info", "-d", "demo"]).ok();
    assert!(info.contains("Read as: nixops"), "{info}");
    // A machine may be called `meta`.
    let option = ["show-option", "meta", "networking.hostName", "-d", "demo"];
    assert_eq!(here.nixwright(&option).ok(), "\"meta\"");
    let _ = here
        .nixwright(&["deploy", "network.nix", "--dialect", "colmena", "--dry-run"])
        .expect_code(2)
        .expect_said("was recorded with another `--dialect`");
}

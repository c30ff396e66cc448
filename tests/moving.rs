//! Moving here from NixOps: its state is imported, and the machines are reached with its keys and stay as they are; and each
//! line of the page about moving is run.

use crate::deployer::{Deployer, nixpkgs};
use crate::support::run::Run;

const UUID: &str = "9f801e0c-e66d-11f1-adc1-02fc00000001";

pub(crate) const NETWORK: &str = r#"{ page ? "none" }: {
  network.description = "moved";
  web = { config, ... }: {
    deployment.targetHost = "10.42.0.2";
    deployment.provisionSSHKey = true;
    environment.etc.page.text = "${page} ${config.system.stateVersion}";
    networking.firewall.allowedTCPPorts = [ 22 ];
  };
}
"#;

/// What `nixops export` of version 1.7 prints, with a machine that has this key.
pub(crate) fn export(deployer: &Deployer, private: &str, public: &str, system: &str) -> String {
    let mut export = serde_json::json!({ UUID: {
        "name": "demo", "description": "moved", "rollbackEnabled": "1",
        "args": r#"{"page": "\"hello\""}"#,
        "nixExprs": serde_json::json!([deployer.sandbox.home().join("network.nix")]).to_string(),
        "nixPath": serde_json::json!([nixpkgs()]).to_string(),
        "resources": {
            "web": {
                "type": "none", "index": "0", "state": "3", "creationTime": "1795349393", "vmId": "nixops-demo-web",
                "targetHost": "10.42.0.2", "targetPort": "22", "sshPinged": "1", "stateVersion": "24.05",
                "none.sshPrivateKey": private, "none.sshPublicKey": public, "none.sshPublicKeyDeployed": "1",
            },
            "kp": { "type": "ssh-keypair", "state": "3", "index": "1", "publicKey": "p", "privateKey": "q" },
        },
    } });
    if !system.is_empty() {
        export[UUID]["resources"]["web"]["toplevel"] = system.into();
    }
    export.to_string()
}

#[test]
fn an_imported_machine_is_reached_with_its_key_and_stays_as_it_is() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", NETWORK);
    // The key pair that NixOps made; the machine accepts no other.
    let _ = deployer.sandbox.deployer(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "nixops"]).ok();
    let read = |name: &str| std::fs::read_to_string(deployer.sandbox.home().join(name)).expect("it was made");
    let (private, public) = (read("nixops"), read("nixops.pub").trim().to_owned());
    let accept = format!("echo '{public}' > /root/.ssh/authorized_keys");
    let _ = deployer.sandbox.console("web", &["/bin/sh", "-c", &accept]).expect_code(0);
    let import = |system: &str| {
        deployer.write("export.json", &export(&deployer, &private, &public, system));
        deployer.nixwright(&["import", "export.json"])
    };

    let run = import("").expect_code(0).expect_said("kp is a resource of the type ssh-keypair");
    assert_eq!(run.stdout.trim(), UUID);
    let again = import("").expect_code(8).expect_said("is already in the state");
    assert_eq!(again.stdout, "");
    let run = deployer.deploy(&[]).expect_code(0);
    assert!(!run.stderr.contains("generating") && !run.stderr.contains("state version"), "{}", run.report());
    assert_eq!(deployer.on("web", &["cat", "/etc/page"]).ok(), "hello 24.05");
    let system = deployer.running("web");
    let booting = deployer.booting("web");
    let keys = deployer.on("web", &["cat", "/etc/ssh/authorized_keys.d/root"]).ok();
    assert!(keys.contains(&public), "{keys}");

    // All that NixOps knew comes out again; secrets only where they are wanted.
    let whole = deployer.nixwright(&["export", "-d", "demo", "--include-keys"]).ok();
    let whole: serde_json::Value = serde_json::from_str(&whole).expect("export prints JSON");
    let web = &whole["deployments"][0]["nixops"]["resources"]["web"]["attributes"];
    let original: serde_json::Value = serde_json::from_str(&read("export.json")).expect("it is JSON");
    for (name, value) in original[UUID]["resources"]["web"].as_object().expect("an object") {
        assert!(name == "type" || web[name] == *value, "{name}: {web}");
    }
    let open = deployer.nixwright(&["export", "-d", "demo"]).ok();
    assert!(!open.contains("PRIVATE KEY") && open.contains("creationTime"), "{open}");

    // Imported with the system that runs, there is nothing to do.
    let _ = deployer.nixwright(&["delete", "-d", "demo", "--force"]).expect_code(0);
    let _ = import(&system).expect_code(0);
    assert_eq!(deployer.facts()["machines"][0]["system"], system.as_str());
    let run = deployer.deploy(&[]).expect_code(0);
    assert_eq!(Deployer::copied(&run), [0_usize; 0], "{}", run.report());
    assert!(run.stderr.contains("web      no change"), "{}", run.report());
    assert!(!run.stderr.contains("following units") && !run.stderr.contains("new units"), "{}", run.report());
    assert_eq!((deployer.running("web"), deployer.booting("web")), (system, booting));
    assert_eq!(deployer.facts()["machines"][0]["stateVersion"], "24.05");
}

#[test]
fn what_can_not_be_imported_is_said_and_leaves_no_trace() {
    let here = crate::support::hermetic::Hermetic::new();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/nixops-state");
    let sample = |name: &str| format!("{samples}/{name}");
    let refused = |words: &[&str], code: i32, said: &str| {
        let words: Vec<&str> = ["import"].iter().chain(words).copied().collect();
        let run = here.nixwright(&words).expect_code(code).expect_said(said);
        assert_eq!(run.stdout, "");
    };
    here.write("cut.json", "{ \"a\": ");
    here.write("empty.json", "");
    here.write("newer.json", "{ \"version\": 7, \"deployments\": [] }");
    refused(&["no.json"], 2, "could not read no.json");
    refused(&["cut.json"], 8, "at line 1 column 7");
    refused(&["empty.json"], 8, "empty.json is empty");
    refused(&["newer.json"], 8, "version 7 of the format");
    refused(&["--from-nixops", "cut.json"], 8, "it is not a SQLite file");
    refused(&[&sample("deployments-2.nixops")], 8, "is read with `--from-nixops FILE`");
    assert_eq!(here.nixwright(&["list", "--json"]).ok().matches("uuid").count(), 0);

    // NixOps 2 does not know where its network is.
    here.write("nixops.nix", "{ web = { }; db = { }; }");
    let file = sample("deployments-2.nixops");
    let _ = here.nixwright(&["import", "--from-nixops", &file, "--network", "."]).expect_code(0);
    let info = here.nixwright(&["info", "-d", "rb"]).ok();
    assert!(info.contains("/nixops.nix\n") && info.contains("domain = \"foo.org\""), "{info}");
    refused(&["--from-nixops", &file], 8, "is already in the state");
    refused(&[&sample("export-2.json")], 8, "is already in the state");
    let input = std::fs::read(sample("export-1.7.json")).expect("the sample is there");
    let words = ["import", "-"];
    let nixwright = crate::support::hermetic::nixwright();
    let _ = here.command(nixwright, &words).input(input).run().expect_code(0);
    let first = here.nixwright(&["export", "--all", "--include-keys"]).ok();
    here.write("export.json", format!("{first}\n"));
    let other = ["--state", "other.sqlite"];
    let _ = here.nixwright(&["import", "export.json", other[0], other[1]]).expect_code(0);
    let second = here.nixwright(&["export", "--all", "--include-keys", other[0], other[1]]).ok();
    assert_eq!(first, second);
}

/// A network that all four tools could have, with the two machines of the page.
const PAGE: &str = r#"{ region ? "eu", count ? 1 }: {
  defaults = { networking.firewall.allowedTCPPorts = [ 22 ]; environment.etc.region.text = region; };
  web = { deployment.tags = [ "front" ]; deployment.dependsOn = [ "db" ]; };
  db = { };
}
"#;

const HIVE: &str = r#"{
  meta.nixpkgs = <nixpkgs>;
  defaults.networking.firewall.allowedTCPPorts = [ 22 ];
  web.deployment.tags = [ "front" ];
  db = { };
}
"#;

const MORPH: &str = r#"{
  network.pkgs = import <nixpkgs> { };
  web = { deployment.tags = [ "front" ]; networking.firewall.allowedTCPPorts = [ 22 ]; };
  db = { networking.firewall.allowedTCPPorts = [ 22 ]; };
}
"#;

/// The lines of ours on the page, in their order: in blocks, and alone in a cell of a table.
fn lines(page: &str) -> Vec<&str> {
    page.lines()
        .filter_map(|line| {
            if line.starts_with("nixwright ") {
                return Some(line);
            }
            let (_, after) = line.split_once("| `nixwright ")?;
            let at = line.len() - after.len() - "nixwright ".len();
            line[at..].split('`').next()
        })
        .collect()
}

#[test]
fn each_line_of_the_page_about_moving_is_run() {
    let Some(deployer) = Deployer::with(&["web", "db"]) else { return };
    for (name, text) in [("network.nix", PAGE), ("hive.nix", HIVE), ("morph.nix", MORPH)] {
        deployer.write(name, text);
    }
    let home = deployer.sandbox.home();
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixops-state");
    for (sample, name) in [("export-1.7.json", "export.json"), ("deployments-2.nixops", "deployments.nixops")]
    {
        std::fs::copy(samples.join(sample), home.join(name)).expect("the deployer's home can be written");
    }
    let page = include_str!("../docs/moving.md");
    let lines = lines(page);
    assert!(lines.len() > 60, "{lines:?}");
    let _ = in_shell(&deployer, "ln -s \"$(nix-store --add network.nix)\" result").expect_code(0);
    for line in lines.iter().filter(|line| !line.contains("--flake")) {
        if line.starts_with("nixwright resume") {
            fail_once(&deployer);
        }
        let run = in_shell(&deployer, line);
        assert_eq!(run.code(), 0, "{line}\n{}", run.report());
    }
}

/// A deploy of another system that fails on `web`, and would not fail again.
fn fail_once(deployer: &Deployer) {
    let script = "[ -e /root/once ] || { touch /root/once; exit 3; }";
    let more = format!("environment.etc.more.text = \"x\"; system.activationScripts.once = \"{script}\"; ");
    deployer.write("network.nix", &PAGE.replace("  web = { ", &format!("  web = {{ {more}")));
    let run = in_shell(deployer, "nixwright deploy -d demo --no-check");
    assert_ne!(run.code(), 0, "{}", run.report());
}

fn in_shell(deployer: &Deployer, line: &str) -> Run {
    let line = line.replacen("nixwright", "\"$NIXWRIGHT\"", 1);
    let program = crate::support::hermetic::nixwright();
    deployer
        .sandbox
        .command(&["/bin/sh", "-c", &line])
        .env("NIXWRIGHT", program)
        .env("NIX_PATH", nixpkgs())
        .env("EDITOR", "true")
        .run()
}

//! `status`: each thing that can be wrong with a machine is found on a real one, and nothing is found on a healthy one.

use serde_json::Value;

use crate::deployer::Deployer;
use crate::support::sandbox::{Fault, Init, Sandbox};

fn network(greeting: &str) -> String {
    let machine = |name: &str| {
        format!(
            "{name} = {{ environment.etc.greeting.text = \"{greeting}\"; deployment.tags = [ \"{name}s\" ]; \
             deployment.keys.token.text = \"s3cret\"; }};"
        )
    };
    format!("{{ {} {} }}", machine("web"), machine("db"))
}

/// The exit code and the document.
fn status(deployer: &Deployer, more: &[&str]) -> (i32, Value) {
    let words: Vec<&str> = ["status", "-d", "demo", "--json"].iter().chain(more).copied().collect();
    let run = deployer.nixwright(&words);
    (run.code(), serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.report())))
}

fn machine<'a>(document: &'a Value, name: &str) -> &'a Value {
    let all = document["machines"].as_array().expect("a list");
    all.iter().find(|it| it["name"] == name).expect("the machine is listed")
}

fn problems(document: &Value, name: &str) -> Vec<String> {
    let all = machine(document, name)["problems"].as_array().expect("a list");
    all.iter().map(|it| it["kind"].as_str().expect("a word").to_owned()).collect()
}

#[test]
fn machines_that_drifted_were_rebooted_or_are_gone_are_found() {
    let Some(deployer) = Deployer::with(&["web", "db"]) else { return };
    deployer.write("network.nix", &network("first"));
    let _ = deployer.create(&["network.nix"]);
    let run = deployer.nixwright(&["status", "-d", "demo"]).expect_code(2);
    let _ = run.expect_said("has no machine yet");
    let _ = deployer.deploy(&[]).expect_code(0);
    let first = deployer.running("web");
    deployer.write("network.nix", &network("second"));
    let _ = deployer.deploy(&[]).expect_code(0);
    // Nothing of what follows needs the network.
    std::fs::remove_file(deployer.sandbox.home().join("network.nix")).expect("it is there");

    let run = deployer.nixwright(&["status", "-d", "demo"]).expect_code(0);
    assert!(run.stdout.contains("all 2 machines are healthy"), "{}", run.report());
    assert!(run.stdout.contains("generation 2"), "{}", run.report());
    let (code, document) = status(&deployer, &[]);
    assert_eq!((code, &document["healthy"]), (0, &Value::Bool(true)), "{document:#}");
    let web = machine(&document, "web");
    assert_eq!(web["system"]["deployed"], web["system"]["running"]);
    assert_eq!((&web["system"]["generation"], &web["units"]), (&Value::from(2), &Value::Null));

    // Somebody switches by hand.
    let switch = format!("{first}/bin/switch-to-configuration");
    let _ = deployer.on("web", &[&switch, "test"]).expect_code(0);
    let (code, document) = status(&deployer, &[]);
    assert_eq!((code, problems(&document, "web")), (1, vec!["drift".to_owned()]), "{document:#}");
    assert!(problems(&document, "db").is_empty(), "{document:#}");
    assert_eq!(machine(&document, "web")["system"]["running"], first);
    let run = deployer.nixwright(&["status", "-d", "demo", "--on", "@webs"]).expect_code(1);
    for said in ["changed by hand", "generation 1 of the deployment", "nixwright deploy --on web"] {
        assert!(run.stdout.contains(said), "{said}: {}", run.report());
    }
    assert!(!run.stdout.contains("db"), "{}", run.report());

    // The older system becomes what boots, and a reset boots it; /run/keys is empty after it.
    let profile = ["nix-env", "--profile", "/nix/var/nix/profiles/system", "--set", &first];
    let _ = deployer.on("web", &profile).expect_code(0);
    let _ = deployer.on("web", &[&switch, "boot"]).expect_code(0);
    deployer.sandbox.reboot("web");
    let (code, document) = status(&deployer, &["--on", "web"]);
    let expected = ["rebooted-into-another-system", "keys-missing"].map(str::to_owned);
    assert_eq!((code, problems(&document, "web")), (1, expected.to_vec()), "{document:#}");
    assert_eq!(machine(&document, "web")["missingKeys"], serde_json::json!(["/run/keys/token"]));

    // One that does not answer keeps nobody from being looked at.
    deployer.sandbox.fault("db", Fault::Off);
    let (code, document) = status(&deployer, &["--ssh-timeout", "2", "--include", "db", "web"]);
    assert_eq!((code, problems(&document, "db")), (1, vec!["unreachable".to_owned()]), "{document:#}");
    assert_eq!(machine(&document, "db")["reachable"], false);
    assert_eq!(machine(&document, "web")["reachable"], true);
    let _ = deployer
        .nixwright(&["status", "-d", "demo", "--on", "wep"])
        .expect_code(2)
        .expect_said("did you mean `web`?");
    let _ = deployer.nixwright(&["status", "-d", "demo", "--exclude", "web", "db"]).expect_code(2);
}

#[test]
fn units_disks_and_pending_confirmations_are_found() {
    let Some(sandbox) = Sandbox::wanted().init(Init::Systemd).start(&["web"]) else { return };
    let deployer = Deployer { sandbox };
    deployer.write(
        "network.nix",
        "{ web = { services.nginx.enable = true; networking.firewall.allowedTCPPorts = [ 22 80 ]; }; }",
    );
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let (code, document) = status(&deployer, &[]);
    assert_eq!(code, 0, "{document:#}");

    let _ = deployer.on("web", &["systemctl", "stop", "nginx"]).expect_code(0);
    let (code, document) = status(&deployer, &[]);
    assert_eq!((code, problems(&document, "web")), (1, vec!["unit-stopped".to_owned()]), "{document:#}");
    assert_eq!(machine(&document, "web")["units"]["stopped"], serde_json::json!(["nginx.service"]));
    let _ = deployer.on("web", &["systemctl", "start", "nginx"]).expect_code(0);
    assert_eq!(status(&deployer, &[]).0, 0);

    let _ = deployer.on("web", &["systemd-run", "--unit=broken", "false"]).expect_code(0);
    let (code, document) = status(&deployer, &[]);
    assert_eq!((code, problems(&document, "web")), (1, vec!["unit-failed".to_owned()]), "{document:#}");
    let run = deployer.nixwright(&["status", "-d", "demo"]).expect_code(1);
    for said in ["broken.service [failed]", "web> error: broken.service has failed", "journalctl"] {
        assert!(run.stdout.contains(said), "{said}: {}", run.report());
    }
    let _ = deployer.on("web", &["systemctl", "reset-failed"]).expect_code(0);

    deployer.sandbox.fault("web", Fault::DiskFull("256k"));
    let (code, document) = status(&deployer, &[]);
    assert_eq!((code, problems(&document, "web")), (1, vec!["disk-nearly-full".to_owned()]), "{document:#}");
    let run = deployer.nixwright(&["status", "-d", "demo"]).expect_code(1);
    assert!(run.stdout.contains("% full"), "{}", run.report());
    deployer.sandbox.fault("web", Fault::DiskFree);

    // As an activation leaves it while its guard, here the first process, is alive.
    let script =
        "mkdir -p /run/nixwright/guard && cd /run/nixwright/guard && echo 1 > process && touch pending";
    let _ = deployer.sandbox.console("web", &["sh", "-c", script]).ok();
    let (code, document) = status(&deployer, &[]);
    assert_eq!(
        (code, problems(&document, "web")),
        (1, vec!["confirmation-pending".to_owned()]),
        "{document:#}"
    );
}

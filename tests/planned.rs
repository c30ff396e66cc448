//! `plan` says beforehand what `deploy` then does: machines, systems, paths, units, keys; and a plan that is kept in a file
//! is carried out just so, or refused when the world moved.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::deployer::Deployer;
use crate::support::run::Run;

/// Three machines that need each other; `page` is what changes on web and app, `key` what changes of the keys.
fn network(page: &str, keys: &str) -> String {
    let unit = "systemd.services.quick = { wantedBy = [ \"multi-user.target\" ]; stopIfChanged = false; \
                serviceConfig.ExecStart = \"/bin/sh -c 'sleep 1000'\"; environment.PAGE =";
    format!(
        r#"{{
  network.description = "Planned";
  db = {{ services.postgresql.enable = true; networking.firewall.allowedTCPPorts = [ 22 5432 ]; }};
  app = {{ deployment.dependsOn = [ "db" ]; {unit} "{page}"; }}; }};
  web = {{ deployment.dependsOn = [ "app" ]; services.nginx.enable = true; networking.firewall.allowedTCPPorts = [ 22 80 ];
    environment.etc."page-{page}".text = "{page}";
    services.nginx.virtualHosts.default.locations."/{page}".return = "200 {page}";
    deployment.keys = {{ {keys} }}; }};
}}
"#
    )
}

const KEYS: &str = "same.text = \"sesame-same\"; other.text = \"sesame-old\"; gone.text = \"sesame-gone\";";
const NEW_KEYS: &str =
    "same.text = \"sesame-same\"; other.text = \"sesame-new\"; fresh.text = \"sesame-fresh\";";

fn started() -> Option<Deployer> {
    let deployer = Deployer::with(&["db", "app", "web"])?;
    deployer.write("network.nix", &network("one", KEYS));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    // Until then nobody knows which system they have booted.
    for machine in ["db", "app", "web"] {
        deployer.sandbox.reboot(machine);
    }
    // The reboot took the keys.
    let _ = deployer.deploy(&[]).expect_code(0);
    Some(deployer)
}

fn plan(deployer: &Deployer, more: &[&str]) -> Run {
    let words: Vec<&str> = ["plan", "-d", "demo"].iter().chain(more).copied().collect();
    deployer.nixwright(&words)
}

fn facts(run: Run) -> Value {
    serde_json::from_str(&run.ok()).expect("plan prints JSON")
}

fn strings(value: &Value) -> BTreeSet<String> {
    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

/// What a machine said in a run after some words: a list of names.
fn named(run: &Run, machine: &str, words: &str) -> BTreeSet<String> {
    let lines = run.stderr.lines().filter_map(|line| {
        let (name, text) = line.split_once("> ")?;
        (name.trim_end_matches('.') == machine).then(|| text.strip_prefix(words)).flatten()
    });
    lines.flat_map(|names| names.split(", ")).map(str::to_owned).collect()
}

/// The machines in which a plan and the run after it are one: each list of the plan is what the machine then said.
fn agrees(planned: &Value, run: &Run, machine: &str) {
    let of = &planned["machines"][machine];
    assert_eq!(of["unknown"], serde_json::json!({}), "{machine}: all of it is known");
    let copied =
        named(run, machine, "copying ").into_iter().find_map(|it| it.split_once(" missing ")?.0.parse().ok());
    assert_eq!(of["copy"]["paths"].as_u64(), Some(copied.unwrap_or(0)), "{machine}: paths\n{}", run.report());
    let units = &of["units"];
    let either =
        |words: &[&str]| words.iter().flat_map(|it| named(run, machine, it)).collect::<BTreeSet<_>>();
    assert_eq!(strings(&units["stop"]), either(&["stopping the following units: "]), "{machine}: stop");
    assert_eq!(
        strings(&units["restart"]),
        either(&["restarting the following units: "]),
        "{machine}: restart"
    );
    assert_eq!(strings(&units["reload"]), either(&["reloading the following units: "]), "{machine}: reload");
    let started = either(&["starting the following units: ", "the following new units were started: "]);
    assert_eq!(strings(&units["start"]), started, "{machine}: start\n{}", run.report());
    let sent: BTreeSet<String> =
        strings(&of["keys"]["new"]).union(&strings(&of["keys"]["changed"])).cloned().collect();
    assert_eq!(sent, named(run, machine, "sent the key "), "{machine}: keys");
    assert_eq!(
        strings(&of["keys"]["removed"]),
        named(run, machine, "removed the key "),
        "{machine}: old keys"
    );
}

#[test]
fn a_plan_names_every_change_that_the_deploy_then_makes() {
    let Some(deployer) = started() else { return };
    deployer.write("network.nix", &network("two", NEW_KEYS));
    let before = ["db", "app", "web"].map(|it| deployer.running(it));
    let planned = facts(plan(&deployer, &["--json"]));
    let web = &planned["machines"]["web"];
    assert_eq!(strings(&web["keys"]["new"]), BTreeSet::from(["/run/keys/fresh".to_owned()]));
    assert_eq!(strings(&web["keys"]["changed"]), BTreeSet::from(["/run/keys/other".to_owned()]));
    assert_eq!(strings(&web["keys"]["unchanged"]), BTreeSet::from(["/run/keys/same".to_owned()]));
    assert_eq!(strings(&web["keys"]["removed"]), BTreeSet::from(["/run/keys/gone".to_owned()]));
    assert!(web["copy"]["bytes"].as_u64() > Some(0) && web["copy"]["free"].as_u64() > Some(0), "{web:#}");
    assert_eq!(web["copy"]["tooLarge"], false);
    assert!(
        strings(&planned["machines"]["app"]["units"]["restart"]).contains("quick.service"),
        "{planned:#}"
    );
    assert_eq!(planned["machines"]["db"]["changes"], false);
    assert_eq!(["db", "app", "web"].map(|it| deployer.running(it)), before, "a plan touches nothing");
    assert!(!planned.to_string().contains("sesame"), "no text of a key is shown");

    let text = plan(&deployer, &[]).expect_code(0);
    for words in [
        "activate in this order: db → app → web",
        "restart quick.service",
        "send the changed /run/keys/other",
    ] {
        assert!(text.stdout.contains(words), "{words}\n{}", text.report());
    }

    let run = deployer.deploy(&[]).expect_code(0);
    for machine in ["db", "app", "web"] {
        agrees(&planned, &run, machine);
        assert_eq!(planned["machines"][machine]["after"], deployer.running(machine).as_str());
    }

    // Nothing is left to be done, and the plan says that, too.
    let planned = facts(plan(&deployer, &["--json"]));
    let run = deployer.deploy(&[]).expect_code(0);
    for machine in ["db", "app", "web"] {
        assert_eq!(planned["machines"][machine]["changes"], false);
        agrees(&planned, &run, machine);
    }
}

#[test]
fn what_is_on_the_machine_already_is_asked_what_it_would_do() {
    let Some(deployer) = started() else { return };
    deployer.write("network.nix", &network("two", KEYS));
    let not_built = facts(plan(&deployer, &["--json", "--no-build"]));
    let because = &not_built["machines"]["app"]["unknown"]["units"];
    assert_eq!(because, "its system is not built yet");
    let _ = deployer.deploy(&["--copy-only"]).expect_code(0);
    let planned = facts(plan(&deployer, &["--json", "--no-build"]));
    assert_eq!(planned["machines"]["app"]["units"]["basis"], "dry-activate");
    let run = deployer.deploy(&[]).expect_code(0);
    for machine in ["db", "app", "web"] {
        agrees(&planned, &run, machine);
    }
}

//! `plan` says beforehand what `deploy` then does: machines, systems, paths, units, keys; and a plan that is kept in a file
//! is carried out just so, or refused when the world moved.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::deployer::Deployer;
use crate::support::run::Run;
use crate::support::sandbox::Fault;

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

/// One machine that was deployed once, and a plan for what its network says now, kept in a file.
fn kept(more: &str) -> Option<Deployer> {
    let deployer = Deployer::with(&["web"])?;
    deployer.write("network.nix", "{ web = { }; }");
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", &format!("{{ web = {{ {more} }}; }}"));
    let _ = plan(&deployer, &["--out", "web.plan"]).expect_code(0);
    Some(deployer)
}

const MORE: &str = "environment.etc.x.text = \"x\"; deployment.keys.k.text = \"sesame\";";

/// The plan is refused, nothing happens, and what is said names the reason.
fn is_refused(deployer: &Deployer, because: &str) {
    let before = (deployer.running("web"), deployer.booting("web"));
    let _ = deployer.nixwright(&["deploy", "--plan", "web.plan"]).expect_code(10).expect_said(because);
    assert_eq!((deployer.running("web"), deployer.booting("web")), before);
    let _ = deployer.nixwright(&["plan", "--diff", "web.plan"]).expect_code(10).expect_said(because);
}

#[test]
fn a_plan_that_was_kept_is_carried_out_exactly() {
    use std::os::unix::fs::PermissionsExt;
    let Some(deployer) = kept(MORE) else { return };
    let file = deployer.sandbox.home().join("web.plan");
    let text = std::fs::read_to_string(&file).expect("the plan was kept");
    assert!(!text.contains("sesame"), "a plan holds no text of a key");
    let mode = std::fs::metadata(&file).expect("the plan was kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let planned = facts(deployer.nixwright(&["plan", "--show", "web.plan", "--json"]));
    // What was evaluated and built for it is still there after a collection.
    let _ = deployer.sandbox.deployer(&["nix-store", "--gc"]).expect_code(0);
    for path in ["after", "derivation"] {
        let path = planned["machines"]["web"][path].as_str().expect("a path is a text");
        let _ = deployer.sandbox.deployer(&["nix-store", "--check-validity", path]).expect_code(0);
    }
    let _ = deployer.nixwright(&["plan", "--diff", "web.plan"]).expect_code(0);
    let run = deployer.nixwright(&["deploy", "--plan", "web.plan"]).expect_code(0);
    agrees_but_for_the_boot(&planned, &run);
    assert_eq!(planned["machines"]["web"]["after"], deployer.running("web").as_str());
    // Carried out once, it is worth nothing any more, and keeps nothing.
    is_refused(&deployer, "the state: there was another run since");
    let roots = deployer.sandbox.deployer(&["find", ".local/share/nixwright/roots", "-name", ".plans"]);
    assert_eq!(roots.ok(), "");
}

fn agrees_but_for_the_boot(planned: &Value, run: &Run) {
    let mut planned = planned.clone();
    if let Some(unknown) = planned["machines"]["web"]["unknown"].as_object_mut() {
        let _ = unknown.remove("reboot");
    }
    agrees(&planned, run, "web");
}

#[test]
fn a_plan_is_refused_when_the_network_is_another() {
    let Some(deployer) = kept(MORE) else { return };
    deployer.write("network.nix", "{ web = { environment.etc.x.text = \"y\"; }; }");
    is_refused(&deployer, "web: the network gives it another system");
    deployer
        .write("network.nix", &format!("{{ web = {{ {MORE} deployment.rollback.confirmTimeout = 7; }}; }}"));
    is_refused(&deployer, "the network: its options of the deployment are others now");
    deployer.write("network.nix", &format!("{{ web = {{ {MORE} }}; }}"));
    let _ = deployer.nixwright(&["deploy", "--plan", "web.plan"]).expect_code(0);
}

#[test]
fn a_plan_is_refused_when_there_was_another_run() {
    let Some(deployer) = kept(MORE) else { return };
    let _ = deployer.deploy(&["--copy-only"]).expect_code(0);
    is_refused(&deployer, "the state: there was another run since");
}

#[test]
fn a_plan_is_refused_when_the_machine_is_another() {
    let Some(deployer) = kept(MORE) else { return };
    deployer.sandbox.reboot("web");
    is_refused(&deployer, "web: it was booted since");
    let _ = plan(&deployer, &["--out", "web.plan"]).expect_code(0);
    let profile = ["nix-env", "-p", "/nix/var/nix/profiles/system", "--set", "/run/current-system"];
    let _ = deployer.on("web", &profile).expect_code(0);
    let _ = deployer
        .on("web", &["ln", "-sfn", "/nix/var/nix/profiles/nowhere", "/run/current-system"])
        .expect_code(0);
    let refused = deployer.nixwright(&["deploy", "--plan", "web.plan"]).expect_code(10);
    let _ = refused.expect_said("web: it runs another system: nothing");
}

#[test]
fn a_file_that_is_no_plan_of_ours_is_an_error() {
    let Some(deployer) = kept(MORE) else { return };
    let file = deployer.sandbox.home().join("web.plan");
    let text = std::fs::read_to_string(&file).expect("the plan was kept");
    let with = |text: &str, words: &[&str], because: &str| {
        std::fs::write(&file, text).expect("the file can be written");
        let _ = deployer.nixwright(words).expect_code(2).expect_said(because);
    };
    let all: [&[&str]; 3] =
        [&["deploy", "--plan", "web.plan"], &["plan", "--show", "web.plan"], &["plan", "--diff", "web.plan"]];
    for words in all {
        with(&text[..text.len() / 2], words, "is damaged");
        with(&text.replacen("\"version\": 1", "\"version\": 99", 1), words, "has version 99");
        with("{ }", words, "is not a plan of nixwright");
    }
    std::fs::write(&file, &text).expect("the file can be written");
    let elsewhere = ["deploy", "--plan", "web.plan", "--state", "other.sqlite"];
    let _ =
        deployer.nixwright(&elsewhere).expect_code(2).expect_said("a deployment that is not in this state");
}

#[test]
fn goals_between_copying_and_switching() {
    let Some(deployer) = kept("services.nginx.enable = true;") else { return };
    let before = (deployer.running("web"), deployer.booting("web").0);
    let run = deployer.deploy(&["--dry-activate"]).expect_code(0);
    let _ = run
        .expect_said("web> would start the following units: nginx.service")
        .expect_said("dry activation finished");
    assert_eq!((deployer.running("web"), deployer.booting("web").0), before);
    let run = deployer.deploy(&["--boot"]).expect_code(0).expect_said("nobody confirms that it works");
    let _ = run.expect_said("set for the next boot successfully");
    assert_eq!(deployer.running("web"), before.0, "nothing is activated");
    let next = deployer.booting("web").0;
    assert_ne!(next, before.1);
    deployer.sandbox.reboot("web");
    assert_eq!(deployer.running("web"), next);
}

#[test]
fn a_machine_without_room_is_told_before_anything_is_sent() {
    let Some(deployer) = kept("") else { return };
    std::fs::write(deployer.sandbox.home().join("big"), vec![7; 3 << 20]).expect("the file can be written");
    deployer.write("network.nix", "{ web = { environment.etc.big.source = ./big; }; }");
    let before = deployer.running("web");
    deployer.sandbox.fault("web", Fault::DiskFull("1m"));
    let planned = facts(plan(&deployer, &["--json"]));
    assert_eq!(planned["machines"]["web"]["copy"]["tooLarge"], true, "{planned:#}");
    let _ = plan(&deployer, &[]).expect_code(0).expect_said("TOO LARGE");
    let run = deployer.deploy(&[]).expect_code(5).expect_said("`web` has too little room for its system");
    assert!(!run.stderr.contains("copying closure"), "{}", run.report());
    assert_eq!(deployer.running("web"), before);
}

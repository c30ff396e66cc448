//! `network.rollout` on real machines: a canary, stages with a wait between them, and the way back of a whole run.

use crate::deployer::Deployer;
use crate::support::run::Run;

const MACHINES: [&str; 3] = ["db", "web1", "web2"];

const BROKEN: &str = "systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; \
                      serviceConfig.Type = \"oneshot\"; script = \"exit 3\"; };";

/// The network; `web1` and `web2` are what else these machines say.
fn write(deployer: &Deployer, on_failure: &str, tier: &str, web1: &str, web2: &str) {
    let rollout = format!("canary = \"web1\"; soak = 2; maxParallel = 1; onFailure = \"{on_failure}\";");
    let text = format!(
        "{{ network.rollout = {{ {rollout} }}; defaults.environment.etc.tier.text = \"{tier}\"; db = {{ }}; \
         web1 = {{ {web1} }}; web2 = {{ deployment.dependsOn = [ \"db\" ]; {web2} }}; }}"
    );
    deployer.write("network.nix", &text);
}

/// The machines of which a run said this, in that order.
fn said(run: &Run, text: &str) -> Vec<String> {
    let lines = run.stderr.lines().filter(|line| line.contains(&format!("> {text}")));
    lines.map(|line| line.split(['.', '>']).next().unwrap_or_default().to_owned()).collect()
}

fn systems(deployer: &Deployer) -> Vec<(String, String)> {
    MACHINES.iter().map(|machine| (deployer.running(machine), deployer.booting(machine).0)).collect()
}

#[test]
fn a_canary_goes_first_and_a_failure_brings_all_back_in_reverse_order() {
    let Some(deployer) = Deployer::with(&MACHINES) else { return };
    write(&deployer, "rollback", "one", "", "");
    let _ = deployer.create(&["network.nix"]);
    let run = deployer.deploy(&[]).expect_code(0);
    assert_eq!(said(&run, "activation finished successfully"), ["web1", "db", "web2"]);
    let run = run.expect_said("  the canary web1   the rest\n  web1            → db → web2\n");
    let _ = run.expect_said("waiting 2 seconds before the next stage");
    let before = systems(&deployer);

    // A canary that fails: nothing else is touched.
    write(&deployer, "stop", "two", BROKEN, "");
    let run = deployer.deploy(&[]).expect_code(7).expect_said("broken.service");
    assert!(said(&run, "activating the configuration").iter().all(|it| it == "web1"), "{}", run.report());
    assert_eq!(systems(&deployer), before);

    // The last one fails when the others are confirmed and boot their new systems.
    write(&deployer, "rollback", "two", "", BROKEN);
    let run = deployer.deploy(&[]).expect_code(7).expect_said("broken.service");
    assert_eq!(said(&run, "going back to"), ["web2", "db", "web1"]);
    let _ = run.expect_said("`web2` failed").expect_said("every machine is back on its previous system");
    assert_eq!(systems(&deployer), before);
    for machine in MACHINES {
        assert_eq!(deployer.on(machine, &["cat", "/etc/tier"]).ok(), "one");
    }
    let info = deployer.facts();
    assert_eq!(info["machines"][0]["system"], before[0].0.as_str(), "the state remembers what runs");

    // The flag is stronger than the network.
    let run = deployer.deploy(&["--on-failure", "stop"]).expect_code(6);
    assert_eq!(said(&run, "going back to"), ["web2"]);
    assert_ne!(deployer.running("db"), before[0].0);

    write(&deployer, "rollback", "two", "", "");
    let _ = deployer.deploy(&[]).expect_code(0);
    for machine in MACHINES {
        assert_eq!(deployer.on(machine, &["cat", "/etc/tier"]).ok(), "two");
    }
}

#[test]
fn an_interrupt_ends_the_wait_between_two_stages() {
    let Some(deployer) = Deployer::with(&["db", "web1"]) else { return };
    let rollout = "network.rollout = { stages = [ \"db\" ]; soak = 3600; };";
    deployer.write("network.nix", &format!("{{ {rollout} db = {{ }}; web1 = {{ }}; }}"));
    let _ = deployer.create(&["network.nix"]);
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    crate::failures::wait_for(&run, "waiting 3600 seconds before the next stage");
    run.signal("INT");
    let run = run.wait().expect_code(130);
    assert_eq!(said(&run, "activation finished successfully"), ["db"]);
}

#[test]
fn a_rollout_of_a_wrong_shape_is_refused_before_anything_is_touched() {
    let Some(deployer) = Deployer::with(&["db"]) else { return };
    for (rollout, words) in [
        ("{ maxParallel = \"two\"; }", "`network.rollout.maxParallel` must be a whole number of at least 1"),
        ("{ canary = x: x; }", "a function or a package means nothing there"),
        ("{ stages = [ \"@nobody\" ]; }", "`network.rollout.stages[0]` cannot be used"),
    ] {
        deployer.write("network.nix", &format!("{{ network.rollout = {rollout}; db = {{ }}; }}"));
        let words_of = ["deploy", "network.nix", "--no-check", "-I", &crate::deployer::nixpkgs()];
        let run = deployer.nixwright(&words_of).expect_said(words);
        assert!([2, 3].contains(&run.code()), "{}", run.report());
    }
}

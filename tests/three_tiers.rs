//! Three machines that need each other: order, a machine that is down, a machine whose build fails.

use crate::deployer::Deployer;
use crate::support::run::Run;
use crate::support::sandbox::Fault;

const NETWORK: &str = r#"{
  network.description = "Three tiers";
  defaults.environment.etc.tier.text = "one";
  db = { services.postgresql.enable = true; networking.firewall.allowedTCPPorts = [ 22 5432 ]; };
  app = { deployment.dependsOn = [ "db" ]; deployment.tags = [ "front" ]; };
  web = { deployment.dependsOn = [ "app" ]; deployment.tags = [ "front" ]; services.nginx.enable = true;
          networking.firewall.allowedTCPPorts = [ 22 80 ]; };
}
"#;

fn started() -> Option<Deployer> {
    let deployer = Deployer::with(&["db", "app", "web"])?;
    deployer.write("network.nix", NETWORK);
    let _ = deployer.create(&["network.nix"]);
    Some(deployer)
}

/// The machines in the order in which a run finished activating them.
fn activated(run: &Run) -> Vec<String> {
    let lines = run.stderr.lines().filter(|line| line.ends_with("> activation finished successfully"));
    lines.map(|line| line.split(['.', '>']).next().unwrap_or_default().to_owned()).collect()
}

fn change(deployer: &Deployer, to: &str) {
    deployer.write("network.nix", &NETWORK.replace("\"one\"", &format!("\"{to}\"")));
}

#[test]
fn machines_are_activated_in_the_order_of_their_needs() {
    let Some(deployer) = started() else { return };
    let run = deployer.deploy(&[]).expect_code(0).expect_said("activate in this order: db → app → web");
    assert_eq!(activated(&run), ["db", "app", "web"]);
    for machine in ["db", "app", "web"] {
        assert_eq!(deployer.on(machine, &["cat", "/etc/tier"]).ok(), "one");
    }
    assert_eq!(deployer.on("db", &["systemctl", "is-active", "postgresql"]).ok(), "active");
    assert_eq!(deployer.on("web", &["systemctl", "is-active", "nginx"]).ok(), "active");

    // A part of the network: the others keep what they have, and the generation holds all three.
    change(&deployer, "two");
    let run = deployer.deploy(&["--on", "@front"]).expect_code(0);
    assert_eq!(activated(&run), ["app", "web"]);
    assert_eq!(deployer.on("db", &["cat", "/etc/tier"]).ok(), "one");
    let generations = deployer.nixwright(&["list-generations", "-d", "demo", "--json"]).ok();
    let generations: serde_json::Value = serde_json::from_str(&generations).expect("generations are JSON");
    let systems =
        |at: usize, machine: &str| generations["generations"][at]["machines"][machine]["system"].clone();
    assert_eq!(systems(0, "db"), systems(1, "db"));
    assert_ne!(systems(0, "web"), systems(1, "web"));

    let nobody = deployer.deploy(&["--on", "wbe"]).expect_code(2);
    let _ = nobody.expect_said("wbe").expect_said("did you mean `web`");
}

#[test]
fn a_machine_that_is_down_is_named_and_nothing_is_touched() {
    let Some(deployer) = started() else { return };
    let _ = deployer.deploy(&[]).expect_code(0);
    let before = deployer.running("db");
    change(&deployer, "two");
    deployer.sandbox.fault("app", Fault::Off);

    let run =
        deployer.deploy(&["--ssh-timeout", "2"]).expect_code(5).expect_said("`app` could not be reached");
    assert_eq!(activated(&run), [""; 0]);
    assert_eq!(deployer.running("db"), before);

    let run = deployer.deploy(&["--ssh-timeout", "2", "--on-failure", "continue"]).expect_code(6);
    assert_eq!(activated(&run), ["db"], "web needs app, so only db can go on");
    let _ =
        run.expect_said("app      failed").expect_said("web      skipped").expect_said("db       deployed");
    assert_ne!(deployer.running("db"), before);

    deployer.sandbox.fault("app", Fault::On);
    let run = deployer.deploy(&[]).expect_code(0);
    assert_eq!(activated(&run), ["db", "app", "web"]);
}

#[test]
fn a_circle_of_needs_is_refused_before_anything_is_touched() {
    let Some(deployer) = started() else { return };
    let circle = NETWORK.replace("db = { ", "db = { deployment.dependsOn = [ \"web\" ]; ");
    deployer.write("network.nix", &circle);
    let run = deployer.deploy(&["--no-check"]).expect_code(2);
    let _ = run.expect_said("`app` needs `db` needs `web` needs `app`");
}

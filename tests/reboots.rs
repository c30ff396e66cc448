//! Reboots: only where they are wanted and needed, waited for, and taken back when the machine is not well afterwards.

use crate::deployer::Deployer;
use crate::failures::is_on;
use crate::support::sandbox::{Fault, Init, Sandbox};

/// A machine whose kernel gets these parameters, with a key and a check of its health.
fn network(parameters: &str, more: &str) -> String {
    format!(
        "{{ web = {{ networking.firewall.allowedTCPPorts = [ 22 ]; \
            system.systemBuilderCommands = \"printf '{parameters}' > $out/kernel-params\"; \
            deployment.keys.token.text = \"s3cret\"; {more} }}; }}"
    )
}

/// A machine that NixOS has booted.
fn booted(init: Init) -> Option<Deployer> {
    let deployer = Deployer { sandbox: Sandbox::wanted().init(init).start(&["web"])? };
    deployer.write("network.nix", &network("one", ""));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.sandbox.reboot("web");
    Some(deployer)
}

fn rebooted(deployer: &Deployer) {
    let first = deployer.sandbox.boot_id("web");
    deployer.write("network.nix", &network("two", ""));
    let run = deployer.deploy(&[]).expect_code(0);
    let _ = run.expect_said("web> a reboot is needed: kernel-params changed (`--allow-reboot` does it)");
    assert_eq!(deployer.sandbox.boot_id("web"), first, "nobody allowed it");

    let run = deployer.deploy(&["--allow-reboot"]).expect_code(0).expect_said("web> it is back");
    let second = deployer.sandbox.boot_id("web");
    assert_ne!(second, first);
    let system = deployer.running("web");
    assert_eq!(deployer.on("web", &["readlink", "-f", "/run/booted-system"]).ok(), system);
    assert_eq!(deployer.booting("web").0, system);
    // What lies in memory is there again.
    assert_eq!(deployer.on("web", &["cat", "/run/keys/token"]).ok(), "s3cret");
    let at = |text: &str| run.stderr.rfind(text).unwrap_or_else(|| panic!("{text}: {}", run.report()));
    assert!(at("it is back") < at("sent the key /run/keys/token"));

    // Nothing is new: nothing is rebooted, unless that is said.
    let _ = deployer.deploy(&["--reboot-when-needed"]).expect_code(0);
    assert_eq!(deployer.sandbox.boot_id("web"), second);
    let _ = deployer.deploy(&["--force-reboot"]).expect_code(0);
    assert_ne!(deployer.sandbox.boot_id("web"), second);
    is_on(deployer, &system);
}

#[test]
fn a_light_machine_is_rebooted_where_that_is_needed() {
    let Some(deployer) = booted(Init::Light) else { return };
    rebooted(&deployer);
}

#[test]
fn a_machine_with_systemd_is_rebooted_where_that_is_needed() {
    let Some(deployer) = booted(Init::Systemd) else { return };
    rebooted(&deployer);
}

#[test]
fn a_system_that_only_a_reboot_can_enter_is_entered_by_one() {
    let Some(deployer) = booted(Init::Light) else { return };
    let system = deployer.running("web");
    let other_init = |more: &str| {
        network("one", more).replace(
            "> $out/kernel-params",
            "> $out/kernel-params; printf 'another init' > $out/init-interface-version",
        )
    };
    deployer.write("network.nix", &other_init(""));
    let _ = deployer.deploy(&[]).expect_code(7).expect_said("can only be entered by a reboot");
    is_on(&deployer, &system);
    deployer.write("network.nix", &other_init("deployment.reboot = \"when-needed\";"));
    let run = deployer.deploy(&[]).expect_code(0).expect_said("web> it is back");
    let _ = run.expect_said("web is rebooted where that is needed once it has its system");
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn a_machine_that_is_not_healthy_after_its_reboot_comes_back_by_another_one() {
    let Some(deployer) = booted(Init::Light) else { return };
    let system = deployer.running("web");
    // What lies in /run is gone after the reboot.
    let _ = deployer.sandbox.console("web", &["touch", "/run/well"]).ok();
    let check = "deployment.healthChecks.command = [ { command = [ \"test\" \"-e\" \"/run/well\" ]; retries = 1; period = 1; } ];";
    deployer.write("network.nix", &network("two", check));
    let run = deployer.deploy(&["--force-reboot"]).expect_code(7);
    let _ =
        run.expect_said("`web` is not healthy").expect_said("every machine is back on its previous system");
    is_on(&deployer, &system);
    assert_eq!(deployer.on("web", &["readlink", "-f", "/run/booted-system"]).ok(), system);
}

#[test]
fn a_machine_that_does_not_come_back_has_failed() {
    let Some(deployer) = booted(Init::Light) else { return };
    // It is activated without trouble, and hangs where it is booted: nothing runs there yet.
    let hangs = "system.activationScripts.hang = \"[ -e /run/current-system ] || sleep 1000\";";
    deployer.write("network.nix", &network("two", hangs));
    let run = deployer.deploy(&["--force-reboot", "--reboot-timeout", "4", "--no-rollback"]).expect_code(6);
    let _ = run.expect_said("`web` did not come back within 4 s after its reboot");
}

const NEEDS: &str = r#"{
  defaults = { networking.firewall.allowedTCPPorts = [ 22 ]; environment.etc.page.text = "one"; };
  db.deployment.keys.token.text = "s3cret";
  web.deployment.dependsOn = [ "db" ];
}
"#;

#[test]
fn machines_are_rebooted_on_demand_in_the_order_of_their_needs() {
    let Some(deployer) = Deployer::with(&["db", "web"]) else { return };
    deployer.write("network.nix", NEEDS);
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let reboot = |more: &[&str]| {
        let words: Vec<&str> = ["reboot", "-d", "demo"].iter().chain(more).copied().collect();
        deployer.nixwright(&words)
    };
    let boots = || ["db", "web"].map(|machine| deployer.sandbox.boot_id(machine));
    let before = boots();
    let run = reboot(&["--yes"]).expect_code(0).expect_said("reboot in this order: db → web");
    let at = |text: &str| run.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", run.report()));
    assert!(at("db.> it is back") < at("web> rebooting..."), "{}", run.report());
    assert!(at("db.> it is back") < at("sent the key /run/keys/token"), "{}", run.report());
    let _ = run.expect_said("demo> rebooted successfully");
    let after = boots();
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    assert_eq!(deployer.on("db", &["cat", "/run/keys/token"]).ok(), "s3cret");

    // A part of them, into what boots, which is not what runs.
    deployer.write("network.nix", &NEEDS.replace("\"one\"", "\"two\""));
    let _ = deployer.deploy(&["--test", "--on", "web"]).expect_code(0);
    assert_eq!(deployer.on("web", &["cat", "/etc/page"]).ok(), "two");
    let run = reboot(&["--on", "web", "-j", "1"]).expect_code(0);
    let _ = run.expect_said("which is not what it runs now");
    assert_eq!(deployer.on("web", &["cat", "/etc/page"]).ok(), "one");
    assert_eq!(deployer.sandbox.boot_id("db"), after[0]);

    // Nobody waits.
    let left = deployer.sandbox.boot_id("web");
    let _ = reboot(&["--on", "web", "--no-wait"]).expect_code(0);
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let id = ["cat", "/proc/sys/kernel/random/boot_id"];
    while deployer.sandbox.console("web", &id).stdout.trim() == left {
        assert!(std::time::Instant::now() < limit, "it was not rebooted");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let runs = deployer.nixwright(&["runs", "-d", "demo", "--json"]).ok();
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("it is JSON");
    let (kind, goal) = (&runs["runs"][0]["kind"], &runs["runs"][0]["goal"]);
    assert_eq!((kind, goal), (&"reboot".into(), &"reboot".into()));

    // What is refused touches nothing.
    let now = deployer.sandbox.boot_id("db");
    let _ = reboot(&["--hard"]).expect_code(2).expect_said("`--hard` is not to be had");
    let _ = reboot(&["--on", "wbe"]).expect_code(2).expect_said("did you mean `web`");
    deployer.sandbox.fault("web", Fault::Off);
    let run = reboot(&["--ssh-timeout", "2"]).expect_code(5).expect_said("`web` could not be reached");
    assert!(!run.stderr.contains("rebooting"), "{}", run.report());
    assert_eq!(deployer.sandbox.boot_id("db"), now);
}

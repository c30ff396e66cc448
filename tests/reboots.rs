//! Reboots: only where they are wanted and needed, waited for, and taken back when the machine is not well afterwards.

use crate::deployer::Deployer;
use crate::failures::is_on;
use crate::support::sandbox::{Init, Sandbox};

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

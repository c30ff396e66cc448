//! Machines that build their own systems: what is copied, where it is built, and how a failure looks.

use crate::deployer::Deployer;
use crate::support::sandbox::{Nix, Sandbox};

/// A system in which stands where it was built.
fn network(text: &str) -> String {
    format!(
        "{{ web = {{ pkgs, ... }}: {{ deployment.buildOnTarget = true; \
           environment.etc.here.source = pkgs.runCommand \"here\" {{ }} \"{text}; cat /proc/sys/kernel/hostname > $out\"; }}; }}"
    )
}

fn a_machine_builds_its_own_system(deployer: &Deployer) {
    deployer.write("network.nix", &network("echo one"));
    let _ = deployer.create(&["network.nix"]);
    let run = deployer.deploy(&[]).expect_code(0);
    let run = run.expect_said("web> building its system there...").expect_said("web> building here");
    assert!(!run.stderr.contains("missing path"), "{}", run.report());
    assert_eq!(deployer.on("web", &["cat", "/etc/here"]).ok(), "web");
    let system = deployer.running("web");
    assert_eq!(deployer.booting("web").0, system);
    let _ = deployer.sandbox.deployer(&["test", "!", "-e", &system]).expect_code(0);
    let kept = deployer.on("web", &["readlink", "-f", "/nix/var/nix/gcroots/nixwright-built"]).ok();
    assert_eq!(kept, system);
    let left = deployer.on("web", &["test", "!", "-e", "/nix/var/nix/gcroots/nixwright-derivation"]);
    let _ = left.expect_code(0);

    // What is built already is not built again, there or here.
    let run = deployer.deploy(&[]).expect_code(0);
    assert!(!run.stderr.contains("web> building here"), "{}", run.report());

    // A failure shows the log from there, and touches nothing.
    deployer.write("network.nix", &network("echo the reason why; false"));
    let run = deployer.deploy(&[]).expect_code(4);
    let _ = run.expect_said("the reason why").expect_said("no machine was changed");
    assert_eq!(deployer.running("web"), system);

    // An operator may say otherwise for one run.
    deployer.write("network.nix", &network("echo two"));
    let _ = deployer.deploy(&["--no-build-on-target"]).expect_code(0);
    let here = deployer.on("web", &["cat", "/etc/here"]).ok();
    assert_ne!(here, "web", "it was built by the deployer");
}

#[test]
fn a_machine_that_builds_its_own_system_is_deployed() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    a_machine_builds_its_own_system(&deployer);
}

#[test]
fn a_machine_that_builds_its_own_system_is_deployed_with_a_newer_nix() {
    let Some(sandbox) = Sandbox::wanted().nix(Nix::V2_26).start(&["web"]) else { return };
    a_machine_builds_its_own_system(&Deployer { sandbox });
}

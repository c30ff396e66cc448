//! Activations that must be confirmed over a new connection: whatever cuts the machine off, or ends the deployer, the machine
//! is back on its earlier system soon, by itself, and the run says so. With a small init and with a real systemd.

use std::time::{Duration, Instant};

use crate::deployer::Deployer;
use crate::failures::{SLOW, deployed_then, is_on, wait_for};
use crate::support::run::Run;
use crate::support::sandbox::{Fault, Init, Sandbox};

/// Seconds; longer than a login takes on a busy computer, short enough to wait for.
const WITHIN: &str = "5";

/// Deploys a system whose activation waits, lets something happen in the middle, and has it go on.
fn deploy_while(deployer: &Deployer, happens: impl FnOnce()) -> Run {
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", WITHIN]).start();
    wait_for(&run, "activating the configuration...");
    happens();
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    run.wait()
}

/// Returns when the machine went back by itself; false when it does not within a minute.
fn comes_back(deployer: &Deployer) -> bool {
    let begun = Instant::now();
    let is_back =
        || deployer.sandbox.console("web", &["test", "-s", "/run/nixwright/return/status"]).code() == 0;
    while !is_back() {
        if begun.elapsed() > Duration::from_secs(60) {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// A machine with a real systemd that was deployed once, and is about to get [`SLOW`].
fn with_systemd() -> Option<(Deployer, String)> {
    let sandbox = Sandbox::wanted().init(Init::Systemd).start(&["web"])?;
    let deployer = Deployer { sandbox };
    let network =
        |more: &str| format!("{{ web = {{ networking.firewall.allowedTCPPorts = [ 22 ]; {more} }}; }}");
    deployer.write("network.nix", &network(""));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", &network(SLOW));
    let system = deployer.running("web");
    Some((deployer, system))
}

#[test]
fn a_firewall_that_lets_no_new_connection_in_is_left_again() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deploy_while(&deployer, || deployer.sandbox.fault("web", Fault::DropNew));
    // What was connected before stays connected: only a new login shows it.
    let run = run.expect_code(7).expect_said("does not answer over a new connection");
    let _ = run.expect_said("every machine is back on its previous system");
    deployer.sandbox.fault("web", Fault::Undrop);
    is_on(&deployer, &system);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
}

#[test]
fn a_machine_without_its_network_comes_back_by_itself() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deploy_while(&deployer, || {
        deployer.sandbox.fault("web", Fault::LinkDown);
        let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
        assert!(comes_back(&deployer), "it does not come back");
        deployer.sandbox.fault("web", Fault::LinkUp);
    });
    let _ = run.expect_code(7).expect_said("went back to its earlier system by itself");
    is_on(&deployer, &system);
}

#[test]
fn without_its_deployer_a_machine_comes_back() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", WITHIN]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("KILL");
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    assert!(comes_back(&deployer), "it does not come back");
    is_on(&deployer, &system);
}

#[test]
fn power_loss_before_the_confirmation_boots_the_earlier_system() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deploy_while(&deployer, || {
        deployer.sandbox.fault("web", Fault::Off);
        deployer.sandbox.fault("web", Fault::On);
    });
    assert_ne!(run.code(), 0, "{}", run.report());
    is_on(&deployer, &system);
}

#[test]
fn a_machine_that_never_goes_back_stays() {
    let more = "deployment.rollback.enable = false; systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; \
                serviceConfig.Type = \"oneshot\"; script = \"exit 3\"; };";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let _ = deployer.deploy(&[]).expect_code(6).expect_said("`deployment.rollback.enable`");
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, system);
}

#[test]
fn what_was_confirmed_leaves_nothing_behind() {
    let Some((deployer, system)) = deployed_then("environment.etc.x.text = \"x\";") else { return };
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
    for left in ["/run/nixwright/guard", "/run/nixwright/previous", "/nix/var/nix/gcroots/nixwright-previous"]
    {
        assert_ne!(deployer.sandbox.console("web", &["test", "-e", left]).code(), 0, "{left} is still there");
    }
}

#[test]
fn under_systemd_a_machine_comes_back_also_when_its_guard_is_killed() {
    let Some((deployer, system)) = with_systemd() else { return };
    let run = deploy_while(&deployer, || deployer.sandbox.fault("web", Fault::DropNew));
    let _ = run.expect_code(7).expect_said("does not answer over a new connection");
    deployer.sandbox.fault("web", Fault::Undrop);
    is_on(&deployer, &system);

    let _ = deployer.sandbox.console("web", &["rm", "/tmp/go"]).ok();
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", "600"]).start();
    wait_for(&run, "activating the configuration...");
    let kill = ["systemctl", "kill", "--signal=KILL", "nixwright-guard"];
    let _ = deployer.sandbox.console("web", &kill).ok();
    assert!(comes_back(&deployer), "it does not come back");
    let _ = run.wait().expect_code(7);
    is_on(&deployer, &system);
}

#[test]
fn an_ssh_server_that_dies_in_the_middle_changes_nothing() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deploy_while(&deployer, || deployer.sandbox.fault("web", Fault::KillSshd));
    let _ = run.expect_code(0);
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn interrupted_twice_the_machine_comes_back_by_itself() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", WITHIN]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("INT");
    wait_for(&run, "interrupted");
    run.signal("INT");
    let _ = run.wait().expect_code(130).expect_said("it goes back to its earlier system by itself");
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    assert!(comes_back(&deployer), "it does not come back");
    is_on(&deployer, &system);
}

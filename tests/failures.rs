//! What fails on the way: each failure with its exit code, and every machine on its old or its new system.

use std::os::unix::fs::PermissionsExt;

use nixwright::state::State;
use nixwright::system::System;

use crate::deployer::Deployer;
use crate::support::run::Run;
use crate::support::sandbox::Fault;

/// A machine that was deployed once and is about to be deployed with `more`.
pub(crate) fn deployed_then(more: &str) -> Option<(Deployer, String)> {
    let deployer = Deployer::with(&["web"])?;
    deployer.write("network.nix", "{ web = { }; }");
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("web");
    deployer.write("network.nix", &format!("{{ web = {{ pkgs, ... }}: {{ {more} }}; }}"));
    Some((deployer, system))
}

pub(crate) fn is_on(deployer: &Deployer, system: &str) {
    assert_eq!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, system);
}

#[test]
fn an_evaluation_that_fails_names_the_users_file() {
    let more = "environment.etc.x.text = 5 + \"five\";";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let run = deployer.deploy(&["--no-check"]).expect_code(3);
    let _ = run.expect_said("Nix could not evaluate the network").expect_said("network.nix:1:");
    is_on(&deployer, &system);
}

#[test]
fn a_build_that_fails_shows_the_end_of_its_log() {
    let more =
        "environment.systemPackages = [ (pkgs.runCommand \"broken\" { } \"echo the reason why; exit 1\") ];";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let run = deployer.deploy(&[]).expect_code(4);
    let _ = run.expect_said("the reason why").expect_said("broken.drv").expect_said("no machine was changed");
    is_on(&deployer, &system);
}

#[test]
fn a_unit_that_fails_brings_the_machine_back() {
    let more = "systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; serviceConfig.Type = \"oneshot\"; \
                script = \"exit 3\"; };";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let run = deployer.deploy(&[]).expect_code(7);
    let _ = run.expect_said("broken.service").expect_said("every machine is back on its previous system");
    is_on(&deployer, &system);
    let info = deployer.facts();
    assert_eq!(info["machines"][0]["system"], system.as_str(), "the state remembers what runs");
}

#[test]
fn a_boot_loader_that_fails_brings_the_machine_back() {
    let Some((deployer, system)) = deployed_then("environment.etc.x.text = \"x\";") else { return };
    deployer.sandbox.fault("web", Fault::BootloaderFail);
    let run = deployer.deploy(&[]);
    assert_eq!(deployer.running("web"), system, "{}", run.report());
    assert_ne!(run.code(), 0);
    deployer.sandbox.fault("web", Fault::BootloaderOk);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn no_rollback_leaves_the_machine_as_it_is() {
    let more = "systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; serviceConfig.Type = \"oneshot\"; \
                script = \"exit 3\"; };";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let _ = deployer.deploy(&["--no-rollback"]).expect_code(6).expect_said("0 of 1 machines are done");
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, system, "what was not confirmed does not boot");
}

#[test]
fn a_login_that_is_refused_says_what_to_do() {
    let Some((deployer, _)) = deployed_then("") else { return };
    deployer.sandbox.fault("web", Fault::RefuseKeys);
    let run = deployer.deploy(&[]).expect_code(5);
    let _ = run.expect_said("`web` refused the login as root@web").expect_said("hint: log in once by hand");
}

#[test]
fn a_changed_host_key_is_refused_until_it_is_trusted() {
    let Some((deployer, _)) = deployed_then("") else { return };
    deployer.sandbox.fault("web", Fault::NewHostKey);
    let run = deployer.deploy(&[]).expect_code(5);
    let _ = run
        .expect_said("the host key of `web` (web) is not the one we know")
        .expect_said("--trust-new-host-key web");
    let _ = deployer.deploy(&["--trust-new-host-key", "web"]).expect_code(0);
    let _ = deployer.deploy(&[]).expect_code(0);
}

#[test]
fn a_second_deployer_is_told_who_holds_the_lock() {
    let more = "system.activationScripts.slow = \"while [ ! -e /tmp/go ]; do sleep 0.1; done\";";
    let Some((deployer, _)) = deployed_then(more) else { return };
    let first = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&first, "activating the configuration...");
    let run = deployer.deploy(&[]).expect_code(8);
    let _ = run.expect_said("the deployment is locked by root@");
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let _ = first.wait().expect_code(0);
}

#[test]
fn an_interrupt_finishes_what_runs_and_says_so() {
    let more = "system.activationScripts.slow = \"while [ ! -e /tmp/go ]; do sleep 0.1; done\";";
    let Some((deployer, _)) = deployed_then(more) else { return };
    let first = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&first, "activating the configuration...");
    first.signal("INT");
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    // Its only machine was in the middle of its activation, which is finished and made permanent.
    let _ = first.wait().expect_code(0);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

/// Begins an activation that waits for a file, cuts every connection to the machine, and lets it go on.
pub(crate) fn cut_in_the_middle(deployer: &Deployer) -> Run {
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&run, "activating the configuration...");
    deployer.sandbox.fault("web", Fault::KillConnections);
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    run.wait()
}

pub(crate) const SLOW: &str =
    "system.activationScripts.slow = \"while [ ! -e /tmp/go ]; do sleep 0.1; done; echo on; echo more\";";

#[test]
fn a_lost_connection_does_not_end_an_activation() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = cut_in_the_middle(&deployer).expect_code(0);
    let heard = run.stderr.lines().filter(|line| *line == "web> activating the configuration...").count();
    assert_eq!(heard, 1, "no line is said twice: {}", run.report());
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn a_repeated_activation_that_fails_is_not_called_brought_back() {
    let more = "system.activationScripts.bad = \"[ ! -e /root/bad ]\";";
    let Some((deployer, _)) = deployed_then(more) else { return };
    let _ = deployer.deploy(&[]).expect_code(0);
    let _ = deployer.sandbox.console("web", &["touch", "/root/bad"]).ok();
    let _ = deployer.deploy(&[]).expect_code(6).expect_said("it ran this very system before");
}

#[test]
fn a_lost_journal_stops_the_run_and_lists_the_machines() {
    let Some((deployer, _)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&run, "activating the configuration...");
    break_the_lock(&deployer);
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let run = run.wait().expect_code(8).expect_said("the journal of the run could not be kept");
    let _ = run.expect_said("web      failed");
}

/// Breaks the lock, as an operator would who thinks that its holder is gone.
fn break_the_lock(deployer: &Deployer) {
    let state = deployer.state().display().to_string();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let state = State::open(&System::os(), Some(&state)).await.expect("the state is there");
        let deployment = state.find_deployment("demo").await.expect("it was created");
        assert!(state.break_lock(deployment.id).await.expect("the state can be written").is_some());
    });
}

#[test]
fn a_damaged_state_is_an_error_and_stays_as_it_is() {
    let Some((deployer, _)) = deployed_then("") else { return };
    std::fs::write(deployer.state(), b"this is no database, and it is long enough to be looked at as one")
        .expect("the state can be written");
    let run = deployer.deploy(&[]).expect_code(8);
    let _ = run.expect_said("state.sqlite");
    let left = std::fs::read(deployer.state()).expect("the state is still there");
    assert!(left.starts_with(b"this is no database"));
}

#[test]
fn secrets_stay_private() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", "{ web.deployment.provisionSSHKey = true; }");
    let _ = deployer.create(&["network.nix"]);
    let run: Run = deployer.deploy(&[]).expect_code(0);
    let mode = std::fs::metadata(deployer.state()).expect("there is a state").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let found = deployer.sandbox.deployer(&["grep", "-rl", "PRIVATE KEY", "/nix/store"]);
    assert_eq!(found.code(), 1, "no private key in the store: {}", found.report());
    assert!(!run.stderr.contains("PRIVATE KEY"));
}

/// Returns when the running program has said the text; its own limit ends a vain wait.
pub(crate) fn wait_for(running: &crate::support::run::Running, text: &str) {
    while !running.stderr_so_far().contains(text) {
        std::thread::yield_now();
    }
}

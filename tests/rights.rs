//! Logins that are not root: with `sudo`, with its password, without it; and who decides which host is the right one.

use crate::deployer::Deployer;
use crate::failures::is_on;
use crate::support::sandbox::Fault;

const PASSWORD: &str = "correct horse";

/// A machine with a network that logs in as `deploy`, where `rule` says what its `sudo` allows.
fn as_deploy(rule: &'static str, more: &str) -> Option<Deployer> {
    let deployer = Deployer::with(&["web"])?;
    deployer.sandbox.fault("web", Fault::Sudo(rule));
    deployer.write("network.nix", &network(more));
    let _ = deployer.create(&["network.nix"]);
    Some(deployer)
}

fn network(more: &str) -> String {
    format!("{{ web = {{ ... }}: {{ deployment.targetUser = \"deploy\"; {more} }}; }}")
}

/// A configuration of which the activation leaves the machine's `sudo` as it is.
const FREE: &str = "security.sudo.wheelNeedsPassword = false;";

/// A daemon of the machine's Nix that trusts the user, as `nix.settings.trusted-users` makes it on a NixOS.
fn trusting(deployer: &Deployer) {
    let start = "echo 'trusted-users = root deploy' >> /etc/nix/nix.conf; setsid nix-daemon > /dev/null 2>&1 < /dev/null & \
                 while [ ! -S /nix/var/nix/daemon-socket/socket ]; do sleep 0.05; done; chmod 755 /nix/var/nix/daemon-socket";
    let _ = deployer.sandbox.console("web", &["sh", "-c", start]).ok();
}

const TRUSTS: &str = "nix.settings.trusted-users = [ \"root\" \"deploy\" ];";

#[test]
fn who_becomes_root_without_a_password_needs_no_trust_of_nix() {
    let Some(deployer) = as_deploy("free", FREE) else { return };
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", &network(&format!("{FREE} environment.etc.x.text = \"x\";")));
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("web");
    assert_eq!(deployer.booting("web").0, system);
    let _ = deployer.nixwright(&["rollback", "-d", "demo"]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
}

#[test]
fn a_user_that_only_ssh_knows_becomes_root_all_the_same() {
    let Some(deployer) = as_deploy("free", FREE) else { return };
    deployer
        .write("network.nix", &format!("{{ web = {{ ... }}: {{ deployment.targetUser = null; {FREE} }}; }}"));
    std::fs::write(deployer.sandbox.home().join(".ssh/config"), "Host web\n  User deploy\n").expect("a home");
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.on("web", &["id", "-un"]).ok(), "deploy");
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn a_password_is_given_once_and_found_nowhere() {
    let Some(deployer) = as_deploy("password", TRUSTS) else { return };
    trusting(&deployer);
    deployer.write("password", &format!("{PASSWORD}\n"));
    let keys = "deployment.keys.token.text = \"a key\";";
    deployer.write("network.nix", &network(&format!("{TRUSTS} {keys}")));
    let run = deployer.deploy(&["--sudo-password-file", "password"]).expect_code(0);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
    let key = deployer.sandbox.console("web", &["cat", "/run/keys/token"]).ok();
    assert_eq!(key, "a key", "the password is no part of what commands read");
    assert!(!run.stderr.contains(PASSWORD) && !run.stdout.contains(PASSWORD), "{}", run.report());
    let state = std::fs::read(deployer.state()).expect("the state is there");
    assert!(!String::from_utf8_lossy(&state).contains(PASSWORD));
}

#[test]
fn without_its_password_nothing_is_touched() {
    let Some(deployer) = as_deploy("password", "") else { return };
    let run = deployer.deploy(&[]).expect_code(5);
    let _ = run.expect_said("it asks for a password").expect_said("--sudo-password-file");
    deployer.write("password", "wrong\n");
    let run = deployer.deploy(&["--sudo-password-file", "password"]).expect_code(5);
    let _ = run.expect_said("deploy@web cannot become root on `web` with `sudo`: the password is wrong");
    deployer.write("password", "two\nlines\n");
    let run = deployer.deploy(&["--sudo-password-file", "password"]).expect_code(2);
    let _ = run.expect_said("it has to be one line");
    assert_eq!(deployer.sandbox.console("web", &["test", "-e", "/run/nixwright"]).code(), 1);
}

#[test]
fn a_user_that_nix_does_not_trust_is_told_so() {
    let Some(deployer) = as_deploy("password", "") else { return };
    deployer.write("password", PASSWORD);
    let untrusting = "setsid nix-daemon > /dev/null 2>&1 < /dev/null & \
                      while [ ! -S /nix/var/nix/daemon-socket/socket ]; do sleep 0.05; done; chmod 755 /nix/var/nix/daemon-socket";
    let _ = deployer.sandbox.console("web", &["sh", "-c", untrusting]).ok();
    let run = deployer.deploy(&["--sudo-password-file", "password"]).expect_code(5);
    let _ = run.expect_said("does not trust deploy@web").expect_said("nix.settings.trusted-users");
}

#[test]
fn who_may_not_become_root_is_told_before_anything_is_built() {
    let Some(deployer) = as_deploy("never", "") else { return };
    let _ = deployer.deploy(&[]).expect_code(5).expect_said("it asks for a password");
    // Only who knows the password is told that it would not have helped.
    deployer.write("password", PASSWORD);
    let run = deployer.deploy(&["--sudo-password-file", "password"]).expect_code(5);
    let run = run
        .expect_said("deploy@web cannot become root on `web` with `sudo`: it refuses")
        .expect_said("hint: let deploy@web become root");
    assert!(!run.stderr.contains("building"), "{}", run.report());
    let other = "deployment.privilegeEscalationCommand = [ \"no-such-sudo\" ];";
    deployer.write("network.nix", &network(other));
    let _ = deployer.deploy(&[]).expect_code(5).expect_said("no-such-sudo");
}

#[test]
fn a_pinned_host_key_is_the_only_one() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let pinned = |key: &str| format!("{{ web = {{ ... }}: {{ deployment.hostKeys = [ \"{key}\" ]; }}; }}");
    let right = deployer.sandbox.console("web", &["cat", "/etc/ssh/ssh_host_ed25519_key.pub"]).ok();
    let right: Vec<&str> = right.split(' ').take(2).collect();
    deployer.write("network.nix", &pinned(&right.join(" ")));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("web");

    // Ssh's own file would let it in, and the state knows it: what the network says is stronger.
    deployer.sandbox.learn_host_keys();
    deployer.write(
        "network.nix",
        &pinned("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGNo6q1Zb6rNwYwGkx0lzB8gR5ZzVvTtV2gXhU0C3yXK"),
    );
    let run = deployer.deploy(&[]).expect_code(5);
    let _ = run.expect_said("the host key of `web` (web) is not the one we know");
    deployer.write("network.nix", &pinned(&right.join(" ")));
    is_on(&deployer, &system);

    deployer.sandbox.fault("web", Fault::NewHostKey);
    let _ = deployer.deploy(&[]).expect_code(5).expect_said("is not the one we know");
}

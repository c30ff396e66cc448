//! Networks that change between deploys: machines that leave, keys that come and go, arguments, other projects.

use crate::deployer::Deployer;
use crate::support::sandbox::Fault;

#[test]
fn a_machine_that_left_the_network_is_left_alone() {
    let Some(deployer) = Deployer::with(&["db", "app"]) else { return };
    deployer.write("network.nix", "{ db = { }; app = { }; }");
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", "{ db.environment.etc.x.text = \"2\"; }");
    let _ = deployer.deploy(&[]).expect_code(0).expect_said("app> it is no longer part of the network");
    deployer.write("network.nix", "{ db.environment.etc.x.text = \"3\"; }");
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.sandbox.fault("app", Fault::Off);
    let _ = deployer.nixwright(&["rollback", "-d", "demo"]).expect_code(0);
    assert_eq!(deployer.on("db", &["cat", "/etc/x"]).ok(), "2");
}

#[test]
fn our_key_comes_and_goes_and_never_locks_the_operator_out() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let network = |more: &str| format!("{{ web = {{ {more} }}; }}");
    deployer.write("network.nix", &network(""));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", &network("deployment.provisionSSHKey = true;"));
    let _ = deployer.deploy(&[]).expect_code(0);
    let keys = ["cat", "/etc/ssh/authorized_keys.d/root"];
    assert!(deployer.on("web", &keys).ok().contains("nixwright client key"));
    // Back to before the key: only the operator's own key is accepted again.
    let _ = deployer.nixwright(&["rollback", "-d", "demo", "1"]).expect_code(0);
    assert_ne!(deployer.on("web", &keys).code(), 0);
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.write("network.nix", &network(""));
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.on("web", &keys).code(), 0, "the key goes when it is no longer wanted");
}

#[test]
fn what_is_given_must_be_what_is_recorded() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", "{ env }: { web.environment.etc.env.text = env; }");
    let nixpkgs = crate::deployer::nixpkgs();
    let deploy = |more: &[&str]| {
        let words = [&["deploy", "network.nix", "-I", &nixpkgs][..], more].concat();
        deployer.nixwright(&words)
    };
    let _ = deploy(&["-d", "demo", "--argstr", "env", "staging"]).expect_code(0);
    let other = deploy(&["-d", "demo", "--argstr", "env", "prod"]).expect_code(2);
    let _ = other.expect_said("the deployment demo was recorded with other arguments");
    assert_eq!(deployer.on("web", &["cat", "/etc/env"]).ok(), "staging");
    let _ = deploy(&["-d", "prod", "--argstr", "env", "prod"]).expect_code(0);
    assert_eq!(deployer.on("web", &["cat", "/etc/env"]).ok(), "prod");

    // In another project the only deployment there is must not be taken for this one.
    let project = deployer.sandbox.home().join("other");
    std::fs::create_dir(&project).expect("the home is ours");
    std::fs::write(project.join("network.nix"), "{ ghost.deployment.targetHost = \"10.42.0.99\"; }")
        .expect("written");
    let list = deployer.command(&["list-generations"]).folder(&project).run().expect_code(2);
    let _ = list.expect_said("is no deployment yet");
}

#[test]
fn a_machine_that_is_nowhere_spoils_nothing() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", "{ web = { }; laptop.deployment.targetHost = null; }");
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0).expect_said("laptop   left out");
}

#[test]
fn ssh_uses_the_options_of_the_network() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let network = r#"{ web.deployment = { targetHost = "web.elsewhere"; sshOptions = [ "-o" "HostName=10.42.0.2" ]; }; }"#;
    deployer.write("network.nix", network);
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.on("web", &["hostname"]).ok(), "web");
}

//! What every NixOps tutorial begins with: two files, `create`, `list`, `deploy`; then a change, and back again.

use crate::deployer::Deployer;
use crate::support::sandbox::Nix;

const TARGET: &str = r#"{
  target = {
    deployment.targetHost = "10.42.0.2";
    deployment.provisionSSHKey = true;
  };
}
"#;

fn config(page: &str) -> String {
    format!(
        r#"{{
  network.description = "Web server";
  target = {{ pkgs, ... }}: {{
    services.nginx.enable = true;
    services.nginx.virtualHosts.default.locations."/".return = "200 '{page}'";
    networking.firewall.allowedTCPPorts = [ 22 80 ];
  }};
}}
"#
    )
}

#[test]
fn a_beginners_network_is_deployed_changed_and_brought_back() {
    let Some(deployer) = Deployer::with(&["target"]) else { return };
    walk(&deployer);
}

/// The whole walk; also taken with other versions of nix.
pub(crate) fn walk(deployer: &Deployer) {
    deployer.write("target.nix", TARGET);
    deployer.write("config.nix", &config("one"));

    let nixpkgs = crate::deployer::nixpkgs();
    let created =
        deployer.nixwright(&["create", "./target.nix", "./config.nix", "-d", "demo", "-I", &nixpkgs]);
    let uuid = created.stdout.trim().to_owned();
    assert_eq!(uuid.len(), 36, "{created:?}");
    assert_eq!(created.stderr, format!("created deployment '{uuid}'\n"));
    let list = deployer.nixwright(&["list"]).ok();
    assert!(list.starts_with("UUID "), "{list}");
    assert!(list.contains("# Machines") && list.contains(&uuid) && list.contains("demo"), "{list}");

    let first = deployer.deploy(&[]).expect_code(0);
    for line in [
        "target> generating new SSH keypair... done",
        "target> setting state version to 26.11",
        "target> waiting for SSH...",
        "building all machine configurations...",
        "target> copying closure...",
        "demo> closures copied successfully",
        "target> activation finished successfully",
    ] {
        assert!(first.stderr.lines().any(|it| it == line), "no line `{line}` in\n{}", first.report());
    }
    assert_eq!(first.stderr.lines().last(), Some("demo> deployment finished successfully"));
    let one = deployer.running("target");
    runs(deployer, &one, "system-1-link", "one");

    // Deployed with the key of the operator; reached with our own from now on.
    let keys = deployer.on("target", &["cat", "/etc/ssh/authorized_keys.d/root"]).ok();
    assert!(keys.contains("nixwright client key for target"), "{keys}");

    let again = deployer.deploy(&[]).expect_code(0);
    assert_eq!(Deployer::copied(&again), [0; 0], "nothing changed, so nothing is copied");
    runs(deployer, &one, "system-1-link", "one");

    deployer.write("config.nix", &config("two"));
    let second = deployer.deploy(&[]).expect_code(0);
    let (all, new) = (Deployer::copied(&first)[0], Deployer::copied(&second)[0]);
    assert!(0 < new && new < all / 2, "{new} of {all} paths were copied for one option");
    let two = deployer.running("target");
    assert_ne!(one, two);
    runs(deployer, &two, "system-2-link", "two");
    let generations = deployer.nixwright(&["list-generations", "-d", "demo"]).ok();
    assert!(generations.lines().nth(2).is_some_and(|line| line.ends_with("(current)")), "{generations}");
    assert_eq!(generations.lines().count(), 3, "{generations}");

    let back = deployer.nixwright(&["rollback", "-d", "demo", "1"]).expect_code(0);
    assert_eq!(Deployer::copied(&back), [0; 0], "what is there is not copied again");
    runs(deployer, &one, "system-3-link", "one");
    let generations = deployer.nixwright(&["list-generations", "-d", "demo"]).ok();
    assert!(generations.lines().nth(1).is_some_and(|line| line.ends_with("(current)")), "{generations}");

    let _ = deployer.nixwright(&["delete", "-d", "demo"]).expect_code(2).expect_said("--force");
    let _ = deployer.nixwright(&["delete", "-d", "demo", "--force"]).expect_code(0);
    assert!(!deployer.nixwright(&["list"]).ok().contains(&uuid));
}

/// The machine runs, would boot, and is remembered with `system`, and its service serves `page`.
fn runs(deployer: &Deployer, system: &str, profile: &str, page: &str) {
    assert!(system.starts_with("/nix/store/"), "{system}");
    assert_eq!(deployer.running("target"), system);
    assert_eq!(deployer.booting("target"), (system.to_owned(), profile.to_owned()));
    assert_eq!(deployer.facts()["machines"][0]["system"], system);
    let served = deployer.on("target", &["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1/"]).ok();
    assert!(served.contains(page), "nginx serves `{served}`, not `{page}`");
}

#[test]
fn a_reboot_comes_up_with_the_deployed_system() {
    let Some(deployer) = Deployer::with_nix(Nix::default(), &["target"]) else { return };
    deployer.write("network.nix", &config("one"));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("target");
    deployer.sandbox.reboot("target");
    assert_eq!(deployer.running("target"), system);
    assert_eq!(deployer.on("target", &["readlink", "-f", "/run/booted-system"]).ok(), system);
}

#[test]
fn goals_stop_where_they_say() {
    let Some(deployer) = Deployer::with(&["target"]) else { return };
    deployer.write("network.nix", &config("one"));
    let _ = deployer.create(&["network.nix"]);
    let system = |run: &crate::support::run::Run| run.stdout.clone();

    let dry = deployer.deploy(&["--dry-run"]).expect_code(0);
    let more = "deployment.hooks.pre.target = [ [ \"true\" ] ]; deployment.keys.k.text = \"secret\"; services.nginx.enable";
    deployer.write("more.nix", &config("one").replace("services.nginx.enable", more));
    let words = ["deploy", "more.nix", "-I", &crate::deployer::nixpkgs(), "--dry-run"];
    let said = deployer.nixwright(&words).expect_code(0);
    assert!(said.stdout.contains("send the new /run/keys/k"), "{}", said.report());
    assert!(system(&dry).contains("activate in this order: target"), "{}", dry.report());
    let _ = deployer.deploy(&["--build-only"]).expect_code(0).expect_said("built successfully");
    let _ = deployer.deploy(&["--copy-only"]).expect_code(0).expect_said("copied successfully");
    let nothing = deployer.sandbox.console("target", &["ls", "/run/current-system"]);
    assert_ne!(nothing.code(), 0, "copying activates nothing");

    let _ = deployer.deploy(&["--test"]).expect_code(0).expect_said("activation finished successfully");
    let profile = deployer.sandbox.console("target", &["readlink", "/nix/var/nix/profiles/system"]);
    assert_ne!(profile.code(), 0, "a test does not change what boots");
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.booting("target").0, deployer.running("target"));
}

//! Commands of the network around an activation: where they run, what they are told, and what their failure means.

use std::os::unix::fs::PermissionsExt;

use crate::deployer::Deployer;
use crate::failures::{deployed_then, is_on};

fn announce(deployer: &Deployer) {
    let script = "#!/bin/sh\necho \"$1 $NIXWRIGHT_MACHINE $NIXWRIGHT_HOOK\" >> announced\necho \"said $1\"\n";
    deployer.write("announce", script);
    let path = deployer.sandbox.home().join("announce");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is our file");
}

#[test]
fn hooks_run_around_the_activation_and_know_the_machine() {
    let more = r#"
      deployment.hooks.pre.deployer = [ [ "./announce" "before" ] [ "printf" "%s\n" "a b $(id) *" ] ];
      deployment.hooks.pre.target = [ [ "sh" "-c" "env | grep ^NIXWRIGHT_ | sort > /root/pre; cat /etc/new >> /root/pre; true" ] ];
      deployment.hooks.post.target = [ [ "cp" "/etc/new" "/root/post" ] ];
      deployment.hooks.post.deployer = [ [ "./announce" "after" ] ];
      environment.etc.new.text = "new";
    "#;
    let Some((deployer, system)) = deployed_then(more) else { return };
    announce(&deployer);
    let plan = deployer.deploy(&["--dry-run"]).expect_code(0);
    let _ = plan.expect_said("before the activation, here: ./announce before");
    let run = deployer.deploy(&[]).expect_code(0);
    // No shell reads a word.
    let run = run.expect_said("web> a b $(id) *").expect_said("web> said before");
    let at = |text: &str| run.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", run.report()));
    assert!(at("said before") < at("activating the configuration..."));
    assert!(at("activation finished successfully") < at("said after"));
    let announced = std::fs::read_to_string(deployer.sandbox.home().join("announced")).expect("it was run");
    assert_eq!(announced, "before web hooks.pre.deployer\nafter web hooks.post.deployer\n");
    assert_eq!(deployer.on("web", &["cat", "/root/post"]).ok(), "new", "it ran on the new system");

    let told = deployer.on("web", &["cat", "/root/pre"]).ok();
    let facts = deployer.facts();
    let uuid = facts["uuid"].as_str().expect("a deployment has a UUID");
    let expected = [
        format!("NIXWRIGHT_DEPLOYMENT={uuid}"),
        "NIXWRIGHT_HOOK=hooks.pre.target".to_owned(),
        "NIXWRIGHT_HOST=web".to_owned(),
        "NIXWRIGHT_MACHINE=web".to_owned(),
        "NIXWRIGHT_PORT=".to_owned(),
        format!("NIXWRIGHT_PREVIOUS_SYSTEM={system}"),
        format!("NIXWRIGHT_SYSTEM={}", deployer.running("web")),
        "NIXWRIGHT_USER=root".to_owned(),
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "and nothing of the new system was there");
}

#[test]
fn a_hook_that_fails_before_the_activation_leaves_the_machine_alone() {
    let more =
        "environment.etc.new.text = \"new\"; deployment.hooks.pre.target = [ [ \"ls\" \"/nowhere\" ] ];";
    let Some((deployer, system)) = deployed_then(more) else { return };
    let run = deployer.deploy(&[]).expect_code(5).expect_said("no machine was changed");
    let _ = run.expect_said("`ls /nowhere` (`deployment.hooks.pre.target` of `web`) failed: exit status ");
    is_on(&deployer, &system);

    // One that hangs is ended, on either side.
    for place in ["deployer", "target"] {
        let text = format!(
            "{{ web = {{ deployment.hooks = {{ pre.{place} = [ [ \"sleep\" \"77.7\" ] ]; timeout = 1; }}; environment.etc.new.text = \"new\"; }}; }}"
        );
        deployer.write("network.nix", &text);
        let _ = deployer.deploy(&[]).expect_code(5).expect_said("it was stopped after 1 s");
        is_on(&deployer, &system);
        let look = "for it in /proc/[0-9]*; do [ \"$(tr '\\0' ' ' < $it/cmdline)\" = 'sleep 77.7 ' ] && echo $it; done; true";
        assert_eq!(deployer.sandbox.console("web", &["sh", "-c", look]).ok(), "", "it was ended there, too");
    }
}

#[test]
fn a_hook_that_fails_after_the_activation_keeps_the_system_and_stops_dependents() {
    let Some(deployer) = Deployer::with(&["db", "web"]) else { return };
    let network = |hook: &str| {
        format!(
            "{{ defaults.environment.etc.tier.text = \"{hook}\"; db.deployment.hooks.post.deployer = [ [ \"{hook}\" ] ]; \
               web.deployment.dependsOn = [ \"db\" ]; }}"
        )
    };
    deployer.write("network.nix", &network("true"));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let before = (deployer.running("db"), deployer.running("web"));
    deployer.write("network.nix", &network("false"));
    let run = deployer.deploy(&[]).expect_code(6).expect_said("the machine keeps its new system");
    let _ = run.expect_said("web      skipped");
    assert_ne!(deployer.running("db"), before.0);
    assert_eq!(deployer.booting("db").0, deployer.running("db"));
    assert_eq!(deployer.running("web"), before.1);
    let facts = deployer.facts();
    assert_eq!(facts["machines"][0]["system"], deployer.running("db").as_str(), "the state knows what runs");
}

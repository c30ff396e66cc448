//! Commands, files and closures on machines that the state knows, without their network.

use std::time::Duration;

use crate::deployer::Deployer;
use crate::failures::wait_for;
use crate::support::sandbox::Fault;

fn deployed(machines: &[&str]) -> Option<Deployer> {
    let deployer = Deployer::with(machines)?;
    let network: String = machines.iter().map(|name| format!("{name} = {{ }}; ")).collect();
    deployer.write("network.nix", &format!("{{ {network}}}"));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    std::fs::remove_file(deployer.sandbox.home().join("network.nix")).expect("it is there");
    Some(deployer)
}

#[test]
fn a_command_runs_on_all_machines_and_its_worst_end_counts() {
    let Some(deployer) = deployed(&["web", "cache"]) else { return };
    let exec = |words: &[&str]| {
        let words: Vec<&str> = ["exec", "-d", "demo"].iter().chain(words).copied().collect();
        deployer.nixwright(&words)
    };
    let run = exec(&["--", "echo", "a  b", "$HOME", "*"]).expect_code(0);
    let mut lines: Vec<&str> = run.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["cache> a  b $HOME *", "web..> a  b $HOME *"], "{}", run.report());
    let _ = run.expect_said("demo> done on 2 machines");

    let script = "echo out; echo err >&2; [ \"$(uname -n)\" = web ] && exit 3; exit 1";
    let run = exec(&["--", "sh", "-c", script]).expect_code(3);
    assert!(run.stdout.contains("web..> out") && run.stderr.contains("web..> err"), "{}", run.report());
    let _ = run.expect_said("failed on 2 of 2 machines: cache (exit status 1), web (exit status 3)");

    // NixOps' name and words; standard input is nobody's.
    let words = ["ssh-for-each", "-d", "demo", "-p", "--include", "web", "--", "cat"];
    let run = deployer.command(&words).input("not for the machines").run().expect_code(0);
    assert_eq!(run.stdout, "", "{}", run.report());
    let _ = exec(&["--", "echo one word"]).expect_code(127).expect_said("no shell reads the command");
    let _ = exec(&["--on", "wep", "--", "true"]).expect_code(2).expect_said("did you mean `web`?");
    let _ = exec(&[]).expect_code(2);

    deployer.sandbox.fault("cache", Fault::Off);
    let run = exec(&["--ssh-timeout", "2", "--", "id", "-u"]).expect_code(255);
    assert_eq!(run.stdout, "web..> 0\n", "{}", run.report());
    let _ = run
        .expect_said("could not connect to `cache`")
        .expect_said("failed on 1 of 2 machines: cache (not reached)");
}

#[test]
fn an_interrupt_ends_the_command_on_the_machines_too() {
    let Some(deployer) = deployed(&["web"]) else { return };
    let words = ["exec", "-d", "demo", "--", "sh", "-c", "echo begun >&2; sleep 4321; true"];
    let run = deployer.command(&words).start();
    wait_for(&run, "begun");
    let sleeps = || {
        let look =
            "for it in /proc/[0-9]*; do tr '\\0' ' ' < $it/cmdline; echo; done | grep -c '^sleep 4321'";
        deployer.sandbox.console("web", &["sh", "-c", look]).stdout.trim().to_owned()
    };
    assert_eq!(sleeps(), "1");
    run.signal("INT");
    let _ = run.wait().expect_code(130);
    // Its parent is told at the same time.
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(sleeps(), "0");
}

#[test]
fn files_and_store_paths_are_carried_and_machines_are_forgotten() {
    let Some(deployer) = deployed(&["web", "cache"]) else { return };
    let home = deployer.sandbox.home();
    std::fs::create_dir_all(home.join("site/css")).expect("it can be made");
    deployer.write("site/css/a b", "style");
    let scp = |words: &[&str]| {
        let words: Vec<&str> = ["scp", "-d", "demo"].iter().chain(words).copied().collect();
        deployer.nixwright(&words)
    };
    let _ = scp(&["-r", "site", "web:/root/"]).expect_code(0);
    assert_eq!(deployer.on("web", &["cat", "'/root/site/css/a b'"]).ok(), "style");
    let _ = scp(&["root@web:/root/site/css/a b", "back"]).expect_code(0);
    assert_eq!(std::fs::read_to_string(home.join("back")).expect("it came back"), "style");
    let _ = scp(&["a", "b"]).expect_code(2).expect_said("neither side");
    let _ = scp(&["web:a", "cache:b"]).expect_code(2).expect_said("to here first");
    let _ = scp(&["a", "wep:b"]).expect_code(2).expect_said("did you mean `web`?");
    let _ = scp(&["web:/nowhere", "b"]).expect_code(1).expect_said("nowhere");

    deployer.write("carried", "by hand");
    let path = deployer.sandbox.deployer(&["nix-store", "--add", "carried"]).ok();
    let path = path.as_str();
    let copy = |words: &[&str]| {
        let words: Vec<&str> = ["copy-closure", "-d", "demo"].iter().chain(words).copied().collect();
        deployer.nixwright(&words)
    };
    let _ = copy(&["web", path]).expect_code(0).expect_said("copied the closure of 1 path to web");
    assert_eq!(deployer.on("web", &["cat", path]).ok(), "by hand");
    let _ = copy(&["web", "/etc"]).expect_code(2).expect_said("is not a path in the Nix store");
    let add = "echo there > /tmp/there && nix-store --add /tmp/there";
    let there = deployer.on("web", &[add]).ok();
    let _ = copy(&["web", "--from", &there]).expect_code(0);
    let _ = deployer.sandbox.deployer(&["nix-store", "--check-validity", &there]).expect_code(0);

    let _ = deployer.nixwright(&["mount", "-d", "demo", "wep", "site"]).expect_code(2);

    let destroy = |words: &[&str]| {
        let words: Vec<&str> = ["destroy", "-d", "demo"].iter().chain(words).copied().collect();
        deployer.nixwright(&words)
    };
    let _ = destroy(&["--on", "web"]).expect_code(2).expect_said("`--yes` says so beforehand");
    assert_eq!(deployer.facts()["machines"].as_array().map(Vec::len), Some(2));
    let run = destroy(&["--on", "web", "--yes"]).expect_code(0);
    let _ = run.expect_said("web> forgotten; the machine itself runs on as it is");
    assert_eq!(deployer.facts()["machines"].as_array().map(Vec::len), Some(1));
    let _ = deployer.nixwright(&["delete", "-d", "demo"]).expect_code(2);
    let _ = destroy(&["--yes"]).expect_code(0);
    let _ = deployer.nixwright(&["delete", "-d", "demo"]).expect_code(0);
}

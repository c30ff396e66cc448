//! Keys: where they arrive, what is sent again and what not, and that a secret is nowhere else: not in a store, a log, the
//! journal, or the process list while it is on its way.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use base64::Engine as _;

use crate::deployer::Deployer;
use crate::support::run::{Run, Running};
use crate::support::sandbox::{Fault, Init, Sandbox};

/// A key of each kind; what is in none of these words is secret.
const NETWORK: &str = r#"{
  web = {
    networking.firewall.allowedTCPPorts = [ 22 80 ];
    services.nginx.enable = true;
    deployment.keys.text = { text = "s3cret-text"; group = "nginx"; permissions = "0440"; };
    deployment.keys.file = { keyFile = ./file.key; user = "nginx"; permissions = "0400"; };
    deployment.keys.command = { keyCommand = [ "cat" "command.key" ]; destDir = "/var/lib/late"; uploadAt = "post-activation"; };
  };
}
"#;

/// More than everything else that a run without news sends.
const LARGE: usize = 400_000;

/// A secret of this test alone: others may look for theirs on this computer at the same time, and have it in their arguments.
fn secret(name: &str) -> String {
    format!("s3cret-{}-{name}", std::process::id())
}

/// What is looked for where no secret may be: the beginning of each key, and of what it is on its way.
fn secrets() -> Vec<String> {
    let beginnings = ["text", "file", "command"].map(secret);
    let on_its_way = |it: &String| {
        // As far as what follows has no part in it.
        base64::engine::general_purpose::STANDARD.encode(&it[..it.len() / 3 * 3])
    };
    let encoded: Vec<String> = beginnings.iter().map(on_its_way).collect();
    beginnings.into_iter().chain(encoded).collect()
}

fn started() -> Option<Deployer> {
    let sandbox = Sandbox::wanted().init(Init::Systemd).start(&["web"])?;
    let deployer = Deployer { sandbox };
    deployer.write("network.nix", &NETWORK.replace("s3cret-text", &secret("text")));
    deployer.write("file.key", &large(&secret("file")));
    deployer.write("command.key", &secret("command"));
    let _ = deployer.create(&["network.nix"]);
    Some(deployer)
}

/// A key that takes a while on a slow line, of letters in which no other secret is found.
fn large(beginning: &str) -> String {
    beginning.chars().chain("0123456789 ".chars().cycle()).take(LARGE).collect()
}

fn sent(run: &Run) -> BTreeSet<&str> {
    run.stderr.lines().filter_map(|line| line.split_once("> sent the key ").map(|(_, path)| path)).collect()
}

/// The bytes that a machine has received since it booted.
fn received(deployer: &Deployer) -> usize {
    let devices = deployer.sandbox.console("web", &["cat", "/proc/net/dev"]).ok();
    let of_device = |line: &str| {
        let (name, numbers) = line.split_once(':')?;
        if name.trim() == "lo" { None } else { numbers.split_whitespace().next()?.parse::<usize>().ok() }
    };
    devices.lines().filter_map(of_device).sum()
}

/// Runs nixwright and counts what the machine receives meanwhile.
fn counted(deployer: &Deployer, words: &[&str]) -> (Run, usize) {
    let before = received(deployer);
    let run = deployer.nixwright(words).expect_code(0);
    (run, received(deployer) - before)
}

/// Looks at every process of this computer, and so of the machines, until the run ends: whether a secret was seen, and
/// whether the upload was.
fn watch(run: &Running) -> (bool, bool) {
    let wanted = secrets();
    let (mut secret, mut upload) = (false, false);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(100)
        && !run.stderr_so_far().contains("successfully")
        && !run.stderr_so_far().contains("rror: ")
    {
        for process in std::fs::read_dir("/proc").expect("there are processes").flatten() {
            for name in ["cmdline", "environ"] {
                // A process that has ended meanwhile has nothing to show.
                let Ok(bytes) = std::fs::read(process.path().join(name)) else { continue };
                let text = String::from_utf8_lossy(&bytes);
                secret |= wanted.iter().any(|it| text.contains(it));
                upload |= text.contains("nixwright-new") && text.trim_end_matches('\0').ends_with("late");
            }
        }
        // The upload takes seconds; the programs that we look at need the processor, too.
        std::thread::sleep(Duration::from_millis(50));
    }
    (secret, upload)
}

#[test]
fn keys_arrive_once_and_a_secret_is_nowhere_else() {
    let Some(deployer) = started() else { return };
    let web = |words: &[&str]| deployer.on("web", words);
    let first = deployer.deploy(&["--no-keys"]).expect_code(0);
    assert_eq!(sent(&first), BTreeSet::new());
    assert_eq!(web(&["test", "-e", "/run/keys/text"]).code(), 1, "no keys were wanted");

    // What kind of key, whose, and when it is sent.
    let (run, bytes) = counted(&deployer, &["deploy", "-d", "demo"]);
    assert_eq!(sent(&run), ["/run/keys/file", "/run/keys/text", "/var/lib/late/command"].into());
    assert!(bytes > LARGE, "{bytes} bytes");
    let at = |text: &str| run.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", run.report()));
    assert!(at("sent the key /run/keys/file") < at("activation finished successfully"));
    assert!(at("activation finished successfully") < at("sent the key /var/lib/late/command"));
    assert_eq!(web(&["cat", "/run/keys/text"]).ok(), secret("text"));
    assert_eq!(web(&["cat", "/run/keys/file"]).ok(), large(&secret("file")).trim_end());
    assert_eq!(web(&["cat", "/var/lib/late/command"]).ok(), secret("command"));
    let owners = web(&["stat -c '%a %U %G' /run/keys/text /run/keys/file /var/lib/late/command"]).ok();
    assert_eq!(owners, "440 root nginx\n400 nginx root\n600 root root");

    // What is there is not sent again: the bytes say so, too.
    let (run, unchanged) = counted(&deployer, &["deploy", "-d", "demo"]);
    assert_eq!(sent(&run), BTreeSet::new());
    assert!(unchanged < LARGE / 4, "{unchanged} bytes although nothing changed");
    let (run, unchanged) = counted(&deployer, &["send-keys", "-d", "demo"]);
    assert_eq!(sent(&run), BTreeSet::new());
    assert!(unchanged < LARGE / 4, "{unchanged} bytes although nothing changed");
    println!("bytes: {bytes} with the keys, {unchanged} without");

    // A reset empties /run: only what lay there is sent, slowly, while we look at every process.
    deployer.sandbox.reboot("web");
    deployer.sandbox.fault("web", Fault::Slow("1mbit"));
    let slow = deployer.command(&["send-keys", "-d", "demo"]).limit(Duration::from_secs(120)).start();
    let (secret, upload) = watch(&slow);
    let slow = slow.wait().expect_code(0).expect_said("keys sent successfully");
    deployer.sandbox.fault("web", Fault::Fast);
    assert!(upload, "the upload was seen");
    assert!(!secret, "a secret was in the process list");
    assert_eq!(sent(&slow), ["/run/keys/file", "/run/keys/text"].into());
    assert_eq!(web(&["stat -c '%a %U %G' /run/keys/text"]).ok(), "440 root nginx");
    let (run, bytes) = counted(&deployer, &["send-keys", "-d", "demo", "--force", "--on", "web"]);
    assert_eq!(sent(&run).len(), 3);
    assert!(bytes > LARGE, "{bytes} bytes");

    // A new value alone is no reason to build; an owner who is changed by hand is set right.
    deployer.write("command.key", "s3cret-command-two");
    let _ = web(&["chown", "root:root", "/run/keys/text"]).expect_code(0);
    let run = deployer.deploy(&["--keys-only"]).expect_code(0);
    assert_eq!(sent(&run), ["/run/keys/text", "/var/lib/late/command"].into());
    assert!(!run.stderr.contains("building"), "{}", run.report());

    // What the network has no more goes with the next deploy.
    let less = NETWORK.replace("deployment.keys.text", "# deployment.keys.text");
    deployer.write("network.nix", &less);
    let run = deployer.deploy(&[]).expect_code(0);
    let _ = run.expect_said("removed the key /run/keys/text");
    assert_eq!(web(&["test", "-e", "/run/keys/text"]).code(), 1);

    // The stores, what was said, the state with its journal, and the machine's own journal.
    for said in [&first, &slow] {
        assert!(secrets().iter().all(|it| !said.stderr.contains(it) && !said.stdout.contains(it)));
    }
    let folder = deployer.state().parent().expect("a file has a folder").display().to_string();
    let mut places = vec![vec!["grep", "-r", "-l", "-a"], vec!["grep", "-r", "-l", "-a"]];
    let wanted = secrets();
    for secret in &wanted {
        for place in &mut places {
            place.extend(["-e", secret]);
        }
    }
    places[0].extend(["/nix/store", &folder]);
    places[1].extend(["/nix/store", "/etc", "/var/log"]);
    let here = deployer.sandbox.deployer(&places[0]);
    assert_eq!((here.code(), here.stdout.as_str()), (1, ""), "{}", here.report());
    let there = deployer.sandbox.console("web", &places[1]);
    assert_eq!(there.stdout, "", "{}", there.report());
    let journal = web(&["journalctl", "--no-pager", "--all"]).ok();
    assert!(journal.lines().count() > 10 && secrets().iter().all(|it| !journal.contains(it)));
}

#[test]
fn keys_of_a_machine_that_was_never_deployed_to_wait() {
    let Some(deployer) = started() else { return };
    let run = deployer.nixwright(&["send-keys", "-d", "demo"]);
    let _ = run.expect_code(5).expect_said("the first deploy sends its keys");
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.sandbox.fault("web", Fault::Off);
    let run = deployer.nixwright(&["send-keys", "-d", "demo", "--ssh-timeout", "1"]);
    let _ = run.expect_code(5).expect_said("`web` could not be reached");
}

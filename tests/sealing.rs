//! Private keys that are kept encrypted: machines are reached with the state's key, and without it nothing happens to them.

use crate::deployer::Deployer;
use crate::moving::{NETWORK, export};

/// An identity of age that nothing else uses.
const KEY: &str =
    "# made for this test\nAGE-SECRET-KEY-1QUYQJZSTPSXSURCSZYFPX9Q4ZCT3SXG6RVWP68SLYQSJYGEYY5NQ23P5FC\n";

#[test]
fn a_machine_is_reached_with_a_key_that_the_state_keeps_encrypted() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", NETWORK);
    deployer.write("key.txt", KEY);
    let _ = deployer.sandbox.deployer(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "nixops"]).ok();
    let read = |name: &str| std::fs::read_to_string(deployer.sandbox.home().join(name)).expect("it was made");
    let (private, public) = (read("nixops"), read("nixops.pub").trim().to_owned());
    let accept = format!("echo '{public}' > /root/.ssh/authorized_keys");
    let _ = deployer.sandbox.console("web", &["/bin/sh", "-c", &accept]).expect_code(0);
    deployer.write("export.json", &export(&deployer, &private, &public, ""));
    let _ = deployer.nixwright(&["import", "export.json"]).expect_code(0);
    let in_state = |text: &str| {
        let files = std::fs::read_dir(deployer.state().parent().expect("it is in a folder"));
        let files = files.expect("the folder is there").map(|entry| entry.expect("it can be read").path());
        let mut bytes = files.filter(|path| path.is_file()).map(|path| std::fs::read(path).expect("a file"));
        bytes.any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    let secret = private.lines().nth(2).expect("a key has several lines");
    assert!(in_state(secret));

    // From here on there is a key, and the first command that writes uses it.
    let keyed = |words: &[&str]| deployer.command(words).env("NIXWRIGHT_STATE_KEY", "key.txt").run();
    let run = keyed(&["deploy", "-d", "demo"]).expect_code(0);
    let _ = run.expect_said("the 3 secrets in the state are encrypted now");
    assert!(!in_state(secret));
    let opener = deployer.nixwright(&["rekey"]).ok();
    assert!(opener.starts_with("age1"), "{opener}");

    let on = |run: &dyn Fn(&[&str]) -> crate::support::run::Run| {
        run(&["ssh", "-d", "demo", "web", "cat", "/etc/page"])
    };
    assert_eq!(on(&keyed).ok(), "hello 24.05");
    let before = deployer.sandbox.console("web", &["readlink", "-f", "/run/current-system"]).ok();
    deployer
        .write("network.nix", &NETWORK.replace("\"none\"", "\"other\"").replace("${page}", "new ${page}"));
    let _ = deployer
        .deploy(&[])
        .expect_code(8)
        .expect_said("are encrypted (for age1")
        .expect_said("`--state-key FILE` or NIXWRIGHT_STATE_KEY");
    let _ = on(&|words| deployer.nixwright(words)).expect_code(8);
    assert_eq!(deployer.sandbox.console("web", &["readlink", "-f", "/run/current-system"]).ok(), before);

    // Another key, a passphrase, in its place.
    deployer.write("phrase.txt", "correct horse battery staple\n");
    let _ = keyed(&["rekey", "--to", "phrase.txt"]).expect_code(0).expect_said("are encrypted now");
    let _ = keyed(&["deploy", "-d", "demo"]).expect_code(8).expect_said("does not open the private keys");
    let _ = deployer.deploy(&["--state-key", "phrase.txt"]).expect_code(0);
    let shown = deployer.nixwright(&["export", "-d", "demo"]).ok();
    assert!(!shown.contains("PRIVATE KEY") && !shown.contains("AGE ENCRYPTED"), "{shown}");
    let _ = deployer.nixwright(&["export", "-d", "demo", "--include-keys"]).expect_code(8);
    let whole =
        deployer.nixwright(&["export", "-d", "demo", "--include-keys", "--state-key", "phrase.txt"]).ok();
    assert!(whole.contains(secret), "an export with keys has them in clear");
    let _ = deployer.nixwright(&["rekey", "--off", "--state-key", "phrase.txt"]).expect_code(0);
    assert!(in_state(secret));
    let _ = deployer.deploy(&[]).expect_code(0);
}

#[test]
fn a_file_that_holds_no_key_is_told_before_anything_happens() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", "{ web = { }; }");
    deployer.write("public.txt", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n");
    for (file, why) in
        [("public.txt", "it holds a public key of age"), ("absent.txt", "No such file"), (".", "is a folder")]
    {
        let run = deployer.nixwright(&["create", "network.nix", "--state-key", file]).expect_code(2);
        let _ = run.expect_said("cannot be used").expect_said(why);
    }
    assert!(!deployer.state().exists());
}

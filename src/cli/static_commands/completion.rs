//! What is offered where Tab is pressed, asked as fish does, which sends the line up to the cursor.

use std::path::Path;
use std::sync::Arc;

use super::Written;
use crate::cli::{ExitCode, Ui};
use crate::system::{Environment, System};

const NETWORK: &str = r#"{
  web.deployment = { targetHost = "10.0.0.1"; tags = [ "front" ]; };
  web2.deployment = { targetHost = "10.0.0.2"; tags = [ "front" ]; };
  db.deployment.tags = [ "data" ];
}"#;

fn asked(folder: &Path, line: &[&str]) -> Vec<String> {
    let data = folder.join("data");
    let variables = [("NIXWRIGHT_COMPLETE", "fish"), ("XDG_DATA_HOME", data.to_str().unwrap())];
    let system = System { environment: Arc::new(Environment::fake(folder, variables)), ..System::os() };
    let (stdout, stderr) = (Written::default(), Written::default());
    let mut ui = Ui::new(stdout.clone(), stderr.clone(), system.terminal);
    let words = ["/bin/nixwright", "--", "nixwright"].iter().chain(line).map(Into::into);
    assert_eq!(crate::cli::run(&system, &mut ui, words), ExitCode::Done);
    drop(ui);
    assert_eq!(stderr.text(), "");
    assert!(!data.exists(), "asking makes no state");
    // Each line is a word, a tab, and what it means.
    stdout.text().lines().map(|it| it.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn machines_and_tags_come_from_the_nearest_network() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.nix"), NETWORK).unwrap();
    let asked = |line: &[&str]| asked(folder.path(), line);
    assert_eq!(asked(&["deploy", "--on", "we"]), ["web", "web2"]);
    assert_eq!(asked(&["deploy", "--on", ""]), ["@data", "@front", "db", "web", "web2"]);
    assert_eq!(asked(&["graph", "--on", "not (db or @f"]), ["not (db or @front"]);
    assert_eq!(asked(&["ssh", "root@d"]), ["root@db"]);
    assert_eq!(asked(&["deploy", "--on=web2"]), ["--on=web2"]);
    assert_eq!(asked(&["deploy", "--on", "x"]), [""; 0]);
}

#[test]
fn machines_come_from_the_network_that_the_line_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.nix"), NETWORK).unwrap();
    std::fs::write(folder.path().join("other.nix"), "{ gate = { }; }").unwrap();
    assert_eq!(asked(folder.path(), &["graph", "other.nix", "--on", ""]), ["gate"]);
    // A network that is being written offers what can be read; what is none is nothing to complain of.
    std::fs::write(folder.path().join("other.nix"), "{ gate = ").unwrap();
    assert_eq!(asked(folder.path(), &["graph", "other.nix", "--on", ""]), ["gate"]);
    std::fs::write(folder.path().join("other.nix"), "\u{1}\u{2}").unwrap();
    assert_eq!(asked(folder.path(), &["graph", "other.nix", "--on", ""]), [""; 0]);
    assert_eq!(asked(folder.path(), &["graph", "nowhere.nix", "--on", ""]), [""; 0]);
}

#[test]
fn commands_flags_checks_and_files_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.nix"), "{ }").unwrap();
    let asked = |line: &[&str]| asked(folder.path(), line);
    assert_eq!(asked(&["dep"]), ["deploy"]);
    assert_eq!(asked(&["check", "--allow", "target-host-m"]), ["target-host-missing"]);
    assert_eq!(asked(&["explain", "infinite"]), ["infinite-recursion"]);
    assert_eq!(asked(&["graph", "--format", "s"]), ["svg"]);
    assert_eq!(asked(&["check", "netw"]), ["network.nix"]);
    assert!(asked(&["deploy", "--no-"]).contains(&"--no-keys".to_owned()));
    assert_eq!(asked(&["deploy", "-d", ""]), [""; 0]);
}

//! The static commands from the outside, and bad input.

#![expect(clippy::disallowed_methods, reason = "tests that make files of their own")]

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::system::{Environment, Files, OsFiles, System, Terminal};

use super::{ExitCode, Ui};

mod bad_input;
mod captures;
mod completion;
mod counting;
mod eval;
mod examples;
mod formats;
mod graphs;
mod hosts;
mod moving;
mod project;
mod show;

/// What a run of the program did.
struct Ran {
    code: ExitCode,
    stdout: String,
    stderr: String,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn run_with(files: Arc<dyn Files>, folder: &Path, arguments: &[&str]) -> Ran {
    run_on(Terminal { width: 80, ..Terminal::default() }, files, folder, arguments)
}

fn run_on(terminal: Terminal, files: Arc<dyn Files>, folder: &Path, arguments: &[&str]) -> Ran {
    let environment = Arc::new(Environment::fake(folder, []));
    let system = System { files, environment, terminal, ..System::os() };
    let (stdout, stderr) = (Written::default(), Written::default());
    let mut ui = Ui::new(stdout.clone(), stderr.clone(), system.terminal);
    let arguments = std::iter::once("nixwright").chain(arguments.iter().copied()).map(Into::into);
    let code = super::run(&system, &mut ui, arguments);
    drop(ui);
    Ran { code, stdout: stdout.text(), stderr: stderr.text() }
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_with(Arc::new(OsFiles), folder, arguments)
}

#[test]
fn fixes_are_written_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.nix");
    let bad = "{\n  web.deployment.targetHost = \"web.internal \"; # kept\n}\n";
    std::fs::write(&path, bad).unwrap();
    let shown = run(folder.path(), &["check", "--diff", "network.nix"]);
    assert_eq!(shown.code, ExitCode::Findings);
    assert!(
        shown.stdout.contains("+  web.deployment.targetHost = \"web.internal\"; # kept"),
        "{}",
        shown.stdout
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), bad, "--diff changes nothing");
    let fixed = run(folder.path(), &["check", "--fix", "network.nix"]);
    assert_eq!(fixed.code, ExitCode::Done, "{}{}", fixed.stdout, fixed.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), bad.replace("internal \"", "internal\""));
}

#[test]
fn levels_change_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.nix"), "{ web = { }; }").unwrap();
    let code = |more: &[&str]| {
        let arguments: Vec<&str> = ["check", "network.nix"].iter().chain(more).copied().collect();
        run(folder.path(), &arguments).code
    };
    assert_eq!(code(&[]), ExitCode::Done);
    assert_eq!(code(&["--deny", "warnings"]), ExitCode::Findings);
    assert_eq!(code(&["--deny", "target-host-missing"]), ExitCode::Findings);
    assert_eq!(code(&["--deny", "warnings", "--allow", "target-host-missing"]), ExitCode::Done);
    assert_eq!(code(&["--allow", "no-such-check"]), ExitCode::Usage);
}

#[test]
fn expressions_are_evaluated_without_nix() {
    let folder = tempfile::tempdir().unwrap();
    let eval = |text: &str| run(folder.path(), &["eval", "--strict", "-E", text]);
    assert_eq!(eval("map (x: x + 1) [ 1 2 ]").stdout, "[ 2 3 ]\n");
    let unknown = eval("builtins.currentTime");
    assert_eq!(unknown.code, ExitCode::Done);
    assert!(unknown.stdout.starts_with("«unknown: "), "{}", unknown.stdout);
    let failed = eval("{ a = 1; }.b");
    assert_eq!(failed.code, ExitCode::Findings);
    assert!(failed.stderr.contains("missing-attribute"), "{}", failed.stderr);
    assert_eq!(eval("-7 / 2").stdout, "-3\n");
}

#[test]
fn no_value_is_printed_for_what_nix_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let deep = "{".repeat(2_000);
    let texts = [
        "{ a = 1 }",
        "{a=1;a=2;}",
        "{ a.b = 1; a = 2; }",
        "let x=1; x=2; in 3",
        "{b=1; c= foo;}.b",
        "({a,a}: a)",
        "[ -1 ]",
        "1 +",
        "\"abc",
        deep.as_str(),
    ];
    for text in texts {
        let result = run(folder.path(), &["eval", "-E", text]);
        assert_eq!((result.code, result.stdout.as_str()), (ExitCode::Findings, ""), "{text}");
        assert!(result.stderr.contains("error"), "{text}: {}", result.stderr);
    }
}

#[test]
fn every_format_is_printed_for_a_broken_network() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks/three-tier-broken");
    let check = |format: &str| run(&folder, &["check", "--format", format, "network.nix"]).stdout;
    assert!(
        check("short")
            .starts_with("network.nix:23:29: error: the targetHost of `app` is empty [target-host-empty]")
    );
    assert!(check("github").starts_with("::error file=network.nix,line=23,endLine=23,col=29,endColumn=31,"));
    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    assert_eq!((json["version"].as_u64(), json["summary"]["errors"].as_u64()), (Some(1), Some(1)));
    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], result["ruleId"]);
}

#[test]
fn machines_may_ask_for_what_is_known_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let network = r#"{
      db = { deployment.targetHost = "10.0.0.1"; networking.domain = "internal"; };
      web = { config, nodes, name, lib, ... }: {
        deployment.targetHost = "${config.networking.hostName}.${nodes.db.config.networking.domain}";
        deployment.tags = [ name nodes.db.config.deployment.targetHost ];
        deployment.targetUser = lib.mkIf (config.networking.hostName == "web") "deploy";
        deployment.targetPort = if config.services.openssh.enable then 22 else 23;
      };
    }"#;
    std::fs::write(folder.path().join("network.nix"), network).unwrap();
    let shown = run(folder.path(), &["show", "network.nix"]);
    assert!(shown.stdout.contains("web      web.internal  deploy  ?     web, 10.0.0.1"), "{}", shown.stdout);
}

#[test]
fn nothing_that_a_file_says_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let bad = |text: &str| text.replace('E', "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}");
    let network = bad(r#"{
      network.description = "seen E";
      "web" = { deployment.targetHost = "E.lan"; deployment.tags = [ "E" ]; deployment.targetPort = "E"; };
      db.deployment.targetHost = throw "because of E";
      E
    }"#);
    std::fs::write(folder.path().join("network.nix"), &network).unwrap();
    std::fs::write(folder.path().join("whole.nix"), network.replace("\u{202e}\n    }", "\n    }")).unwrap();
    std::fs::write(folder.path().join("names.nix"), bad("{ \"aE\" = { deployment.\"E\" = 1; }; }")).unwrap();
    for file in ["network.nix", "whole.nix", "names.nix"] {
        for arguments in [
            &["check", file][..],
            &["check", "--format", "short", file],
            &["check", "--format", "github", file],
            &["show", file],
            &["check", bad("E.nix").as_str()],
        ] {
            let ran = run(folder.path(), arguments);
            let raw = |it: char| it != '\n' && (it.is_control() || it == '\u{202e}');
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.is_empty());
            assert!(!said.contains(raw), "{arguments:?} prints what acts on a terminal: {said:?}");
        }
    }
}

/// The ids that `check` finds in a network of one file.
fn ids(text: &str, more: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.nix"), text).unwrap();
    let arguments: Vec<&str> =
        ["check", "--format", "json", "network.nix"].iter().chain(more).copied().collect();
    let json: serde_json::Value = serde_json::from_str(&run(folder.path(), &arguments).stdout).unwrap();
    json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn one_mistake_is_one_finding() {
    assert_eq!(ids("{ web = { services.nginx.enable = true }; }", &[]), ["syntax-error"]);
    assert_eq!(ids("[ { web = 1 } ]", &[]), ["syntax-error"]);
    assert_eq!(ids("{ web.deployment.tagretHost = \"10.0.0.7\"; }", &[]), ["unknown-deployment-option"]);
    assert_eq!(ids("{ foo ? 1 }: { }", &["--argstr", "bar", "x"]), ["module-used-as-network"]);
    assert_eq!(ids("{ a = [ ]; }", &[]), ["machine-value"]);
    let nobody = "{
      db.deployment.targetHost = \"10.0.0.1\";
      web = { nodes, ... }: { deployment.targetHost = nodes.bd.config.deployment.targetHost; };
    }";
    assert_eq!(ids(nobody, &[]), ["unknown-machine"]);
}

#[test]
fn a_let_of_which_nothing_is_left_goes_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.nix");
    let rest = "{ web.deployment.targetHost = \"10.0.0.1\"; }\n";
    std::fs::write(&path, format!("let\n  unused = 1;\nin\n{rest}")).unwrap();
    let _ = run(folder.path(), &["check", "--fix", "network.nix"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), rest);
}

#[test]
fn what_calls_the_outputs_of_a_flake_has_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\n  description = \"shop\";\n  outputs = { }: { nixosConfigurations = { }; };\n}\n";
    std::fs::write(folder.path().join("flake.nix"), text).unwrap();
    let said = run(folder.path(), &["check"]).stdout;
    assert!(said.contains("[flake.nix:3:13]") && !said.contains("in this call"), "{said}");
}

#[test]
fn a_default_that_nobody_asks_for_may_fail() {
    let text = "{
      defaults = { lib, ... }: { deployment.targetHost = lib.mkDefault { }.missing; };
      web.deployment.targetHost = \"10.0.0.1\";
      db.imports = [ (builtins.fetchTarball \"https://example.org/x.tar.gz\") ];
    }";
    assert_eq!(ids(text, &[]), Vec::<String>::new());
    assert_eq!(
        ids(&text.replace("web.deployment.targetHost", "web.deployment.targetUser"), &[]),
        ["missing-attribute"]
    );
}

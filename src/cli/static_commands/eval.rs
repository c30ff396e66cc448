//! `eval`: values, reasons, errors, and its flags.

use std::path::Path;
use std::sync::Arc;

use super::super::ExitCode;
use super::{Ran, run, run_on};
use crate::system::{OsFiles, OverlayFiles, Terminal};

fn eval(folder: &Path, arguments: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["eval"].iter().chain(arguments).copied().collect();
    run(folder, &arguments)
}

/// All that is printed, and the exit code.
fn said(ran: &Ran) -> String {
    format!("{}{}exit code {}", ran.stdout, ran.stderr, ran.code.number())
}

#[test]
fn parts_that_are_not_known_say_why_in_their_place_and_below() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vars.nix"), "{\n  far = builtins.getEnv \"FAR\" == \"1\";\n}\n")
        .unwrap();
    let text = "let vars = import ./vars.nix; in { a = 1; host = if vars.far then \"x\" else \"y\"; now = builtins.currentTime; }";
    insta::assert_snapshot!(said(&eval(folder.path(), &["--strict", "-E", text])), @r#"
    { a = 1; host = «unknown: `builtins.getEnv "FAR"` is only known when Nix runs»; now = «unknown: `builtins.currentTime` is only known when Nix runs»; }
    not known: the condition of this `if` is not known (<expression>:1:50), because `builtins.getEnv "FAR"` is only known when Nix runs (vars.nix:2:9)
    not known: `builtins.currentTime` is only known when Nix runs (<expression>:1:87)
    exit code 0
    "#);
    insta::assert_snapshot!(said(&eval(folder.path(), &["-E", text])), @r"
    { a = 1; host = <CODE>; now = <CODE>; }
    exit code 0
    ");
    insta::assert_snapshot!(said(&eval(folder.path(), &["--json", "-E", text])), @r#"
    error: not all of the value is known, so it cannot be printed as JSON
    not known: the condition of this `if` is not known (<expression>:1:50), because `builtins.getEnv "FAR"` is only known when Nix runs (vars.nix:2:9)
    not known: `builtins.currentTime` is only known when Nix runs (<expression>:1:87)
    exit code 1
    "#);
    insta::assert_snapshot!(said(&eval(folder.path(), &["-A", "host", "-E", text])), @r#"
    «unknown: `builtins.getEnv "FAR"` is only known when Nix runs»
    not known: the condition of this `if` is not known (<expression>:1:50), because `builtins.getEnv "FAR"` is only known when Nix runs (vars.nix:2:9)
    exit code 0
    "#);
    insta::assert_snapshot!(said(&eval(folder.path(), &["--strict", "-E", "{ a = 1; } // import <nowhere>"])), @r"
    { a = «unknown: `<nowhere>` is not on the search path»; «unknown: `<nowhere>` is not on the search path» }
    not known: the set on the right of this `//` is not known (<expression>:1:1), because `<nowhere>` is not on the search path (<expression>:1:22)
    exit code 0
    ");
}

#[test]
fn a_path_is_followed_and_functions_are_called() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("net.nix"),
        "{ size ? 2, name }: { hosts = builtins.genList (n: { host = \"${name}-${toString n}\"; }) size; \"a.b\" = { x ? 1 }: x; }",
    )
    .unwrap();
    let f = |more: &[&str]| {
        let arguments: Vec<&str> = ["net.nix"].iter().chain(more).copied().collect();
        said(&eval(folder.path(), &arguments))
    };
    insta::assert_snapshot!(f(&[]), @r"
    <LAMBDA>
    exit code 0
    ");
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "-A", "hosts.1.host"]), @r#"
    "web-1"
    exit code 0
    "#);
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "--arg", "size", "1 + 0", "-A", "hosts", "--json"]), @r#"
    [{"host":"web-0"}]
    exit code 0
    "#);
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "-A", "\"a.b\""]), @r"
    1
    exit code 0
    ");
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "-A", "hsots"]), @r"
    error: there is no attribute `hsots`
      hint: did you mean `hosts`?
    exit code 2
    ");
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "-A", "hosts.7"]), @r"
    error: the list has 2 elements, and no element 7, on the way to `hosts.7`
    exit code 2
    ");
    insta::assert_snapshot!(f(&["--argstr", "name", "web", "-A", "hosts.0.host.x"]), @r"
    error: `x` is looked for in a string, which has no attributes, on the way to `hosts.0.host.x`
    exit code 2
    ");
    insta::assert_snapshot!(f(&["-A", "hosts"]), @r#"
    error[wrong-arguments]: the function has an argument without a value: `name`
       ╭─[net.nix:1:1]
     1 │ { size ? 2, name }: { hosts = builtins.genList (n: { host = "${nam…
       · ──────────────────
       ╰────
    exit code 1
    "#);
    insta::assert_snapshot!(f(&["--arg", "size", "1 +"]), @r"
    error: the argument `size` is not a Nix expression: expected an expression, found the end of the file
    exit code 2
    ");
}

#[test]
fn errors_show_the_way_that_led_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("net.nix"),
        "let\n  port = hosts: hosts.web.prot;\nin\n{\n  web = port { web = { port = 80; }; };\n}\n",
    )
    .unwrap();
    let ran = eval(folder.path(), &["net.nix", "--strict"]);
    assert_eq!(ran.stdout, "");
    insta::assert_snapshot!(said(&ran), @r"
    error[missing-attribute]: attribute `prot` is missing; did you mean `port`?
       ╭─[net.nix:2:27]
     1 │ let
     2 │   port = hosts: hosts.web.prot;
       ·                           ──┬─
       ·                             ╰── the set does not have it
     3 │ in
     4 │ {
     5 │   web = port { web = { port = 80; }; };
       ·         ───────────────┬──────────────
       ·                        ╰── in this call
     6 │ }
       ╰────
    exit code 1
    ");
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = OverlayFiles::over(Arc::new(OsFiles));
    files.put_stdin("builtins.trace \"seen\" (1 + 1)");
    let terminal = Terminal { width: 80, ..Terminal::default() };
    let ran = run_on(terminal, Arc::new(files), folder.path(), &["eval", "-"]);
    assert_eq!(said(&ran), "2\ntrace: seen\nexit code 0");
}

#[test]
fn control_characters_are_replaced_on_a_terminal_only() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["eval", "-E", "\"a\u{1b}[31mb\""];
    let piped = run(folder.path(), &arguments);
    assert_eq!(piped.stdout, "\"a\u{1b}[31mb\"\n", "a program gets what Nix prints");
    let terminal = Terminal { width: 80, stdout_is_terminal: true, ..Terminal::default() };
    let shown = run_on(terminal, Arc::new(OsFiles), folder.path(), &arguments);
    assert_eq!(shown.stdout, "\"a\u{fffd}[31mb\"\n");
    assert_eq!(shown.code, ExitCode::Done);
}

#[test]
fn a_file_that_is_named_may_lie_anywhere() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(there.path().join("part.nix"), "20").unwrap();
    let file = there.path().join("whole.nix");
    std::fs::write(&file, "import ./part.nix + 1").unwrap();
    let ran = eval(here.path(), &[file.to_str().unwrap()]);
    assert_eq!(said(&ran), "21\nexit code 0");
}

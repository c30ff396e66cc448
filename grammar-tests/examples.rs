//! The programs in `examples/`, run on networks in memory, so that they cannot rot.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use nixwright::{Files, OverlayFiles};

#[path = "../examples/hosts.rs"]
#[expect(dead_code, reason = "`main` is for the program, the test calls `run`")]
mod hosts;
#[path = "../examples/lint.rs"]
#[expect(dead_code, reason = "`main` is for the program, the test calls `run`")]
mod lint;
#[path = "../examples/order.rs"]
#[expect(dead_code, reason = "`main` is for the program, the test calls `run`")]
mod order;

type Run<T> = fn(Arc<dyn Files>, PathBuf, Vec<PathBuf>, &mut dyn std::io::Write) -> Result<T, Box<dyn Error>>;

/// What a program prints of a network of one file, and how it ends.
fn said<T>(run: Run<T>, text: &str) -> (String, Result<T, Box<dyn Error>>) {
    let mut files = OverlayFiles::alone();
    files.put("/net/network.nix", text);
    let mut out = Vec::new();
    let ended = run(Arc::new(files), "/net".into(), vec!["network.nix".into()], &mut out);
    (String::from_utf8(out).unwrap(), ended)
}

#[test]
fn hosts_says_what_is_known_and_why_the_rest_is_not() {
    let network = r#"{ others }:
others // {
  web = { pkgs, ... }: { deployment.targetHost = "web.${pkgs.domain}"; deployment.targetUser = "deploy"; };
  db.deployment.targetHost = "10.0.0.7";
}"#;
    let (printed, ended) = said(hosts::run, network);
    ended.unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert_eq!(lines[0], "db\t\"10.0.0.7\"\t\"root\" (nobody sets it)");
    assert!(lines[1].starts_with("web\t? ") && lines[1].ends_with("\t\"deploy\""), "{printed}");
    assert!(lines[1].contains("/net/network.nix:3:"), "{printed}");
    assert!(lines[2].starts_with("perhaps more: "), "{printed}");
}

#[test]
fn lint_fails_for_errors_alone() {
    let (printed, ended) = said(lint::run, "{ web.deployment.targetHost = \"\"; db = { }; }");
    assert!(ended.unwrap(), "an empty host is an error");
    let first = "/net/network.nix:1:31: error: the targetHost of `web` is empty [target-host-empty]\n    ";
    assert!(printed.starts_with(first), "{printed}");
    assert_eq!(printed.lines().count(), 2, "{printed}");
    let (printed, ended) = said(lint::run, "{ db = { }; }");
    assert!(!ended.unwrap());
    assert_eq!(printed, "");
    let missing = lint::run(
        Arc::new(OverlayFiles::alone()),
        "/".into(),
        vec!["network.nix".into()],
        &mut std::io::sink(),
    );
    assert_eq!(missing.unwrap_err().to_string(), "there is no file `network.nix`");
}

#[test]
fn order_draws_ranks_and_refuses_circles() {
    let network =
        r#"{ web.deployment.dependsOn = [ "app" ]; app.deployment.dependsOn = [ "db" ]; db = { }; }"#;
    let (printed, ended) = said(order::run, network);
    ended.unwrap();
    assert_eq!(
        printed,
        "1. db\n2. app\n3. web\n\nflowchart RL\n  n0[\"app\"]\n  n1[\"db\"]\n  n2[\"web\"]\n  n0 --> n1\n  n2 --> n0\n"
    );
    let circle = r#"{ a.deployment.dependsOn = [ "b" ]; b.deployment.dependsOn = [ "a" ]; }"#;
    let (_, ended) = said(order::run, circle);
    assert!(ended.unwrap_err().to_string().contains("wait for each other"));
}

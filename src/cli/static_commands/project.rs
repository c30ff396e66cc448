//! `nixwright.toml` from the outside: whose word counts, and what a mistake in it looks like.

use std::path::Path;
use std::sync::Arc;

use super::{ExitCode, Ran, run_with};
use crate::system::OverlayFiles;

const BAD: &str = "{ web.deployment.targetHost = \"example.com\"; }";

fn check(project: &str, more: &[&str]) -> Ran {
    let mut files = OverlayFiles::alone();
    files.put("/net/.git/HEAD", "");
    files.put("/net/nixwright.toml", project);
    files.put("/net/tests/network.nix", BAD);
    let words: Vec<&str> =
        ["check", "--format", "short", "tests/network.nix"].iter().chain(more).copied().collect();
    run_with(Arc::new(files), Path::new("/net"), &words)
}

#[test]
fn a_project_sets_levels_and_the_command_line_wins() {
    let line = |project: &str, more: &[&str]| {
        let ran = check(project, more);
        let level = ran.stdout.split(": ").nth(1).unwrap_or("nothing").to_owned();
        (level, ran.code)
    };
    let is = |level: &str, code| (level.to_owned(), code);
    assert_eq!(line("", &[]), is("warning", ExitCode::Done));
    assert_eq!(line("[check]\ndeny-warnings = true", &[]), is("warning", ExitCode::Findings));
    let off = "[checks]\ntarget-host-placeholder = \"off\"\n";
    assert_eq!(line(off, &[]), is("nothing", ExitCode::Done));
    assert_eq!(line(off, &["--deny", "target-host-placeholder"]), is("error", ExitCode::Findings));
    let here = format!("{off}[paths.\"tests/*\"]\ntarget-host-placeholder = \"error\"\n");
    assert_eq!(line(&here, &[]), is("error", ExitCode::Findings));
    assert_eq!(line(&here, &["--allow", "target-host-placeholder"]), is("nothing", ExitCode::Done));
    let elsewhere = here.replace("tests/*", "prod/*");
    assert_eq!(line(&elsewhere, &[]), is("nothing", ExitCode::Done));
    assert_eq!(line("[check]\nignore = [\"tests/**\"]", &[]), is("nothing", ExitCode::Done));
}

#[test]
fn a_mistake_in_it_is_shown_in_its_place() {
    let ran = check("[checks]\ntarget-prot = \"off\"\n", &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (ExitCode::Usage, ""));
    insta::assert_snapshot!(ran.stderr, @r#"
    error[nixwright-toml]: there is no check called `target-prot`
       ╭─[nixwright.toml:2:1]
     1 │ [checks]
     2 │ target-prot = "off"
       · ───────────
       ╰────
      help: did you mean `target-port`?
    "#);
}

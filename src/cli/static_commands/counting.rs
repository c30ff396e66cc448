//! `check --since`, `--baseline` and `--report` from the outside: what counts, what is said of the rest, and what is left of
//! a mistake in their files.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{ExitCode, Ran, run};
use crate::report::schemas;

/// Runs git in a folder.
pub(super) fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.current_dir(folder).args([
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "-c",
        "commit.gpgSign=false",
    ]);
    let output = command.args(arguments).output().expect("git is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "c"]);
}

const NETWORK: &str = "{ web = import ./web.nix; db = import ./db.nix; }\n";
const WEB: &str = "{ deployment.targetHost = \"web.lan\";\n  deployment.targetPort = \"22\";\n  deployment.dependsOn = [ \"db\" ]; }\n";
const DB: &str = "{ deployment.targetHost = \"db.lan\"; }\n";

/// A network below a repository, with one mistake in one commit: the port of `web`.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    git(here, &["init", "--quiet", "--initial-branch=main"]);
    for (name, text) in [("net/network.nix", NETWORK), ("net/web.nix", WEB), ("net/db.nix", DB)] {
        write(here, name, text);
    }
    commit(here);
    folder
}

/// One line per finding, and the exit code.
fn short(folder: &Path, more: &[&str]) -> (Vec<String>, ExitCode) {
    let words: Vec<&str> =
        ["check", "--format", "short", "net/network.nix"].iter().chain(more).copied().collect();
    let ran = run(folder, &words);
    let id = |line: &str| {
        let place = line.split(':').next().unwrap_or_default();
        let id = line.rsplit_once('[').map_or(line, |(_, id)| id.trim_end_matches(']'));
        format!("{place} {id}")
    };
    (ran.stdout.lines().map(id).collect(), ran.code)
}

fn json(ran: &Ran) -> Value {
    assert_eq!(schemas::errors("findings", &ran.stdout), Vec::<String>::new());
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn only_what_has_to_do_with_a_change_counts() {
    let folder = repository();
    let here = folder.path();
    assert_eq!(short(here, &[]), (vec!["net/web.nix target-port".to_owned()], ExitCode::Findings));
    assert_eq!(short(here, &["--since", "HEAD"]), (vec![], ExitCode::Done));
    let said = run(here, &["check", "--since", "HEAD", "net/network.nix"]).stdout;
    assert!(said.ends_with("2 machines: nothing new was found; left out: 1 in unchanged files\n"), "{said}");

    // Whatever is in a file that was changed, also on another line.
    write(here, "net/web.nix", &format!("# a comment\n{WEB}"));
    assert_eq!(short(here, &["--since", "HEAD"]).0, ["net/web.nix target-port"]);
    write(here, "net/web.nix", WEB);

    // A mistake in a file that nobody touched, which the change has made.
    write(here, "net/network.nix", &NETWORK.replace("db =", "database ="));
    assert_eq!(
        short(here, &["--since", "HEAD"]),
        (vec!["net/web.nix unknown-machine".to_owned()], ExitCode::Findings)
    );
    let ran = run(here, &["check", "--since", "HEAD", "--format", "json", "net/network.nix"]);
    assert_eq!(json(&ran)["summary"]["leftOut"]["unchanged"], 1);
    write(here, "net/network.nix", NETWORK);

    // A file that went, and one that came under another name.
    std::fs::rename(here.join("net/db.nix"), here.join("net/dbase.nix")).unwrap();
    assert_eq!(short(here, &["--since", "HEAD"]).0, ["net/network.nix import-not-found"]);
    write(here, "net/network.nix", &NETWORK.replace("db.nix", "dbase.nix"));
    assert_eq!(short(here, &["--since", "HEAD"]).0, Vec::<String>::new());
    write(here, "net/dbase.nix", &DB.replace("db.lan", ""));
    assert_eq!(short(here, &["--since", "HEAD"]).0, ["net/dbase.nix target-host-empty"]);
}

#[test]
fn a_finding_is_shown_where_a_place_in_a_changed_file_led_there() {
    let folder = repository();
    let here = folder.path();
    // Two machines with one host: the finding lies in one of the files, and speaks of the other one.
    write(here, "net/web.nix", &WEB.replace("\"22\"", "22"));
    commit(here);
    write(here, "net/db.nix", &DB.replace("db.lan", "web.lan"));
    let (found, code) = short(here, &["--since", "main"]);
    assert_eq!((found.len(), code), (1, ExitCode::Done), "{found:?}");
    assert!(found[0].ends_with(" target-host-duplicate"), "{found:?}");
}

#[test]
fn a_network_that_is_new_is_shown_as_a_whole() {
    let folder = repository();
    let here = folder.path();
    git(here, &["checkout", "--quiet", "-b", "feature"]);
    write(here, "other/network.nix", "{ web.deployment.targetHost = \"\"; }\n");
    let check = |folder: &Path, file: &str| {
        let ran = run(folder, &["check", "--format", "short", "--since", "main", file]);
        (ran.stdout.lines().count(), ran.code)
    };
    assert_eq!(check(here, "other/network.nix"), (1, ExitCode::Findings));
    commit(here);
    // From the folder itself, and when the branch has gone on.
    assert_eq!(check(&here.join("other"), "network.nix"), (1, ExitCode::Findings));
    assert_eq!(check(&here.join("other"), "../net/network.nix"), (0, ExitCode::Done));
}

#[test]
fn what_git_cannot_compare_is_said_with_its_remedy() {
    let folder = repository();
    let ran = run(folder.path(), &["check", "--since", "nowhere", "net/network.nix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (ExitCode::Usage, ""));
    insta::assert_snapshot!(ran.stderr, @"
    error: git knows no revision `nowhere` here
      hint: name a branch, a tag or a commit; `git fetch` brings those of the server
    ");
    let ran = run(folder.path(), &["check", "--since", "main", "--fix", "net/network.nix"]);
    assert_eq!(ran.code, ExitCode::Usage);
    assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
}

#[test]
fn an_old_network_starts_clean() {
    let folder = repository();
    let here = folder.path();
    let with = |more: &[&str]| short(here, &[&["--baseline", "known.json"], more].concat());
    let missing = run(here, &["check", "--baseline", "known.json", "net/network.nix"]);
    assert_eq!(missing.code, ExitCode::Usage);
    assert!(missing.stderr.contains("--write-baseline"), "{}", missing.stderr);

    let wrote = run(here, &["check", "--baseline", "known.json", "--write-baseline", "net/network.nix"]);
    assert_eq!((wrote.code, wrote.stderr.as_str()), (ExitCode::Done, "wrote known.json: 1 finding\n"));
    assert!(wrote.stdout.contains("nothing new was found; left out: 1 of the baseline"), "{}", wrote.stdout);
    let text = std::fs::read_to_string(here.join("known.json")).unwrap();
    assert_eq!(schemas::errors("baseline", &text), Vec::<String>::new());
    assert_eq!(with(&[]), (vec![], ExitCode::Done));
    assert_eq!(short(here, &[]).1, ExitCode::Findings, "without it nothing has changed");

    // Lines may move; what is new counts.
    write(
        here,
        "net/web.nix",
        &format!("\n\n{}", WEB.replace("  deployment.targetPort", "\tdeployment.targetPort")),
    );
    assert_eq!(with(&[]).0, Vec::<String>::new());
    write(here, "net/db.nix", &DB.replace("db.lan", ""));
    assert_eq!(with(&[]), (vec!["net/db.nix target-host-empty".to_owned()], ExitCode::Findings));

    // What is repaired is told, and dropped where that is asked for.
    write(here, "net/web.nix", &WEB.replace("\"22\"", "22"));
    let told = run(here, &["check", "--baseline", "known.json", "net/network.nix"]);
    let hint = "hint: 1 entry of known.json no longer occurs; `--update-baseline` drops them\n";
    assert_eq!(told.stderr, hint);
    assert_eq!(std::fs::read_to_string(here.join("known.json")).unwrap(), text);
    let update = run(here, &["check", "--baseline", "known.json", "--update-baseline", "net/network.nix"]);
    assert_eq!(update.stderr, "dropped 1 entry of known.json that no longer occurs\n");
    assert_eq!(update.code, ExitCode::Findings, "what is new is not taken in");
    assert!(std::fs::read_to_string(here.join("known.json")).unwrap().contains("\"findings\": []"));
}

#[test]
fn a_project_names_its_baseline() {
    let folder = repository();
    let here = folder.path();
    write(here, "net/nixwright.toml", "[check]\nbaseline = \"known.json\"\n");
    assert_eq!(short(here, &[]).1, ExitCode::Usage, "it is not there yet");
    assert_eq!(short(here, &["--write-baseline"]).1, ExitCode::Done);
    assert!(here.join("net/known.json").exists());
    assert_eq!(short(here, &[]).1, ExitCode::Done);
    assert_eq!(short(here, &["--no-baseline"]).1, ExitCode::Findings);
    // The same wherever one stands.
    assert_eq!(run(&here.join("net"), &["check"]).code, ExitCode::Done);
    let other = run(here, &["check", "--baseline", "other.json", "--write-baseline", "net/network.nix"]);
    assert_eq!(other.code, ExitCode::Done);
    let texts = ["other.json", "net/known.json"].map(|it| std::fs::read_to_string(here.join(it)).unwrap());
    assert_eq!(texts[0], texts[1], "it does not matter where the file lies");
}

#[test]
fn what_is_no_baseline_is_neither_used_nor_overwritten() {
    let folder = repository();
    let here = folder.path();
    for (text, said) in [
        (NETWORK, "is no baseline that can be used"),
        ("{\"version\": 7}", "reads up to version 1"),
        ("", "is no baseline that can be used"),
    ] {
        write(here, "known.json", text);
        for more in [&[][..], &["--write-baseline"], &["--update-baseline"]] {
            let words = [&["check", "--baseline", "known.json", "net/network.nix"], more].concat();
            let ran = run(here, &words);
            assert_eq!((ran.code, ran.stdout.as_str()), (ExitCode::Usage, ""), "{words:?}");
            assert!(ran.stderr.contains(said) && ran.stderr.contains("hint: "), "{}", ran.stderr);
            assert_eq!(std::fs::read_to_string(here.join("known.json")).unwrap(), text);
        }
    }
    let nowhere = run(here, &["check", "--write-baseline", "net/network.nix"]);
    assert_eq!(nowhere.code, ExitCode::Usage);
    assert!(nowhere.stderr.contains("--baseline FILE"), "{}", nowhere.stderr);
}

#[test]
fn no_secret_gets_into_a_baseline() {
    let folder = repository();
    let here = folder.path();
    let secret = "hunter2-correct-horse";
    let web =
        format!("{{ deployment.keys.db.text = \"{secret}\"; deployment.targetPort = \"{secret}\"; }}\n");
    write(here, "net/web.nix", &web);
    let ran = run(here, &["check", "--baseline", "known.json", "--write-baseline", "net/network.nix"]);
    assert_eq!(ran.code, ExitCode::Done);
    let text = std::fs::read_to_string(here.join("known.json")).unwrap();
    assert!(text.contains("target-port") && text.contains("secret-in-store"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("horse"), "{text}");
    // Another secret of another length is the same finding: nothing was made of it.
    write(here, "net/web.nix", &web.replace(secret, "another-one-of-the-kind"));
    assert_eq!(short(here, &["--baseline", "known.json", "--allow", "target-port"]).0, Vec::<String>::new());
}

#[test]
fn reports_are_written_beside_what_is_printed() {
    let folder = repository();
    let here = folder.path();
    let files =
        ["--report", "gitlab=quality.json", "--report", "sarif=out.sarif", "--report", "markdown=sum.md"];
    let words = [&["check", "--format", "short", "net/network.nix"][..], &files].concat();
    let ran = run(here, &words);
    assert_eq!(ran.stdout.lines().count(), 1);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    let quality: Value = serde_json::from_str(&read("quality.json")).unwrap();
    let sarif: Value = serde_json::from_str(&read("out.sarif")).unwrap();
    let print = &sarif["runs"][0]["results"][0]["partialFingerprints"]["finding/v2"];
    assert_eq!(&quality[0]["fingerprint"], print);
    let known = run(here, &["check", "--baseline", "known.json", "--write-baseline", "net/network.nix"]);
    assert_eq!(known.code, ExitCode::Done);
    assert!(read("known.json").contains(print.as_str().unwrap()), "one fingerprint for all");
    insta::assert_snapshot!(read("sum.md"), @"
    ### nixwright check

    | level | place | what | check |
    | --- | --- | --- | --- |
    | error | net/web.nix:2:27 | the targetPort of `web` is a string, not a number<br>write `22` without quotes | target-port |

    checked 3 files, 2 machines: 1 error
    ");
    for wrong in ["xml=a", "json=", "json"] {
        assert_eq!(run(here, &["check", "--report", wrong]).code, ExitCode::Usage, "{wrong}");
    }
    let ran = run(here, &["check", "--report", "json=no/such/folder/a", "net/network.nix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (ExitCode::Usage, ""));
    assert!(ran.stderr.starts_with("error: could not write the report `no/such/folder/a`"), "{}", ran.stderr);
}

#[test]
fn a_secret_stays_hidden_when_its_finding_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\n  web.deployment.targetHost = \"web.internal\";\n\
        \x20 web.users.users.alice.initialPassword = \"swordfish\"; # nixwright: allow(secret-in-store) — known\n\
        \x20 web.users.users.bob.initialPassword = \"marlinspike\";\n}\n";
    std::fs::write(folder.path().join("network.nix"), text).unwrap();
    let ran = run(folder.path(), &["check", "network.nix"]);
    assert!(ran.stdout.contains("users.users.bob.initialPassword"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("users.users.alice.initialPassword = "),
        "its line is beside: {}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("swordfish") && !ran.stdout.contains("marlinspike"), "{}", ran.stdout);
}

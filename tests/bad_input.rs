//! Input that makes no sense: a clear error with its exit code, and nothing half done. No machine is needed.

use crate::support::hermetic::Hermetic;

#[test]
fn files_that_are_not_there_are_named() {
    let here = Hermetic::new();
    let run = here.nixwright(&["create", "missing.nix", "-d", "demo"]).expect_code(2);
    let _ = run.expect_said("missing.nix");
    here.write("folder/README", "no default.nix here");
    let run = here.nixwright(&["create", "folder", "-d", "demo"]).expect_code(2);
    let _ = run.expect_said("folder").expect_said("default.nix");
    let _ = here.nixwright(&["deploy"]).expect_code(2).expect_said("no network was given");
    assert_eq!(here.nixwright(&["list"]).ok().lines().count(), 1, "nothing was recorded");
}

#[test]
fn an_unknown_deployment_is_answered_with_the_nearest() {
    let here = Hermetic::new();
    here.write("network.nix", "{ }");
    let _ = here.nixwright(&["create", "network.nix", "-d", "production"]).expect_code(0);
    let run = here.nixwright(&["deploy", "-d", "prodution"]).expect_code(2);
    let _ = run.expect_said("no deployment is called `prodution`; did you mean `production`?");
}

#[test]
fn without_nix_the_minimum_is_named() {
    let here = Hermetic::new();
    here.write("network.nix", "{ web = { }; }");
    let _ = here.nixwright(&["create", "network.nix", "-d", "demo"]).expect_code(0);
    let empty = here.work().join("empty");
    std::fs::create_dir(&empty).expect("the folder is fresh");
    let run =
        here.command(crate::support::hermetic::nixwright(), &["deploy", "-d", "demo"]).env("PATH", &empty);
    let run = run.run().expect_code(3);
    let _ = run.expect_said("`nix-instantiate` was not found on PATH").expect_said("Nix 2.8 or later");
}

#[test]
fn a_state_that_is_no_database_is_refused() {
    let here = Hermetic::new();
    here.write("state.sqlite", "not a database, but long enough to be taken for one at first");
    let run = here.nixwright(&["list", "--state", "state.sqlite"]).expect_code(8);
    let _ = run.expect_said("state.sqlite");
    let run = here.nixwright(&["list", "--state", "missing/folder/state.sqlite"]);
    assert!([0, 8].contains(&run.code()), "{}", run.report());
    let _ = here.nixwright(&["list", "--state", "postgres://server/db"]).expect_code(8);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let here = Hermetic::new();
    let program = crate::support::hermetic::nixwright();
    let script = format!("set -o pipefail; '{}' --help | head -n 1", program.display());
    let _ = here.command("bash", &["-c", &script]).run().expect_code(0);
}

#[test]
fn a_mistake_in_the_network_stops_a_deploy_before_nix_is_asked() {
    let here = Hermetic::new();
    here.write("target.nix", "{ target.deployment.targetHost = \"\"; }");
    let _ = here.nixwright(&["create", "target.nix", "-d", "demo"]).expect_code(0);
    let run = here.nixwright(&["deploy", "-d", "demo"]).expect_code(1);
    let run = run.expect_said("error[target-host-empty]").expect_said("target.nix:1:34");
    assert!(!run.stderr.contains("evaluating"), "{}", run.report());
}

#[test]
fn files_that_are_no_text_are_refused() {
    let here = Hermetic::new();
    here.write("binary.nix", [0u8, 159, 146, 150]);
    for verb in ["check", "create"] {
        let run = here.nixwright(&[verb, "binary.nix"]).expect_code(2);
        let _ = run.expect_said("`binary.nix` is not text");
    }
}

#[test]
fn a_folder_is_the_network_that_lies_in_it() {
    let here = Hermetic::new();
    here.write("fleet/default.nix", "{ packages = [ ]; nixosConfigurations = { }; }");
    let made = r#"{ _type = "configuration"; _module.args.modules = [ { networking.hostName = "a"; } ]; }"#;
    here.write(
        "fleet/flake.nix",
        format!("{{ outputs = {{ self }}: {{ nixosConfigurations.a = {made}; }}; }}"),
    );
    let _ = here.nixwright(&["check", "--dialect", "nixos", "fleet"]).expect_code(0);
    let _ = here.nixwright(&["create", "fleet", "-d", "fleet"]).expect_code(0);
    let listed = here.nixwright(&["list", "--json"]).ok();
    assert!(listed.contains("fleet/flake.nix"), "{listed}");
}

/// Another user than root: in an own folder of the program, since a home of root's may be closed to others.
fn as_nobody(here: &Hermetic, arguments: &[&str]) -> crate::support::run::Run {
    let program = here.work().join("nixwright");
    if !program.exists() {
        std::fs::copy(crate::support::hermetic::nixwright(), &program).expect("the program can be copied");
    }
    let program = program.display().to_string();
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", &program];
    let words: Vec<&str> = nobody.iter().chain(arguments).copied().collect();
    here.command("setpriv", &words).run()
}

#[test]
fn a_state_of_another_user_is_left_alone() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let here = Hermetic::new();
    here.write("network.nix", "{ web = { }; }");
    let owner = std::fs::metadata(here.work()).expect("the folder is there").uid();
    if owner != 0 {
        eprintln!("SKIPPED: only root can run a command as another user");
        assert!(
            std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(),
            "the tests run as root where all have to run"
        );
        return;
    }
    let mode = |path: &std::path::Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    mode(here.work().parent().expect("it is in a folder"), 0o755);
    let folder = here.work().join("states");
    std::fs::create_dir(&folder).expect("the folder is fresh");
    let state = folder.join("state.sqlite");
    let given = state.display().to_string();
    let _ = here.nixwright(&["create", "network.nix", "-d", "demo", "--state", &given]).expect_code(0);
    let before = std::fs::read(&state).expect("it was made");

    // A file that is closed, and then its folder.
    for (path, closed) in [(&state, 0o600), (&folder, 0o700)] {
        mode(path, closed);
        for command in [&["list"][..], &["create", "network.nix", "-d", "mine"]] {
            let words: Vec<&str> = command.iter().chain(&["--state", &given]).copied().collect();
            let run = as_nobody(&here, &words).expect_code(8);
            let _ = run.expect_said("you may not read the state").expect_said("state.sqlite");
        }
    }
    // One that may be read: what only reads does, what writes does not.
    mode(&folder, 0o755);
    mode(&state, 0o644);
    assert!(as_nobody(&here, &["list", "--state", &given]).ok().contains("demo"));
    let run = as_nobody(&here, &["create", "network.nix", "-d", "mine", "--state", &given]).expect_code(8);
    let _ = run.expect_said("cannot be written");
    // A new one, where nothing may be made.
    let new = folder.join("new.sqlite").display().to_string();
    let run = as_nobody(&here, &["create", "network.nix", "-d", "mine", "--state", &new]).expect_code(8);
    let _ = run.expect_said("cannot be written");
    assert_eq!(std::fs::read(&state).expect("it is there"), before, "nothing was written");
    let files: Vec<_> = std::fs::read_dir(&folder).expect("it can be read").collect();
    assert_eq!(files.len(), 1, "and nothing was left: {files:?}");
}

//! What git says, of real repositories. The program from the outside is in `cli/static_commands/since.rs`.

#![expect(clippy::disallowed_methods, reason = "the tests make repositories of their own")]

use std::process::Command;

use super::*;
use crate::system::{OsFiles, OsProcesses};

/// Runs git in a folder; its output.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args([
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "-c",
        "commit.gpgSign=false",
    ]);
    for name in OF_HOOKS {
        command.env_remove(name);
    }
    let output = command.args(arguments).output().expect("git is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn commit(folder: &Path) -> String {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "c"]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A repository with some files in one commit, on the branch `main`.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    git(here, &["init", "--quiet", "--initial-branch=main"]);
    for name in ["kept.nix", "edited.nix", "gone.nix", "moved.nix", "net/inner.nix"] {
        write(here, name, &format!("# {name}\n{{ }}\n"));
    }
    write(here, ".gitignore", "secret.nix\n");
    commit(here);
    folder
}

fn since(folder: &Path, revision: &str) -> Result<Changes, GitError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Changes::since(Arc::new(OsProcesses), folder, revision))
}

fn names(changes: &Changes) -> Vec<String> {
    changes.paths.keys().map(|it| it.display().to_string()).collect()
}

#[test]
fn all_ways_to_change_a_file_are_seen() {
    let folder = repository();
    let here = &folder.path().canonicalize().unwrap();
    assert!(since(here, "HEAD").unwrap().is_empty());
    write(here, "edited.nix", "# staged\n");
    git(here, &["add", "edited.nix"]);
    std::fs::remove_file(here.join("gone.nix")).unwrap();
    git(here, &["mv", "moved.nix", "new name\n ü.nix"]);
    write(here, "secret.nix", "{ }");
    write(here, "net/untracked.nix", "{ }");
    // From a folder below, too.
    let changes = since(&here.join("net"), "main").unwrap();
    let wanted = ["edited.nix", "gone.nix", "moved.nix", "net/untracked.nix", "new name\n ü.nix"];
    assert_eq!(names(&changes), wanted);
    assert!(changes.holds(&here.join("edited.nix")) && !changes.holds(&here.join("kept.nix")));
    assert!(!changes.holds(Path::new("/elsewhere/edited.nix")));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let files = runtime.block_on(changes.earlier_files(Arc::new(OsFiles), |_| true)).unwrap();
    let text = |name: &str| files.read(&here.join(name)).ok().map(|it| String::from_utf8(it).unwrap());
    for name in ["kept.nix", "edited.nix", "gone.nix", "moved.nix", "net/inner.nix"] {
        assert_eq!(text(name), Some(format!("# {name}\n{{ }}\n")));
    }
    assert_eq!(text("net/untracked.nix"), None);
    assert_eq!(text("secret.nix").as_deref(), Some("{ }"), "what git ignores is as it is");
}

#[test]
fn the_last_commit_in_common_counts() {
    let folder = repository();
    let here = folder.path();
    git(here, &["checkout", "--quiet", "-b", "feature"]);
    write(here, "mine.nix", "{ }");
    let mine = commit(here);
    git(here, &["checkout", "--quiet", "main"]);
    write(here, "kept.nix", "# theirs\n");
    commit(here);
    let first = git(here, &["rev-parse", "main~1"]);
    git(here, &["checkout", "--quiet", "feature"]);
    let changes = since(here, "main").unwrap();
    assert_eq!((names(&changes), changes.base()), (vec!["mine.nix".to_owned()], first.as_str()));
    // In another work tree of the same repository.
    let other = tempfile::tempdir().unwrap();
    let other = other.path().join("tree");
    git(here, &["worktree", "add", "--quiet", "--detach", other.to_str().unwrap(), &mine]);
    assert_eq!(names(&since(&other, "main").unwrap()), ["mine.nix"]);
    // On the branch itself, what is not committed counts.
    write(here, "kept.nix", "# more\n");
    assert_eq!(names(&since(here, "feature").unwrap()), ["kept.nix"]);
}

#[test]
fn whatever_is_in_a_submodule_that_moved_has_changed() {
    let inner = repository();
    let folder = repository();
    let here = &folder.path().canonicalize().unwrap();
    let inside = inner.path().to_str().unwrap();
    git(here, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inside, "sub"]);
    commit(here);
    assert!(!since(here, "HEAD").unwrap().holds(&here.join("sub/kept.nix")));
    write(&here.join("sub"), "kept.nix", "# new\n");
    commit(&here.join("sub"));
    assert!(since(here, "HEAD").unwrap().holds(&here.join("sub/kept.nix")));
}

#[test]
fn what_cannot_be_compared_is_an_error_with_a_remedy() {
    let folder = repository();
    let here = folder.path();
    let told = |folder: &Path, revision: &str| {
        let error = since(folder, revision).err().expect("it cannot be compared");
        (error.to_string(), error.hint().unwrap_or_default())
    };
    let (error, hint) = told(here, "nowhere");
    assert_eq!(error, "git knows no revision `nowhere` here");
    assert!(hint.contains("git fetch"), "{hint}");
    assert!(told(here, "--all").0.contains("no revision `--all`"));
    assert!(told(here, "").0.contains("no revision"));
    git(here, &["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    assert_eq!(told(here, "trunk").1, "did you mean `origin/trunk`?");
    git(here, &["checkout", "--quiet", "--orphan", "other"]);
    assert_eq!(told(here, "main").0, "this repository has no commit yet");
    write(here, "kept.nix", "# another beginning\n");
    commit(here);
    assert_eq!(told(here, "main").0, "`main` and what is checked out have no commit in common");

    let outside = tempfile::tempdir().unwrap();
    assert!(told(outside.path(), "main").0.contains("lies in no work tree of git\n  fatal: not a git"));

    // A clone with one commit has neither the older ones, nor what it began at.
    let long = repository();
    let old = git(long.path(), &["rev-parse", "HEAD"]);
    write(long.path(), "kept.nix", "# new\n");
    commit(long.path());
    let clone = outside.path().join("clone");
    let from = format!("file://{}", long.path().display());
    git(outside.path(), &["clone", "--quiet", "--depth", "1", &from, clone.to_str().unwrap()]);
    assert!(told(&clone, &old).1.contains("--unshallow"));
}

#[test]
fn a_hook_of_git_does_not_lead_elsewhere() {
    let tree = WorkTree { processes: Arc::new(OsProcesses), top: "/".into() };
    let command = tree.command(["status"]);
    assert!(OF_HOOKS.iter().all(|it| command.withheld.contains(*it)));
}

#[test]
fn lines_of_git_are_taken_apart() {
    let name = "a".repeat(40);
    let zeros = "0".repeat(40);
    assert_eq!(earlier(&format!(":100644 100755 {name} {zeros} M")), Earlier::Text(name.clone()));
    assert_eq!(earlier(&format!(":100644 000000 {name} {zeros} D")), Earlier::Text(name.clone()));
    assert_eq!(earlier(&format!(":000000 100644 {zeros} {zeros} A")), Earlier::Nothing);
    assert_eq!(earlier(&format!(":120000 100644 {name} {zeros} T")), Earlier::Other);
    assert_eq!(earlier(&format!(":000000 000000 {zeros} {zeros} U")), Earlier::Other);
}

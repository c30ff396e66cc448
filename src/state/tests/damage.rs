//! Files that are no state, states that were damaged, and places where nothing can be kept: each its own error.

use super::*;
use crate::state::database::values;

async fn error_of(system: &System, given: &Path) -> StateError {
    let given = given.to_str().unwrap();
    let open = State::open(system, Some(given)).await.err().unwrap();
    let peek = State::peek(system, Some(given)).await.err();
    // Reading finds the same, unless it finds that there is nothing to read.
    assert!(peek.is_none_or(|peek| peek.to_string() == open.to_string()));
    open
}

/// A closed state with one deployment, and its path.
async fn closed(it: Fixture) -> (tempfile::TempDir, System, PathBuf) {
    it.state.create_deployment(named("web")).await.unwrap();
    let path = it.state.path().to_owned();
    it.state.close().await;
    (it.folder, it.system, path)
}

#[tokio::test]
async fn what_is_no_state_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_in(folder.path());
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, [0x7f; 5000]).unwrap();
    assert!(
        matches!(error_of(&system, &garbage).await, StateError::NotADatabase { path } if path == garbage)
    );
    assert_eq!(std::fs::read(&garbage).unwrap(), [0x7f; 5000]);
    let short = folder.path().join("short");
    std::fs::write(&short, "SQLite").unwrap();
    assert!(matches!(error_of(&system, &short).await, StateError::NotADatabase { .. }));
    assert!(matches!(error_of(&system, folder.path()).await, StateError::NotAFile { .. }));
    assert!(matches!(error_of(&system, Path::new("/dev/null")).await, StateError::NotAFile { .. }));
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(matches!(error_of(&system, &pipe).await, StateError::NotAFile { .. }));
    let missing = folder.path().join("no/such/state");
    let error = error_of(&system, &missing).await;
    assert!(matches!(&error, StateError::MissingFolder { folder } if missing.starts_with(folder)), "{error}");
    let below = garbage.join("state");
    let error = error_of(&system, &below).await;
    assert!(matches!(&error, StateError::MissingFolder { folder } if *folder == garbage), "{error}");
    assert!(matches!(error_of(&system, Path::new("/sys/state.sqlite")).await, StateError::ReadOnly { .. }));
}

#[tokio::test]
async fn places_are_read_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_in(folder.path());
    let error = State::open(&system, Some("mysql://me:secret@db/x")).await.err().unwrap().to_string();
    assert!(error.contains("names no state") && !error.contains("secret"), "{error}");
    assert!(matches!(State::open(&system, Some("sqlite:")).await.err(), Some(StateError::Place { .. })));
    let mut nowhere = system.clone();
    nowhere.environment = Arc::new(Environment::fake(folder.path(), []));
    assert!(matches!(State::peek(&nowhere, None).await.err(), Some(StateError::NoPlace)));
    // A relative path counts from the working folder; characters that mean something in URLs mean nothing here.
    for name in ["a.sqlite", "sqlite:b ? #%41 ä.sqlite"] {
        let state = State::open(&system, Some(name)).await.unwrap();
        assert_eq!(state.path(), folder.path().join(name.trim_start_matches("sqlite:")));
        assert!(state.path().exists(), "{name}");
    }
    nowhere.environment =
        Arc::new(Environment::fake(folder.path(), [("NIXWRIGHT_STATE", "c.sqlite"), ("HOME", "/h")]));
    assert_eq!(State::open(&nowhere, None).await.unwrap().path(), folder.path().join("c.sqlite"));
}

#[tokio::test]
async fn a_file_cut_short_is_damaged() {
    let (_folder, system, path) = closed(fixture().await).await;
    let whole = std::fs::read(&path).unwrap();
    for length in [100, 512, 4096, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = error_of(&system, &path).await;
        assert!(
            matches!(error, StateError::Damaged { .. } | StateError::NotADatabase { .. }),
            "{length}: {error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), whole[..length], "{length}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(State::open(&system, None).await.unwrap().deployments().await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_of_rubbish_are_found_when_they_are_read() {
    let (_folder, system, path) = closed(fixture().await).await;
    let whole = std::fs::read(&path).unwrap();
    let mut broken = whole.clone();
    broken[4096..].fill(0xa5);
    std::fs::write(&path, &broken).unwrap();
    let error = match State::open(&system, None).await {
        Err(error) => error,
        Ok(state) => state.deployments().await.unwrap_err(),
    };
    assert!(matches!(error, StateError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_damage_with_its_column() {
    let it = fixture().await;
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let mut transaction = it.state.database.write().await.unwrap();
    transaction.execute("UPDATE deployments SET arguments = $1", values!["{"]).await.unwrap();
    transaction.commit().await.unwrap();
    let error = it.state.deployment(web).await.unwrap_err().to_string();
    assert!(error.contains("damaged (a value in column `arguments` makes no sense)"), "{error}");

    // Where many rows are read as one value, too.
    it.state.record_machine(web, "db").await.unwrap();
    let sane = it.state.shown_machines(web, true).await.unwrap();
    assert_eq!((sane.len(), sane[0].host_keys.len(), sane[0].address.as_ref()), (1, 0, None));
    let why_not = [
        ("UPDATE machines SET host_keys = 'none'", "a value in column `host_keys` makes no sense"),
        ("UPDATE machines SET host_keys = x'ff', generation = 1", "bytes stand where a text should be"),
        (
            "UPDATE machines SET host_keys = '[]', generation = 'newest'",
            "a value in the table `machines` makes no sense",
        ),
    ];
    for (statement, why) in why_not {
        let mut transaction = it.state.database.write().await.unwrap();
        transaction.execute(statement, &[]).await.unwrap();
        transaction.commit().await.unwrap();
        let error = it.state.shown_machines(web, true).await.unwrap_err();
        assert!(matches!(&error, StateError::Damaged { detail, .. } if detail == why), "{error:?}");
    }
}

#[tokio::test]
async fn a_newer_state_is_not_touched() {
    let it = fixture().await;
    let mut transaction = it.state.database.write().await.unwrap();
    transaction.execute("UPDATE nixwright_schema SET version = $1", values![99_i64]).await.unwrap();
    transaction.commit().await.unwrap();
    let (_folder, system, path) = closed(it).await;
    let before = std::fs::read(&path).unwrap();
    let error = error_of(&system, &path).await.to_string();
    let known = schema::MIGRATIONS.len();
    let said = format!("schema version 99, but this nixwright knows versions up to {known}");
    assert!(error.contains(&said), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_database_of_another_program_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_in(folder.path());
    let path = folder.path().join("deployments.nixops");
    std::fs::write(&path, "").unwrap();
    let database = Database::open(&path, Mode::Write).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    transaction.script("CREATE TABLE Deployments (uuid TEXT PRIMARY KEY)").await.unwrap();
    transaction.commit().await.unwrap();
    database.close().await;
    let before = std::fs::read(&path).unwrap();
    let error = error_of(&system, &path).await;
    assert!(matches!(&error, StateError::Foreign { table, .. } if table == "Deployments"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// A process that died right after creating the file left an empty one.
#[tokio::test]
async fn an_empty_file_is_a_state_that_was_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_in(folder.path());
    let path = folder.path().join("state");
    std::fs::write(&path, "").unwrap();
    let given = path.to_str();
    assert_eq!(State::peek(&system, given).await.unwrap().deployments().await.unwrap(), []);
    assert!(std::fs::read(&path).unwrap().is_empty());
    State::open(&system, given).await.unwrap().create_deployment(named("web")).await.unwrap();
    assert_eq!(State::peek(&system, given).await.unwrap().deployments().await.unwrap().len(), 1);
}

/// Runs this test in a mount namespace of its own with `script` done first, where `$1` is the folder. The namespace
/// and all that is mounted in it end with the process.
fn in_namespace(test: &str, folder: &Path, script: &str) {
    let possible =
        std::process::Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    if !possible.is_ok_and(|status| status.success()) {
        assert!(role("CI").is_none(), "CI must allow namespaces of one's own");
        println!("skipped: this machine allows no mount namespace of one's own");
        return;
    }
    let inner = itself(test);
    let status = std::process::Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-ec"])
        .arg(format!("{script}\nshift\nexec \"$@\""))
        .arg("sh")
        .arg(folder)
        .arg(inner.get_program())
        .args(inner.get_args())
        .env("NIXWRIGHT_TEST_FOLDER", folder)
        .output()
        .unwrap();
    assert!(
        status.status.success(),
        "{}{}",
        String::from_utf8_lossy(&status.stdout),
        String::from_utf8_lossy(&status.stderr)
    );
}

/// Root may write everywhere but on a read-only mount.
#[tokio::test]
async fn where_nothing_can_be_written_one_can_still_read() {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        let system = system_in(Path::new(&folder));
        let state = State::peek(&system, None).await.unwrap();
        assert_eq!(state.deployments().await.unwrap()[0].name.as_deref(), Some("web"));
        assert!(matches!(state.create_deployment(named("x")).await, Err(StateError::ReadOnly { .. })));
        assert!(matches!(State::open(&system, None).await.err(), Some(StateError::ReadOnly { .. })));
        let elsewhere = format!("{folder}/new.sqlite");
        let error = State::open(&system, Some(&elsewhere)).await.err().unwrap();
        assert!(matches!(error, StateError::ReadOnly { .. }), "{error}");
        return;
    }
    let (folder, ..) = closed(fixture().await).await;
    in_namespace(
        "state::tests::damage::where_nothing_can_be_written_one_can_still_read",
        folder.path(),
        "mount --bind \"$1\" \"$1\"\nmount -o remount,bind,ro \"$1\"",
    );
}

/// On a full disk what was acknowledged stays, and the next write says that there is no room.
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        let system = system_in(Path::new(&folder));
        let state = State::open(&system, None).await.unwrap();
        let mut written = 0;
        let error = loop {
            let mut new = named(&format!("n{written}"));
            new.description = "x".repeat(10_000);
            match state.create_deployment(new).await {
                Ok(_) => written += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StateError::Full { .. }), "{error}");
        assert_eq!(state.deployments().await.unwrap().len(), written);
        let error = state.rename_deployment(state.deployments().await.unwrap()[0].id, "other").await;
        assert!(matches!(error, Ok(()) | Err(StateError::Full { .. })), "{error:?}");
        state.close().await;
        assert_eq!(State::peek(&system, None).await.unwrap().deployments().await.unwrap().len(), written);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    in_namespace(
        "state::tests::damage::a_full_disk_loses_nothing_that_was_acknowledged",
        folder.path(),
        "mount -t tmpfs -o size=1m tmpfs \"$1\"",
    );
}

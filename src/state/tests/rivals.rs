//! Several processes and tasks at the same state: at its creation, at its migration, and at a lock.

use std::io::{BufRead, BufReader, Write};

use super::*;
use crate::state::database::values;

on_both!(
    many_can_begin_a_state_at_once,
    a_migration_that_fails_leaves_the_old_version,
    processes_take_turns_at_the_lock,
    a_killed_holder_does_not_keep_the_lock,
    a_process_number_that_was_given_out_again_is_noticed,
    changes_from_many_tasks_are_all_kept
);

async fn many_can_begin_a_state_at_once(on: Backend) {
    let Some(home) = Home::new(on) else { return };
    let system = home.system.clone();
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let system = system.clone();
            tokio::spawn(async move {
                let state = State::open(&system, None).await.unwrap();
                state.create_deployment(named(&format!("d{task}"))).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(State::peek(&system, None).await.unwrap().deployments().await.unwrap().len(), 8);
}

const NEXT: &str = "ALTER TABLE machines ADD COLUMN colour TEXT; CREATE TABLE tags (name TEXT);";
const BROKEN: &str = "CREATE TABLE tags (name TEXT); ALTER TABLE nowhere ADD COLUMN x TEXT;";

/// The migrations of a later program.
fn with(script: &'static str) -> Vec<&'static str> {
    schema::MIGRATIONS.iter().copied().chain([script]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_can_migrate_at_once_and_a_copy_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let it = fixture().await;
    it.state.create_deployment(named("web")).await.unwrap();
    let path = it.state.path().to_owned();
    it.state.close().await;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (system, path) = (it.system.clone(), path.clone());
            tokio::spawn(async move {
                let database = Database::open(&path, Mode::Write).await.unwrap();
                schema::bring_up(&system, &database, &with(NEXT)).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let database = Database::open(&path, Mode::Write).await.unwrap();
    let mut transaction = database.read().await.unwrap();
    let row =
        transaction.row("SELECT COUNT(*) AS n, MAX(version) AS version FROM nixwright_schema", &[]).await;
    let row = row.unwrap().unwrap();
    let version = row.integer("version").unwrap();
    assert_eq!((row.integer("n").unwrap(), version), (1, with(NEXT).len() as i64));
    transaction.rows("SELECT colour FROM machines", &[]).await.unwrap();
    // The copy is a whole state of the old version that only this user can read.
    let names = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let names: Vec<_> = names.map(|path| path.to_str().unwrap().to_owned()).collect();
    assert!(!names.iter().any(|name| name.contains("partial")), "{names:?}");
    let copy = format!("sqlite.v{}-20261122T100000", version - 1);
    let copy = names.iter().find(|name| name.ends_with(&copy)).unwrap();
    assert_eq!(std::fs::symlink_metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    let old = State::peek(&it.system, Some(copy)).await.unwrap();
    assert_eq!(old.deployments().await.unwrap()[0].name.as_deref(), Some("web"));
}

async fn a_migration_that_fails_leaves_the_old_version(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    it.state.create_deployment(named("web")).await.unwrap();
    let error = schema::bring_up(&it.system, &it.state.database, &with(BROKEN)).await.unwrap_err();
    assert!(matches!(error, StateError::Database { act: "write", .. }), "{error}");
    let again = State::open(&it.system, None).await.unwrap();
    assert_eq!(again.deployments().await.unwrap().len(), 1);
    schema::bring_up(&it.system, &again.database, &with(NEXT)).await.unwrap();
}

const PROCESSES: usize = 6;
const TURNS: usize = 8;

/// Each process takes the lock several times. A file that only one may create shows that they never hold it together;
/// the numbers of the generations show that nothing was lost or written twice.
async fn processes_take_turns_at_the_lock(on: Backend) {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        let system = system_in(Path::new(&folder));
        let state = State::open(&system, None).await.unwrap();
        let web = state.find_deployment("web").await.unwrap().id;
        let alone = Path::new(&folder).join("alone");
        let holder = Holder::this_process(&system);
        for _ in 0..TURNS {
            let lease = loop {
                match state.acquire(web, &holder, RunId::new(&system)).await {
                    Ok(lease) => break lease,
                    Err(StateError::Locked { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            };
            std::fs::File::create_new(&alone).unwrap();
            state.start_run(&lease, plan()).await.unwrap();
            state.append(&lease, vec![NewEntry::new("a", Event::Started)]).await.unwrap();
            state.record_generation(&lease, NewGeneration::default()).await.unwrap();
            state.finish_run(&lease, Outcome::Succeeded).await.unwrap();
            std::fs::remove_file(&alone).unwrap();
            state.release(lease).await.unwrap();
        }
        return;
    }
    let Some(home) = Home::new(on) else { return };
    let system = home.system.clone();
    let state = State::open(&system, None).await.unwrap();
    let web = state.create_deployment(named("web")).await.unwrap().id;
    let start = || again(on, "rivals::processes_take_turns_at_the_lock", &home).spawn().unwrap();
    let processes: Vec<_> = (0..PROCESSES).map(|_| start()).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let numbers: Vec<_> = state.generations(web).await.unwrap().iter().map(|it| it.number).collect();
    assert_eq!(numbers, (1..=(PROCESSES * TURNS) as u64).collect::<Vec<_>>());
    assert_eq!(state.unfinished_runs(web).await.unwrap(), []);
    assert_eq!(state.lock(web).await.unwrap(), None);
    assert_eq!(state.runs(Some(web)).await.unwrap().len(), PROCESSES * TURNS);
}

/// A holder that was killed frees its lock at once for others on this host, and its run is found unfinished.
async fn a_killed_holder_does_not_keep_the_lock(on: Backend) {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        let system = system_in(Path::new(&folder));
        let state = State::open(&system, None).await.unwrap();
        let web = state.find_deployment("web").await.unwrap().id;
        let lease = state.acquire(web, &Holder::this_process(&system), RunId::new(&system)).await.unwrap();
        state.start_run(&lease, plan()).await.unwrap();
        state.append(&lease, vec![NewEntry::new("a", Event::Started)]).await.unwrap();
        println!("\nholding {}", lease.run());
        std::io::stdout().flush().unwrap();
        // Until the test kills this process; the end of input ends it too, if the test itself dies.
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let Some(home) = Home::new(on) else { return };
    let system = home.system.clone();
    let state = State::open(&system, None).await.unwrap();
    let web = state.create_deployment(named("web")).await.unwrap().id;
    let mut process = again(on, "rivals::a_killed_holder_does_not_keep_the_lock", &home)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let run = lines
        .map(|line| line.unwrap())
        .find_map(|line| Some(line.strip_prefix("holding ")?.to_owned()))
        .unwrap();
    let us = Holder::this_process(&system);
    match state.acquire(web, &us, RunId::new(&system)).await {
        Err(StateError::Locked { holder, .. }) => assert_eq!(holder.process, process.id()),
        other => panic!("{other:?}"),
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(state.lock(web).await.unwrap().unwrap().stale);
    let unfinished = state.unfinished_runs(web).await.unwrap();
    assert_eq!(unfinished.iter().map(|it| it.id.to_string()).collect::<Vec<_>>(), [run]);
    let lease = state.acquire(web, &us, unfinished[0].id).await.unwrap();
    let resumed = state.resume_run(&lease).await.unwrap();
    assert_eq!((resumed.record.process, resumed.resumed[0].process), (process.id(), std::process::id()));
    assert_eq!(resumed.journal.last().unwrap().event, Event::Started);
    // Begun by a holder that is gone: it may be begun again.
    state.append(&lease, vec![NewEntry::new("a", Event::Started)]).await.unwrap();
}

/// A process with the number of the holder that started at another time is not the holder.
async fn a_process_number_that_was_given_out_again_is_noticed(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let us = Holder::this_process(&it.system);
    assert!(us.process_start > 0 && !us.boot.is_empty() && us.host != "unknown");
    let earlier = Holder { process_start: us.process_start - 1, ..us.clone() };
    it.state.acquire(web, &earlier, RunId::new(&it.system)).await.unwrap();
    let first = it.state.acquire(web, &us, RunId::new(&it.system)).await.unwrap();
    // The same number in another namespace says nothing about ours.
    it.state.release(first).await.unwrap();
    let container = Holder { boot: format!("{} other", us.boot), ..earlier };
    it.state.acquire(web, &container, RunId::new(&it.system)).await.unwrap();
    assert!(matches!(
        it.state.acquire(web, &us, RunId::new(&it.system)).await,
        Err(StateError::Locked { .. })
    ));
}

async fn changes_from_many_tasks_are_all_kept(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    it.state.start_run(&lease, plan()).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let (state, lease) = (it.state.clone(), lease.clone());
            tokio::spawn(async move {
                state.append(&lease, vec![NewEntry::new(format!("s{task}"), Event::Started)]).await.unwrap();
                state.record_machine(web, &format!("m{}", task / 2)).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let journal = it.state.run(lease.run()).await.unwrap().journal;
    assert_eq!(journal.iter().map(|it| it.sequence).collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
    assert_eq!(it.state.machines(web).await.unwrap().len(), 25);
    let mut transaction = it.state.database.read().await.unwrap();
    let row =
        transaction.row("SELECT COUNT(*) AS n FROM journal WHERE fence = $1", values![1_i64]).await.unwrap();
    assert_eq!(row.unwrap().integer("n").unwrap(), 50);
}

//! The state on a real SQLite file in a folder of its own, and on a real PostgreSQL server. What holds everywhere is here; the
//! files beside this one are about bad files and servers, about several processes, about sudden death, and about size.

#![expect(clippy::disallowed_methods, reason = "tests look at the real files")]

mod damage;
mod death;
mod outage;
mod rivals;
mod server;
mod size;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::system::{Clock, Environment, Pending};

/// A clock that stands still until it is told to go on.
struct Standing(Mutex<Timestamp>);

impl Standing {
    fn pass(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, duration: Duration) -> Pending<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn standing(system: &mut System) -> Arc<Standing> {
    let clock = Arc::new(Standing(Mutex::new("2026-11-22T10:00:00.123456789Z".parse().unwrap())));
    system.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    clock
}

/// Where a state is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    Sqlite,
    Postgres,
}

/// Each test once for each backend.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test(crate::state::tests::Backend::Sqlite).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test(crate::state::tests::Backend::Postgres).await;
            })*
        }
    };
}
use on_both;

/// The variable that tells a process which [`again`] starts where the state of its parent is.
const STATE: &str = "NIXWRIGHT_TEST_STATE";

/// This machine, with its home in `folder`, and the state of the process that started us, if it said one.
fn system_in(folder: &Path) -> System {
    system_with(folder, std::env::var(STATE).ok().as_deref())
}

fn system_with(folder: &Path, state: Option<&str>) -> System {
    let mut system = System::os();
    let home = folder.to_str().unwrap();
    let named = state.map(|state| ("NIXWRIGHT_STATE", state));
    let variables = [("XDG_DATA_HOME", home), ("USER", "alice")].into_iter().chain(named);
    system.environment = Arc::new(Environment::fake(folder, variables));
    system
}

/// A folder with a computer whose state is on one of the backends, and its server.
struct Home {
    folder: tempfile::TempDir,
    system: System,
    server: Option<server::TestServer>,
}

impl Home {
    fn new(on: Backend) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let server = match on {
            Backend::Sqlite => None,
            Backend::Postgres => Some(server::TestServer::start()?),
        };
        let url = server.as_ref().map(server::TestServer::url);
        let system = system_with(folder.path(), url.as_deref());
        Some(Self { folder, system, server })
    }

    /// What a process is told that has a part in the test.
    fn role(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.path().to_str().unwrap().to_owned();
        let url = self.server.as_ref().map(|server| (STATE, server.url()));
        std::iter::once(("NIXWRIGHT_TEST_FOLDER", folder)).chain(url).collect()
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    system: System,
    clock: Arc<Standing>,
    state: State,
    server: Option<server::TestServer>,
}

async fn fixture() -> Fixture {
    fixture_on(Backend::Sqlite).await.expect("SQLite is everywhere")
}

async fn fixture_on(on: Backend) -> Option<Fixture> {
    let Home { folder, mut system, server } = Home::new(on)?;
    let clock = standing(&mut system);
    let mut state = State::open(&system, None).await.unwrap();
    state.database.use_own_clock();
    Some(Fixture { folder, system, clock, state, server })
}

fn files(names: &[&str]) -> Source {
    Source::of_files(names.iter().map(PathBuf::from).collect())
}

fn named(name: &str) -> NewDeployment {
    NewDeployment {
        name: Some(name.to_owned()),
        source: files(&["/networks/target.nix", "/networks/config.nix"]),
        arguments: BTreeMap::from([("account".to_owned(), "\"prod\"".to_owned())]),
        nix_path: vec!["nixpkgs=/nixpkgs".to_owned()],
        description: "the web shop".to_owned(),
    }
}

fn system_of(toplevel: &str) -> GenerationMachine {
    GenerationMachine { toplevel: format!("/nix/store/{toplevel}"), derivation: None }
}

fn plan() -> NewRun {
    NewRun { kind: RunKind::Deploy, plan_version: 1, plan: r#"{"version":1,"steps":[]}"#.to_owned() }
}

/// This test binary again, in another process that runs only `test`, in the role that `role` describes.
fn again(on: Backend, test: &str, home: &Home) -> std::process::Command {
    let (module, test) = test.split_once("::").unwrap();
    let on = if on == Backend::Sqlite { "on_sqlite" } else { "on_postgres" };
    let test = format!("state::tests::{module}::{on}::{test}");
    let mut command = itself(&test);
    command.envs(home.role());
    command.stdout(std::process::Stdio::piped());
    command
}

fn itself(test: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    command
}

/// What the process was started for, in a process that [`again`] started.
fn role(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Fixture {
    async fn lease(&self, deployment: DeploymentId) -> Lease {
        let holder = Holder::this_process(&self.system);
        self.state.acquire(deployment, &holder, RunId::new(&self.system)).await.unwrap()
    }
}

on_both!(
    deployments_are_found_by_what_people_type,
    a_prefix_of_several_uuids_is_refused_with_all_of_them,
    deployments_are_renamed_modified_and_deleted,
    the_first_contact_with_a_machine_is_kept,
    generations_are_numbered_once,
    a_run_keeps_its_plan_and_journal,
    the_journal_refuses_every_move_outside_its_table,
    a_lock_is_held_once_and_lost_by_time
);

async fn deployments_are_found_by_what_people_type(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap();
    let mut other = named("database");
    other.source = files(&["/networks/database.nix"]);
    let database = it.state.create_deployment(other).await.unwrap();
    let uuid = web.id.to_string();
    for wanted in ["web", uuid.as_str(), &uuid.to_uppercase(), &uuid[..30]] {
        assert_eq!(it.state.find_deployment(wanted).await.unwrap(), web, "{wanted}");
    }
    let error = it.state.find_deployment("databse").await.unwrap_err().to_string();
    assert_eq!(error, "no deployment is called `databse`; did you mean `database`?; known are database, web");
    assert!(matches!(it.state.find_deployment("").await, Err(StateError::DeploymentNotFound { .. })));
    let by_files = it.state.find_by_source(&files(&["/networks/database.nix"])).await.unwrap();
    assert_eq!(by_files, Some(database));
    assert_eq!(it.state.find_by_source(&files(&["/networks/config.nix"])).await.unwrap(), None);
    it.state.create_deployment(NewDeployment { name: None, ..named("x") }).await.unwrap();
    let error = it.state.find_by_source(&web.source).await.unwrap_err();
    assert!(matches!(&error, StateError::DeploymentAmbiguous { candidates, .. } if candidates.len() == 2));
    let listed = it.state.deployments().await.unwrap();
    let names: Vec<_> = listed.iter().map(|it| it.name.as_deref()).collect();
    assert_eq!(names, [Some("database"), Some("web"), None]);
}

async fn a_prefix_of_several_uuids_is_refused_with_all_of_them(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    for _ in 0..17 {
        it.state.create_deployment(NewDeployment { name: None, ..named("x") }).await.unwrap();
    }
    // Among 17 UUIDs two begin with the same of 16 digits.
    let ids = it.state.deployments().await.unwrap().into_iter().map(|it| it.id.to_string());
    let mut digits: Vec<_> = ids.map(|id| id[..1].to_owned()).collect();
    digits.sort();
    let twice = digits.windows(2).find(|pair| pair[0] == pair[1]).unwrap()[0].clone();
    match it.state.find_deployment(&twice).await {
        Err(StateError::DeploymentAmbiguous { candidates, .. }) => assert!(candidates.len() > 1),
        other => panic!("{other:?}"),
    }
}

async fn deployments_are_renamed_modified_and_deleted(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap();
    it.state.create_deployment(named("shop")).await.unwrap();
    assert!(matches!(it.state.create_deployment(named("web")).await, Err(StateError::NameTaken { .. })));
    assert!(matches!(it.state.rename_deployment(web.id, "shop").await, Err(StateError::NameTaken { .. })));
    for bad in ["", "1web", "a b", "ä", "a/b"] {
        assert!(
            matches!(it.state.rename_deployment(web.id, bad).await, Err(StateError::BadName { .. })),
            "{bad}"
        );
    }
    it.state.rename_deployment(web.id, "web").await.unwrap();
    it.state.rename_deployment(web.id, "_web-2.x").await.unwrap();
    let changes = Changes { description: Some("new".to_owned()), ..Changes::default() };
    it.state.modify_deployment(web.id, changes).await.unwrap();
    let now = it.state.deployment(web.id).await.unwrap();
    let expected =
        Deployment { name: Some("_web-2.x".to_owned()), description: "new".to_owned(), ..web.clone() };
    assert_eq!(now, expected);
    it.state.record_machine(web.id, "a").await.unwrap();
    match it.state.delete_deployment(web.id, false).await {
        Err(StateError::HasMachines { machines }) => assert_eq!(machines, ["a"]),
        other => panic!("{other:?}"),
    }
    let lease = it.lease(web.id).await;
    assert!(matches!(it.state.delete_deployment(web.id, true).await, Err(StateError::Locked { .. })));
    it.state.release(lease).await.unwrap();
    it.state.delete_deployment(web.id, true).await.unwrap();
    assert!(matches!(it.state.deployment(web.id).await, Err(StateError::DeploymentGone { .. })));
    assert!(matches!(it.state.record_machine(web.id, "a").await, Err(StateError::DeploymentGone { .. })));
    assert_eq!(it.state.deployments().await.unwrap().len(), 1);
}

async fn the_first_contact_with_a_machine_is_kept(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let pair = |text: &str| SshKeyPair { private: Secret::new(text), public: format!("ssh-ed25519 {text}") };
    assert_eq!(it.state.keep_state_version(web, "a", "24.05").await.unwrap(), "24.05");
    assert_eq!(it.state.keep_state_version(web, "a", "25.11").await.unwrap(), "24.05");
    assert_eq!(it.state.keep_ssh_key(web, "a", pair("one")).await.unwrap(), pair("one"));
    assert_eq!(it.state.keep_ssh_key(web, "a", pair("two")).await.unwrap(), pair("one"));
    let keys = ["ssh-ed25519 AAAA".to_owned()];
    assert_eq!(it.state.pin_host_keys(web, "a", &keys).await.unwrap(), keys);
    assert_eq!(it.state.pin_host_keys(web, "a", &["ssh-rsa BBBB".to_owned()]).await.unwrap(), keys);
    let address = Address { host: "a.example".to_owned(), port: Some(2222), user: "root".to_owned() };
    it.state.set_address(web, "a", &address).await.unwrap();
    let lease = it.lease(web).await;
    it.state.set_ssh_key_deployed(&lease, "a", true).await.unwrap();
    it.state.set_system(&lease, "a", "/nix/store/one", Some(1)).await.unwrap();
    let record = it.state.machine(web, "a").await.unwrap().unwrap();
    assert_eq!(
        record,
        MachineRecord {
            name: "a".to_owned(),
            recorded: it.state.now(),
            state_version: Some("24.05".to_owned()),
            ssh_key: Some(pair("one")),
            ssh_key_deployed: true,
            host_keys: keys.to_vec(),
            toplevel: Some("/nix/store/one".to_owned()),
            generation: Some(1),
            address: Some(address),
        }
    );
    assert!(!format!("{record:?}").contains("Secret(\""), "{record:?}");
    assert_eq!(it.state.deployment(web).await.unwrap().machines, 1);
    it.state.forget_host_keys(web, "a").await.unwrap();
    assert_eq!(it.state.machines(web).await.unwrap()[0].host_keys, Vec::<String>::new());
    let error = it.state.forget_machine(web, "b").await.unwrap_err().to_string();
    assert_eq!(error, "the deployment has no record of a machine `b`; known are a");
    it.state.forget_machine(web, "a").await.unwrap();
    assert_eq!(it.state.machine(web, "a").await.unwrap(), None);
}

async fn generations_are_numbered_once(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    assert_eq!(it.state.newest_generation(web).await.unwrap(), None);
    let lease = it.lease(web).await;
    let new = |toplevel: &str| NewGeneration {
        revision: Some("abc".to_owned()),
        description: "deploy".to_owned(),
        machines: BTreeMap::from([("a".to_owned(), system_of(toplevel)), ("b".to_owned(), system_of("b"))]),
    };
    let first = it.state.record_generation(&lease, new("one")).await.unwrap();
    let second = it.state.record_generation(&lease, new("two")).await.unwrap();
    assert_eq!((first.number, second.number, second.user.as_str()), (1, 2, "alice"));
    assert_eq!(it.state.generations(web).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(it.state.newest_generation(web).await.unwrap(), Some(second));
    match it.state.generation(web, 7).await {
        Err(StateError::GenerationNotFound { number: 7, newest: Some(2) }) => {}
        other => panic!("{other:?}"),
    }
    it.state.set_system(&lease, "a", "/nix/store/one", Some(1)).await.unwrap();
    let error = it.state.delete_generation(web, 1).await.unwrap_err().to_string();
    assert_eq!(error, "generation 1 can not be deleted: it runs on a");
    let error = it.state.delete_generation(web, 2).await.unwrap_err().to_string();
    assert_eq!(error, "generation 2 can not be deleted: it is the newest");
    it.state.set_system(&lease, "a", "/nix/store/two", Some(2)).await.unwrap();
    it.state.delete_generation(web, 1).await.unwrap();
    assert!(matches!(it.state.generation(web, 1).await, Err(StateError::GenerationNotFound { .. })));
    assert!(matches!(it.state.generation(web, u64::MAX).await, Err(StateError::GenerationNotFound { .. })));
    assert_eq!(it.state.record_generation(&lease, new("three")).await.unwrap().number, 3);
}

async fn a_run_keeps_its_plan_and_journal(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    assert!(matches!(
        it.state.append(&lease, vec![NewEntry::new("a", Event::Started)]).await,
        Err(StateError::RunNotFound { .. })
    ));
    let record = it.state.start_run(&lease, plan()).await.unwrap();
    assert_eq!(it.state.unfinished_runs(web).await.unwrap(), std::slice::from_ref(&record));
    let mut done = NewEntry::new("copy/a", Event::Succeeded);
    done.machine = Some("a".to_owned());
    done.output = Some(r#"{"bytes":12}"#.to_owned());
    it.state.append(&lease, vec![NewEntry::new("copy/a", Event::Started)]).await.unwrap();
    let written = it.state.append(&lease, vec![done, NewEntry::new("copy/b", Event::Skipped)]).await.unwrap();
    assert_eq!(written.iter().map(|it| it.sequence).collect::<Vec<_>>(), [2, 3]);
    it.clock.pass(Duration::from_secs(5));
    it.state.finish_run(&lease, Outcome::Partly).await.unwrap();
    let run = it.state.run(record.id).await.unwrap();
    assert_eq!((run.plan.as_str(), run.plan_version), (plan().plan.as_str(), 1));
    assert_eq!(run.journal[1..], written);
    assert_eq!(run.record.outcome, Some(Outcome::Partly));
    assert_eq!(run.record.ended, Some(record.started + Duration::from_secs(5)));
    assert_eq!(it.state.runs(None).await.unwrap(), std::slice::from_ref(&run.record));
    assert_eq!(it.state.runs(Some(web)).await.unwrap(), [run.record]);
    assert_eq!(it.state.unfinished_runs(web).await.unwrap(), []);
    let late = it.state.append(&lease, vec![NewEntry::new("x", Event::Started)]).await;
    assert!(matches!(late, Err(StateError::RunEnded { .. })));
    it.state.resume_run(&lease).await.unwrap();
    it.state.append(&lease, vec![NewEntry::new("x", Event::Started)]).await.unwrap();
}

/// Every pair of events, in one hold of the lock and across two: what the table allows is written, all else not.
async fn the_journal_refuses_every_move_outside_its_table(on: Backend) {
    use Event::{Failed, Skipped, Started, Succeeded, UndoFailed, UndoStarted, Undone};
    let all = [Started, Succeeded, Failed, UndoStarted, Undone, UndoFailed, Skipped];
    let path_to = |event| match event {
        Started => vec![Started],
        Succeeded => vec![Started, Succeeded],
        Failed => vec![Started, Failed],
        UndoStarted => vec![Started, Failed, UndoStarted],
        Undone => vec![Started, Failed, UndoStarted, Undone],
        UndoFailed => vec![Started, Failed, UndoStarted, UndoFailed],
        Skipped => vec![Skipped],
    };
    let same: [(Option<Event>, &[Event]); 8] = [
        (None, &[Started, Skipped]),
        (Some(Started), &[Succeeded, Failed]),
        (Some(Succeeded), &[UndoStarted]),
        (Some(Failed), &[Started, UndoStarted]),
        (Some(UndoStarted), &[Undone, UndoFailed]),
        (Some(Undone), &[Started]),
        (Some(UndoFailed), &[Started, UndoStarted]),
        (Some(Skipped), &[]),
    ];
    let later: [(Option<Event>, &[Event]); 8] = [
        (None, &[Started, Skipped]),
        (Some(Started), &[Started, Succeeded, Failed, UndoStarted]),
        (Some(Succeeded), &[Started, UndoStarted]),
        (Some(Failed), &[Started, UndoStarted]),
        (Some(UndoStarted), &[UndoStarted, Undone, UndoFailed]),
        (Some(Undone), &[Started]),
        (Some(UndoFailed), &[Started, UndoStarted]),
        (Some(Skipped), &[Started, Skipped]),
    ];
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let mut lease = it.lease(web).await;
    it.state.start_run(&lease, plan()).await.unwrap();
    for (resumed, table) in [(false, same), (true, later)] {
        for (before, allowed) in table {
            for next in all {
                let step = format!("{resumed} {before:?} {next:?}");
                let path = before.map(path_to).unwrap_or_default();
                let path = path.into_iter().map(|event| NewEntry::new(&step, event)).collect();
                it.state.append(&lease, path).await.unwrap();
                if resumed {
                    let run = lease.run();
                    it.state.release(lease).await.unwrap();
                    lease = it.state.acquire(web, &Holder::this_process(&it.system), run).await.unwrap();
                }
                // A legal entry beside it must vanish with an illegal one.
                let beside = format!("beside {step}");
                let entries = vec![NewEntry::new(&beside, Started), NewEntry::new(&step, next)];
                match it.state.append(&lease, entries).await {
                    Ok(_) => assert!(allowed.contains(&next), "allowed: {step}"),
                    Err(StateError::IllegalMove { .. }) => {
                        assert!(!allowed.contains(&next), "refused: {step}");
                        let journal = it.state.run(lease.run()).await.unwrap().journal;
                        assert!(journal.iter().all(|entry| entry.step != beside));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
}

async fn a_lock_is_held_once_and_lost_by_time(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    assert_eq!(it.state.lock(web).await.unwrap(), None);
    let elsewhere = Holder {
        user: "bob".to_owned(),
        host: "desk".to_owned(),
        process: 7,
        process_start: 1,
        boot: String::new(),
    };
    let first = it.state.acquire(web, &elsewhere, RunId::new(&it.system)).await.unwrap();
    it.state.start_run(&first, plan()).await.unwrap();
    let us = Holder::this_process(&it.system);
    let error = it.state.acquire(web, &us, RunId::new(&it.system)).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the deployment is locked by bob@desk (process 7) since 2026-11-22T10:00:00.123456Z; wait for it, or break \
         the lock with `nixwright unlock`"
    );
    // Renewing keeps it; without a sign of life it is free after a minute.
    it.clock.pass(Duration::from_secs(59));
    it.state.renew(&first).await.unwrap();
    it.clock.pass(Duration::from_secs(59));
    assert!(it.state.acquire(web, &us, RunId::new(&it.system)).await.is_err());
    it.clock.pass(Duration::from_secs(1));
    assert!(it.state.lock(web).await.unwrap().unwrap().stale);
    let second = it.lease(web).await;
    assert_eq!((first.fence(), second.fence()), (1, 2));
    // The old holder wakes up: nothing it writes is taken.
    let lost = |result: Result<(), StateError>| match result {
        Err(StateError::LeaseLost { now: Some(now) }) => assert_eq!(*now, us),
        other => panic!("{other:?}"),
    };
    lost(it.state.renew(&first).await);
    lost(it.state.append(&first, vec![NewEntry::new("a", Event::Started)]).await.map(drop));
    lost(it.state.record_generation(&first, NewGeneration::default()).await.map(drop));
    lost(it.state.set_system(&first, "a", "/nix/store/old", None).await);
    lost(it.state.set_ssh_key_deployed(&first, "a", true).await);
    lost(it.state.finish_run(&first, Outcome::Succeeded).await);
    lost(it.state.release(first.clone()).await);
    assert_eq!(it.state.generations(web).await.unwrap(), []);
    assert_eq!(it.state.machines(web).await.unwrap(), []);
    it.state.release(second.clone()).await.unwrap();
    assert!(matches!(it.state.renew(&second).await, Err(StateError::LeaseLost { now: None })));
    // Broken deliberately: the holder is told at its next write.
    let third = it.lease(web).await;
    assert_eq!(it.state.break_lock(web).await.unwrap().unwrap().run, third.run());
    assert!(matches!(it.state.renew(&third).await, Err(StateError::LeaseLost { now: None })));
    assert_eq!(it.state.break_lock(web).await.unwrap(), None);
    assert_eq!(it.lease(web).await.fence(), 5);
}

#[tokio::test]
async fn the_default_place_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let it = fixture().await;
    it.state.create_deployment(named("web")).await.unwrap();
    let folder = it.folder.path().join("nixwright");
    let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    it.state.close().await;
    std::fs::set_permissions(folder.join("state.sqlite"), std::fs::Permissions::from_mode(0o644)).unwrap();
    State::open(&it.system, None).await.unwrap();
    assert_eq!(mode(&folder.join("state.sqlite")), 0o600);
}

#[tokio::test]
async fn reading_what_is_not_there_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_in(folder.path());
    let state = State::peek(&system, None).await.unwrap();
    assert_eq!(state.deployments().await.unwrap(), []);
    assert_eq!(state.runs(None).await.unwrap(), []);
    assert!(matches!(state.create_deployment(named("web")).await, Err(StateError::ReadOnly { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn sources_that_were_stored_before_there_were_dialects_are_read() {
    let read = |text: &str| serde_json::from_str::<Source>(text).unwrap();
    let old = r#"{"kind":"files","files":["/net/a.nix"]}"#;
    assert_eq!(read(old), files(&["/net/a.nix"]));
    assert_eq!(serde_json::to_string(&read(old)).unwrap(), old);
    let flake = r#"{"kind":"flake","reference":"github:me/fleet","dialect":"colmena"}"#;
    assert_eq!(serde_json::to_string(&read(flake)).unwrap(), flake);
    assert!(!read(flake).is_where(&read(old)));
}

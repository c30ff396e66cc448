//! The state on a real SQLite file in a folder of its own, and on a real PostgreSQL server. What holds everywhere is here; the
//! files beside this one are about bad files and servers, about several processes, about sudden death, and about size.

#![expect(clippy::disallowed_methods, reason = "tests look at the real files")]

mod damage;
mod death;
mod history;
mod journal;
mod outage;
mod rivals;
mod sealing;
#[path = "../../../tests/support/postgres.rs"]
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
pub(super) enum Backend {
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
pub(super) use on_both;

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

pub(super) struct Fixture {
    pub(super) folder: tempfile::TempDir,
    pub(super) system: System,
    clock: Arc<Standing>,
    pub(super) state: State,
    server: Option<server::TestServer>,
}

pub(super) async fn fixture() -> Fixture {
    fixture_on(Backend::Sqlite).await.expect("SQLite is everywhere")
}

pub(super) async fn fixture_on(on: Backend) -> Option<Fixture> {
    let Home { folder, mut system, server } = Home::new(on)?;
    let clock = standing(&mut system);
    let mut state = State::open(&system, None).await.unwrap();
    state.database.use_own_clock();
    Some(Fixture { folder, system, clock, state, server })
}

fn files(names: &[&str]) -> Source {
    Source::of_files(names.iter().map(PathBuf::from).collect())
}

pub(super) fn named(name: &str) -> NewDeployment {
    NewDeployment {
        name: Some(name.to_owned()),
        source: files(&["/networks/target.nix", "/networks/config.nix"]),
        arguments: BTreeMap::from([("account".to_owned(), "\"prod\"".to_owned())]),
        nix_path: vec!["nixpkgs=/nixpkgs".to_owned()],
        description: "the web shop".to_owned(),
    }
}

pub(super) fn system_of(toplevel: &str) -> GenerationMachine {
    GenerationMachine { toplevel: format!("/nix/store/{toplevel}"), derivation: None }
}

pub(super) fn plan() -> NewRun {
    let plan = r#"{"version":1,"steps":[]}"#.to_owned();
    let scope = Scope { goal: "switch".to_owned(), machines: 2, ..Scope::default() };
    NewRun { kind: RunKind::Deploy, plan_version: 1, plan, scope }
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
    pub(super) async fn lease(&self, deployment: DeploymentId) -> Lease {
        let holder = Holder::this_process(&self.system);
        self.state.acquire(deployment, &holder, RunId::new(&self.system)).await.unwrap()
    }
}

on_both!(
    deployments_are_found_by_what_people_type,
    a_prefix_of_several_uuids_is_refused_with_all_of_them,
    deployments_are_renamed_modified_and_deleted,
    a_deployment_is_changed_as_a_whole_or_not_at_all,
    a_machine_keeps_all_under_its_new_name,
    the_first_contact_with_a_machine_is_kept,
    generations_are_numbered_once
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

async fn a_deployment_is_changed_as_a_whole_or_not_at_all(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap();
    let shop = it.state.clone_deployment(web.id, "shop").await.unwrap();
    let expected = Deployment { id: shop.id, name: Some("shop".to_owned()), ..web.clone() };
    assert_eq!(shop, expected);
    assert_ne!(shop.id, web.id);
    assert!(matches!(it.state.clone_deployment(web.id, "shop").await, Err(StateError::NameTaken { .. })));
    assert!(matches!(it.state.clone_deployment(web.id, "1").await, Err(StateError::BadName { .. })));
    let nobody = DeploymentId(it.system.ids.uuid());
    assert!(matches!(it.state.clone_deployment(nobody, "x").await, Err(StateError::DeploymentGone { .. })));

    let changes = |name: &str| Changes {
        name: Some(name.to_owned()),
        source: Some(files(&["/new.nix"])),
        ..Changes::default()
    };
    for (name, taken) in [("shop", true), ("a b", false)] {
        let error = it.state.modify_deployment(web.id, changes(name)).await.unwrap_err();
        assert_eq!(matches!(error, StateError::NameTaken { .. }), taken, "{error}");
        assert_eq!(it.state.deployment(web.id).await.unwrap(), web);
    }
    it.state.modify_deployment(web.id, changes("front")).await.unwrap();
    let expected = Deployment { name: Some("front".to_owned()), source: files(&["/new.nix"]), ..web.clone() };
    assert_eq!(it.state.deployment(web.id).await.unwrap(), expected);
    assert_eq!(it.state.deployment(shop.id).await.unwrap(), shop);
}

async fn a_machine_keeps_all_under_its_new_name(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    it.state.keep_state_version(web, "a", "24.05").await.unwrap();
    it.state.record_machine(web, "b").await.unwrap();
    let lease = it.lease(web).await;
    for machines in [&["a", "c"][..], &["a", "b"], &["a"]] {
        let machines = machines.iter().map(|name| ((*name).to_owned(), system_of(name))).collect();
        let new = NewGeneration { machines, ..NewGeneration::default() };
        it.state.record_generation(&lease, new).await.unwrap();
    }
    it.state.set_system(&lease, "a", "/nix/store/a", Some(2)).await.unwrap();
    assert!(matches!(it.state.rename_machine(web, "a", "c").await, Err(StateError::Locked { .. })));
    assert!(matches!(it.state.delete_generations(web, &[1]).await, Err(StateError::Locked { .. })));
    it.state.release(lease).await.unwrap();
    for bad in ["", ".a", "a b", "ä", "a/b"] {
        let error = it.state.rename_machine(web, "a", bad).await.unwrap_err();
        assert!(matches!(error, StateError::BadMachineName { .. }), "{bad}");
    }
    let error = it.state.rename_machine(web, "a", "b").await.unwrap_err();
    assert!(matches!(error, StateError::MachineNameTaken { .. }), "{error}");
    let error = it.state.rename_machine(web, "x", "y").await.unwrap_err();
    assert!(matches!(error, StateError::MachineNotFound { .. }), "{error}");
    let before = it.state.machine(web, "a").await.unwrap().unwrap();
    it.state.rename_machine(web, "a", "c").await.unwrap();
    assert_eq!(it.state.machine(web, "a").await.unwrap(), None);
    let expected = MachineRecord { name: "c".to_owned(), ..before };
    assert_eq!(it.state.machine(web, "c").await.unwrap().unwrap(), expected);
    let generations = it.state.generations(web).await.unwrap();
    let names: Vec<Vec<&str>> =
        generations.iter().map(|it| it.machines.keys().map(String::as_str).collect()).collect();
    assert_eq!(names, [vec!["a", "c"], vec!["b", "c"], vec!["c"]]);

    // One that is in use keeps all that were named beside it.
    for (wanted, why) in [(&[1, 2][..], "it runs on c"), (&[3, 1], "it is the newest")] {
        let error = it.state.delete_generations(web, wanted).await.unwrap_err().to_string();
        assert!(error.ends_with(why), "{error}");
    }
    let error = it.state.delete_generations(web, &[1, u64::MAX]).await.unwrap_err();
    assert!(matches!(error, StateError::GenerationNotFound { .. }), "{error}");
    assert_eq!(it.state.generations(web).await.unwrap().len(), 3);
    it.state.delete_generations(web, &[1, 1]).await.unwrap();
    let left: Vec<u64> = it.state.generations(web).await.unwrap().iter().map(|it| it.number).collect();
    assert_eq!(left, [2, 3]);
}

async fn the_first_contact_with_a_machine_is_kept(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let pair =
        |text: &str| SshKeyPair { private: Secret::new(text).into(), public: format!("ssh-ed25519 {text}") };
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
    it.state.record_machine(web, "a").await.unwrap();
    it.state.record_machine(web, "b").await.unwrap();
    assert!(it.state.forget_machines(&lease, &["a", "c"]).await.is_err());
    assert_eq!(it.state.machines(web).await.unwrap().len(), 2, "all or none");
    it.state.forget_machines(&lease, &["a", "b"]).await.unwrap();
    assert_eq!(it.state.machines(web).await.unwrap(), []);
    it.state.record_machine(web, "a").await.unwrap();
    it.state.break_lock(web).await.unwrap();
    assert!(it.state.forget_machines(&lease, &["a"]).await.is_err(), "a fenced holder forgets nothing");
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
    it.state.release(lease).await.unwrap();
    let error = it.state.delete_generations(web, &[1]).await.unwrap_err().to_string();
    assert_eq!(error, "generation 1 cannot be deleted: it runs on a");
    let error = it.state.delete_generations(web, &[2]).await.unwrap_err().to_string();
    assert_eq!(error, "generation 2 cannot be deleted: it is the newest");
    let lease = it.lease(web).await;
    it.state.set_system(&lease, "a", "/nix/store/two", Some(2)).await.unwrap();
    it.state.release(lease).await.unwrap();
    it.state.delete_generations(web, &[1]).await.unwrap();
    let lease = it.lease(web).await;
    assert!(matches!(it.state.generation(web, 1).await, Err(StateError::GenerationNotFound { .. })));
    assert!(matches!(it.state.generation(web, u64::MAX).await, Err(StateError::GenerationNotFound { .. })));
    assert_eq!(it.state.record_generation(&lease, new("three")).await.unwrap().number, 3);
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

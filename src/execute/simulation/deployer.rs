//! The deployer's own machine in the simulation: its programs, its files, and the world that its steps act on.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::connections::{Network, Services};
use super::scenario::{Scenario, Subject};
use super::site::{SECRET, Site};
use crate::network::MachineName;
use crate::network::UploadAt;
use crate::nix::{Nix, StorePath};
use crate::plan::Address;
use crate::state::Event::Started;
use crate::steps::{ReadyKey, World};
use crate::system::{
    Command, Destination, Ended, Environment, FileKind, Files, Ids, Lines, Output, Pending, ProcessError,
    Processes, System, Terminal,
};

/// What a deployer acts with; a new one for each that lives.
pub(super) async fn world(site: &Arc<Site>, scenario: &Scenario) -> Arc<World> {
    let system = System {
        files: Arc::new(Roots(site.clone())),
        processes: Arc::new(Programs(site.clone())),
        reach: Arc::new(Services(site.clone())),
        clock: Arc::new(site.clock.clone()),
        ids: Arc::new(NoIds),
        environment: Arc::new(Environment::fake(Path::new("/"), [])),
        terminal: Terminal::default(),
    };
    let nix = Nix::find(&system).await.expect("the simulated Nix says its version");
    let destinations = scenario.machines.iter().map(|it| (MachineName::new(&it.name), destination(it)));
    let keys = scenario.machines.iter().map(|it| (MachineName::new(&it.name), keys(it)));
    let ready = OnceLock::new();
    let given = ready.set(keys.collect());
    assert!(given.is_ok(), "the keys are given once");
    let said = site.clone();
    Arc::new(World {
        system,
        nix,
        remotes: Network::new(site),
        destinations: destinations.collect(),
        roots: PathBuf::from("/roots"),
        patience: scenario.policy.patience,
        keys: ready,
        said: Arc::new(move |line| {
            said.shows_no_secret("what is said", &line.text);
            said.tell(|| {
                format!("    {}> {}", line.machine.map_or(String::new(), |it| it.to_string()), line.text)
            });
        }),
    })
}

pub(super) fn address(subject: &Subject) -> Address {
    Address::new(format!("{}.example", subject.name))
}

fn destination(subject: &Subject) -> Destination {
    Destination {
        machine: subject.name.clone(),
        host: format!("{}.example", subject.name),
        port: None,
        user: None,
        identity: None,
        known_hosts: None,
        host_key_is_known: true,
        trust_next_key: false,
        options: Vec::new(),
        escalation: Vec::new(),
    }
}

/// The text of a key: easy to recognise.
fn secret(machine: &str, number: usize) -> String {
    format!("{SECRET}{machine}-{number}")
}

pub(super) fn keys(subject: &Subject) -> Vec<ReadyKey> {
    let late = |at| at >= subject.early_keys;
    (0..subject.early_keys + subject.late_keys)
        .map(|at| ReadyKey {
            path: if at % 2 == 0 { format!("/run/keys/k{at}") } else { format!("/var/lib/k{at}") },
            user: "root".to_owned(),
            group: "keys".to_owned(),
            permissions: "0640".to_owned(),
            make_folders: true,
            action: if at == 1 { vec!["after-key".to_owned()] } else { Vec::new() },
            when: if late(at) { UploadAt::PostActivation } else { UploadAt::PreActivation },
            contents: secret(&subject.name, at).into_bytes(),
        })
        .collect()
}

struct Programs(Arc<Site>);

fn output(code: i32, stdout: impl Into<Vec<u8>>, stderr: &str) -> Output {
    Output { ended: Ended::Exit(code), stdout: stdout.into(), stderr: stderr.as_bytes().to_vec() }
}

impl Programs {
    async fn perform(&self, command: &Command) -> Output {
        let site = &self.0;
        site.tells_no_secret(command);
        let last = command.arguments.last().map_or("", String::as_str);
        let has = |word: &str| command.arguments.iter().any(|it| it == word);
        match command.program.as_str() {
            "nix-instantiate" => output(0, "nix-instantiate (Nix) 2.26.3\n", ""),
            "nix-store" if has("--check-validity") => {
                let there = site.inner().store.contains(last);
                output(i32::from(!there), "", "")
            }
            "nix-store" if has("--requisites") => output(0, format!("{last}\n"), ""),
            "nix-store" if has("--realise") => self.build(command, last).await,
            "xargs" if has("--size") => output(0, "1000\n", ""),
            "nix" if has("copy") => self.copy(command, last).await,
            "check-here" => {
                let name = command.environment.get("NIXWRIGHT_MACHINE").map_or("", String::as_str);
                let at = site.machine_of(name);
                site.moment(at).await;
                let well = site.look(at, super::machine::Machine::healthy);
                output(i32::from(!well), "", "")
            }
            other => panic!("the simulation does not know `{other}`: add it to simulation/deployer.rs"),
        }
    }

    async fn build(&self, command: &Command, derivation: &str) -> Output {
        let site = &self.0;
        let system = derivation.trim_end_matches(".drv");
        let at =
            site.inner().machines.iter().position(|it| it.new == system).expect("it is a system of ours");
        site.is_in_the_journal(at, &[("build-closure", Started)], "a build");
        let wait = site.inner().chance.from(10, 30_000);
        site.clock.milliseconds(wait).await;
        if site.inner().failing_builds.contains(&at) {
            return output(100, "", "error: builder failed");
        }
        let mut inner = site.inner();
        inner.store.insert(system.to_owned());
        let root = command
            .arguments
            .iter()
            .skip_while(|it| *it != "--add-root")
            .nth(1)
            .expect("a root is asked for");
        inner.roots.insert(PathBuf::from(root), system.to_owned());
        output(0, format!("{system}\n"), "")
    }

    async fn copy(&self, command: &Command, system: &str) -> Output {
        let site = &self.0;
        let store =
            command.arguments.iter().find_map(|it| it.strip_prefix("ssh-ng://")).expect("a machine is named");
        let at = site.machine_of(store);
        site.is_in_the_journal(at, &[("copy-closure", Started)], "a copy");
        let (boot, slowness) = site.look(at, |machine| (machine.boot, machine.slowness));
        let wait = site.inner().chance.from(10, 20_000) * slowness;
        site.clock.milliseconds(wait).await;
        if site.look(at, |machine| !machine.up || machine.boot != boot) {
            return output(1, "", "error: cannot connect to the machine");
        }
        if site.look(at, |machine| machine.disk_is_full) {
            return output(1, "", "error: writing to file: No space left on device");
        }
        site.change(at, |machine| machine.store.insert(system.to_owned()));
        output(0, "", "")
    }
}

impl Processes for Programs {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        _: Option<Lines>,
    ) -> Pending<'a, Result<Output, ProcessError>> {
        Box::pin(async move { Ok(self.perform(command).await) })
    }

    fn attach<'a>(&'a self, _: &'a Command) -> Pending<'a, Result<Ended, ProcessError>> {
        panic!("no step runs a program on the operator's terminal")
    }
}

/// Files of the deployer: the roots of what it built, and nothing else.
struct Roots(Arc<Site>);

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl Files for Roots {
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.inner().roots.get(path).map(PathBuf::from).map_or_else(absent, Ok)
    }
    fn kind(&self, _: &Path) -> io::Result<FileKind> {
        absent()
    }
    fn kind_of_link(&self, _: &Path) -> io::Result<FileKind> {
        absent()
    }
    fn size(&self, _: &Path) -> io::Result<u64> {
        absent()
    }
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        absent()
    }
    fn read_folder(&self, _: &Path) -> io::Result<Vec<(String, FileKind)>> {
        absent()
    }
    fn write(&self, _: &Path, _: &[u8], _: u32) -> io::Result<()> {
        absent()
    }
    fn create_private_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn remove_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

struct NoIds;

impl Ids for NoIds {
    fn uuid(&self) -> uuid::Uuid {
        panic!("no step needs an id that nobody could guess")
    }
}

/// The systems of a machine: what ran, what was tried, what it is to get.
pub(super) fn system(machine: usize, which: &str) -> StorePath {
    let hash = format!("{machine:0>32}");
    StorePath::new(format!("/nix/store/{hash}-nixos-system-m{machine}-{which}")).expect("it is a store path")
}

/// By name, as plans have them.
pub(super) fn by_name<T>(scenario: &Scenario, of: impl Fn(usize, &Subject) -> T) -> BTreeMap<MachineName, T> {
    let machines = scenario.machines.iter().enumerate();
    machines.map(|(at, it)| (MachineName::new(&it.name), of(at, it))).collect()
}

//! The example networks: every value that our model calls known is what Nix says of the same machine, evaluated as
//! a deployment does it. What the repository of an example lacks and Nix needs is put in its place (`given.rs`).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use nixwright::network::{Facts, Network, Request, Verification};
use nixwright::nix::{Asked, Input, Nix, evaluate};
use nixwright::system::{
    Command as Started, Ended, Lines, OsFiles, OsProcesses, Output, Pending, ProcessError, Processes, System,
};

use serde_json::Value as Json;

use crate::given::Given;

/// The files that are given for the network in a folder.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    for usual in ["network.nix", "hive.nix", "nixwright.nix", "flake.nix"] {
        if folder.join(usual).exists() {
            return vec![folder.join(usual)];
        }
    }
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|it| it.extension().is_some_and(|it| it == "nix")).collect();
    files.sort();
    files
}

fn load(inputs: &[PathBuf], with_nixpkgs: bool) -> Network {
    let mut request = Request::new(Arc::new(OsFiles), inputs.to_vec());
    request.more_options.push(vec!["networking".to_owned(), "hostName".to_owned()]);
    if with_nixpkgs {
        let nixpkgs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixpkgs");
        request.nix_path = Some(format!("nixpkgs={}", nixpkgs.display()));
        request.pins.push(("nixpkgs".to_owned(), nixpkgs));
    }
    Network::load(&request).expect("the example can be read")
}

/// The programs of one Nix.
struct ProgramsIn(PathBuf);

impl Processes for ProgramsIn {
    fn run<'a>(
        &'a self,
        command: &'a Started,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, ProcessError>> {
        let mut command = command.clone();
        command.program = self.0.join(&command.program).display().to_string();
        Box::pin(async move { OsProcesses.run(&command, lines).await })
    }

    fn attach<'a>(&'a self, command: &'a Started) -> Pending<'a, Result<Ended, ProcessError>> {
        OsProcesses.attach(command)
    }
}

/// A Nix with a store of its own.
struct Evaluator {
    programs: PathBuf,
    store: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Evaluator {
    /// What Nix says of an example, asked for the options at these paths.
    fn facts(&self, folder: &Path, inputs: &[PathBuf], values: Vec<Vec<String>>) -> Facts {
        let given = Given::new(folder);
        let store = self.store.path().display().to_string();
        let files = given.files(inputs, |folder| {
            let mut lock = Command::new(self.programs.join("nix"));
            lock.args([
                "--extra-experimental-features",
                "nix-command flakes",
                "--store",
                &store,
                "flake",
                "lock",
            ]);
            lock.arg(format!("path:{}", folder.display()));
            lock
        });
        let system = System { processes: Arc::new(ProgramsIn(self.programs.clone())), ..System::os() };
        let evaluation = self.runtime.block_on(async {
            let mut nix = Nix::find(&system).await.unwrap();
            nix.path = given.search_path();
            nix.options.push(("store".to_owned(), store));
            nix.options.push(("experimental-features".to_owned(), "nix-command flakes".to_owned()));
            // Not their systems: the tiny nixpkgs asks for a program of this computer, which is impure.
            let asked = Asked {
                input: Input::of(&files),
                dialect: None,
                arguments: &[],
                uuid: String::new(),
                deployment: String::new(),
                machines: BTreeMap::new(),
                only: None,
                derivations: false,
                keys: false,
                examine: false,
                values: &values,
                names: &[],
            };
            evaluate(&nix, &asked).await
        });
        let evaluation = evaluation.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let as_said =
            |value: &Json| serde_json::from_str(&given.told_of_example(&value.to_string())).unwrap();
        let machines = evaluation.machines.iter().map(|(name, machine)| {
            let answers = values.iter().cloned().zip(machine.values.iter().map(as_said));
            (name.to_string(), answers.collect())
        });
        let mut names: Vec<String> = evaluation.names.iter().map(ToString::to_string).collect();
        names.sort();
        Facts { names, description: evaluation.description.clone(), machines: machines.collect() }
    }
}

/// The folders of the Nixes that are here: the one of this computer, and a newer one if it was unpacked.
fn programs() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).find(|it| it.join("nix-instantiate").exists());
    let newer = crate::nix::found().and_then(|it| it.parent().map(Path::to_owned));
    installed.into_iter().chain(newer).collect()
}

#[test]
fn what_is_known_of_the_examples_is_what_nix_says() {
    let programs = programs();
    if programs.is_empty() {
        assert!(std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(), "there is no nix-instantiate");
        println!("skipped: there is no nix-instantiate to compare with");
        return;
    }
    let networks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks");
    let entries = std::fs::read_dir(networks).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|it| it.is_dir()).collect();
    folders.sort();
    let mut differences = Vec::new();
    let mut asked = BTreeSet::new();
    for programs in programs {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let nix = Evaluator { programs, store: tempfile::tempdir().unwrap(), runtime };
        for folder in &folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let inputs = inputs(folder);
            let readings = [load(&inputs, false), load(&inputs, true)];
            let mut questions: Vec<Vec<String>> = readings.iter().flat_map(Network::questions).collect();
            questions.sort();
            questions.dedup();
            asked.extend(questions.iter().cloned());
            let facts = nix.facts(folder, &inputs, questions);
            for (network, place) in readings.iter().zip(["without nixpkgs", "with nixpkgs"]) {
                let found: Verification = network.verify(&facts);
                let (known, unknown) = (found.compared, found.unknown);
                println!(
                    "{name}, {place}: {known} known, {unknown} unknown, {} wrong",
                    found.differences.len()
                );
                differences
                    .extend(found.differences.into_iter().map(|why| format!("{name}, {place}: {why:?}")));
                assert!(known > 0, "nothing is known of {name}");
                assert_eq!(found.not_evaluated, 0, "machines of {name} were not evaluated");
            }
        }
    }
    println!("{} networks, {} distinct options known", folders.len(), asked.len());
    assert!(folders.len() > 20, "only {} networks were compared", folders.len());
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

//! The example networks: every value of a deployment that our model calls known is what Nix says of the same machine,
//! evaluated by our own expression (src/nix/expression). Hives and flakes reach it through `fixtures.nix`. Networks in
//! which `check` finds an error are no networks for Nix.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use nixwright::checks::{self, Levels};
use nixwright::findings::Level;
use nixwright::network::{DEPLOYMENT_OPTIONS, Facts, Network, Request, Verification};
use nixwright::nix;
use nixwright::system::OsFiles;
use serde_json::Value as Json;

/// The examples whose tools `fixtures.nix` imitates.
const IMITATED: [&str; 8] = [
    "beginner",
    "colmena",
    "colmena-flake",
    "deploy-rs",
    "morph",
    "nixops-flake",
    "three-tier",
    "three-tier-broken",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files that are given for the network in a folder.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    for usual in ["network.nix", "hive.nix", "flake.nix"] {
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
        let nixpkgs = root().join("fixtures/nixpkgs");
        request.nix_path = Some(format!("nixpkgs={}", nixpkgs.display()));
        request.pins.push(("nixpkgs".to_owned(), nixpkgs));
    }
    Network::load(&request).expect("the example can be read")
}

/// What Nix says of the options at these paths.
fn theirs(program: &Path, inputs: &[PathBuf], questions: &[Vec<String>]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("own-options.nix"), DEPLOYMENT_OPTIONS).unwrap();
    let nixpkgs = root().join("fixtures/nixpkgs");
    let mut files = inputs.to_vec();
    if let [one] = inputs
        && !one.ends_with("network.nix")
    {
        let adapter = root().join("tests/soundness/fixtures.nix");
        let text = format!(
            "import {} {{ file = {}; nixpkgs = {}; }}",
            adapter.display(),
            one.display(),
            nixpkgs.display()
        );
        std::fs::write(at("adapted.nix"), text).unwrap();
        files = vec![at("adapted.nix")];
    }
    let asked = serde_json::json!({
        "files": files, "flake": null, "dialect": null, "deployment": { "uuid": "", "name": "" }, "machines": {},
        "only": null, "derivations": false, "examine": false, "values": questions,
    });
    let more = include_str!("fixture-options.nix");
    let text = nix::expression_of_files(&asked.to_string(), &[]).replace(DEPLOYMENT_OPTIONS, more);
    std::fs::write(at("network.nix"), text).unwrap();
    let output = Command::new(program)
        .args(["--eval", "--strict", "--json"])
        .arg(at("network.nix"))
        .arg("-I")
        .arg(format!("nixpkgs={}", nixpkgs.display()))
        .env("NIX_REMOTE", "dummy://")
        .output()
        .expect("nix can be started");
    assert!(output.status.success(), "{inputs:?}: {}", String::from_utf8_lossy(&output.stderr));
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    let machines = all["machines"].as_object().expect("it is a set");
    let values = |facts: &Json| {
        let values = facts["values"].as_array().expect("it is a list").iter();
        questions.iter().cloned().zip(values.cloned()).collect()
    };
    Facts {
        names: machines.keys().cloned().collect(),
        description: all["description"].as_str().map(str::to_owned),
        machines: machines.iter().map(|(name, facts)| (name.clone(), values(facts))).collect(),
    }
}

#[test]
fn what_is_known_of_the_examples_is_what_nix_says() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|it| it.join("nix-instantiate")).find(|it| it.exists());
    let Some(nix) = installed else {
        assert!(std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(), "there is no nix-instantiate");
        println!("skipped: there is no nix-instantiate to compare with");
        return;
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("fixtures/networks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|it| IMITATED.iter().any(|name| it.ends_with(name)))
        .collect();
    folders.sort();
    let mut differences = Vec::new();
    let mut compared = 0;
    let mut paths = BTreeSet::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inputs = inputs(&folder);
        let broken = checks::run(&load(&inputs, false), &Levels::default());
        if broken.iter().any(|it| it.level == Level::Error) {
            println!("{name}: not compared, `check` says that it is broken");
            continue;
        }
        for with_nixpkgs in [false, true] {
            let network = load(&inputs, with_nixpkgs);
            let questions = network.questions();
            let found = network.verify(&theirs(&nix, &inputs, &questions));
            paths.extend(questions);
            let place = if with_nixpkgs { "with nixpkgs" } else { "without nixpkgs" };
            let Verification { compared: known, unknown, .. } = found;
            println!(
                "{name}, {place}: {known} values known, {unknown} unknown, {} wrong",
                found.differences.len()
            );
            differences.extend(found.differences.into_iter().map(|why| format!("{name}, {place}: {why:?}")));
            assert!(known > 0, "nothing is known of {name}");
            assert_eq!(found.not_evaluated, 0, "machines of {name} were not evaluated");
        }
        compared += 1;
    }
    println!("{compared} networks, {} distinct options known", paths.len());
    assert!(compared >= 6, "only {compared} networks were compared");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

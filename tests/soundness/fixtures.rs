//! The example networks: every value of a deployment that our model calls known is what Nix says of the same machine,
//! evaluated by our own expression (src/nix/network.nix). Hives and flakes reach it through `fixtures.nix`. Networks in
//! which `check` finds an error are no networks for Nix.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use nixwright::checks::{self, Levels};
use nixwright::findings::Level;
use nixwright::network::{Account, Network, Request, Setting};
use nixwright::system::OsFiles;
use serde_json::Value as Json;

use crate::tree::{self, Tree};

/// Options whose attributes are the user's own, so that Nix may not have more of them than we say.
const OWN_NAMES: [&str; 2] = ["keys", "secrets"];

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

/// Machine → all options of its deployment, as Nix has them.
fn theirs(nix: &Path, inputs: &[PathBuf]) -> BTreeMap<String, Json> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (from, name) in [
        ("src/nix/network.nix", "network.nix"),
        ("src/network/deployment-options.nix", "own-options.nix"),
        ("tests/soundness/fixture-options.nix", "deployment-options.nix"),
        ("tests/soundness/fixture-settings.nix", "settings.nix"),
    ] {
        std::fs::copy(root().join(from), at(name)).unwrap();
    }
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
    let request = serde_json::json!({
        "files": files, "deployment": { "uuid": "", "name": "" }, "machines": {}, "only": null, "derivations": false,
    });
    std::fs::write(at("request.json"), request.to_string()).unwrap();
    std::fs::write(at("arguments.nix"), "{ }").unwrap();
    let output = Command::new(nix)
        .args(["--eval", "--strict", "--json"])
        .arg(at("network.nix"))
        .args(["--argstr", "request"])
        .arg(at("request.json"))
        .args(["--argstr", "arguments"])
        .arg(at("arguments.nix"))
        .arg("-I")
        .arg(format!("nixpkgs={}", nixpkgs.display()))
        .env("NIX_REMOTE", "dummy://")
        .output()
        .expect("nix can be started");
    assert!(output.status.success(), "{inputs:?}: {}", String::from_utf8_lossy(&output.stderr));
    let all: Json = serde_json::from_slice(&output.stdout).unwrap();
    let machines = all["machines"].as_object().expect("it is a set");
    machines.iter().map(|(name, facts)| (name.clone(), facts["deployment"].clone())).collect()
}

/// What `show` prints of an option: nothing where it says that the value is not known.
fn ours(account: &Account<'_>) -> Option<Tree> {
    let text = match &account.setting {
        Setting::Unknown(_) => return None,
        Setting::Known(_) => account.written(),
        Setting::Unset => account.default.as_ref()?.written(),
    };
    Some(tree::printed(&text).unwrap_or_else(|| panic!("{:?} is no value: {text}", account.path)))
}

/// Where ours is not what Nix says. Nix fills in the defaults of options inside of a value.
fn wrong(ours: &Tree, nix: &Json, own_names: bool) -> Option<String> {
    match (ours, nix) {
        (Tree::Unknown | Tree::Anything, _) => None,
        (Tree::Attrs(a, _), Json::Object(b)) => {
            let lacking = b.keys().find(|name| own_names && a.iter().all(|(other, _)| other != *name));
            if let Some(name) = lacking {
                return Some(format!("we do not say that there is {name:?}"));
            }
            a.iter().find_map(|(name, value)| match b.get(name) {
                None => Some(format!("Nix has no {name:?}")),
                Some(other) => wrong(value, other, false).map(|why| format!("in {name:?}: {why}")),
            })
        }
        (Tree::List(a, _), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| wrong(a, b, false))
        }
        (Tree::Text(a), Json::String(b)) if a == b => None,
        // Options that take a path give its name.
        (Tree::Plain(a), Json::String(b)) if a == b && a.starts_with('/') => None,
        (Tree::Plain(a), Json::Null) if a == "null" => None,
        (Tree::Plain(a), Json::Bool(b)) if a.parse() == Ok(*b) => None,
        (Tree::Plain(a), Json::Number(b)) if a.parse().ok().as_ref() == Some(b) => None,
        (ours, nix) => Some(format!("we say {ours:?}, Nix says {nix}")),
    }
}

/// How many options are known and how many are not; what is wrong is written down.
fn compare(network: &Network, nix: &BTreeMap<String, Json>, differences: &mut Vec<String>) -> (usize, usize) {
    let (mut known, mut unknown) = (0, 0);
    let names: Vec<&str> = network.machines.iter().map(|it| it.name.as_str()).collect();
    if network.is_complete() {
        let theirs: Vec<&str> = nix.keys().map(String::as_str).collect();
        assert_eq!(names, theirs, "the machines of a network of which all are known");
    }
    for machine in &network.machines {
        let Some(nix) = nix.get(machine.name.as_str()) else {
            differences.push(format!("Nix has no machine {}", machine.name.as_str()));
            continue;
        };
        let mut accounts = network.accounts(machine);
        accounts.extend(network.accounts_at(machine, &["networking", "hostName"]));
        for account in accounts {
            let path: Vec<&str> = account.path.iter().map(String::as_str).collect();
            let (below, first) = match path.as_slice() {
                ["deployment", first, rest @ ..] => (rest, nix.get(first)),
                ["networking", first, rest @ ..] => (rest, nix["seen"].get(first)),
                _ => continue,
            };
            let Some(ours) = ours(&account) else {
                unknown += 1;
                continue;
            };
            known += 1;
            let value = below.iter().try_fold(first.unwrap_or(&Json::Null), |value, name| value.get(name));
            let own_names = below.is_empty() && OWN_NAMES.contains(&path[1]);
            if let Some(why) = wrong(&ours, value.unwrap_or(&Json::Null), own_names) {
                differences.push(format!("{}: {}: {why}", machine.name.as_str(), path.join(".")));
            }
        }
    }
    (known, unknown)
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
        .filter(|it| it.is_dir())
        .collect();
    folders.sort();
    let mut differences = Vec::new();
    let mut compared = 0;
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inputs = inputs(&folder);
        let broken = checks::run(&load(&inputs, false), &Levels::default());
        if broken.iter().any(|it| it.level == Level::Error) {
            println!("{name}: not compared, `check` says that it is broken");
            continue;
        }
        let nix = theirs(&nix, &inputs);
        for with_nixpkgs in [false, true] {
            let mut found = Vec::new();
            let (known, unknown) = compare(&load(&inputs, with_nixpkgs), &nix, &mut found);
            let place = if with_nixpkgs { "with nixpkgs" } else { "without nixpkgs" };
            println!("{name}, {place}: {known} values known, {unknown} unknown, {} wrong", found.len());
            differences.extend(found.into_iter().map(|why| format!("{name}, {place}: {why}")));
            assert!(known > 0, "nothing is known of {name}");
        }
        compared += 1;
    }
    assert!(compared >= 6, "only {compared} networks were compared");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

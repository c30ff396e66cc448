//! The example networks with their expected model and findings: every folder under `fixtures/networks`, and the index of
//! what each of them stands for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Ran, run_with};
use crate::system::{FileKind, Files, OsFiles, OverlayFiles};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks")
}

fn folders() -> Vec<String> {
    let entries = OsFiles.read_folder(&root()).unwrap().into_iter();
    entries.filter(|(_, kind)| *kind == FileKind::Folder).map(|(name, _)| name).collect()
}

/// What lies in a folder of the examples, at a place that is the same on every computer. `absent` holds what its owner
/// has and the repository has not.
fn put(files: &mut OverlayFiles, from: &Path, to: &Path) {
    for (name, kind) in OsFiles.read_folder(from).unwrap() {
        match kind {
            FileKind::Folder if name == "absent" => {}
            FileKind::Folder => put(files, &from.join(&name), &to.join(&name)),
            _ if name == "expected.txt" => {}
            _ => files.put(to.join(&name), OsFiles.read(&from.join(&name)).unwrap()),
        }
    }
}

/// A folder, and the files of it that are given.
type Example = (PathBuf, Vec<String>);

/// The example networks, each with its folder and the files that are given.
pub(super) fn networks() -> (Arc<dyn Files>, Vec<Example>) {
    let mut files = OverlayFiles::alone();
    files.put("/examples/.git/HEAD", "");
    put(&mut files, &root(), Path::new("/examples"));
    let files: Arc<dyn Files> = Arc::new(files);
    let all = folders().into_iter().map(|name| {
        let folder = Path::new("/examples").join(&name);
        let inputs = inputs(files.as_ref(), &folder);
        (folder, inputs)
    });
    let all = all.collect();
    (files, all)
}

/// Each network has an `expected.txt`: what `show --json`, `check --format json` and `check` say of it.
#[test]
fn example_networks_are_as_expected() {
    let (files, networks) = networks();
    let mut different = Vec::new();
    for (folder, inputs) in networks {
        let with = |first: &[&str]| -> Ran {
            let arguments: Vec<&str> =
                first.iter().copied().chain(inputs.iter().map(String::as_str)).collect();
            run_with(files.clone(), &folder, &arguments)
        };
        let (show, json, human) =
            (with(&["show", "--json"]), with(&["check", "--format", "json"]), with(&["check"]));
        let text = format!(
            "exit code {}\n\n{}\n--- check --format json\n{}\n--- show --json\n{}",
            human.code.number(),
            human.stdout,
            json.stdout,
            show.stdout
        );
        let name = folder.file_name().expect("it is a folder of a network");
        let path = root().join(name).join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if text != expected {
            different.push(format!("{} differs (UPDATE=1 rewrites it):\n{text}", path.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// The files of an example that are given: `network.nix`, `hive.nix` …, or all that lie in the folder.
fn inputs(files: &dyn Files, folder: &Path) -> Vec<String> {
    let names: Vec<String> = files.read_folder(folder).unwrap().into_iter().map(|(name, _)| name).collect();
    for usual in ["network.nix", "hive.nix", "nixwright.nix", "flake.nix"] {
        if names.iter().any(|it| it == usual) {
            return vec![usual.to_owned()];
        }
    }
    names.into_iter().filter(|name| name.ends_with(".nix")).collect()
}

/// The rows of the index's tables: what they say, and the folders that they name.
#[test]
fn the_index_names_every_example_and_no_other() {
    let index = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut named = BTreeSet::new();
    let mut rows = 0;
    for row in index.lines().filter(|it| it.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 2, "a row has a shape and its examples: {row}");
        if matches!(cells[1], "examples" | "---") {
            continue;
        }
        let examples: Vec<&str> = cells[1].split('`').skip(1).step_by(2).collect();
        assert!(!examples.is_empty(), "no example stands for: {}", cells[0]);
        named.extend(examples.into_iter().map(str::to_owned));
        rows += 1;
    }
    assert!(rows > 30, "only {rows} rows were found");
    assert_eq!(named, folders().into_iter().collect::<BTreeSet<_>>());
}

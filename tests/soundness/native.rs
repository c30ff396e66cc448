//! The native module system: every value of some machines of our tiny NixOS, evaluated by us with the native
//! `lib.evalModules`, is what Nix says with the library's own. The libraries are our own and those of
//! `NIXPKGS_LIB` (folders with `lib` in them, separated by colons) that are young enough for the native one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::options::install_modules;
use nixwright::system::OsFiles;

use crate::nix::{Answer, Nix};
use crate::tree::{self, Rule, Tree};

/// A machine takes a million steps with the largest library.
const FUEL: u64 = 500_000_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn libraries() -> Vec<PathBuf> {
    let more = std::env::var_os("NIXPKGS_LIB").unwrap_or_default();
    let more = std::env::split_paths(&more).map(|nixpkgs| nixpkgs.join("lib"));
    let young = |lib: &PathBuf| {
        std::fs::read_to_string(lib.join("types.nix")).is_ok_and(|text| text.contains("deferredModule"))
    };
    [root().join("fixtures/nixpkgs/lib")].into_iter().chain(more.filter(young)).collect()
}

fn asked(lib: &Path, machine: &str) -> String {
    let at = |path: &str| root().join(path).display().to_string();
    format!(
        "import {} {{ nixpkgs = {}; lib = import {}; deployment = {}; machine = \"{machine}\"; }}",
        at("tests/soundness/native-machines.nix"),
        at("fixtures/nixpkgs"),
        lib.display(),
        at("src/network/deployment-options.nix"),
    )
}

fn theirs(nix: &mut Nix, question: &str) -> Tree {
    let Answer::Value(text) = nix.ask(question) else { panic!("Nix does not answer {question}") };
    let tree = tree::printed(&text).unwrap_or_else(|| panic!("no value: {text}"));
    without_store(tree)
}

/// Nix runs without a store, so that it cannot say what refers to files and packages.
fn without_store(tree: Tree) -> Tree {
    match tree {
        Tree::Error(why) if why.contains("not supported by store") => Tree::Anything,
        Tree::List(items, cut) => Tree::List(items.into_iter().map(without_store).collect(), cut),
        Tree::Attrs(attrs, cut) => {
            Tree::Attrs(attrs.into_iter().map(|(name, value)| (name, without_store(value))).collect(), cut)
        }
        other => other,
    }
}

fn evaluator(lib: &Path, native_modules: bool) -> Evaluator {
    let settings = Settings {
        allowed_roots: vec![root().to_owned(), lib.to_owned()],
        current_system: Some("x86_64-linux".to_owned()),
        nix_path_complete: true,
        native_modules,
        fuel: FUEL,
        ..Settings::default()
    };
    let mut eval = Evaluator::new(Arc::new(OsFiles), settings);
    install_modules(&mut eval);
    eval
}

/// Whether a library's `evalModules` is a function of ours, which has no pattern.
fn is_native(eval: &mut Evaluator, lib: &Path) -> bool {
    let value = eval.eval_text("<library>", &format!("(import {}).evalModules", lib.display()));
    eval.function_arguments(value) == Ok(None)
}

/// The paths of options of which something is known.
fn known(tree: &Tree, path: &str, paths: &mut BTreeSet<String>) {
    match tree {
        Tree::Unknown | Tree::Anything | Tree::Error(_) => {}
        Tree::Attrs(attrs, _) => {
            for (name, value) in attrs {
                known(value, &format!("{path}.{name}"), paths);
            }
        }
        _ => {
            paths.insert(path.trim_start_matches('.').to_owned());
        }
    }
}

#[test]
fn the_native_module_system_gives_what_nix_gives() {
    let Some(program) = crate::nix::found() else {
        println!("skipped: there is no nix to compare with");
        return;
    };
    let mut nix = Nix::new(&program);
    let mut differences = Vec::new();
    for lib in libraries() {
        let Tree::List(names, _) = theirs(&mut nix, &asked(&lib, "")) else { panic!("no list of machines") };
        assert!(names.len() >= 8, "only {} machines", names.len());
        let mut paths = BTreeSet::new();
        let mut unknown = 0;
        for name in names {
            let Tree::Text(name) = name else { panic!("{name:?} is no name") };
            let question = asked(&lib, &name);
            let nix = theirs(&mut nix, &question);
            for native in [true, false] {
                let mut eval = evaluator(&lib, native);
                assert_eq!(is_native(&mut eval, &lib), native, "{}", lib.display());
                let value = eval.eval_text("<machine>", &question);
                let ours = tree::ours(&mut eval, value);
                if native {
                    known(&ours, "", &mut paths);
                    unknown += tree::census(&ours).1;
                }
                let way = if native { "native" } else { "the library's own" };
                for (path, why) in tree::differences(&ours, &nix, Rule::Exact) {
                    differences.push(format!("{}: {name}{path} ({way}): {why}", lib.display()));
                }
            }
        }
        println!("{}: {} distinct paths known, {unknown} values unknown", lib.display(), paths.len());
        for area in ["deployment.", "networking.", "services.", "users."] {
            assert!(
                paths.iter().filter(|path| path.starts_with(area)).count() > 10,
                "{area} is hardly known"
            );
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

//! NixOS itself, evaluated by Nix and by us: whatever we say of the configurations of some machines must be so.
//! `NIXWRIGHT_NIXPKGS` names the nixpkgs (18.09 was used); without it the comparison is skipped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::system::OsFiles;

use crate::nix::{Answer, Nix};
use crate::tree::{self, Rule, Tree};

/// A machine of NixOS takes some 10 million steps.
const FUEL: u64 = 500_000_000;

const MEMORY: usize = 4 << 30;

/// Variables that nixpkgs asks for; they are not set where Nix runs, either.
const EMPTY: &[&str] = &[
    "NIXOS_EXTRA_MODULE_PATH",
    "NIXPKGS_CONFIG",
    "NIXPKGS_OVERLAYS",
    "NIXPKGS_ALLOW_UNFREE",
    "NIXPKGS_ALLOW_BROKEN",
    "NIXPKGS_ALLOW_INSECURE",
    "NIXPKGS_ALLOW_UNSUPPORTED_SYSTEM",
];

fn asked(machines: &Path, nixpkgs: &Path, machine: &str) -> String {
    format!("import {} {{ nixpkgs = {}; machine = \"{machine}\"; }}", machines.display(), nixpkgs.display())
}

#[test]
fn machines_of_nixos_have_the_values_that_nix_gives() {
    let Some(nixpkgs) = std::env::var_os("NIXWRIGHT_NIXPKGS").map(PathBuf::from) else {
        println!("skipped: NIXWRIGHT_NIXPKGS names no nixpkgs");
        return;
    };
    let Some(program) = crate::nix::found() else {
        println!("skipped: there is no nix to compare with");
        return;
    };
    let mut nix = Nix::new(&program);
    let machines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soundness/machines.nix");
    let Some(Tree::List(names, _)) = answer(&mut nix, &asked(&machines, &nixpkgs, "")) else {
        panic!("nix does not list the machines")
    };
    let mut differences = Vec::new();
    for name in names {
        let Tree::Text(name) = name else { panic!("{name:?} is no name") };
        let question = asked(&machines, &nixpkgs, &name);
        let theirs = answer(&mut nix, &question).expect("nix answers");
        let folder = machines.parent().expect("the file lies in a folder").to_owned();
        let settings = Settings {
            allowed_roots: vec![folder, nixpkgs.clone()],
            nix_path: vec![("nixpkgs".to_owned(), nixpkgs.clone())],
            fuel: FUEL,
            memory: MEMORY,
            environment: EMPTY.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
            ..Settings::default()
        };
        let mut eval = Evaluator::new(Arc::new(OsFiles), settings);
        let value = eval.eval_text("<machine>", &question);
        let ours = tree::ours(&mut eval, value);
        let (known, unknown) = tree::census(&ours);
        if let Some(why) = eval.why_unknown(value) {
            println!("{name} is unknown: {:?}", eval.reasons(why));
        }
        println!("{name}: {known} values known, {unknown} unknown, {} steps", eval.steps());
        for (path, why) in tree::differences(&ours, &theirs, Rule::Filled) {
            differences.push(format!("{name}{path}: {why}"));
        }
        assert!(known > 1000, "{name}: only {known} values are known");
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn answer(nix: &mut Nix, question: &str) -> Option<Tree> {
    match nix.ask(&format!("[ ({question}) null ]")) {
        Answer::Value(text) => match tree::printed(&text)? {
            Tree::List(mut items, _) => Some(items.swap_remove(0)),
            _ => None,
        },
        Answer::Error | Answer::None => None,
    }
}

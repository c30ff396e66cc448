//! Recall: networks of our own, each with one mistake put in, and whether the checks find it, at its place, and
//! nothing else.
//!
//! `recall/networks/NAME` and `fixtures/networks/NAME` are networks without a finding; `recall/seeds/NAME.seeds` are
//! the mistakes, as edits. A seed begins with the id of the check that must find it and a few words:
//!
//! ```text
//! = target-host-empty: a host that was to be filled in
//! @ hosts.nix
//! - targetHost = "10.0.0.1";
//! + targetHost = "";
//! ^ ""
//! ```
//!
//! `@` names a file, `-` what stands there once, `+` what stands there instead (several lines of each are joined; `-`
//! alone takes text out, `+` alone makes a file, and `@` alone removes one). `^` is what the finding must blame: in the
//! new text, or, after another `@`, in that file. `!` names findings that the same mistake has besides. `$ name value`
//! gives an argument. Where more than the blamed text is needed to find it, `«` and `»` stand around it. The first line
//! of a file of seeds names what is checked.
//!
//! `make bench-recall` prints how many are found of how many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::checks::{self, Levels};
use nixwright::findings::{Finding, Level};
use nixwright::network::{Arguments, Network, Request};
use nixwright::system::OverlayFiles;

use crate::cases::root;

/// The files of a network, by their paths in it.
type Tree = BTreeMap<String, String>;

/// The seeded mistakes of one network.
struct Seeds {
    network: String,
    inputs: Vec<String>,
    tree: Tree,
    seeds: Vec<Seed>,
}

/// One mistake.
#[derive(Default)]
struct Seed {
    check: String,
    words: String,
    edits: Vec<Edit>,
    blamed: Vec<String>,
    besides: Vec<String>,
    arguments: Vec<(String, String)>,
}

#[derive(Default)]
struct Edit {
    file: String,
    old: Vec<String>,
    new: Vec<String>,
}

/// The issue asks for so many.
const WANTED: usize = 120;

fn tree(folder: &Path) -> Tree {
    fn walk(folder: &Path, prefix: &str, tree: &mut Tree) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), &format!("{name}/"), tree),
                false => drop(tree.insert(name, std::fs::read_to_string(entry.path()).unwrap())),
            }
        }
    }
    let mut tree = Tree::new();
    walk(folder, "", &mut tree);
    tree
}

fn all_seeds() -> Vec<Seeds> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root().join("recall/seeds")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Seeds {
    let network = file.file_stem().unwrap().to_string_lossy().into_owned();
    let own = root().join("recall/networks").join(&network);
    let folder = if own.is_dir() { own } else { root().join("../fixtures/networks").join(&network) };
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let inputs = lines.next().unwrap().split(' ').map(str::to_owned).collect();
    let mut seeds: Vec<Seed> = Vec::new();
    for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
        let (mark, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
        if mark == "=" {
            let (check, words) = rest.split_once(": ").expect("a seed has an id and words");
            seeds.push(Seed { check: check.to_owned(), words: words.to_owned(), ..Seed::default() });
            continue;
        }
        let seed = seeds.last_mut().expect("a seed begins with `=`");
        let edit = |seed: &mut Seed| seed.edits.pop().expect("an edit begins with `@`");
        match mark {
            "@" => seed.edits.push(Edit { file: rest, ..Edit::default() }),
            "-" | "+" => {
                let mut edit = edit(seed);
                if mark == "-" { &mut edit.old } else { &mut edit.new }.push(rest);
                seed.edits.push(edit);
            }
            "^" => seed.blamed.push(rest),
            "!" => seed.besides.push(rest),
            "$" => {
                let (name, value) = rest.split_once(' ').expect("an argument has a name and a value");
                seed.arguments.push((name.to_owned(), value.to_owned()));
            }
            _ => panic!("{}: `{line}` is no line of a seed", file.display()),
        }
    }
    Seeds { network, inputs, tree: tree(&folder), seeds }
}

/// The network with the mistake in it; and the file and offset at which the mistake is to be looked for.
fn planted(tree: &Tree, seed: &Seed) -> Result<(Tree, String, usize), String> {
    let mut tree = tree.clone();
    let mut place = (String::new(), 0);
    for (number, edit) in seed.edits.iter().enumerate() {
        let (old, new) = (edit.old.join("\n"), edit.new.join("\n"));
        let last = number + 1 == seed.edits.len();
        place = (edit.file.clone(), 0);
        match (edit.old.is_empty(), edit.new.is_empty()) {
            (true, true) if last && number > 0 && tree.contains_key(&edit.file) => {}
            (true, true) => {
                tree.remove(&edit.file).expect("the file to be removed is there");
            }
            (true, false) => {
                tree.insert(edit.file.clone(), format!("{new}\n"));
            }
            (false, _) => {
                let text = tree.get_mut(&edit.file).ok_or_else(|| format!("there is no {}", edit.file))?;
                let count = text.matches(&old).count();
                if count != 1 {
                    return Err(format!("`{old}` stands {count} times in {}", edit.file));
                }
                place.1 = text.find(&old).expect("it was counted");
                *text = text.replace(&old, &new);
            }
        }
    }
    Ok((tree, place.0, place.1))
}

fn findings(inputs: &[String], known: &Tree, tree: &Tree, seed: &Seed) -> (Network, Vec<Finding>) {
    let mut files = OverlayFiles::alone();
    for (path, text) in tree {
        files.put(Path::new("/net").join(path), text.as_str());
    }
    // A flake lies in a work tree of git that knows the files of the network without the mistake.
    if inputs.iter().any(|it| it == "flake.nix") {
        files.put("/net/.git/index", git_index(known));
    }
    let mut arguments = Arguments::default();
    for (name, value) in &seed.arguments {
        arguments.string(name, value);
    }
    let inputs = inputs.iter().map(|it| Path::new("/net").join(it)).collect();
    let request = Request {
        arguments,
        working_folder: "/net".into(),
        nix_path: Some("nixpkgs=/nowhere".to_owned()),
        ..Request::new(Arc::new(files), inputs)
    };
    let network = Network::load(&request).expect("the network is there");
    let found = checks::run(&network, &Levels::default());
    (network, found)
}

/// The index of git, version 2, that has these files.
fn git_index(tree: &Tree) -> Vec<u8> {
    let mut bytes = b"DIRC\0\0\0\x02".to_vec();
    bytes.extend(u32::try_from(tree.len()).unwrap().to_be_bytes());
    for name in tree.keys() {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(0o100_644_u32.to_be_bytes());
        bytes.extend([0; 32]);
        bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        bytes.extend(name.as_bytes());
        let length = bytes.len() - start;
        bytes.resize(start + (length / 8 + 1) * 8, 0);
    }
    bytes.extend([0; 20]);
    bytes
}

fn shown(network: &Network, finding: &Finding) -> String {
    let sources = network.sources();
    let at = sources.position(finding.span);
    format!(
        "      {}:{}:{}: {}: {} [{}] at `{}`\n",
        sources.path(finding.span.file).strip_prefix("/net").unwrap_or(Path::new("?")).display(),
        at.line,
        at.column,
        finding.level,
        finding.message,
        finding.id,
        sources.slice(finding.span),
    )
}

/// What is wrong about what was found; nothing where it is exactly what was planted.
fn judge(seeds: &Seeds, seed: &Seed) -> Result<(), String> {
    let title = || format!("{}: {}: {}", seeds.network, seed.check, seed.words);
    let (tree, file, from) =
        planted(&seeds.tree, seed).map_err(|it| format!("{}: cannot be planted: {it}", title()))?;
    let (network, found) = findings(&seeds.inputs, &seeds.tree, &tree, seed);
    let sources = network.sources();
    let blamed = seed.blamed.join("\n");
    let (before, rest) = blamed.split_once('«').unwrap_or(("", &blamed));
    let (exact, after) = rest.split_once('»').unwrap_or((rest, ""));
    let start = tree[&file][from..].find(&format!("{before}{exact}{after}"));
    let start = start.map(|it| from + it + before.len());
    let (mut hits, mut others) = (0, Vec::new());
    for finding in &found {
        let path = sources.path(finding.span.file);
        let right = finding.id == seed.check
            && path == Path::new("/net").join(&file)
            && Some(finding.span.start as usize) == start
            && sources.slice(finding.span) == exact;
        if right {
            hits += 1;
        } else if !seed.besides.iter().any(|it| it == finding.id) || finding.level == Level::Error {
            others.push(shown(&network, finding));
        }
    }
    match (hits, others.is_empty()) {
        (1, true) => Ok(()),
        (0, _) => Err(format!("{}\n    not found at `{blamed}` of {file}:\n{}", title(), others.concat())),
        _ => Err(format!("{}\n    found, and more:\n{}", title(), others.concat())),
    }
}

#[test]
fn recall() {
    let all = all_seeds();
    let mut wrong = Vec::new();
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for seeds in &all {
        let (network, found) = findings(&seeds.inputs, &seeds.tree, &seeds.tree, &Seed::default());
        assert!(!network.machines.is_empty(), "{} has machines", seeds.network);
        if !found.is_empty() {
            let found: String = found.iter().map(|it| shown(&network, it)).collect();
            wrong.push(format!("{}: the network without a mistake has findings:\n{found}", seeds.network));
        }
        for seed in &seeds.seeds {
            let (found, seeded) = tally.entry(&seed.check).or_default();
            *seeded += 1;
            match judge(seeds, seed) {
                Ok(()) => *found += 1,
                Err(it) => wrong.push(it),
            }
        }
    }
    let total = tally.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    for (check, (found, seeded)) in &tally {
        println!("{check:28} {found:3} of {seeded}");
    }
    println!("{:28} {:3} of {} in {} networks", "found", total.0, total.1, all.len());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), total.1, wrong.join("\n"));
    assert!(total.1 >= WANTED, "at least {WANTED} mistakes are planted");
}

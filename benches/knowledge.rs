//! How much `check` knows of real networks without Nix: the names of the machines, where they are reached, what is
//! unknown and why, and what it finds wrong.
//!
//! `make bench-knowledge CORPUS=DIR` walks a folder of repositories (each sub-folder is one) and loads every network
//! in them as `check` does. `benches/knowledge/entries.rs` says how networks are found. It judges nothing: whether a
//! finding is right is for the reader.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads a folder and prints")]

#[path = "knowledge/entries.rs"]
mod entries;
#[path = "knowledge/tally.rs"]
mod tally;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nixwright::checks::{self, Levels};
use nixwright::findings::Finding;
use nixwright::network::{Dialect, InputShape, Network, Request};
use nixwright::system::OsFiles;

use entries::{Candidate, Why, candidates, mentions};
use tally::Tally;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A network that was read.
struct Loaded {
    title: String,
    network: Network,
    findings: Vec<Finding>,
    time: Duration,
}

fn main() {
    let Some(corpus) = std::env::var_os("CORPUS").map(PathBuf::from).filter(|it| it.is_dir()) else {
        println!("skipped: CORPUS names no folder of repositories");
        return;
    };
    let corpus = corpus.canonicalize().expect("the folder was there a moment ago");
    let mut tally = Tally::default();
    let mut repository = String::new();
    let mut read: BTreeSet<PathBuf> = BTreeSet::new();
    for candidate in candidates(&corpus) {
        if repository != candidate.repository {
            repository.clone_from(&candidate.repository);
            read.clear();
        }
        // A file that a network of this repository reads is a part of it.
        if candidate.files.len() == 1 && read.contains(&candidate.files[0]) {
            continue;
        }
        match load(&corpus, &candidate) {
            Ok(Some(loaded)) => {
                let sources = loaded.network.sources();
                read.extend(loaded.network.files.iter().map(|file| sources.path(*file).to_owned()));
                let mentioned = mentions(&corpus.join(&repository), "targetHost");
                tally.add(&corpus, &repository, mentioned, &loaded);
            }
            Ok(None) => {}
            Err(refusal) => tally.refused(refusal),
        }
    }
    tally.print();
}

/// Loads a candidate as `check` does; `None` where it turns out to be no network.
fn load(corpus: &Path, candidate: &Candidate) -> Result<Option<Loaded>, String> {
    let shown = |path: &Path| path.strip_prefix(corpus).unwrap_or(path).display().to_string();
    let title = candidate.files.iter().map(|it| shown(it)).collect::<Vec<_>>().join(" + ");
    let request = Request {
        working_folder: candidate.files[0].parent().map_or_else(PathBuf::new, Path::to_owned),
        ..Request::new(Arc::new(OsFiles), candidate.files.clone())
    };
    let begun = Instant::now();
    let network = match Network::load(&request) {
        Ok(network) => network,
        Err(_) if candidate.why == Why::Words => return Ok(None),
        Err(error) => return Err(format!("{title}: {error}")),
    };
    let findings = checks::run(&network, &Levels::default());
    let time = begun.elapsed();
    Ok(is_network(candidate.why, &network).then_some(Loaded { title, network, findings, time }))
}

/// Whether what was read is a network; a file that only looked like one is not.
fn is_network(why: Why, network: &Network) -> bool {
    let has_shape = network.inputs.first().is_some_and(|it| it.shape == InputShape::Network);
    let describes_itself = !network.attributes.is_empty() || !network.resources.is_empty();
    let deploys = network.machines.iter().any(|it| {
        it.definitions.iter().any(|it| it.path.first().is_some_and(|name| name.as_ref() == "deployment"))
    });
    match why {
        Why::Told => true,
        Why::Name => {
            has_shape && (describes_itself || !network.machines.is_empty())
                || network.inputs.iter().any(|it| it.shape == InputShape::Unknown)
        }
        // Plain configurations of NixOS are no network of anybody's, unless somebody says so.
        Why::Flake => {
            has_shape && network.dialect != Dialect::Nixos
                || network.inputs.iter().any(|it| it.shape == InputShape::Unknown)
        }
        Why::Words => has_shape && (describes_itself || deploys),
    }
}

//! Which files of a folder of repositories are networks: by name, by content, and as an `entries` file says.
//!
//! Only looks for files and reads their text; whether a candidate is a network is for whoever loads it to say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names that only networks have.
const NAMES: [&str; 5] = ["hive.nix", "morph.nix", "nixops.nix", "nixwright.nix", "network.nix"];

/// Words without which a file describes no deployment.
const WORDS: [&str; 6] =
    ["deployment", "targetHost", "targetEnv", "network.description", "nixpkgs = ", "resources."];

/// Outputs of flakes that are networks.
const OUTPUTS: [&str; 5] = ["colmena", "nixopsConfigurations", "deploy", "nixosConfigurations", "nixwright"];

/// Folders that hold other people's files.
const FOREIGN: [&str; 4] = ["npins", "vendor", "node_modules", "result"];

/// No network is larger; package sets in one file are.
const LARGEST: u64 = 1 << 20;

/// Files that may be one network.
pub(super) struct Candidate {
    pub(super) repository: String,
    pub(super) files: Vec<PathBuf>,
    pub(super) why: Why,
}

/// How sure it is that a candidate is a network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The `entries` file says so.
    Told,
    /// Its name says so, unless its content says otherwise.
    Name,
    /// A flake: its outputs decide.
    Flake,
    /// Its text has words that networks have.
    Words,
}

/// What the `entries` file of a corpus says: files that belong together, and files that are no networks.
///
/// A line `REPOSITORY FILE...` is one network of these files; `REPOSITORY - FILE...` are no networks, whatever they look
/// like; `REPOSITORY - *` leaves only the networks that other lines name. `#` begins a comment.
#[derive(Default)]
struct Told {
    networks: BTreeMap<String, Vec<Vec<String>>>,
    others: BTreeMap<String, Vec<String>>,
}

impl Told {
    fn read(corpus: &Path) -> Self {
        let mut told = Self::default();
        let text = std::fs::read_to_string(corpus.join("entries")).unwrap_or_default();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let Some(repository) = words.next() else { continue };
            let mut files: Vec<String> = words.map(str::to_owned).collect();
            if files.first().is_some_and(|it| it == "-") {
                files.remove(0);
                told.others.entry(repository.to_owned()).or_default().extend(files);
            } else {
                told.networks.entry(repository.to_owned()).or_default().push(files);
            }
        }
        told
    }

    fn leaves_out(&self, repository: &str, file: &str) -> bool {
        let mut others = self.others.get(repository).into_iter().flatten();
        let mut named = self.networks.get(repository).into_iter().flatten().flatten();
        others.any(|it| it == file || it == "*") || named.any(|it| it == file)
    }
}

/// Every candidate below the corpus: each sub-folder is one repository.
pub(super) fn candidates(corpus: &Path) -> Vec<Candidate> {
    let told = Told::read(corpus);
    let mut found = Vec::new();
    for folder in folders(corpus) {
        let repository = folder.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        for files in told.networks.get(&repository).into_iter().flatten() {
            let files = files.iter().map(|it| folder.join(it)).collect();
            found.push(Candidate { repository: repository.clone(), files, why: Why::Told });
        }
        let mut files = Vec::new();
        nix_files(&folder, &mut files);
        for file in files {
            let inside = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned();
            if told.leaves_out(&repository, &inside) {
                continue;
            }
            if let Some(why) = why(&file) {
                found.push(Candidate { repository: repository.clone(), files: vec![file], why });
            }
        }
    }
    // What a flake or a list of files reads is no second network, so these are loaded first.
    found.sort_by_key(|it| (it.repository.clone(), it.why as u8 > Why::Flake as u8 || it.why == Why::Name));
    found
}

/// Whether a Nix file below a folder has a word in it.
pub(super) fn mentions(folder: &Path, word: &str) -> bool {
    let mut files = Vec::new();
    nix_files(folder, &mut files);
    files.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains(word)))
}

fn why(file: &Path) -> Option<Why> {
    let name = file.file_name()?.to_str()?;
    let text = std::fs::read_to_string(file).ok()?;
    let has = |words: &[&str]| words.iter().any(|it| text.contains(it));
    if name == "flake.nix" {
        return has(&OUTPUTS).then_some(Why::Flake);
    }
    if NAMES.contains(&name) && has(&WORDS) {
        return Some(Why::Name);
    }
    has(&WORDS).then_some(Why::Words)
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    folders.retain(|it| it.is_dir());
    folders.sort();
    folders
}

fn nix_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                nix_files(&path, files);
            }
        } else if kind.is_file()
            && name.ends_with(".nix")
            && entry.metadata().is_ok_and(|it| it.len() < LARGEST)
        {
            files.push(path);
        }
    }
}

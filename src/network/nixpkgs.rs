//! Which nixpkgs a network is of, by the names of its schema: as the search path says, and as the files beside the network
//! pin it. Reads no nixpkgs.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::Request;
use crate::options::schema::revision;

/// The names under which the schema of the network's nixpkgs may be kept, the likeliest first.
pub fn schema_names(request: &Request) -> Vec<String> {
    let files = request.files.as_ref();
    let mut names = Vec::new();
    if let Some(folder) = given(request) {
        names.extend(revision::of_folder(files, &folder));
    }
    if !names.is_empty() {
        return names;
    }
    for input in &request.inputs {
        let path = request.working_folder.join(input);
        let folders = [Some(path.as_path()), path.parent()];
        let revisions = folders.into_iter().flatten().filter_map(|folder| pinned(request, folder));
        names.extend(revisions.map(|it| revision::of_revision(&it)));
    }
    names.dedup();
    names
}

/// A folder that the command line names as nixpkgs, or else the search path does.
fn given(request: &Request) -> Option<PathBuf> {
    let settings = request.settings();
    let input = settings.inputs.into_iter().find(|(name, _)| name == "nixpkgs");
    let path = || settings.nix_path.into_iter().find(|(name, _)| name == "nixpkgs");
    input.or_else(path).map(|(_, folder)| folder)
}

/// The revision of nixpkgs in the files of a folder that pin it.
fn pinned(request: &Request, folder: &Path) -> Option<String> {
    let json = |name: &str| -> Option<Json> {
        let bytes = request.files.read_regular(&folder.join(name), LONGEST).ok()??;
        serde_json::from_slice(&bytes).ok()
    };
    let revision = |json: &Json| json.as_str().map(str::to_owned);
    let of_flake = || {
        let lock = json("flake.lock")?;
        let root = lock.get("root")?.as_str()?;
        let node = lock.pointer(&format!("/nodes/{root}/inputs/nixpkgs"))?.as_str()?;
        revision(lock.pointer(&format!("/nodes/{node}/locked/rev"))?)
    };
    let of_npins = || revision(json("npins/sources.json")?.pointer("/pins/nixpkgs/revision")?);
    let of_niv = || revision(json("nix/sources.json")?.pointer("/nixpkgs/rev")?);
    of_flake().or_else(of_npins).or_else(of_niv)
}

/// Lock files are short.
const LONGEST: u64 = 16 << 20;

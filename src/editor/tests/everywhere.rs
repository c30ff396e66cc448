//! Every question at the places of every file of every example network, as it is and cut off there: no answer panics, and
//! each lies in its file. And every machine of them gets another name, and its old one back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::asked::answer;
use crate::editor::rename::{self, difference};
use crate::editor::{Edit, View};
use crate::network::{Network, Request, nearest_network};
use crate::syntax;
use crate::system::{Files, OsFiles, OverlayFiles};
use crate::text::FileId;

fn networks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks");
    let names = OsFiles.read_folder(&folder).expect("there are example networks");
    let folders = names.into_iter().map(|(name, _)| folder.join(name));
    folders.filter(|it| OsFiles.kind(&it.join("expected.txt")).is_ok()).collect()
}

fn load(folder: &Path) -> (Request, Network) {
    // Where no file has the name of one, all of them are the network.
    let all = || {
        let names = OsFiles.read_folder(folder).expect("an example is a folder").into_iter();
        names.map(|it| folder.join(it.0)).filter(|it| it.extension().is_some_and(|it| it == "nix")).collect()
    };
    let inputs = nearest_network(&OsFiles, folder).map_or_else(|_| all(), |it| vec![it]);
    let request = Request::new(Arc::new(OsFiles), inputs);
    let network = Network::load(&request).expect("an example can be read");
    (request, network)
}

/// About a place.
const AT: [&str; 8] =
    ["hover", "definition", "references", "prepare", "rename zz", "complete", "selections", "signature"];
/// About a file.
const OF: [&str; 7] = ["symbols", "workspace w", "links", "hints", "folds", "lenses", "tokens"];

/// Places that are asked about in each file, evenly spread; those of the next run of the loop lie elsewhere.
const PLACES: usize = 14;

#[test]
fn every_question_has_an_answer_everywhere() {
    let mut asked = 0;
    for (number, folder) in networks().iter().enumerate() {
        let (request, network) = load(folder);
        for file in &network.files {
            let source = network.sources().file(*file);
            let parsed = syntax::parse(*file, &source.text);
            let view = View::new(&network, &request, &source.path, &source.text, &parsed);
            for question in OF {
                answer(&view, question, 0);
            }
            let step = (source.text.len() / PLACES).max(1);
            for at in (number % step..=source.text.len()).step_by(step) {
                let offset = u32::try_from(at).expect("examples are short");
                for question in AT {
                    answer(&view, question, offset);
                    asked += 1;
                }
                // The same text while it is being typed.
                let mut cut = at;
                while !source.text.is_char_boundary(cut) {
                    cut -= 1;
                }
                let text = &source.text[..cut];
                let parsed = syntax::parse(FileId(0), text);
                let view = View::new(&network, &request, &source.path, text, &parsed);
                for question in
                    ["hover", "complete", "signature", "symbols", "tokens", "hints", "lenses", "folds"]
                {
                    answer(&view, question, u32::try_from(cut).expect("examples are short"));
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 5_000, "{asked}");
}

/// The texts of the network's files after some edits.
fn edited(view: &View<'_>, edits: &[Edit]) -> BTreeMap<PathBuf, String> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    for edit in edits.iter().rev() {
        let path = view.path_of(edit.at.file).to_owned();
        let text = texts.entry(path).or_insert_with(|| view.text_of(edit.at.file).to_owned());
        text.replace_range(edit.at.start as usize..edit.at.end as usize, &edit.text);
    }
    texts
}

fn over(request: &Request, texts: &BTreeMap<PathBuf, String>) -> (Request, Network) {
    let mut files = OverlayFiles::over(request.files.clone());
    for (path, text) in texts {
        files.put(path, text);
    }
    let request = Request { files: Arc::new(files), ..request.clone() };
    let network = Network::load(&request).expect("it was read before");
    (request, network)
}

#[test]
fn a_machine_is_renamed_and_renamed_back() {
    let (mut renamed, mut refused) = (0, Vec::new());
    for folder in networks() {
        let (request, network) = load(&folder);
        for machine in &network.machines {
            let source = network.sources().file(machine.sources[0].name_at.file);
            let parsed = syntax::parse(FileId(0), &source.text);
            let view = View::new(&network, &request, &source.path, &source.text, &parsed);
            let (old, new) = (machine.name.as_str(), "a-new.name");
            let at = machine.sources[0].name_at.start;
            let edits = match view.mention_at(at).map(|_| rename::rename(&view, at, new)) {
                Some(Ok(edits)) => edits,
                Some(Err(refusal)) => {
                    refused.push(format!("{}: {old}: {refusal}", folder.display()));
                    continue;
                }
                None => continue,
            };
            assert!(!edits.is_empty(), "{}: {old}", folder.display());
            let texts = edited(&view, &edits);
            let (request, after) = over(&request, &texts);
            assert_eq!(difference(&network, &after, old, new), None, "{}: {old}", folder.display());
            // And back: the texts are the same as before, but for quotes, and for `nodes` where a `with` gave the name.
            let there = after.machine(new).expect("it was just renamed");
            let source = after.sources().file(there.sources[0].name_at.file);
            let parsed = syntax::parse(FileId(0), &source.text);
            let back = View::new(&after, &request, &source.path, &source.text, &parsed);
            let edits = rename::rename(&back, there.sources[0].name_at.start, old);
            let edits = edits.unwrap_or_else(|refusal| panic!("{}: {old} back: {refusal}", folder.display()));
            let texts = edited(&back, &edits);
            for (path, text) in &texts {
                let before = OsFiles.read(path).expect("an example's file is there");
                let before = String::from_utf8(before).expect("examples are text");
                let plain = |it: &str| it.replace('"', "").replace("nodes.", "");
                assert_eq!(plain(text), plain(&before), "{}", path.display());
            }
            renamed += 1;
        }
    }
    assert!(renamed >= 25, "{renamed} were renamed; refused:\n{}", refused.join("\n"));
}

//! What a network is remembered by, so that after a change in a file of one machine only that machine need be read again: which
//! files belong to one machine alone, and what other machines have seen of it.
//!
//! A file belongs to a machine where nobody else can come by it. Files are come by through paths that are written: the file's
//! own, or that of a folder above it. So every place that writes such a path must belong to the machine: the expression that
//! the network gives to it, or another file of it. What comes by paths in other ways is noted by the evaluator and counts for
//! everybody. Where any of this is in doubt the file belongs to nobody alone, and the whole network is read again.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::Evaluator;
use crate::options::View;
use crate::text::{FileId, Span};

use super::known::Reading;
use super::machine::Machine;
use super::model::{Input, InputShape};

/// What others have seen of the options of one machine.
pub(super) type Seen = BTreeMap<Vec<Arc<str>>, View>;

/// What a network is remembered by. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Remembered {
    pub(super) files: Arc<Belongings>,
    /// Of each machine what others have seen of it.
    pub(super) seen: Vec<Arc<Seen>>,
}

/// Which files belong to which machine.
#[derive(Debug, Default)]
pub(super) struct Belongings {
    machine_of: FxHashMap<PathBuf, usize>,
    pub(super) files_of: Vec<Vec<FileId>>,
    /// The paths written in each of these files, in their order.
    pub(super) written: FxHashMap<FileId, Vec<PathBuf>>,
    /// All folders above files of the network.
    pub(super) folders: FxHashSet<PathBuf>,
}

/// To whom something belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Nobody,
    Machine(usize),
    Everybody,
}

impl Owner {
    fn and(self, other: Owner) -> Owner {
        match (self, other) {
            (Owner::Nobody, it) | (it, Owner::Nobody) => it,
            (a, b) if a == b => a,
            _ => Owner::Everybody,
        }
    }
}

/// Where a path is written that leads to a file.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In a place that belongs to somebody for certain.
    Of(Owner),
    /// In this file of the network, by its number among them.
    In(usize),
}

impl Remembered {
    /// The machine that a file belongs to alone.
    pub fn machine_of(&self, file: &Path) -> Option<usize> {
        self.files.machine_of.get(file).copied()
    }

    /// What a network is remembered by that was just read from these files; nothing where machines were not watched, or too
    /// much is in doubt.
    pub(super) fn of(
        eval: &Evaluator,
        inputs: &[Input],
        files: &[FileId],
        machines: &[Arc<Machine>],
        readings: &[Reading],
    ) -> Option<Self> {
        let seen: Vec<Arc<Seen>> =
            readings.iter().map(|it| Some(Arc::new(it.views()?.1.seen()))).collect::<Option<_>>()?;
        if eval.was_near_its_end() || inputs.iter().any(|it| it.shape != InputShape::Network) {
            return None;
        }
        let files = Arc::new(belongings(eval, inputs, files, machines)?);
        Some(Self { files, seen })
    }
}

fn belongings(
    eval: &Evaluator,
    inputs: &[Input],
    files: &[FileId],
    machines: &[Arc<Machine>],
) -> Option<Belongings> {
    let written = eval.paths_written(files);
    let number_of: FxHashMap<FileId, usize> =
        files.iter().enumerate().map(|(number, file)| (*file, number)).collect();
    let tops: FxHashMap<FileId, Vec<(Span, usize)>> = inputs
        .iter()
        .map(|it| Some((it.file, machines_in(eval, it.file, machines)?)))
        .collect::<Option<_>>()?;
    let place = |at: Span| match tops.get(&at.file) {
        Some(machines) => Place::Of(machine_at(machines, at).map_or(Owner::Everybody, Owner::Machine)),
        None => number_of.get(&at.file).map_or(Place::Of(Owner::Everybody), |number| Place::In(*number)),
    };
    let mut places: FxHashMap<&[u8], Vec<Place>> = FxHashMap::default();
    for (path, at) in &written {
        places.entry(bytes(path)).or_default().push(place(*at));
    }
    for path in eval.detours().iter().chain(eval.links()) {
        places.entry(bytes(path)).or_default().push(Place::Of(Owner::Everybody));
    }
    let leading_to = |path: &Path| -> Vec<Place> {
        above(bytes(path)).filter_map(|it| places.get(it)).flatten().copied().collect()
    };
    let ways: Vec<Vec<Place>> = files.iter().map(|file| leading_to(eval.sources().path(*file))).collect();
    // Who reads the network itself can come by everything in it.
    if inputs.iter().any(|it| number_of.get(&it.file).is_none_or(|number| !ways[*number].is_empty())) {
        return None;
    }
    let mut owners = owners(&ways);
    // What a machine took over from another one stands in a file of that one.
    for (number, machine) in machines.iter().enumerate() {
        machine.files_of_values(&mut |file| {
            if let Some(file) = number_of.get(&file)
                && owners[*file] != Owner::Machine(number)
            {
                owners[*file] = Owner::Everybody;
            }
        });
    }
    let mut found = Belongings { files_of: vec![Vec::new(); machines.len()], ..Belongings::default() };
    for (file, owner) in files.iter().zip(owners) {
        let path = eval.sources().path(*file);
        found.folders.extend(
            path.ancestors()
                .skip(1)
                .take_while(|it| !found.folders.contains(*it))
                .map(Path::to_owned)
                .collect::<Vec<_>>(),
        );
        if let Owner::Machine(machine) = owner {
            found.machine_of.insert(path.to_owned(), machine);
            found.files_of[machine].push(*file);
            found.written.insert(*file, Vec::new());
        }
    }
    for (path, at) in written {
        if let Some(here) = found.written.get_mut(&at.file) {
            here.push(path);
        }
    }
    Some(found)
}

/// The owner of each file, given the places that lead to it. What only leads to itself belongs to nobody.
fn owners(ways: &[Vec<Place>]) -> Vec<Owner> {
    let mut owners = vec![Owner::Nobody; ways.len()];
    // An owner changes at most twice.
    loop {
        let mut changed = false;
        for (number, ways) in ways.iter().enumerate() {
            let owner = ways.iter().fold(owners[number], |owner, place| match place {
                Place::Of(it) => owner.and(*it),
                Place::In(file) => owner.and(owners[*file]),
            });
            changed |= owner != owners[number];
            owners[number] = owner;
        }
        if !changed {
            return owners;
        }
    }
}

/// The expressions that a file of the network plainly gives to machines, in their order.
fn machines_in(eval: &Evaluator, file: FileId, machines: &[Arc<Machine>]) -> Option<Vec<(Span, usize)>> {
    let attributes = eval.attributes_of_file(file)?;
    let mut found: Vec<(Span, usize)> = attributes
        .into_iter()
        .filter_map(|(name, at)| {
            let name = eval.name(name);
            let machine = machines.binary_search_by(|it| it.name.as_str().cmp(name)).ok()?;
            Some((at, machine))
        })
        .collect();
    found.sort_unstable_by_key(|it| it.0);
    Some(found)
}

/// The machine to whose expression a place belongs.
fn machine_at(machines: &[(Span, usize)], at: Span) -> Option<usize> {
    let before = machines.partition_point(|(it, _)| it.start <= at.start);
    machines[..before].last().filter(|(it, _)| at.end <= it.end).map(|it| it.1)
}

fn bytes(path: &Path) -> &[u8] {
    let bytes = path.as_os_str().as_bytes();
    bytes.strip_suffix(b"/").filter(|it| !it.is_empty()).unwrap_or(bytes)
}

/// A path, and the folders above it, without slashes at their ends but for the root.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| {
        let slash = path.iter().rposition(|it| *it == b'/')?;
        match (slash, path.len()) {
            (0, 1) => None,
            (0, _) => Some(&path[..1]),
            _ => Some(&path[..slash]),
        }
    })
}

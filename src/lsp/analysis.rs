//! Which networks there are for what is open, each checked again only when something that it depends on has changed.
//! Knows no client; the tests drive it as the server does.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::checked::{Checked, Root, check, check_again};
use super::world::World;
use crate::eval::Parses;
use crate::network::NAMES;
use crate::system::{FileKind, Files, OverlayFiles, System};
use crate::text::FileId;

/// All networks of one moment.
#[derive(Clone, Default)]
pub struct Analysis {
    pub world: World,
    pub networks: Vec<Arc<Checked>>,
    /// What could not be read, and bugs of ours: whole sentences.
    pub troubles: Vec<String>,
}

impl Analysis {
    /// The networks that a file was read for, the nearest first, with its number in each.
    pub fn of<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a Arc<Checked>, FileId)> {
        self.networks.iter().filter_map(move |it| Some((it, it.holds(path)?)))
    }
}

/// What is known of one network from before.
struct Entry {
    world: World,
    result: Result<Arc<Checked>, String>,
}

/// Checks what is open, again and again.
pub struct Analyst {
    system: System,
    entries: BTreeMap<Root, Entry>,
    parses: Arc<Parses>,
    /// How often only one machine of a network was read again.
    pub(super) read_again: u64,
}

/// How many networks above a file are tried. More would not be meant.
const MOST_TRIED: usize = 3;

impl Analyst {
    pub fn new(system: System) -> Self {
        Self { system, entries: BTreeMap::new(), parses: Arc::default(), read_again: 0 }
    }

    /// Everything as it is at this moment; nothing where somebody cancels.
    pub fn analyse(&mut self, world: &World, cancel: &Arc<AtomicBool>) -> Option<Analysis> {
        let mut round = Round { analyst: self, world, cancel, used: BTreeSet::new(), tried: BTreeSet::new() };
        round.find_all();
        let (used, tried) = (round.used, round.tried);
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        self.entries.retain(|root, _| tried.contains(root));
        let mut analysis = Analysis { world: world.clone(), ..Analysis::default() };
        for root in &used {
            match &self.entries.get(root)?.result {
                Ok(checked) => analysis.networks.push(checked.clone()),
                Err(why) => analysis.troubles.push(why.clone()),
            }
        }
        // What lies deeper is nearer to the files beside it.
        let depth = |root: &Root| match root {
            Root::Configured(..) => usize::MAX,
            Root::Named(path) | Root::Alone(path) | Root::Text(path) => path.components().count(),
        };
        analysis.networks.sort_by_key(|it| std::cmp::Reverse(depth(&it.root)));
        Some(analysis)
    }

    /// The network of a root, as it is now.
    fn checked(&mut self, world: &World, root: &Root, cancel: &Arc<AtomicBool>) -> Option<Arc<Checked>> {
        let fresh = self.entries.get(root).is_some_and(|entry| match &entry.result {
            Ok(checked) => !world.differs_for(&entry.world, &checked.asked),
            Err(_) => world.revision == entry.world.revision,
        });
        if !fresh {
            let mut again = false;
            let run = || match self.again(world, root, cancel) {
                Some(checked) => {
                    again = true;
                    Ok(Arc::new(checked))
                }
                None => check(&self.system, world, root, &self.parses, cancel).map(Arc::new),
            };
            let result = catch_unwind(AssertUnwindSafe(run))
                .unwrap_or_else(|_| Err(format!("checking {root:?} met a mistake of nixwright's own")));
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            self.read_again += u64::from(again);
            self.entries.insert(root.clone(), Entry { world: world.clone(), result });
        } else if let Some(entry) = self.entries.get_mut(root) {
            // What changed since is known not to matter.
            entry.world = world.clone();
        }
        self.entries.get(root)?.result.as_ref().ok().cloned()
    }
}

impl Analyst {
    /// The network of a root, where only the text of one file has changed, and only one machine depends on it.
    fn again(&self, world: &World, root: &Root, cancel: &Arc<AtomicBool>) -> Option<Checked> {
        let entry = self.entries.get(root)?;
        let before = entry.result.as_ref().ok().filter(|it| it.wrong_project.is_none())?;
        let changed = world.only_text_changed(&entry.world, &before.asked)?;
        check_again(&self.system, world, before, changed, cancel)
    }
}

/// One look at everything.
struct Round<'a> {
    analyst: &'a mut Analyst,
    world: &'a World,
    cancel: &'a Arc<AtomicBool>,
    /// What counts.
    used: BTreeSet<Root>,
    /// What was looked at, and need not be read again.
    tried: BTreeSet<Root>,
}

impl Round<'_> {
    fn find_all(&mut self) {
        let world = self.world;
        let files = with_texts(&self.analyst.system, world);
        for folder in world.folders.iter() {
            for number in 0..world.settings.networks.len() {
                let root = Root::Configured(number, folder.clone());
                self.load(&root);
                self.used.insert(root);
            }
            if world.settings.networks.is_empty()
                && let Some(path) = named_in(files.as_ref(), folder)
            {
                self.load_if_network(Root::Named(path));
            }
        }
        let open: Vec<&PathBuf> = world
            .documents
            .iter()
            .map(|(path, _)| path)
            .filter(|it| it.extension().is_some_and(|it| it == "nix"))
            .collect();
        let mut left: Vec<&PathBuf> =
            open.into_iter().filter(|path| !self.nearest(files.as_ref(), path)).collect();
        left.retain(|path| {
            let root = Root::Alone((*path).clone());
            let checked = self.load(&root);
            let is_network = checked.is_some_and(|it| it.is_network()) && !self.may_belong_to_damaged(path);
            if is_network {
                self.used.insert(root);
            }
            !is_network
        });
        for path in left {
            if !self.is_held(path) {
                let root = Root::Text(path.clone());
                self.load(&root);
                self.used.insert(root);
            }
        }
    }

    /// Whether a text that is damaged hides what a network reads: what lies beside its files may belong to it, and is not to be
    /// taken for a network of its own.
    fn may_belong_to_damaged(&self, path: &Path) -> bool {
        let results = self.used.iter().filter_map(|root| self.analyst.entries.get(root));
        let damaged = results.filter_map(|it| it.result.as_ref().ok()).filter(|it| it.is_damaged());
        damaged.flat_map(|it| it.folders()).any(|folder| path.starts_with(folder))
    }

    /// Finds the network that an open file belongs to; false where there is none.
    fn nearest(&mut self, files: &dyn Files, path: &Path) -> bool {
        if !self.is_held(path) && self.may_belong_to_damaged(path) {
            return false;
        }
        let mut named = path.ancestors().skip(1).filter_map(|folder| named_in(files, folder));
        self.is_held(path)
            || named.by_ref().take(MOST_TRIED).any(|candidate| {
                let root = Root::Named(candidate);
                let holds = self.load(&root).is_some_and(|it| it.is_network() && it.holds(path).is_some());
                if holds {
                    self.used.insert(root);
                }
                holds
            })
    }

    fn load_if_network(&mut self, root: Root) {
        if self.load(&root).is_none_or(|it| it.is_network() || it.may_be_meant(self.world)) {
            self.used.insert(root);
        }
    }

    fn load(&mut self, root: &Root) -> Option<Arc<Checked>> {
        self.tried.insert(root.clone());
        self.analyst.checked(self.world, root, self.cancel)
    }

    /// Whether a file belongs to what was found so far.
    fn is_held(&self, path: &Path) -> bool {
        let results = self.used.iter().filter_map(|root| self.analyst.entries.get(root));
        results.filter_map(|it| it.result.as_ref().ok()).any(|it| it.holds(path).is_some())
    }
}

/// The file in a folder that has the name of a network.
fn named_in(files: &dyn Files, folder: &Path) -> Option<PathBuf> {
    let is_file = |it: &PathBuf| files.kind(it).is_ok_and(|kind| kind == FileKind::Regular);
    NAMES.iter().map(|name| folder.join(name)).find(is_file)
}

/// The disk, with the open texts laid over it.
pub(super) fn with_texts(system: &System, world: &World) -> Arc<dyn Files> {
    let mut overlay = OverlayFiles::over(system.files.clone());
    for (path, document) in world.documents.iter() {
        overlay.put(path, document.text.as_bytes());
    }
    Arc::new(overlay)
}

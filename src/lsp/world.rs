//! Everything that a check depends on at one moment: open texts, folders, settings, and when files changed on disk.
//! Cheap to clone; each change has a number.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::TextDocumentContentChangeEvent;
use lsp_types::Url;

use super::documents::{Document, Documents};
use super::positions::Encoding;
use super::settings::Settings;
use crate::system::Files;

/// One moment.
#[derive(Clone, Default)]
pub struct World {
    /// Grows with every change.
    pub revision: u64,
    pub documents: Documents,
    /// The folders of the workspace.
    pub folders: Arc<Vec<PathBuf>>,
    pub settings: Arc<Settings>,
    pub encoding: Encoding,
    /// When a file was last said to have changed on disk.
    changed: Arc<BTreeMap<PathBuf, u64>>,
    /// When something changed that may concern everything.
    changed_all: u64,
}

impl World {
    pub fn open(&mut self, files: &dyn Files, document: Document) {
        self.revision += 1;
        // A file that is not there yet may be missed anywhere, or be found in a folder.
        if files.kind(&super::documents::path_of(&document.uri)).is_err() {
            self.changed_somewhere();
        }
        self.documents.open(files, document);
    }

    /// False where the document is not open.
    pub fn change(&mut self, uri: &Url, version: i32, changes: Vec<TextDocumentContentChangeEvent>) -> bool {
        let changed = self.documents.change(uri, version, changes, self.encoding);
        // Nobody checks what has not changed, and nobody must wait for that.
        self.revision += u64::from(changed);
        changed
    }

    pub fn close(&mut self, files: &dyn Files, uri: &Url) {
        self.revision += 1;
        if files.kind(&self.documents.path(uri)).is_err() {
            self.changed_somewhere();
        }
        // The text on disk counts again, whatever it is by now.
        if let Some(path) = self.documents.close(uri) {
            self.changed_on_disk(path);
        }
    }

    pub fn changed_on_disk(&mut self, path: PathBuf) {
        self.revision += 1;
        Arc::make_mut(&mut self.changed).insert(path, self.revision);
    }

    /// Files came, went, or changed in a way that nobody described.
    pub fn changed_somewhere(&mut self) {
        self.revision += 1;
        self.changed_all = self.revision;
    }

    pub fn set_folders(&mut self, folders: Vec<PathBuf>) {
        self.revision += 1;
        self.folders = Arc::new(folders);
    }

    pub fn configure(&mut self, settings: Settings) {
        self.changed_somewhere();
        self.settings = Arc::new(settings);
    }

    /// Whether something changed after an older moment that what depends on these paths may notice.
    pub(super) fn differs_for(&self, before: &World, asked: &super::asked::Paths) -> bool {
        let later = |(path, revision): (&PathBuf, &u64)| *revision > before.revision && asked.contains(path);
        self.changed_all > before.revision
            || self.changed.iter().any(later)
            || self.changed_texts(before).iter().any(|path| asked.contains(*path))
    }

    /// The path whose open text has changed after an older moment, where that is the only thing that what depends on these paths
    /// may notice.
    pub(super) fn only_text_changed<'a>(
        &'a self,
        before: &'a World,
        asked: &super::asked::Paths,
    ) -> Option<&'a Path> {
        let later = |(path, revision): (&PathBuf, &u64)| *revision > before.revision && asked.contains(path);
        let elsewhere = self.changed_all > before.revision || self.changed.iter().any(later);
        let mut texts = self.changed_texts(before).into_iter().filter(|it| asked.contains(*it));
        let (first, second) = (texts.next(), texts.next());
        // What was just opened or closed may have another name for its file, and lie elsewhere.
        first.filter(|it| {
            let open = |world: &World| world.documents.get(it).is_some();
            !elsewhere && second.is_none() && open(self) && open(before)
        })
    }

    /// The paths whose open texts are not as they were, or were not open.
    pub(super) fn changed_texts<'a>(&'a self, before: &'a World) -> Vec<&'a Path> {
        let changed = self.documents.iter().filter(|(path, document)| {
            let known = before.documents.get(path);
            known.is_none_or(|it| !Arc::ptr_eq(&it.text, &document.text) && it.text != document.text)
        });
        let gone = before.documents.iter().filter(|(path, _)| self.documents.get(path).is_none());
        changed.chain(gone).map(|(path, _)| path.as_path()).collect()
    }
}

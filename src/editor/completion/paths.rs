//! Files and folders behind the path that is being typed.

use std::path::Path;

use super::super::links::tidy;
use super::{Here, Item, ItemKind, length};
use crate::system::FileKind;

/// More names than anybody reads.
const MOST: usize = 2_000;

impl Here<'_, '_> {
    /// Names in the folder of a half-typed path; nothing where no path is being typed.
    pub(super) fn paths(&self) -> Option<Vec<Item>> {
        let is_path = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '+' | '/' | '~');
        let start = self
            .text
            .rfind(|it| !is_path(it))
            .map_or(0, |at| at + self.text[at..].chars().next().map_or(1, char::len_utf8));
        let written = &self.text[start..];
        if !(written.starts_with("./") || written.starts_with("../") || written.starts_with('/')) {
            return None;
        }
        // Operators are no paths, and in a string a path is a text like others.
        if written.starts_with("//") || self.open().is_some_and(|it| self.kind(it) == super::Kind::Text) {
            return None;
        }
        let (folder, typed) = written.rsplit_once('/')?;
        let own = self.view.path.parent().unwrap_or(Path::new("/"));
        // A path that begins with a slash is absolute.
        let folder = if folder.is_empty() { Path::new("/") } else { Path::new(folder) };
        let folder = tidy(&own.join(folder));
        let at = self.view.span((self.word.1 - length(typed), self.word.1));
        let files = self.view.request.files.as_ref();
        let names = files.read_folder(&folder).unwrap_or_default();
        let items = names
            .into_iter()
            .filter(|(name, _)| !name.starts_with('.') && folder.join(name) != self.view.path);
        let item = |(name, kind): (String, FileKind)| {
            let kind = match kind {
                FileKind::Symlink => files.kind(&folder.join(&name)).unwrap_or(kind),
                kind => kind,
            };
            match kind {
                FileKind::Folder => Some(Item { at, ..self.item(&name, ItemKind::Folder) }),
                FileKind::Regular => Some(Item { at, ..self.item(&name, ItemKind::File) }),
                _ => None,
            }
        };
        Some(items.filter_map(item).take(MOST).collect())
    }
}

//! The files of one run, kept so that every span can be shown.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::{FileId, LineColumn, LineIndex, Span};

/// One text with its path and line index.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As it is shown and opened: canonical for files on disk, a name in angle brackets (`<stdin>`) for others.
    pub path: PathBuf,
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
    marked: OnceLock<bool>,
}

impl SourceFile {
    fn new(path: PathBuf, text: Arc<str>) -> Self {
        Self { path, text, lines: OnceLock::new(), marked: OnceLock::new() }
    }

    /// Made when somebody asks: most files are read and never shown.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// A question that one reader of all texts asks of each of them, answered once: it is always the same one.
    pub fn marked(&self, mark: impl FnOnce(&str) -> bool) -> bool {
        *self.marked.get_or_init(|| mark(&self.text))
    }
}

/// An append-only table of files; a [`FileId`] is an index into it and stays valid.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
    by_path: Arc<FxHashMap<PathBuf, FileId>>,
}

impl Sources {
    /// Adds a file, or returns the id under which this path is already known with this text. Another text under a known
    /// path is another file, and the path then means the newer one.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let (path, text) = (path.into(), text.into());
        if let Some(known) = self.by_path.get(&path)
            && self.file(*known).text == text
        {
            return *known;
        }
        let id = FileId(u32::try_from(self.files.len()).expect("a run has fewer than 2^32 files"));
        self.files.push(Arc::new(SourceFile::new(path.clone(), text)));
        Arc::make_mut(&mut self.by_path).insert(path, id);
        id
    }

    /// Gives a file another text; its number stays, and spans in it are the new text's from now on.
    pub fn replace(&mut self, id: FileId, text: impl Into<Arc<str>>) {
        let path = self.file(id).path.clone();
        self.files[id.0 as usize] = Arc::new(SourceFile::new(path, text.into()));
    }

    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    pub fn file(&self, id: FileId) -> &Arc<SourceFile> {
        &self.files[id.0 as usize]
    }

    pub fn path(&self, id: FileId) -> &Path {
        &self.file(id).path
    }

    /// The text under a span; empty where the span does not fall on character borders.
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Where a span begins.
    pub fn position(&self, span: Span) -> LineColumn {
        let file = self.file(span.file);
        file.lines().position(&file.text, span.start)
    }

    /// Where a span begins, as people and editors write it: `/net/web.nix:3:5`.
    pub fn place(&self, span: Span) -> String {
        let at = self.position(span);
        format!("{}:{}:{}", self.path(span.file).display(), at.line, at.column)
    }

    /// Where a span ends (one past its last character).
    pub fn end_position(&self, span: Span) -> LineColumn {
        let file = self.file(span.file);
        file.lines().position(&file.text, span.end)
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Arc<SourceFile>)> {
        self.files.iter().enumerate().map(|(index, file)| {
            (FileId(u32::try_from(index).expect("a run has fewer than 2^32 files")), file)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_means_the_newer_text() {
        let mut sources = Sources::default();
        let first = sources.add("<text>", "1");
        assert_eq!(sources.add("<text>", "1"), first);
        let second = sources.add("<text>", "2");
        assert_eq!((&*sources.file(first).text, &*sources.file(second).text), ("1", "2"));
        assert_eq!(sources.find(Path::new("<text>")), Some(second));
    }
}

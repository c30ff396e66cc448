//! Texts that are open in the editor: what they hold after each change, and where they lie. Reads no file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Url};

use super::positions::Encoding;
use crate::system::Files;
use crate::text::LineIndex;

/// One open text.
#[derive(Clone, Debug)]
pub struct Document {
    /// As the editor names it.
    pub uri: Url,
    pub version: i32,
    pub text: Arc<str>,
}

/// Everything that is open, by path. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    open: Arc<BTreeMap<PathBuf, Document>>,
    paths: Arc<BTreeMap<Url, PathBuf>>,
}

/// Where texts lie that were never saved.
const UNSAVED: &str = "/unsaved";

/// The path that an address stands for. What is no file has a path that no file has.
pub fn path_of(uri: &Url) -> PathBuf {
    match uri.to_file_path() {
        Ok(path) if uri.scheme() == "file" => path,
        _ => Path::new(UNSAVED).join(uri.path().trim_start_matches('/')),
    }
}

impl Documents {
    pub fn open(&mut self, files: &dyn Files, document: Document) {
        let path = path_of(&document.uri);
        // A file that is there keeps the one name it has for everybody.
        let path = files.canonicalize(&path).unwrap_or(path);
        Arc::make_mut(&mut self.paths).insert(document.uri.clone(), path.clone());
        Arc::make_mut(&mut self.open).insert(path, document);
    }

    /// Makes the changes in their order; false where the document is not open.
    pub fn change(
        &mut self,
        uri: &Url,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> bool {
        let Some(path) = self.paths.get(uri) else { return false };
        let Some(document) = Arc::make_mut(&mut self.open).get_mut(path) else { return false };
        let mut text = document.text.to_string();
        for change in changes {
            let Some(range) = change.range else {
                text = change.text;
                continue;
            };
            let lines = LineIndex::new(&text);
            let start = encoding.offset(&text, &lines, range.start) as usize;
            let end = encoding.offset(&text, &lines, range.end) as usize;
            text.replace_range(start..end.max(start), &change.text);
        }
        document.text = text.into();
        document.version = version;
        true
    }

    /// The path that the document had.
    pub fn close(&mut self, uri: &Url) -> Option<PathBuf> {
        let path = Arc::make_mut(&mut self.paths).remove(uri)?;
        Arc::make_mut(&mut self.open).remove(&path);
        Some(path)
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The path of a document, or of a file that is not open.
    pub fn path(&self, uri: &Url) -> PathBuf {
        self.paths.get(uri).cloned().unwrap_or_else(|| path_of(uri))
    }

    /// How the editor names a file; nothing for what is no file.
    pub fn uri(&self, path: &Path) -> Option<Url> {
        match self.open.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => Url::from_file_path(path).ok(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;
    use crate::system::OverlayFiles;

    fn opened(text: &str) -> (Documents, Url) {
        let uri = Url::parse("file:///net/a%20b.nix").unwrap();
        let mut documents = Documents::default();
        let document = Document { uri: uri.clone(), version: 1, text: text.into() };
        documents.open(&OverlayFiles::alone(), document);
        (documents, uri)
    }

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let range = Range { start: Position::new(from.0, from.1), end: Position::new(to.0, to.1) };
        TextDocumentContentChangeEvent { range: Some(range), range_length: None, text: text.to_owned() }
    }

    #[test]
    fn changes_are_made_one_after_the_other() {
        let (mut documents, uri) = opened("{ a = \"é\"; }\n");
        let changes = vec![
            change((0, 6), (0, 9), "1"),
            change((0, 8), (0, 8), " b = 2;"),
            change((1, 0), (9, 0), "# end"),
        ];
        assert!(documents.change(&uri, 2, changes, Encoding::Utf16));
        let document = documents.get(Path::new("/net/a b.nix")).unwrap();
        assert_eq!((&*document.text, document.version), ("{ a = 1; b = 2; }\n# end", 2));
        assert!(
            documents.change(&uri, 3, vec![change((0, 5), (0, 2), "x")], Encoding::Utf16),
            "ends before it begins"
        );
    }

    #[test]
    fn a_text_that_was_never_saved_has_a_path_of_its_own() {
        let uri = Url::parse("untitled:Untitled-1").unwrap();
        assert_eq!(path_of(&uri), Path::new("/unsaved/Untitled-1"));
        let (mut documents, uri) = opened("");
        assert_eq!(documents.close(&uri), Some("/net/a b.nix".into()));
        assert_eq!(documents.close(&uri), None);
        assert!(!documents.change(&uri, 1, Vec::new(), Encoding::Utf8));
    }
}

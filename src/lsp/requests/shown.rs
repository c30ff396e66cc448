//! A file of a snapshot as the room `editor` sees it, and its spans in the protocol's words.

use std::path::PathBuf;
use std::sync::Arc;

use lsp_types::{Location, Position, Range, Url};

use crate::editor::View;
use crate::lsp::checked::Checked;
use crate::lsp::snapshot::Snapshot;
use crate::syntax::{self, Parsed};
use crate::text::{FileId, LineIndex, Span};

/// A file with its text as the editor has it, and the network that it belongs to.
pub(super) struct Shown<'s> {
    snapshot: &'s Snapshot,
    checked: Arc<Checked>,
    path: PathBuf,
    text: Arc<str>,
    lines: LineIndex,
    parsed: Parsed,
}

impl<'s> Shown<'s> {
    /// Nothing for a file that no network read.
    pub(super) fn of(snapshot: &'s Snapshot, uri: &Url) -> Option<Self> {
        let documents = &snapshot.analysis.world.documents;
        let path = documents.path(uri);
        let (checked, file) = snapshot.analysis.of(&path).next()?;
        // The network may be older than the text.
        let text = match documents.get(&path) {
            Some(document) => document.text.clone(),
            None => checked.network.sources().file(file).text.clone(),
        };
        let parsed = syntax::parse(file, &text);
        Some(Self { snapshot, checked: checked.clone(), lines: LineIndex::new(&text), path, text, parsed })
    }

    pub(super) fn view(&self) -> View<'_> {
        let checked = &self.checked;
        View::new(&checked.network, &checked.request, &self.path, &self.text, &self.parsed)
    }

    pub(super) fn offset(&self, position: Position) -> u32 {
        self.snapshot.analysis.world.encoding.offset(&self.text, &self.lines, position)
    }

    pub(super) fn position(&self, offset: u32) -> Position {
        self.snapshot.analysis.world.encoding.position(&self.text, &self.lines, offset)
    }

    /// The range of a span in this file.
    pub(super) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// Where a span of an answer is; nothing for a text that is no file.
    pub(super) fn location(&self, view: &View<'_>, span: Span) -> Option<Location> {
        if span.file == view.file {
            let uri = self.snapshot.analysis.world.documents.uri(&self.path)?;
            return Some(Location { uri, range: self.range(span) });
        }
        self.snapshot.location(&self.checked.network, span)
    }

    /// The version of an open text, for edits of it.
    pub(super) fn version(&self, view: &View<'_>, file: FileId) -> Option<i32> {
        self.snapshot.analysis.world.documents.get(view.path_of(file)).map(|it| it.version)
    }
}

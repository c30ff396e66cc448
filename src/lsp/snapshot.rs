//! What a request is answered from: all networks of one moment, and the way from the protocol's places to ours and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lsp_types::{Location, Position, Range, TextDocumentPositionParams, Url};

use crate::findings::Finding;
use crate::network::Network;
use crate::text::{FileId, SourceFile, Span};

use super::analysis::Analysis;
use super::checked::Checked;
use super::diagnostics;

/// One moment. Every answer is worked out on one, off the main loop.
#[derive(Clone)]
pub struct Snapshot {
    pub analysis: Arc<Analysis>,
    pub(super) cancelled: Arc<AtomicBool>,
}

/// A file in the network that it belongs to; of several, in the nearest.
#[derive(Clone)]
pub struct FileView {
    pub checked: Arc<Checked>,
    pub file: FileId,
    analysis: Arc<Analysis>,
}

impl Snapshot {
    /// Whether nobody waits for the answer any more: long work may stop, with whatever it has.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// A file by its address; nothing for one that no network read.
    pub fn file(&self, uri: &Url) -> Option<FileView> {
        self.files(uri).into_iter().next()
    }

    /// A file in every network that it belongs to, the nearest first.
    pub fn files(&self, uri: &Url) -> Vec<FileView> {
        let path = self.analysis.world.documents.path(uri);
        let view = |(checked, file): (&Arc<Checked>, FileId)| FileView {
            checked: checked.clone(),
            file,
            analysis: self.analysis.clone(),
        };
        self.analysis.of(&path).map(view).collect()
    }

    /// A file, and the byte offset in it that a position stands for.
    pub fn at(&self, place: &TextDocumentPositionParams) -> Option<(FileView, u32)> {
        let view = self.file(&place.text_document.uri)?;
        let offset = view.offset(place.position);
        Some((view, offset))
    }

    /// Every network there is, the nearest first.
    pub fn networks(&self) -> &[Arc<Checked>] {
        &self.analysis.networks
    }

    /// Where a span of a network is; nothing for a text that is no file.
    pub fn location(&self, network: &Network, span: Span) -> Option<Location> {
        diagnostics::location(&self.analysis, network.sources(), span)
    }
}

impl FileView {
    pub fn network(&self) -> &Arc<Network> {
        &self.checked.network
    }

    /// The text, its path and its lines.
    pub fn source(&self) -> &Arc<SourceFile> {
        self.network().sources().file(self.file)
    }

    pub fn text(&self) -> &Arc<str> {
        &self.source().text
    }

    /// What is wrong in this file.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checked.findings.iter().filter(|it| it.span.file == self.file)
    }

    pub fn offset(&self, position: Position) -> u32 {
        let source = self.source();
        self.analysis.world.encoding.offset(&source.text, source.lines(), position)
    }

    pub fn position(&self, offset: u32) -> Position {
        let source = self.source();
        self.analysis.world.encoding.position(&source.text, source.lines(), offset)
    }

    /// The span of a range in this file.
    pub fn span(&self, range: Range) -> Span {
        Span::new(self.file, self.offset(range.start), self.offset(range.end))
    }

    /// The range of a span, also of one in another file of this network.
    pub fn range(&self, span: Span) -> Range {
        diagnostics::range(&self.analysis, self.network().sources(), span)
    }

    /// Where a span of this network is.
    pub fn location(&self, span: Span) -> Option<Location> {
        diagnostics::location(&self.analysis, self.network().sources(), span)
    }

    /// How the editor names a file of this network, and the version of the text where it is open.
    pub fn document(&self, file: FileId) -> Option<(Url, Option<i32>)> {
        let path = self.network().sources().path(file);
        let documents = &self.analysis.world.documents;
        Some((documents.uri(path)?, documents.get(path).map(|it| it.version)))
    }
}

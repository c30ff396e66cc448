//! `textDocument/references` and `textDocument/documentHighlight`: every place that means the same thing.

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, Location, ReferenceParams,
};

use super::shown::Shown;
use crate::editor::references;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: ReferenceParams) -> Option<Vec<Location>> {
    let place = params.text_document_position;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let view = shown.view();
    let found = references::references(&view, shown.offset(place.position)).into_iter();
    let wanted = found.filter(|it| params.context.include_declaration || !it.defines);
    Some(wanted.filter_map(|it| shown.location(&view, it.at)).collect())
}

/// The same in one file.
pub(super) fn highlights(
    snapshot: &Snapshot,
    params: DocumentHighlightParams,
) -> Option<Vec<DocumentHighlight>> {
    let place = params.text_document_position_params;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let view = shown.view();
    let found = references::references(&view, shown.offset(place.position)).into_iter();
    let here = found.filter(|it| it.at.file == view.file);
    let highlight = |it: references::Reference| {
        let kind = if it.defines { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        DocumentHighlight { range: shown.range(it.at), kind: Some(kind) }
    };
    Some(here.map(highlight).collect())
}

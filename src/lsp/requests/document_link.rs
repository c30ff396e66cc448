//! `textDocument/documentLink`: paths that lead to other files.

use lsp_types::{DocumentLink, DocumentLinkParams};

use super::shown::Shown;
use crate::editor::links;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let found = links::links(&shown.view()).into_iter();
    let link = |it: links::DocumentLink| DocumentLink {
        range: shown.range(it.at),
        target: snapshot.analysis.world.documents.uri(&it.target),
        tooltip: None,
        data: None,
    };
    Some(found.map(link).collect())
}

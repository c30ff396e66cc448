//! `textDocument/hover`: what there is to say of the thing at a place.

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::shown::Shown;
use crate::editor::hover;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: HoverParams) -> Option<Hover> {
    let place = params.text_document_position_params;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let found = hover::hover(&shown.view(), shown.offset(place.position))?;
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: found.text });
    Some(Hover { contents, range: Some(shown.range(found.at)) })
}

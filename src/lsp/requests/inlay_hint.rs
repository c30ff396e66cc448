//! `textDocument/inlayHint`: hosts that are computed, and what machines depend on through a selector.

use lsp_types::{InlayHint, InlayHintKind, InlayHintParams};

use super::shown::Shown;
use crate::editor::inlay_hints;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: InlayHintParams) -> Option<Vec<InlayHint>> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let (start, end) = (shown.offset(params.range.start), shown.offset(params.range.end));
    let found = inlay_hints::inlay_hints(&shown.view()).into_iter();
    let here = found.filter(|it| start <= it.at.start && it.at.start <= end);
    let hint = |it: inlay_hints::Hint| InlayHint {
        position: shown.position(it.at.start),
        label: it.text.into(),
        kind: Some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    Some(here.map(hint).collect())
}

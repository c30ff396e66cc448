//! `textDocument/foldingRange` and `textDocument/selectionRange`: what folds away, and what a selection grows to.

use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams, SelectionRange, SelectionRangeParams};

use super::shown::Shown;
use crate::editor::folding::{self, FoldKind};
use crate::editor::selection;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let found = folding::folding(&shown.view()).into_iter();
    let fold = |it: folding::Fold| {
        let range = shown.range(it.at);
        FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: (it.kind == FoldKind::Comment).then_some(FoldingRangeKind::Comment),
            collapsed_text: None,
        }
    };
    Some(found.map(fold).collect())
}

pub(super) fn selections(snapshot: &Snapshot, params: SelectionRangeParams) -> Option<Vec<SelectionRange>> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let view = shown.view();
    let selection = |position| {
        let offset = shown.offset(position);
        let mut around: Option<SelectionRange> = None;
        for span in selection::selections(&view, offset).into_iter().rev() {
            around = Some(SelectionRange { range: shown.range(span), parent: around.map(Box::new) });
        }
        let nothing = lsp_types::Range { start: position, end: position };
        around.unwrap_or(SelectionRange { range: nothing, parent: None })
    };
    Some(params.positions.into_iter().map(selection).collect())
}

//! `textDocument/prepareRename` and `textDocument/rename`: other names for machines and local names. What cannot be done
//! completely is an error that says why.

use std::collections::BTreeMap;

use async_lsp::{ErrorCode, ResponseError};
use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, PrepareRenameResponse, RenameParams,
    TextDocumentEdit, TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};

use super::shown::Shown;
use crate::editor::rename::{self, Refusal};
use crate::lsp::snapshot::Snapshot;

fn refused(refusal: Refusal) -> ResponseError {
    ResponseError::new(ErrorCode::REQUEST_FAILED, refusal.to_string())
}

pub(super) fn prepare(
    snapshot: &Snapshot,
    params: TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, ResponseError> {
    let Some(shown) = Shown::of(snapshot, &params.text_document.uri) else { return Ok(None) };
    let found = rename::prepare(&shown.view(), shown.offset(params.position)).map_err(refused)?;
    let range = shown.range(found.at);
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name }))
}

pub(super) fn answer(
    snapshot: &Snapshot,
    params: RenameParams,
) -> Result<Option<WorkspaceEdit>, ResponseError> {
    let place = params.text_document_position;
    let Some(shown) = Shown::of(snapshot, &place.text_document.uri) else { return Ok(None) };
    let view = shown.view();
    let edits = rename::rename(&view, shown.offset(place.position), &params.new_name).map_err(refused)?;
    let mut files: BTreeMap<_, (Option<i32>, Vec<_>)> = BTreeMap::new();
    for edit in edits {
        let Some(location) = shown.location(&view, edit.at) else { continue };
        let version = shown.version(&view, edit.at.file);
        let texts = files.entry(location.uri).or_insert_with(|| (version, Vec::new()));
        texts.1.push(OneOf::Left(TextEdit { range: location.range, new_text: edit.text }));
    }
    let changes = files.into_iter().map(|(uri, (version, edits))| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits,
    });
    let document_changes = Some(DocumentChanges::Edits(changes.collect()));
    Ok(Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }))
}

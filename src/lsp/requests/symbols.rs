//! `textDocument/documentSymbol` and `workspace/symbol`: what a file holds, and machines and options of every network by name.

use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolInformation, SymbolKind,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use super::shown::Shown;
use crate::editor::View;
use crate::editor::symbols::{self, Symbol};
use crate::lsp::snapshot::Snapshot;
use crate::syntax::Parsed;

pub(super) fn of_document(
    snapshot: &Snapshot,
    params: DocumentSymbolParams,
) -> Option<DocumentSymbolResponse> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let found = symbols::document_symbols(&shown.view());
    Some(DocumentSymbolResponse::Nested(found.into_iter().map(|it| symbol(&shown, it)).collect()))
}

#[expect(
    deprecated,
    reason = "the type of the protocol has a field that is out of use, and no other way to be made"
)]
fn symbol(shown: &Shown<'_>, it: Symbol) -> DocumentSymbol {
    let inside: Vec<DocumentSymbol> = it.inside.into_iter().map(|it| symbol(shown, it)).collect();
    DocumentSymbol {
        name: it.name,
        detail: None,
        kind: kind(it.kind),
        tags: None,
        deprecated: None,
        range: shown.range(it.whole),
        selection_range: shown.range(it.at),
        children: (!inside.is_empty()).then_some(inside),
    }
}

fn kind(kind: symbols::SymbolKind) -> SymbolKind {
    match kind {
        symbols::SymbolKind::Machine => SymbolKind::CLASS,
        symbols::SymbolKind::Attribute => SymbolKind::FIELD,
        symbols::SymbolKind::Variable => SymbolKind::VARIABLE,
        symbols::SymbolKind::Function => SymbolKind::FUNCTION,
        symbols::SymbolKind::Option => SymbolKind::PROPERTY,
    }
}

#[expect(
    deprecated,
    reason = "the type of the protocol has a field that is out of use, and no other way to be made"
)]
pub(super) fn of_workspace(
    snapshot: &Snapshot,
    params: WorkspaceSymbolParams,
) -> Option<WorkspaceSymbolResponse> {
    let mut all: Vec<SymbolInformation> = Vec::new();
    for checked in snapshot.networks() {
        let Some(file) = checked.network.files.first() else { continue };
        let source = checked.network.sources().file(*file);
        let parsed = Parsed::default();
        let view = View::new(&checked.network, &checked.request, &source.path, &source.text, &parsed);
        for it in symbols::workspace_symbols(&view, &params.query) {
            let Some(location) = snapshot.location(&checked.network, it.at) else { continue };
            let (name, kind, container_name) = (it.name, kind(it.kind), it.of);
            let symbol =
                SymbolInformation { name, kind, tags: None, deprecated: None, location, container_name };
            if !all.contains(&symbol) {
                all.push(symbol);
            }
        }
    }
    Some(WorkspaceSymbolResponse::Flat(all))
}

//! `textDocument/definition`: where the thing at a place comes from.

use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse, Location, Range};

use super::shown::Shown;
use crate::editor::definition::{self, Target};
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let place = params.text_document_position_params;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let view = shown.view();
    let targets = definition::definition(&view, shown.offset(place.position)).into_iter();
    let location = |target: Target| match target {
        Target::At(span) => shown.location(&view, span),
        Target::File(path) => {
            let uri = snapshot.analysis.world.documents.uri(&path)?;
            Some(Location { uri, range: Range::default() })
        }
    };
    Some(GotoDefinitionResponse::Array(targets.filter_map(location).collect()))
}

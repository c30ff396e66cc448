//! `textDocument/signatureHelp`: the arguments of the function that is being called.

use lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp,
    SignatureHelpParams, SignatureInformation,
};

use super::shown::Shown;
use crate::editor::signature;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: SignatureHelpParams) -> Option<SignatureHelp> {
    let place = params.text_document_position_params;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let found = signature::signature(&shown.view(), shown.offset(place.position))?;
    let parameter =
        |it: &str| ParameterInformation { label: ParameterLabel::Simple(it.to_owned()), documentation: None };
    let text = MarkupContent { kind: MarkupKind::Markdown, value: found.function.text.to_owned() };
    let active = u32::try_from(found.argument).ok();
    let signature = SignatureInformation {
        label: found.function.call(),
        documentation: Some(Documentation::MarkupContent(text)),
        parameters: Some(found.function.arguments().into_iter().map(parameter).collect()),
        active_parameter: active,
    };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active })
}

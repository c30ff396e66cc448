//! `workspace/diagnostic`: the diagnostics of every file of every network, when the client asks for them.

use lsp_types::{
    FullDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::lsp::diagnostics;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(
    snapshot: &Snapshot,
    params: WorkspaceDiagnosticParams,
) -> WorkspaceDiagnosticReportResult {
    let documents = &snapshot.analysis.world.documents;
    let mut files = diagnostics::of_files(&snapshot.analysis);
    // What had diagnostics when the client last asked, and has none any more, is told so.
    for known in &params.previous_result_ids {
        files.entry(documents.path(&known.uri)).or_default();
    }
    let items = files.into_iter().filter_map(|(path, items)| {
        let uri = documents.uri(&path)?;
        let version = documents.get(&path).map(|it| i64::from(it.version));
        let result_id = format!("{:x}", diagnostics::fingerprint(&items));
        let unchanged = params.previous_result_ids.iter().any(|it| it.uri == uri && it.value == result_id);
        Some(if unchanged {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id };
            WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report,
            })
        } else {
            let full_document_diagnostic_report =
                FullDocumentDiagnosticReport { result_id: Some(result_id), items };
            WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report,
            })
        })
    });
    WorkspaceDiagnosticReport { items: items.collect() }.into()
}

//! `textDocument/codeLens`: a line above each machine, with its host and how many need it. Its command is the server's own, so
//! that no client has to know it.

use lsp_types::{CodeLens, CodeLensParams, Command};

use super::execute_command::{SHOW_DEPENDENTS, arguments};
use super::shown::Shown;
use crate::editor::code_lens;
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: CodeLensParams) -> Option<Vec<CodeLens>> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let found = code_lens::code_lenses(&shown.view()).into_iter();
    let lens = |it: code_lens::Lens| CodeLens {
        range: shown.range(it.at),
        command: Some(Command {
            title: it.text,
            command: SHOW_DEPENDENTS.to_owned(),
            arguments: Some(arguments(&params.text_document.uri, &it.machine)),
        }),
        data: None,
    };
    Some(found.map(lens).collect())
}

//! One file per request: `answer` takes a [`Snapshot`] and the parameters, and gives the reply. What is worked out lives on
//! lower floors; here it is only put into the protocol's words.
//!
//! To add a request: write `requests/<name>.rs` with `pub(super) fn answer(snapshot: &Snapshot, params: …) -> …` whose types are
//! those of the request, add its module and its line in [`register`], and say in `capabilities.rs` that it is there.
//!
//! An answer runs off the main loop, after the texts as they were when the request came have been checked. When the client
//! cancels, it gets its reply at once, and [`Snapshot::is_cancelled`] tells the answer. A panic is an internal error of this
//! one request.

mod code_action;
mod code_lens;
mod completion;
mod definition;
mod document_diagnostic;
mod document_link;
pub(super) mod execute_command;
mod folding_range;
mod hover;
mod inlay_hint;
mod references;
mod rename;
pub(super) mod semantic_tokens;
mod shown;
mod signature_help;
mod symbols;
#[cfg(test)]
mod tests;
mod workspace_diagnostic;

use async_lsp::router::Router;
use async_lsp::{ErrorCode, ResponseError};
use lsp_types::Url;
use lsp_types::request::{self, Request};

use super::server::{Server, Waits};
use super::snapshot::Snapshot;

/// All requests that are answered from a snapshot.
pub(super) fn register(router: &mut Router<Server>) {
    on::<request::CodeActionRequest>(router, code_action::answer);
    on::<request::CodeLensRequest>(router, code_lens::answer);
    on::<request::DocumentHighlightRequest>(router, references::highlights);
    on::<request::DocumentLinkRequest>(router, document_link::answer);
    on::<request::DocumentSymbolRequest>(router, symbols::of_document);
    on::<request::FoldingRangeRequest>(router, folding_range::answer);
    on::<request::GotoDefinition>(router, definition::answer);
    on::<request::HoverRequest>(router, hover::answer);
    on::<request::InlayHintRequest>(router, inlay_hint::answer);
    on::<request::References>(router, references::answer);
    on::<request::SelectionRangeRequest>(router, folding_range::selections);
    on::<request::SemanticTokensFullRequest>(router, semantic_tokens::answer);
    on::<request::SignatureHelpRequest>(router, signature_help::answer);
    on::<request::WorkspaceSymbolRequest>(router, symbols::of_workspace);
    or_refused::<request::PrepareRenameRequest>(router, rename::prepare);
    or_refused::<request::Rename>(router, rename::answer);
    at_once::<request::Completion>(
        router,
        |it| &it.text_document_position.text_document.uri,
        completion::answer,
    );
    router.request::<request::ExecuteCommand, _>(|server, params| {
        let (socket, client, snapshot) = (server.socket.clone(), server.client, server.snapshot());
        async move {
            let find = move |snapshot: &Snapshot| execute_command::answer(snapshot, &params);
            let found = worked(request::ExecuteCommand::METHOD, snapshot, find).await?;
            // What the client is asked meanwhile may take as long as somebody thinks about it.
            tokio::spawn(execute_command::show(socket, client, found));
            Ok(None)
        }
    });
    on::<request::DocumentDiagnosticRequest>(router, document_diagnostic::answer);
    on::<request::WorkspaceDiagnosticRequest>(router, workspace_diagnostic::answer);
}

/// Answers a request from a snapshot.
fn on<R: Request + 'static>(router: &mut Router<Server>, answer: fn(&Snapshot, R::Params) -> R::Result)
where
    R::Params: Send + 'static,
    R::Result: Send + 'static,
{
    router.request::<R, _>(move |server, params| {
        worked(R::METHOD, server.snapshot(), move |snapshot| Ok(answer(snapshot, params)))
    });
}

/// The same, where the answer may be that it cannot be done.
fn or_refused<R: Request + 'static>(
    router: &mut Router<Server>,
    answer: fn(&Snapshot, R::Params) -> Result<R::Result, ResponseError>,
) where
    R::Params: Send + 'static,
    R::Result: Send + 'static,
{
    router.request::<R, _>(move |server, params| {
        worked(R::METHOD, server.snapshot(), move |snapshot| answer(snapshot, params))
    });
}

/// The same about a file, where an older check of the network does, with the texts of now.
fn at_once<R: Request + 'static>(
    router: &mut Router<Server>,
    file: fn(&R::Params) -> &Url,
    answer: fn(&Snapshot, R::Params) -> R::Result,
) where
    R::Params: Send + 'static,
    R::Result: Send + 'static,
{
    router.request::<R, _>(move |server, params| {
        let snapshot = server.snapshot_at_once(file(&params));
        worked(R::METHOD, snapshot, move |snapshot| Ok(answer(snapshot, params)))
    });
}

/// Works out an answer off the main loop.
async fn worked<T: Send + 'static>(
    method: &str,
    snapshot: impl Future<Output = Option<(Snapshot, Waits)>> + Send,
    answer: impl FnOnce(&Snapshot) -> Result<T, ResponseError> + Send + 'static,
) -> Result<T, ResponseError> {
    let Some((snapshot, _waits)) = snapshot.await else {
        return Err(ResponseError::new(ErrorCode::SERVER_CANCELLED, "the server ends"));
    };
    let worked = tokio::task::spawn_blocking(move || answer(&snapshot)).await;
    worked.unwrap_or_else(|_| {
        let message = format!("answering `{method}` met a mistake of nixwright's own");
        Err(ResponseError::new(ErrorCode::INTERNAL_ERROR, message))
    })
}

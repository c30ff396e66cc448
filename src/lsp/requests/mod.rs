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
mod document_diagnostic;
mod workspace_diagnostic;

use async_lsp::router::Router;
use async_lsp::{ErrorCode, ResponseError};
use lsp_types::request::{self, Request};

use super::server::Server;
use super::snapshot::Snapshot;

/// All requests that are answered from a snapshot.
pub(super) fn register(router: &mut Router<Server>) {
    on::<request::CodeActionRequest>(router, code_action::answer);
    on::<request::DocumentDiagnosticRequest>(router, document_diagnostic::answer);
    on::<request::WorkspaceDiagnosticRequest>(router, workspace_diagnostic::answer);
}

/// Answers a request from a snapshot.
fn on<R: Request>(router: &mut Router<Server>, answer: fn(&Snapshot, R::Params) -> R::Result)
where
    R::Params: Send + 'static,
    R::Result: Send + 'static,
{
    router.request::<R, _>(move |server, params| {
        let snapshot = server.snapshot();
        async move {
            let Some((snapshot, _waits)) = snapshot.await else {
                return Err(ResponseError::new(ErrorCode::SERVER_CANCELLED, "the server ends"));
            };
            let worked = tokio::task::spawn_blocking(move || answer(&snapshot, params)).await;
            worked.map_err(|_| {
                let message = format!("answering `{}` met a mistake of nixwright's own", R::METHOD);
                ResponseError::new(ErrorCode::INTERNAL_ERROR, message)
            })
        }
    });
}

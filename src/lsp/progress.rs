//! Shows the client that something is being checked, when that takes a moment.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use async_lsp::ClientSocket;
use lsp_types::notification::Progress as ProgressNotification;
use lsp_types::request::WorkDoneProgressCreate;
use lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};
use tokio::sync::oneshot;

use super::capabilities::Client;

/// What is quicker shows nothing: a sign that flickers with every key is worse than none.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    socket: ClientSocket,
    client: Client,
    runtime: tokio::runtime::Handle,
    next: AtomicI32,
}

/// While it is there, something is being done.
pub(super) struct Shown {
    _end: Option<oneshot::Sender<()>>,
}

impl Progress {
    pub(super) fn new(socket: ClientSocket, client: Client, runtime: tokio::runtime::Handle) -> Self {
        Self { socket, client, runtime, next: AtomicI32::new(1) }
    }

    pub(super) fn begin(&self) -> Shown {
        if !self.client.shows_progress {
            return Shown { _end: None };
        }
        let (end, mut ended) = oneshot::channel::<()>();
        let token = NumberOrString::Number(self.next.fetch_add(1, Ordering::Relaxed));
        let socket = self.socket.clone();
        self.runtime.spawn(async move {
            if tokio::time::timeout(PATIENCE, &mut ended).await.is_ok() {
                return;
            }
            let create = WorkDoneProgressCreateParams { token: token.clone() };
            if socket.request::<WorkDoneProgressCreate>(create).await.is_err() {
                return;
            }
            let tell = |it| {
                let value = ProgressParamsValue::WorkDone(it);
                let _ = socket.notify::<ProgressNotification>(ProgressParams { token: token.clone(), value });
            };
            tell(WorkDoneProgress::Begin(WorkDoneProgressBegin {
                title: "checking the network".to_owned(),
                ..WorkDoneProgressBegin::default()
            }));
            // The sender only goes away.
            let _ = ended.await;
            tell(WorkDoneProgress::End(WorkDoneProgressEnd::default()));
        });
        Shown { _end: Some(end) }
    }
}

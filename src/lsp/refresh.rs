//! Tells a client that what it shows of other texts may be old: colours, lenses and hints follow from all files of a network,
//! and a client asks again only for the text that was changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_lsp::ClientSocket;
use lsp_types::request::{CodeLensRefresh, InlayHintRefreshRequest, SemanticTokensRefresh};

/// Nobody looks at another text while typing: what follows each other fast is told once.
const PAUSE: Duration = Duration::from_millis(300);

/// What a client asks for again when it is told to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refreshes {
    pub(super) colours: bool,
    pub(super) lenses: bool,
    pub(super) hints: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Refresh {
    /// Whether the client will be told soon.
    waits: Arc<AtomicBool>,
}

impl Refresh {
    pub(super) fn soon(&self, socket: &ClientSocket, client: Refreshes) {
        let nothing = !(client.colours || client.lenses || client.hints);
        if nothing || self.waits.swap(true, Ordering::Relaxed) {
            return;
        }
        let (socket, waits) = (socket.clone(), self.waits.clone());
        tokio::spawn(async move {
            tokio::time::sleep(PAUSE).await;
            waits.store(false, Ordering::Relaxed);
            // A client that refuses shows what it has.
            if client.colours {
                let _ = socket.request::<SemanticTokensRefresh>(()).await;
            }
            if client.lenses {
                let _ = socket.request::<CodeLensRefresh>(()).await;
            }
            if client.hints {
                let _ = socket.request::<InlayHintRefreshRequest>(()).await;
            }
        });
    }
}

//! The language server: `nixwright lsp`. The only room that knows the types of its protocol.
//!
//! Judges nothing and evaluates nothing itself: findings come from `checks`, answers from `editor`. How it works:
//!
//! - The **main loop** (`server`, on async-lsp's router) turns what the client says into a [`World`]: the open texts, the folders,
//!   the settings, and what changed on disk; each with a revision. It never works long.
//! - One **thread** takes the newest world from the `desk` and lets the [`Analyst`] check it: it finds the networks of what is
//!   open (those of the settings; else the nearest file with a network's name, as the command line finds it; else the file
//!   alone, of which only what concerns its text is told), and checks again only those that asked for something that has
//!   changed. What is being checked for an older world is cancelled, and thrown away. Where only the text of one file has
//!   changed, and that belongs to one machine alone, only that machine is read and looked at
//!   ([`Network::again`](crate::network::Network::again)); a test plays hundreds of changes beside the whole check.
//! - The `publisher` tells the client what is new. Clients that pull diagnostics of all files are told to pull again.
//! - **Requests** are answered from a [`Snapshot`]: the first checked world that is not older than the request. Each is one
//!   file in `requests/`, whose module page says how to add one. A snapshot gives for an address a [`FileView`]: the network
//!   that the file belongs to ([`FileView::network`]), its [`FileId`](crate::text::FileId) there, text and lines
//!   ([`FileView::source`]), what is wrong ([`FileView::findings`]), and the ways between the protocol's positions and byte
//!   offsets ([`FileView::offset`], [`FileView::position`], [`FileView::range`], [`FileView::location`]).
//!
//! Everything below the main loop can be driven without a client: a [`World`] is changed by its methods, and
//! [`Analyst::analyse`] gives the [`Analysis`] whose diagnostics [`diagnostics::of_files`] lists.

#[cfg(test)]
mod again_tests;
mod analysis;
#[cfg(test)]
mod analysis_tests;
mod asked;
mod capabilities;
mod checked;
mod desk;
pub mod diagnostics;
mod documents;
mod looking;
mod positions;
mod progress;
mod publisher;
mod refresh;
mod requests;
mod server;
mod settings;
mod snapshot;
mod world;

use async_lsp::MainLoop;
use async_lsp::concurrency::ConcurrencyBuilder;
use async_lsp::panic::CatchUnwindBuilder;
use async_lsp::server::LifecycleLayer;
use async_lsp::stdio::{PipeStdin, PipeStdout};
use tower_layer::Layer;

pub use analysis::{Analysis, Analyst};
pub use checked::{Checked, Root, WrongProject};
pub use documents::{Document, Documents, path_of};
pub use positions::Encoding;
pub use settings::{NetworkSettings, Settings};
pub use snapshot::{FileView, Snapshot};
pub use world::World;

use crate::system::System;

/// So many requests may wait for their answers before no more is read; a client that cancels is always heard.
const MOST_REQUESTS: usize = 1024;

/// Why the server ended other than by `exit`.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("standard input and output must be pipes or sockets to an editor")]
    NoPipes { source: std::io::Error },
    #[error("the connection to the editor ended")]
    Connection { source: async_lsp::Error },
}

/// Serves the editor at the other end of standard input and output, until it says `exit` or hangs up.
pub async fn serve(system: &System) -> Result<(), ServeError> {
    let no_pipes = |source| ServeError::NoPipes { source };
    let input = PipeStdin::lock_tokio().map_err(no_pipes)?;
    let output = PipeStdout::lock_tokio().map_err(no_pipes)?;
    let (main_loop, _) = MainLoop::new_server(|socket| {
        let router = server::Server::router(socket, system.clone());
        let most = std::num::NonZeroUsize::new(MOST_REQUESTS).unwrap_or(std::num::NonZeroUsize::MIN);
        let service = ConcurrencyBuilder::new(most).layer(router);
        let service = CatchUnwindBuilder::default().layer(service);
        LifecycleLayer::default().layer(service)
    });
    match main_loop.run_buffered(input, output).await {
        // An editor that was killed does not say `exit`.
        Ok(()) | Err(async_lsp::Error::Eof) => Ok(()),
        Err(source) => Err(ServeError::Connection { source }),
    }
}

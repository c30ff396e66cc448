//! Tells the client what was found: what changed since it was last told, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use async_lsp::ClientSocket;
use lsp_types::notification::{LogMessage, PublishDiagnostics};
use lsp_types::request::WorkspaceDiagnosticRefresh;
use lsp_types::{Diagnostic, LogMessageParams, MessageType, PublishDiagnosticsParams, Url};
use rustc_hash::FxHashMap;

use super::analysis::Analysis;
use super::capabilities::Client;
use super::diagnostics::{self, OfFile};

struct Told {
    items: OfFile,
    version: Option<i32>,
    /// How the client called the file when it was told.
    uri: Url,
}

pub(super) struct Publisher {
    socket: ClientSocket,
    client: Client,
    /// What the client was told of each file, and of which version.
    told: FxHashMap<Arc<Path>, Told>,
    troubles: BTreeSet<String>,
    runtime: tokio::runtime::Handle,
}

impl Publisher {
    pub(super) fn new(socket: ClientSocket, client: Client, runtime: tokio::runtime::Handle) -> Self {
        Self { socket, client, told: FxHashMap::default(), troubles: BTreeSet::new(), runtime }
    }

    /// That the client is gone ends the main loop, which is told so elsewhere.
    pub(super) fn publish(&mut self, analysis: &Analysis) {
        self.tell_troubles(analysis);
        let documents = &analysis.world.documents;
        let now = diagnostics::of_each(analysis);
        let mut same = true;
        let mut changed: Vec<(&Arc<Path>, &OfFile, Option<i32>)> = Vec::new();
        for (path, items) in &now {
            let version = documents.get(path).map(|it| it.version);
            let before = self.told.get(path);
            let same_items = before.is_some_and(|it| Arc::ptr_eq(&it.items, items) || it.items == *items);
            // An open text that only has a new version has been asked for by the client itself.
            same &= same_items;
            if !same_items || before.is_some_and(|it| it.version != version) {
                changed.push((path, items, version));
            }
        }
        changed.sort_unstable_by_key(|it| it.0);
        for (path, items, version) in changed {
            let Some(uri) = documents.uri(path) else { continue };
            self.tell(&uri, items.to_vec(), version);
            let told = Told { items: items.clone(), version, uri: uri.clone() };
            // Whoever opens a file may call it otherwise.
            if let Some(before) = self.told.insert(path.clone(), told).filter(|it| it.uri != uri) {
                self.tell(&before.uri, Vec::new(), None);
            }
        }
        let gone = self.told.keys().filter(|path| !now.contains_key(*path));
        let mut gone: Vec<Arc<Path>> = gone.cloned().collect();
        gone.sort_unstable();
        same &= gone.is_empty();
        for path in gone {
            if let Some(told) = self.told.remove(&path) {
                self.tell(&told.uri, Vec::new(), None);
            }
        }
        if self.client.pulls && !same {
            let socket = self.socket.clone();
            self.runtime.spawn(async move { socket.request::<WorkspaceDiagnosticRefresh>(()).await });
        }
    }

    /// Clients that ask themselves are told nothing.
    fn tell(&self, uri: &Url, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        if !self.client.pulls {
            let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version };
            let _ = self.socket.notify::<PublishDiagnostics>(params);
        }
    }

    fn tell_troubles(&mut self, analysis: &Analysis) {
        let troubles: BTreeSet<String> = analysis.troubles.iter().cloned().collect();
        for trouble in troubles.difference(&self.troubles) {
            let message = LogMessageParams { typ: MessageType::ERROR, message: trouble.clone() };
            let _ = self.socket.notify::<LogMessage>(message);
        }
        self.troubles = troubles;
    }
}

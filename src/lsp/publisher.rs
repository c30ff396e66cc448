//! Tells the client what was found: what changed since it was last told, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use async_lsp::ClientSocket;
use lsp_types::notification::{LogMessage, PublishDiagnostics};
use lsp_types::request::WorkspaceDiagnosticRefresh;
use lsp_types::{LogMessageParams, MessageType, PublishDiagnosticsParams, Url};

use super::analysis::Analysis;
use super::capabilities::Client;
use super::diagnostics;

pub(super) struct Publisher {
    socket: ClientSocket,
    client: Client,
    /// What the client was told of each file, and of which version.
    told: BTreeMap<Url, (u64, Option<i32>)>,
    troubles: BTreeSet<String>,
    runtime: tokio::runtime::Handle,
}

impl Publisher {
    pub(super) fn new(socket: ClientSocket, client: Client, runtime: tokio::runtime::Handle) -> Self {
        Self { socket, client, told: BTreeMap::new(), troubles: BTreeSet::new(), runtime }
    }

    /// That the client is gone ends the main loop, which is told so elsewhere.
    pub(super) fn publish(&mut self, analysis: &Analysis) {
        self.tell_troubles(analysis);
        let documents = &analysis.world.documents;
        let mut now = BTreeMap::new();
        for (path, items) in diagnostics::of_files(analysis) {
            let Some(uri) = documents.uri(&path) else { continue };
            let version = documents.get(&path).map(|it| it.version);
            let state = (diagnostics::fingerprint(&items), version);
            if !self.client.pulls && self.told.get(&uri) != Some(&state) {
                let _ = self.socket.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri: uri.clone(),
                    diagnostics: items,
                    version,
                });
            }
            now.insert(uri, state);
        }
        for uri in self.told.keys().filter(|uri| !now.contains_key(*uri)) {
            if !self.client.pulls {
                let _ = self.socket.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri: uri.clone(),
                    diagnostics: Vec::new(),
                    version: None,
                });
            }
        }
        // An open text that only has a new version has been asked for by the client itself.
        let same = self.told.len() == now.len()
            && self.told.iter().all(|(uri, (said, _))| now.get(uri).is_some_and(|(it, _)| it == said));
        if self.client.pulls && !same {
            let socket = self.socket.clone();
            self.runtime.spawn(async move { socket.request::<WorkspaceDiagnosticRefresh>(()).await });
        }
        self.told = now;
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

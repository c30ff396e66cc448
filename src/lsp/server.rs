//! The main loop's side: what the client says changes the [`World`], and every change is laid down for the thread that checks.
//! Nothing here takes long.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_lsp::ClientSocket;
use async_lsp::router::Router;
use lsp_types::notification::{self, Notification};
use lsp_types::request::{self, Request};
use lsp_types::{
    ClientCapabilities, ConfigurationItem, ConfigurationParams, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
    FileSystemWatcher, GlobPattern, InitializeResult, Registration, RegistrationParams, ServerInfo, Url,
    WorkspaceFolder,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;

use super::analysis::{Analysis, Analyst};
use super::capabilities::{self, Client};
use super::desk::Desk;
use super::documents::{Document, path_of};
use super::progress::Progress;
use super::publisher::Publisher;
use super::refresh::Refresh;
use super::requests;
use super::settings::Settings;
use super::snapshot::Snapshot;
use super::world::World;
use crate::system::System;

/// The state of the main loop.
pub(super) struct Server {
    pub(super) socket: ClientSocket,
    system: System,
    pub(super) client: Client,
    world: World,
    desk: Arc<Desk>,
    done: watch::Receiver<Arc<Analysis>>,
    told: watch::Sender<Arc<Analysis>>,
    /// Whether the thread that checks was started.
    checks: bool,
    refresh: Refresh,
}

/// Takes any parameters, so that wrong ones of a notification do not end the server; and of `initialize` those that the types
/// of the protocol's older versions lack.
struct Raw<T>(std::marker::PhantomData<T>);

impl<T: Notification> Notification for Raw<T> {
    type Params = Value;
    const METHOD: &'static str = T::METHOD;
}

struct RawInitialize;

impl Request for RawInitialize {
    type Params = Value;
    type Result = InitializeResult;
    const METHOD: &'static str = request::Initialize::METHOD;
}

/// A settings change that came as an answer.
struct Configured(Settings);

/// Files may have changed, and nobody watches them for us.
pub(super) struct LookAgain;

/// A moment was checked. It comes behind everything that the client was told of it, so that no answer overtakes that.
struct Done(Analysis);

impl Server {
    pub(super) fn router(socket: ClientSocket, system: System) -> Router<Server> {
        let (told, done) = watch::channel(Arc::default());
        let mut router = Router::new(Server {
            socket,
            system,
            client: Client::default(),
            world: World::default(),
            desk: Arc::default(),
            done,
            told,
            checks: false,
            refresh: Refresh::default(),
        });
        router.request::<RawInitialize, _>(|server, params| {
            let result = server.initialize(&params);
            async move { Ok(result) }
        });
        router.request::<request::Shutdown, _>(|server, ()| {
            server.desk.end();
            async { Ok(()) }
        });
        on::<notification::Initialized, Value>(&mut router, |server, _| server.initialized());
        on::<notification::DidOpenTextDocument, _>(&mut router, Server::opened);
        on::<notification::DidChangeTextDocument, _>(&mut router, Server::changed);
        on::<notification::DidCloseTextDocument, DidCloseTextDocumentParams>(
            &mut router,
            |server, params| {
                let files = server.system.files.clone();
                server.world.close(files.as_ref(), &params.text_document.uri);
                server.check();
            },
        );
        on::<notification::DidSaveTextDocument, Value>(&mut router, |_, _| {});
        on::<notification::DidChangeWatchedFiles, _>(&mut router, Server::watched);
        on::<notification::DidChangeWorkspaceFolders, _>(&mut router, Server::folders_changed);
        on::<notification::DidChangeConfiguration, _>(&mut router, Server::configured);
        router.unhandled_notification(|_, _| ControlFlow::Continue(()));
        router.event::<Configured>(|server, Configured(settings)| {
            server.world.configure(settings);
            server.check();
            ControlFlow::Continue(())
        });
        router.event::<LookAgain>(|server, LookAgain| {
            server.world.changed_somewhere();
            server.check();
            ControlFlow::Continue(())
        });
        router.event::<Done>(|server, Done(analysis)| {
            server.told.send_replace(Arc::new(analysis));
            // Of the only text that is open the client asks by itself.
            if server.world.documents.iter().nth(1).is_some() {
                server.refresh.soon(&server.socket, server.client.refreshes);
            }
            ControlFlow::Continue(())
        });
        requests::register(&mut router);
        router
    }

    /// Lays down what there is to check.
    fn check(&self) {
        self.desk.put(self.world.clone());
    }

    /// The first moment that is not older than now, once it was checked; and what tells the answer when nobody waits for it any
    /// more. `None` where the server ends.
    pub(super) fn snapshot(&self) -> impl Future<Output = Option<(Snapshot, Waits)>> + Send + use<> {
        let (mut done, revision) = (self.done.clone(), self.world.revision);
        async move {
            let analysis = done.wait_for(|it| it.world.revision >= revision).await.ok()?.clone();
            let cancelled = Arc::new(AtomicBool::new(false));
            Some((Snapshot { analysis, cancelled: cancelled.clone() }, Waits(cancelled)))
        }
    }

    /// The same with the texts of now, where a network that holds a file was checked before: what the network says may be
    /// older.
    pub(super) fn snapshot_at_once(
        &self,
        uri: &Url,
    ) -> impl Future<Output = Option<(Snapshot, Waits)>> + Send + use<> {
        let (mut done, world) = (self.done.clone(), self.world.clone());
        let path = world.documents.path(uri);
        async move {
            let enough =
                |it: &Arc<Analysis>| it.world.revision >= world.revision || it.of(&path).next().is_some();
            let known = done.wait_for(enough).await.ok()?.clone();
            let analysis = Arc::new(Analysis { world, ..(*known).clone() });
            let cancelled = Arc::new(AtomicBool::new(false));
            Some((Snapshot { analysis, cancelled: cancelled.clone() }, Waits(cancelled)))
        }
    }

    fn initialize(&mut self, params: &Value) -> InitializeResult {
        let raw = params.get("capabilities").cloned().unwrap_or_default();
        let capabilities: ClientCapabilities = serde_json::from_value(raw.clone()).unwrap_or_default();
        self.client = Client::new(&capabilities, &raw);
        self.world.encoding = self.client.encoding;
        let given: Option<Vec<WorkspaceFolder>> =
            params.get("workspaceFolders").and_then(|it| serde_json::from_value(it.clone()).ok());
        let root = || {
            let uri = params.get("rootUri").and_then(Value::as_str)?;
            Url::parse(uri).ok().map(|uri| path_of(&uri))
        };
        self.world.set_folders(match given {
            Some(folders) => folders.iter().map(|it| path_of(&it.uri)).collect(),
            None => root().into_iter().collect(),
        });
        if let Some(settings) = params.get("initializationOptions").and_then(Settings::read) {
            self.world.configure(settings);
        }
        InitializeResult {
            capabilities: capabilities::offered(self.client),
            server_info: Some(ServerInfo {
                name: "nixwright".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        }
    }

    fn initialized(&mut self) {
        if !std::mem::replace(&mut self.checks, true) {
            let runtime = tokio::runtime::Handle::current();
            let publisher = Publisher::new(self.socket.clone(), self.client, runtime.clone());
            let progress = Progress::new(self.socket.clone(), self.client, runtime);
            let (desk, analyst) = (self.desk.clone(), Analyst::new(self.system.clone()));
            let socket = self.socket.clone();
            let work = move || work(&desk, analyst, publisher, &progress, &socket);
            // Without this thread there is nothing that the server could do.
            std::thread::Builder::new()
                .name("checking".to_owned())
                .spawn(work)
                .expect("a process can start a thread");
        }
        let (socket, client) = (self.socket.clone(), self.client);
        let looks = self.done.clone();
        let files = self.system.files.clone();
        tokio::spawn(async move {
            if client.watches {
                // A client that refuses does not watch.
                let _ = socket.request::<request::RegisterCapability>(watching()).await;
            } else {
                super::looking::look_now_and_then(&socket, looks, files).await;
            }
        });
        self.check();
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        let document = Document { uri: opened.uri, version: opened.version, text: opened.text.into() };
        let files = self.system.files.clone();
        self.world.open(files.as_ref(), document);
        self.check();
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        if self.world.change(&document.uri, document.version, params.content_changes) {
            self.check();
        }
    }

    fn watched(&mut self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            let path = self.world.documents.path(&change.uri);
            if change.typ == FileChangeType::CHANGED {
                self.world.changed_on_disk(path);
            } else {
                self.world.changed_somewhere();
            }
        }
        self.check();
    }

    fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let removed: Vec<_> = params.event.removed.iter().map(|it| path_of(&it.uri)).collect();
        let kept = self.world.folders.iter().filter(|it| !removed.contains(it)).cloned();
        let added = params.event.added.iter().map(|it| path_of(&it.uri));
        let folders = kept.chain(added).collect();
        self.world.set_folders(folders);
        self.check();
    }

    /// Some clients send their settings, others only say that they have changed.
    fn configured(&mut self, params: DidChangeConfigurationParams) {
        let sent = params.settings.as_object().is_some_and(|it| !it.is_empty());
        if sent || !self.client.configures {
            if let Some(settings) = Settings::read(&params.settings) {
                self.world.configure(settings);
                self.check();
            }
            return;
        }
        let socket = self.socket.clone();
        tokio::spawn(async move {
            let item = ConfigurationItem { scope_uri: None, section: Some("nixwright".to_owned()) };
            let asked = ConfigurationParams { items: vec![item] };
            let given = socket.request::<request::WorkspaceConfiguration>(asked).await;
            if let Some(settings) = given.ok().and_then(|it| Settings::read(it.first()?)) {
                let _ = socket.emit(Configured(settings));
            }
        });
    }
}

/// While it is there, somebody waits for an answer.
pub(super) struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Handles a notification; one that makes no sense is left alone.
fn on<N: Notification, P: DeserializeOwned + 'static>(
    router: &mut Router<Server>,
    handle: fn(&mut Server, P),
) {
    router.notification::<Raw<N>>(move |server, params| {
        if let Ok(params) = serde_json::from_value(params) {
            handle(server, params);
        }
        ControlFlow::Continue(())
    });
}

/// Which files a client is asked to watch: every kind that a network reads.
fn watching() -> RegistrationParams {
    let patterns = ["**/*.{nix,json,toml}", "**/flake.lock"];
    let watchers =
        patterns.map(|it| FileSystemWatcher { glob_pattern: GlobPattern::String(it.to_owned()), kind: None });
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.into() };
    RegistrationParams {
        registrations: vec![Registration {
            id: "files".to_owned(),
            method: notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        }],
    }
}

/// The thread that checks: the newest moment, again and again.
fn work(
    desk: &Desk,
    mut analyst: Analyst,
    mut publisher: Publisher,
    progress: &Progress,
    socket: &ClientSocket,
) {
    while let Some((world, cancel)) = desk.take() {
        let shown = progress.begin();
        let analysis = analyst.analyse(&world, &cancel);
        drop(shown);
        if let Some(analysis) = analysis {
            publisher.publish(&analysis);
            // Without a main loop nobody asks any more.
            let _ = socket.emit(Done(analysis));
        }
    }
}

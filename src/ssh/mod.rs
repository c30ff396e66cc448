//! Connections to machines: one shared ssh connection each, verified host keys, commands as argument lists.
//!
//! The only room that knows openssh. It builds no shell strings: quoting for the remote shell is openssh's.
//! Which machine to talk to, and what to say, is decided above.

mod connection;
mod failure;
mod files;
mod master;
mod rights;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

pub use connection::Connection;
pub use files::{Side, scp, sshfs};

use crate::system::{Command, Destination, Pending, Remote, RemoteError, Remotes, Secret, Sharing, System};

/// Real machines, reached with the user's own `ssh` and its configuration.
pub struct OpenSsh {
    system: System,
    /// Control sockets live here; short, because a socket's path has at most 104 bytes.
    sockets: PathBuf,
    shared: Mutex<BTreeMap<String, Slot>>,
    /// What `sudo` is told; never written anywhere.
    password: std::sync::Mutex<Option<Secret>>,
}

/// The shared connection of one machine, once it is made.
type Slot = Arc<Mutex<Option<Arc<Connection>>>>;

impl OpenSsh {
    /// `sockets` is a private folder (0700) with a short path that outlives the connections.
    pub fn new(system: System, sockets: PathBuf) -> Self {
        let password = std::sync::Mutex::new(None);
        Self { system, sockets, shared: Mutex::new(BTreeMap::new()), password }
    }

    /// Ends every shared connection; what could not be ended politely ends by itself when idle.
    pub async fn close(&self) {
        let shared = std::mem::take(&mut *self.shared.lock().await);
        let mut closing = JoinSet::new();
        for slot in shared.into_values() {
            closing.spawn(async move {
                if let Some(connection) = slot.lock().await.take() {
                    connection.close().await;
                }
            });
        }
        while closing.join_next().await.is_some() {}
    }

    async fn share(
        &self,
        destination: &Destination,
        limit: Duration,
    ) -> Result<Arc<Connection>, RemoteError> {
        let slot = self.shared.lock().await.entry(destination.machine.clone()).or_default().clone();
        // One lock per machine: a slow machine does not keep the others waiting.
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_ref() {
            if connection.answers().await {
                return Ok(connection.clone());
            }
            connection.close().await;
        }
        let fresh = Arc::new(self.fresh(destination, limit).await?);
        *slot = Some(fresh.clone());
        Ok(fresh)
    }

    /// A connection that nobody else has, with the rights of root.
    async fn fresh(&self, destination: &Destination, limit: Duration) -> Result<Connection, RemoteError> {
        let mut connection = master::start(&self.system, &self.sockets, destination, limit).await?;
        let password = self.password.lock().expect("nobody panics while holding it").clone();
        match connection.become_root(password.as_ref()).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                connection.close().await;
                Err(error)
            }
        }
    }
}

/// `ssh` for an operator: on this terminal, with a question where one is needed, with the keys that we know. `words`
/// are given to the remote shell as ssh gives them; without any it is a login.
pub fn login(destination: &Destination, words: &[String]) -> Command {
    let mut command = Command::new("ssh").args(master::identity(destination));
    if !words.is_empty() {
        command = command.arg("-T");
    }
    command.args(["--", &destination.host]).args(words.iter().cloned())
}

impl Remotes for OpenSsh {
    fn connect<'a>(
        &'a self,
        destination: &'a Destination,
        sharing: Sharing,
        limit: Duration,
    ) -> Pending<'a, Result<Arc<dyn Remote>, RemoteError>> {
        Box::pin(async move {
            let connection = match sharing {
                Sharing::Shared => self.share(destination, limit).await?,
                Sharing::New => Arc::new(self.fresh(destination, limit).await?),
            };
            Ok(connection as Arc<dyn Remote>)
        })
    }

    fn escalate_with(&self, password: Secret) {
        *self.password.lock().expect("nobody panics while holding it") = Some(password);
    }
}

//! What steps act on: the machines, Nix, this machine, and where to tell about it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::ReadyKey;
use crate::network::MachineName;
use crate::nix::Nix;
use crate::system::{
    Command, Destination, Line, Lines, Output, ProcessError, Remote, RemoteError, Remotes, Sharing, System,
};

/// A line about a machine, or about the whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub machine: Option<MachineName>,
    pub text: String,
}

/// Everything a step may touch.
pub struct World {
    pub system: System,
    pub nix: Nix,
    pub remotes: Arc<dyn Remotes>,
    pub destinations: BTreeMap<MachineName, Destination>,
    /// A folder on this machine for links that keep built systems from being collected.
    pub roots: PathBuf,
    /// How long to keep trying to connect to a machine that does not answer.
    pub patience: Duration,
    /// The keys of the machines, read and ready to be sent. They live here and in no plan.
    pub keys: OnceLock<BTreeMap<MachineName, Vec<ReadyKey>>>,
    /// Passes on what steps say, in order.
    pub said: Arc<dyn Fn(Said) + Send + Sync>,
}

impl World {
    /// Says a line about a machine.
    pub fn say(&self, machine: &MachineName, text: impl Into<String>) {
        (self.said)(Said { machine: Some(machine.clone()), text: text.into() });
    }

    pub fn destination(&self, machine: &MachineName) -> &Destination {
        self.destinations.get(machine).expect("a plan has steps only for machines that it can reach")
    }

    /// A connection to a machine.
    pub async fn connect(
        &self,
        machine: &MachineName,
        sharing: Sharing,
    ) -> Result<Arc<dyn Remote>, RemoteError> {
        self.remotes.connect(self.destination(machine), sharing, self.patience).await
    }

    /// Runs a command on a machine over the shared connection.
    pub async fn on(&self, machine: &MachineName, command: &Command) -> Result<Output, RemoteError> {
        self.connect(machine, Sharing::Shared).await?.run(command, None).await
    }

    /// Runs a command on a machine and passes on what it says, line by line. The lines are returned also when the
    /// connection was lost.
    pub async fn listened(
        &self,
        machine: &MachineName,
        command: &Command,
    ) -> (Result<Output, RemoteError>, Vec<Line>) {
        let remote = match self.connect(machine, Sharing::Shared).await {
            Ok(remote) => remote,
            Err(error) => return (Err(error), Vec::new()),
        };
        let (lines, heard): (Lines, UnboundedReceiver<Line>) = tokio::sync::mpsc::unbounded_channel();
        tokio::join!(remote.run(command, Some(lines)), self.pass_on(machine, heard))
    }

    /// Runs a command on this machine and passes on what it says as words about a machine.
    pub async fn listened_here(
        &self,
        machine: &MachineName,
        command: &Command,
    ) -> (Result<Output, ProcessError>, Vec<Line>) {
        let (lines, heard): (Lines, UnboundedReceiver<Line>) = tokio::sync::mpsc::unbounded_channel();
        tokio::join!(self.system.processes.run(command, Some(lines)), self.pass_on(machine, heard))
    }

    async fn pass_on(&self, machine: &MachineName, mut heard: UnboundedReceiver<Line>) -> Vec<Line> {
        let mut all = Vec::new();
        while let Some(line) = heard.recv().await {
            if !line.text.trim().is_empty() {
                self.say(machine, line.text.clone());
            }
            all.push(line);
        }
        all
    }
}

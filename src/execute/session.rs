//! What every run of this process needs: the system, the state, connections, a folder for secrets, listeners.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::log::RunLog;
use super::{Event, RunError};
use crate::network::MachineName;
use crate::ssh::OpenSsh;
use crate::state::{DeploymentId, State};
use crate::steps::Said;
use crate::system::{Remotes, Secret, System};

/// The operator wants the run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Finish what runs, begin nothing.
    Politely,
    /// Drop everything now.
    AtOnce,
}

pub type Interrupts = UnboundedReceiver<Interrupt>;

/// A socket's path has at most 104 bytes; this leaves room for our own file names.
const LONGEST_FOLDER: usize = 60;

/// Handed to [`deploy()`](super::deploy()) and [`rollback()`](super::rollback()).
pub struct Session {
    pub system: System,
    pub state: State,
    pub events: UnboundedSender<Event>,
    pub(super) remotes: Arc<dyn Remotes>,
    /// What was said and is not in the state yet.
    pub(super) log: Arc<RunLog>,
    ssh: Option<Arc<OpenSsh>>,
    folder: tempfile::TempDir,
}

impl Session {
    /// A session with real machines.
    pub fn new(system: System, state: State, events: UnboundedSender<Event>) -> Result<Self, RunError> {
        let folder = private_folder(&system)?;
        let sockets = folder.path().to_owned();
        let ssh = Arc::new(OpenSsh::new(system.clone(), sockets));
        let log = Arc::new(RunLog::new(system.clock.clone()));
        Ok(Self { system, state, events, remotes: ssh.clone(), log, ssh: Some(ssh), folder })
    }

    /// A session with other machines than those that ssh reaches: the simulation.
    pub fn with_remotes(
        system: System,
        state: State,
        events: UnboundedSender<Event>,
        remotes: Arc<dyn Remotes>,
    ) -> Result<Self, RunError> {
        let folder = private_folder(&system)?;
        let log = Arc::new(RunLog::new(system.clock.clone()));
        Ok(Self { system, state, events, remotes, log, ssh: None, folder })
    }

    /// What users who are not root are asked for when they become root.
    pub fn escalate_with(&self, password: Secret) {
        self.remotes.escalate_with(password);
    }

    /// Ends the connections; the folder with keys goes with the session.
    pub async fn close(self) {
        if let Some(ssh) = &self.ssh {
            ssh.close().await;
        }
    }

    /// A private folder that vanishes with the session: keys, known hosts, sockets.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where links lie that keep the systems of a deployment from being collected: beside the state.
    pub(super) fn roots(&self, deployment: DeploymentId) -> Result<PathBuf, RunError> {
        let roots = roots_of(&self.state, deployment);
        let made = self.system.files.create_private_folder(&roots);
        made.map_err(|source| RunError::Folder { folder: roots.display().to_string(), source })?;
        Ok(roots)
    }

    pub(super) fn tell(&self, event: Event) {
        match &event {
            Event::Said(said) => self.log.add(said, false),
            Event::Warned(said) => self.log.add(said, true),
            _ => {}
        }
        // A run goes on when nobody listens.
        let _ = self.events.send(event);
    }

    pub(super) fn say(&self, machine: Option<&MachineName>, text: impl Into<String>) {
        self.tell(Event::Said(Said { machine: machine.cloned(), text: text.into() }));
    }

    pub(super) fn warn(&self, machine: Option<&MachineName>, text: impl Into<String>) {
        self.tell(Event::Warned(Said { machine: machine.cloned(), text: text.into() }));
    }
}

/// Where the links lie that keep the systems of a deployment from being collected: beside the state.
pub fn roots_of(state: &State, deployment: DeploymentId) -> PathBuf {
    state.beside().join("roots").join(deployment.to_string())
}

fn private_folder(system: &System) -> Result<tempfile::TempDir, RunError> {
    use std::os::unix::fs::PermissionsExt;
    let wished = system.environment.runtime_folder();
    // ssh splits its arguments at blanks and expands percent signs, and the nix programs pass them on unquoted.
    let plain = |path: &Path| {
        path.to_str().is_some_and(|it| {
            it.len() <= LONGEST_FOLDER
                && it.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it))
        })
    };
    let parent = if plain(&wished) { wished } else { PathBuf::from("/tmp") };
    tempfile::Builder::new()
        .prefix("nixwright-")
        .permissions(PermissionsExt::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(|source| RunError::Folder { folder: parent.display().to_string(), source })
}

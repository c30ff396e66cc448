//! The edge: every side effect of the program goes through a [`System`] that was handed in.
//!
//! Files, processes, machines and services reached over the network, the clock, random ids, environment variables and facts
//! about the terminal. Each is a small trait with a real version here and a fake one for the simulation of
//! faults. Nothing here knows what a file or a command means.

mod command;
mod environment;
mod files;
mod hidden;
mod overlay;
mod processes;
mod reach;
mod remotes;
mod secret;
mod time;

use std::sync::Arc;

pub use command::{Command, Ended, Line, Lines, Output, ProcessError, Stream};
pub use environment::{Environment, Terminal};
pub use files::{FileKind, Files, OsFiles, Stamp, is_symlink_loop};
pub use hidden::HiddenTyping;
pub use overlay::OverlayFiles;
pub use processes::{OsProcesses, Processes};
pub use reach::{HttpRequest, OsReach, Reach};
pub use remotes::{Destination, NoRoot, Remote, RemoteError, Remotes, Sharing};
pub use secret::Secret;
pub use time::{Clock, Ids, OsClock, OsIds};

/// A future that a trait object can return.
pub type Pending<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything a command of ours may touch, cheap to clone.
#[derive(Clone)]
pub struct System {
    pub files: Arc<dyn Files>,
    pub processes: Arc<dyn Processes>,
    pub reach: Arc<dyn Reach>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub environment: Arc<Environment>,
    pub terminal: Terminal,
}

impl System {
    /// The machine this program runs on.
    pub fn os() -> Self {
        let environment = Environment::os();
        let terminal = Terminal::os(&environment);
        Self {
            files: Arc::new(OsFiles),
            processes: Arc::new(OsProcesses),
            reach: Arc::new(OsReach),
            clock: Arc::new(OsClock::default()),
            ids: Arc::new(OsIds),
            environment: Arc::new(environment),
            terminal,
        }
    }
}

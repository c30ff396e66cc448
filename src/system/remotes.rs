//! Machines reached over the network: the questions and acts, not the protocol. `ssh` answers for real machines.

use std::sync::Arc;
use std::time::Duration;

use super::{Command, Lines, Output, Pending, Secret};

/// Where a machine is and how to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The machine's name in the network, for messages.
    pub machine: String,
    pub host: String,
    pub port: Option<u16>,
    /// Without it, what the user's ssh configuration says.
    pub user: Option<String>,
    /// A private key file of ours, tried beside what the user's own ssh set-up offers.
    pub identity: Option<std::path::PathBuf>,
    /// The file with the host keys that we trust for this machine.
    pub known_hosts: Option<std::path::PathBuf>,
    /// A key of the machine is in that file already: no other is accepted. Otherwise the user's own known hosts
    /// are asked too, and a key that nobody knows is trusted on this first use and added to the file.
    pub host_key_is_known: bool,
    /// The operator said that the next key is the right one: what the user's own known hosts say does not count.
    pub trust_next_key: bool,
    /// More arguments for ssh, as the network gives them.
    pub options: Vec<String>,
    /// What makes a user other than root root on the machine: a program and its arguments, put before commands. Empty:
    /// commands are run as the user.
    pub escalation: Vec<String>,
}

impl Destination {
    /// `user@host`, or the host alone.
    pub fn login(&self) -> String {
        self.user.as_ref().map_or_else(|| self.host.clone(), |user| format!("{user}@{}", self.host))
    }
}

/// Whether a connection may be shared with earlier ones. A new one is what proves that a machine still answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    Shared,
    New,
}

/// A machine that did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("could not connect to `{machine}` as {login}{}{}", .port.map(|port| format!(" (port {port})")).unwrap_or_default(), super::command::explained(.said))]
    Connect { machine: String, login: String, port: Option<u16>, said: String },
    #[error("the host key of `{machine}` ({host}) is not the one we know{}", super::command::explained(.said))]
    HostKey { machine: String, host: String, said: String },
    #[error("`{machine}` refused the login as {login}{}", super::command::explained(.said))]
    Refused { machine: String, login: String, said: String },
    #[error("{login} cannot become root on `{machine}` with `{escalation}`: {why}{}", super::command::explained(.said))]
    Escalation { machine: String, login: String, escalation: String, why: NoRoot, said: String },
    #[error("the connection to `{machine}` was lost while running `{command}`{}", super::command::explained(.said))]
    Lost { machine: String, command: String, said: String },
    #[error("`{command}` on `{machine}` did not end within {} s", .limit.as_secs())]
    Limit { machine: String, command: String, limit: Duration },
    #[error("`{command}` failed on `{machine}` ({ended}){}", super::command::explained(.stderr))]
    Failed { machine: String, command: String, ended: super::Ended, stderr: String },
    #[error("the ssh program could not be used")]
    Ssh { source: std::io::Error },
}

/// Why a login did not become root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoot {
    PasswordNeeded,
    PasswordWrong,
    Refused,
}

impl std::fmt::Display for NoRoot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::PasswordNeeded => "it asks for a password",
            Self::PasswordWrong => "the password is wrong",
            Self::Refused => "it refuses",
        })
    }
}

/// A connection to one machine.
pub trait Remote: Send + Sync {
    /// Runs a program on the machine, arguments as a list; lines are sent on while it runs. An exit status other
    /// than 0 is no error here.
    fn run<'a>(
        &'a self,
        command: &'a Command,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, RemoteError>>;

    /// Arguments that make another program's `ssh` (that of `nix copy`) use this connection.
    fn ssh_arguments(&self) -> Vec<String>;

    /// The words that start the machine's Nix daemon as root, where the login itself is another user. None: the login
    /// is root, or only becomes it with a password, for which a foreign ssh has no place.
    fn store_daemon(&self) -> Option<String> {
        None
    }

    /// Ends the connection.
    fn close(&self) -> Pending<'_, ()>;
}

/// All machines.
pub trait Remotes: Send + Sync {
    /// Connects within `limit`, or says why not. Shared connections are made once per destination and kept.
    fn connect<'a>(
        &'a self,
        destination: &'a Destination,
        sharing: Sharing,
        limit: Duration,
    ) -> Pending<'a, Result<Arc<dyn Remote>, RemoteError>>;

    /// What users who are not root are asked for when they become root, from now on.
    fn escalate_with(&self, _password: Secret) {}
}

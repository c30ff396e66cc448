//! Programs that carry files over a connection that is there: `scp` and `sshfs`. They get its socket, so that they log in as
//! it did, to the host that was verified.

use crate::system::{Command, Destination, Remote};

/// One side of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    Here(String),
    /// On the machine that the connection leads to.
    There(String),
}

/// `scp` of files, with folders where `folders` says so.
pub fn scp(
    destination: &Destination,
    remote: &dyn Remote,
    folders: bool,
    from: &[Side],
    to: &Side,
) -> Command {
    let word = |side: &Side| match side {
        Side::There(path) => format!("{}:{path}", bracketed(&destination.host)),
        // A colon before any slash would make scp look for a host of that name.
        Side::Here(path) if path.split('/').next().is_some_and(|it| it.contains(':')) => format!("./{path}"),
        Side::Here(path) => path.clone(),
    };
    let command = Command::new("scp").args(remote.ssh_arguments());
    let command = if folders { command.arg("-r") } else { command };
    command.arg("--").args(from.iter().map(word)).arg(word(to))
}

/// `sshfs` in the foreground: the mount ends with it, and it with the mount.
pub fn sshfs(
    destination: &Destination,
    remote: &dyn Remote,
    path: &str,
    folder: &str,
    options: &[String],
) -> Command {
    let mut command = Command::new("sshfs").arg("-f").args(remote.ssh_arguments());
    for option in options {
        command = command.args(["-o", option]);
    }
    command.arg(format!("{}:{path}", bracketed(&destination.host))).arg(folder)
}

/// IPv6 addresses have colons of their own.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

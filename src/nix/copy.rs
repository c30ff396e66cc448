//! Copying a closure to a machine: only what is missing there, over the connection that is already open.

use std::time::Duration;

use super::message::{self, Message};
use super::{Nix, NixError, StorePath};
use crate::system::{Command, Destination, Remote, RemoteError};

/// Asking which paths are valid is one query a path; this is time for a hundred thousand of them on a slow disk.
const QUERY_LIMIT: Duration = Duration::from_secs(600);

/// A copy may be large and the line slow. A dead line is noticed much earlier, by ssh.
const COPY_LIMIT: Duration = Duration::from_secs(12 * 3600);

/// The paths of a closure that a machine does not have, in the order in which they can be copied.
pub async fn missing_paths(
    nix: &Nix,
    path: &StorePath,
    machine: &str,
    remote: &dyn Remote,
) -> Result<Vec<StorePath>, NixError> {
    let query = nix.command("nix-store").args(["--query", "--requisites", path.as_str()]).limit(QUERY_LIMIT);
    let closure = nix.system.processes.run(&query, None).await?.checked(&query)?;
    // On standard input, not as arguments: a closure is larger than an argument list may be.
    let check = Command::new("xargs")
        .args(["nix-store", "--check-validity", "--print-invalid"])
        .stdin(closure.stdout)
        .limit(QUERY_LIMIT);
    let output = remote.run(&check, None).await?;
    if !output.ended.success() {
        let mut stderr = output.stderr_text();
        if disk_is_full(&stderr) {
            stderr.push_str("\nis its disk full?");
        }
        let (machine, command) = (machine.to_owned(), check.to_string());
        return Err(RemoteError::Failed { machine, command, ended: output.ended, stderr }.into());
    }
    Ok(output.stdout_text().lines().filter_map(|line| StorePath::new(line.trim()).ok()).collect())
}

/// What of a path is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Itself and all that it needs; the machine may ask its own substituters first.
    Closure { substitute: bool },
    /// A derivation and all that it is made of, but no result.
    Derivation,
}

/// Copies a closure. Paths that are there already are not sent again, so a copy that was cut goes on where it was.
pub async fn copy(
    nix: &Nix,
    path: &StorePath,
    destination: &Destination,
    remote: &dyn Remote,
    what: Copied,
) -> Result<(), NixError> {
    let mut command = copying(nix, "--to", destination, remote);
    match what {
        Copied::Closure { substitute: true } => command = command.arg("--substitute-on-destination"),
        Copied::Closure { substitute: false } => {}
        Copied::Derivation => command = command.arg("--derivation"),
    }
    carry(nix, path, destination, command.arg(path.as_str())).await
}

/// Copies a closure from a machine to the store here.
pub async fn copy_from(
    nix: &Nix,
    path: &StorePath,
    destination: &Destination,
    remote: &dyn Remote,
) -> Result<(), NixError> {
    carry(nix, path, destination, copying(nix, "--from", destination, remote).arg(path.as_str())).await
}

/// `nix copy` over the connection that is there.
fn copying(nix: &Nix, way: &str, destination: &Destination, remote: &dyn Remote) -> Command {
    let user = destination.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    let mut store = format!("ssh-ng://{user}{}", bracketed(&destination.host));
    if let Some(daemon) = remote.store_daemon() {
        // Whoever may become root need not be trusted by the machine's Nix, too.
        store = format!("{store}?remote-program={}", daemon.replace(' ', "%20"));
    }
    // The machine trusts who may log in as a trusted user; our own store has no key to sign with.
    nix.new_command(&["copy", "--no-check-sigs", "--log-format", "internal-json", "-v", way, &store])
        .env("NIX_SSHOPTS", remote.ssh_arguments().join(" "))
        .limit(COPY_LIMIT)
}

async fn carry(
    nix: &Nix,
    path: &StorePath,
    destination: &Destination,
    command: Command,
) -> Result<(), NixError> {
    let output = nix.system.processes.run(&command, None).await?;
    if output.ended.success() {
        return Ok(());
    }
    let said = output.stderr_text();
    let explanation = said.lines().filter_map(message::parse).filter_map(|message| match message {
        Message::Error { text } | Message::Plain { text } => Some(text),
        _ => None,
    });
    let mut explanation: Vec<String> =
        explanation.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    explanation.dedup();
    if disk_is_full(&said) {
        explanation.push(format!("is the disk of `{}` full?", destination.machine));
    }
    if said.contains("lacks a valid signature") || said.contains("lacks a signature") {
        let login = destination.login();
        explanation.push(format!(
            "Nix on `{}` does not trust {login}: name the user in its `nix.settings.trusted-users`, log in as root, or let the \
             user become root without a password",
            destination.machine
        ));
    }
    explanation.push(format!("the command was: {command} ({})", output.ended));
    Err(NixError::Copy { path: path.clone(), machine: destination.machine.clone(), explanation })
}

/// How a store says that there is no room: SQLite's words are not those of a full disk.
fn disk_is_full(said: &str) -> bool {
    said.contains("disk I/O error") || said.contains("No space left on device")
}

/// IPv6 addresses need brackets in a store's address.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

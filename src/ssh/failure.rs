//! What ssh says when it fails, sorted into what the operator can do about it.

use crate::system::{Command, Destination, ProcessError, RemoteError};

/// A connection that was not made.
pub(super) fn of_connecting(destination: &Destination, said: &str) -> RemoteError {
    let Destination { machine, host, port, .. } = destination.clone();
    let login = destination.login();
    let said = plain(said);
    if said.contains("REMOTE HOST IDENTIFICATION HAS CHANGED")
        || said.contains("Host key verification failed")
    {
        return RemoteError::HostKey { machine, host, said: host_key_lines(&said) };
    }
    if said.contains("Permission denied") || said.contains("Too many authentication failures") {
        return RemoteError::Refused { machine, login, said };
    }
    RemoteError::Connect { machine, login, port, said }
}

/// A command that a broken connection kept from ending.
pub(super) fn of_talking(
    destination: &Destination,
    command: &Command,
    error: &openssh::Error,
    said: &str,
) -> RemoteError {
    let mut said = plain(said);
    if said.trim().is_empty() {
        said = error.to_string();
    }
    RemoteError::Lost { machine: destination.machine.clone(), command: command.to_string(), said }
}

/// `ssh` itself could not be run.
pub(super) fn of_program(error: ProcessError) -> RemoteError {
    RemoteError::Ssh { source: std::io::Error::other(error) }
}

/// ssh ends its lines with carriage returns and draws frames; neither helps.
fn plain(said: &str) -> String {
    said.lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.starts_with("@@@"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Of the long warning about a changed key, the lines with facts: the fingerprint, the file, and its line.
fn host_key_lines(said: &str) -> String {
    let facts = said.lines().filter(|line| {
        line.contains("SHA256:")
            || line.contains("Offending")
            || line.contains("No ")
            || line.contains("is not known")
    });
    let facts: Vec<&str> = facts.collect();
    if facts.is_empty() { said.to_owned() } else { facts.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination() -> Destination {
        Destination {
            machine: "db".to_owned(),
            host: "10.0.0.1".to_owned(),
            port: None,
            user: Some("root".to_owned()),
            identity: None,
            known_hosts: None,
            host_key_is_known: false,
            trust_next_key: false,
            options: Vec::new(),
            escalation: Vec::new(),
        }
    }

    #[test]
    fn a_changed_host_key_is_told_from_a_dead_machine() {
        let changed = "@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
                       SHA256:abc.\r\nOffending ED25519 key in /tmp/k:1\r\nHost key verification failed.";
        let error = of_connecting(&destination(), changed);
        let RemoteError::HostKey { said, .. } = &error else { panic!("{error:?}") };
        assert_eq!(said, "SHA256:abc.\nOffending ED25519 key in /tmp/k:1");
        let error =
            of_connecting(&destination(), "ssh: connect to host 10.0.0.1 port 22: Connection refused");
        assert!(matches!(error, RemoteError::Connect { .. }));
        let error = of_connecting(&destination(), "root@10.0.0.1: Permission denied (publickey).");
        assert!(matches!(error, RemoteError::Refused { .. }));
    }
}

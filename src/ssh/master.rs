//! Starting the connection that later commands share: `ssh -M` in the background, with the user's own settings.

use std::path::Path;
use std::time::Duration;

use super::connection::Connection;
use super::failure;
use crate::system::{Command, Destination, RemoteError, System};

/// A silent link is noticed after this many seconds times [`ALIVE_TRIES`]: ssh alone would wait for ever.
const ALIVE_SECONDS: u32 = 5;
const ALIVE_TRIES: u32 = 3;

/// A connection that a crashed deployer left behind ends by itself after this many idle seconds.
const IDLE_SECONDS: u32 = 300;

/// The arguments of an ssh that nobody watches: it must never ask a question or wait without end.
pub(super) fn arguments(destination: &Destination, limit: Duration) -> Vec<String> {
    let mut arguments: Vec<String> = Vec::new();
    let mut option = |text: String| arguments.extend(["-o".to_owned(), text]);
    option("BatchMode=yes".to_owned());
    option(format!("ConnectTimeout={}", limit.as_secs().max(1)));
    option(format!("ServerAliveInterval={ALIVE_SECONDS}"));
    option(format!("ServerAliveCountMax={ALIVE_TRIES}"));
    arguments.extend(identity(destination));
    arguments
}

/// Who, where, with which key, and which host keys are trusted.
pub(super) fn identity(destination: &Destination) -> Vec<String> {
    let mut arguments: Vec<String> = Vec::new();
    let mut option = |text: String| arguments.extend(["-o".to_owned(), text]);
    if let Some(file) = &destination.known_hosts {
        if destination.host_key_is_known {
            option(format!("UserKnownHostsFile={}", file.display()));
            option("GlobalKnownHostsFile=/dev/null".to_owned());
            option("StrictHostKeyChecking=yes".to_owned());
        } else {
            // Ours first: that is where ssh writes a key that it meets for the first time.
            let users =
                if destination.trust_next_key { "" } else { " ~/.ssh/known_hosts ~/.ssh/known_hosts2" };
            option(format!("UserKnownHostsFile={}{users}", file.display()));
            option("StrictHostKeyChecking=accept-new".to_owned());
        }
        option("HashKnownHosts=no".to_owned());
        option("UpdateHostKeys=no".to_owned());
    }
    if let Some(user) = &destination.user {
        option(format!("User={user}"));
    }
    if let Some(port) = destination.port {
        option(format!("Port={port}"));
    }
    if let Some(identity) = &destination.identity {
        option(format!("IdentityFile={}", identity.display()));
        // Naming one file makes ssh forget its own defaults, and the operator's key may be the only one that fits:
        // after a rollback to before ours, or where another deployment took ours away.
        for name in ["id_ed25519", "id_rsa", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk"] {
            option(format!("IdentityFile=~/.ssh/{name}"));
        }
    }
    arguments.extend(destination.options.iter().cloned());
    arguments
}

/// Connects and leaves a master in the background; returns when it is authenticated, or says why not.
pub(super) async fn start(
    system: &System,
    sockets: &Path,
    destination: &Destination,
    limit: Duration,
) -> Result<Connection, RemoteError> {
    let name = system.ids.uuid().simple().to_string();
    let socket = sockets.join(&name[..12]);
    let log = sockets.join(format!("{}.log", &name[..12]));
    let command = Command::new("ssh")
        .args(["-x", "-a", "-T", "-N", "-f", "-M", "-S"])
        .arg(socket.display().to_string())
        // Its messages go to a file: a background process that kept our pipe would keep us waiting.
        .args(["-E".to_owned(), log.display().to_string()])
        .args(arguments(destination, limit))
        .args(["-o".to_owned(), format!("ControlPersist={IDLE_SECONDS}")])
        .args(["--", &destination.host])
        .limit(limit + Duration::from_secs(5));
    let ran = system.processes.run(&command, None).await;
    let said = system.files.read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let said = said.unwrap_or_default();
    match ran {
        Ok(output) if output.ended.success() => {
            Ok(Connection::new(system.clone(), destination.clone(), socket, log))
        }
        Ok(output) => {
            let said = if said.trim().is_empty() { output.stderr_text() } else { said };
            // The log has told all it knows; leaving it behind would only fill the folder.
            let _ = system.files.remove(&log);
            Err(failure::of_connecting(destination, &said))
        }
        Err(error) => Err(failure::of_program(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_its_own_argument() {
        let destination = Destination {
            machine: "db".to_owned(),
            host: "10.0.0.1".to_owned(),
            port: Some(2222),
            user: Some("root".to_owned()),
            identity: Some("/tmp/key".into()),
            known_hosts: Some("/tmp/hosts".into()),
            host_key_is_known: false,
            trust_next_key: false,
            options: vec!["-4".to_owned()],
            escalation: Vec::new(),
        };
        let arguments = arguments(&destination, Duration::from_secs(3));
        assert!(arguments.contains(&"IdentityFile=/tmp/key".to_owned()));
        assert!(arguments.contains(&"StrictHostKeyChecking=accept-new".to_owned()));
        assert_eq!(arguments.last().map(String::as_str), Some("-4"));
    }
}

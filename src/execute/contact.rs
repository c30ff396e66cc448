//! How this process reaches the machines of a run: destinations, keys, known hosts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::KeyPairError;
use super::{RunError, Session};
use crate::network::{DeploymentSettings, MachineName};
use crate::plan::Address;
use crate::state::{Lease, MachineRecord, Secret, SshKeyPair};
use crate::system::{Command, Destination};

/// Making a key takes milliseconds.
const KEYGEN_LIMIT: Duration = Duration::from_secs(60);

/// The address that the network gives a machine; none for machines that are never deployed to.
pub(super) fn address(settings: &DeploymentSettings) -> Option<Address> {
    Some(Address {
        host: settings.target_host.clone()?,
        port: settings.target_port,
        user: settings.target_user.clone(),
        ssh_options: settings.ssh_options.clone(),
        escalation: settings.privilege_escalation_command.clone(),
        host_keys: settings.host_keys.clone(),
    })
}

/// The destination behind an address, with files for what the state knows: our key, and the host keys we trust.
pub(super) async fn destination(
    session: &Session,
    machine: &MachineName,
    address: &Address,
    record: Option<&MachineRecord>,
    trust_next_key: bool,
) -> Result<Destination, RunError> {
    let named = if trust_next_key {
        Vec::new()
    } else if address.host_keys.is_empty() {
        record.map(|record| record.host_keys.clone()).unwrap_or_default()
    } else {
        address.host_keys.clone()
    };
    let known_hosts = file(session, machine, "known");
    write(session, &known_hosts, &known_hosts_text(&named))?;
    let deployed = record.filter(|record| record.ssh_key_deployed).and_then(|record| record.ssh_key.as_ref());
    let identity = match deployed {
        Some(pair) => {
            let path = file(session, machine, "key");
            write(session, &path, session.state.reveal(&pair.private).await?.expose())?;
            Some(path)
        }
        None => None,
    };
    Ok(Destination {
        machine: machine.to_string(),
        host: address.host.clone(),
        port: address.port,
        user: address.user.clone(),
        identity,
        known_hosts: Some(known_hosts),
        host_key_is_known: !named.is_empty(),
        trust_next_key,
        options: address.ssh_options.clone(),
        escalation: address.escalation.clone(),
    })
}

/// The keys that ssh met for the first time and wrote down, as `type base64`.
pub(super) fn met_host_keys(session: &Session, machine: &MachineName) -> Vec<String> {
    let bytes = session.system.files.read(&file(session, machine, "known")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().filter_map(|line| line.split_once(' ')).map(|(_, key)| key.trim().to_owned()).collect()
}

/// The key pair of a machine that wants one: from the state, or new.
pub(super) async fn key_pair(
    session: &Session,
    lease: &Lease,
    machine: &MachineName,
    record: Option<&MachineRecord>,
) -> Result<SshKeyPair, RunError> {
    if let Some(pair) = record.and_then(|record| record.ssh_key.clone()) {
        return Ok(pair);
    }
    let pair = new_key_pair(session, machine)
        .await
        .map_err(|source| RunError::KeyPair { machine: machine.clone(), source })?;
    let kept = session.state.keep_ssh_key(lease.deployment(), machine.as_str(), pair).await?;
    session.say(Some(machine), "generating new SSH keypair... done");
    Ok(kept)
}

async fn new_key_pair(session: &Session, machine: &MachineName) -> Result<SshKeyPair, KeyPairError> {
    let path = file(session, machine, "new-key");
    let comment = format!("nixwright client key for {machine}");
    let command = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", &comment, "-f"])
        .arg(path.display().to_string())
        .limit(KEYGEN_LIMIT);
    session.system.processes.run(&command, None).await?.checked(&command)?;
    let files = &session.system.files;
    let public_path = file(session, machine, "new-key.pub");
    let read = |path: &Path| {
        let bytes = files.read(path).map_err(|source| KeyPairError::Read { source })?;
        Ok::<_, KeyPairError>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (private, public) = (read(&path)?, read(&public_path)?);
    for path in [&path, &public_path] {
        files.remove(path).map_err(|source| KeyPairError::Read { source })?;
    }
    Ok(SshKeyPair { private: Secret::new(private).into(), public: public.trim().to_owned() })
}

/// A file of the session for a machine. Names of machines may hold anything, file names may not.
fn file(session: &Session, machine: &MachineName, what: &str) -> PathBuf {
    let name: String = machine.as_str().bytes().map(|byte| format!("{byte:02x}")).collect();
    // File names end at 255 bytes, names of machines do not.
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
    session.folder().join(format!("{}.{what}", id.simple()))
}

/// The file is about one machine only, so each key is good for whatever name or address leads to it.
fn known_hosts_text(keys: &[String]) -> String {
    keys.iter().map(|key| format!("* {}\n", key.trim())).collect()
}

fn write(session: &Session, path: &Path, text: &str) -> Result<(), RunError> {
    let written = session.system.files.write(path, text.as_bytes(), 0o600);
    written.map_err(|source| RunError::Folder { folder: session.folder().display().to_string(), source })
}

/// The records of a deployment by machine.
pub(super) fn by_name(records: Vec<MachineRecord>) -> BTreeMap<MachineName, MachineRecord> {
    records.into_iter().map(|record| (MachineName::new(record.name.clone()), record)).collect()
}

//! Exports that come back as they were, states of NixOps in all their forms, and files that are refused.

#![expect(clippy::disallowed_methods, reason = "tests look at the real files")]

mod refused;
mod round;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::state::State;
use crate::state::database::{Database, Mode};
use crate::state::tests::{Backend, Fixture, fixture, fixture_on, named, on_both};
use crate::system::System;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixops-state").join(name)
}

fn read(system: &System, name: &str) -> Found {
    Exported::read(system, &std::fs::read(sample(name)).unwrap(), name).unwrap()
}

/// The record as `nixops export` would print it.
fn as_nixops(record: &NixopsRecord) -> Value {
    let mut text = json!(record.attributes);
    text["resources"] = json!({});
    for (name, resource) in &record.resources {
        text["resources"][name] = json!(resource.attributes);
        text["resources"][name]["type"] = json!(resource.kind);
    }
    text
}

async fn exported(it: &Fixture, keys: bool) -> Exported {
    let all: Vec<_> = it.state.deployments().await.unwrap().iter().map(|it| it.id).collect();
    it.state.export(&all, keys).await.unwrap()
}

on_both!(states_of_nixops_are_imported_and_exported_with_every_attribute);

async fn states_of_nixops_are_imported_and_exported_with_every_attribute(on: Backend) {
    for name in ["export-2.json", "export-1.7.json"] {
        let Some(it) = fixture_on(on).await else { return };
        let found = read(&it.system, name);
        it.state.import(&found.exported).await.unwrap();
        let whole = exported(&it, true).await;
        let original: Value = serde_json::from_slice(&std::fs::read(sample(name)).unwrap()).unwrap();
        let [deployment] = whole.deployments.as_slice() else { panic!("{whole:?}") };
        let uuid = deployment.uuid.to_string();
        assert_eq!(as_nixops(deployment.nixops.as_ref().unwrap()), original[&uuid], "{name}");
        assert_eq!(whole, found.exported);
        // Without keys nothing secret is left, and all the rest is.
        let open = exported(&it, false).await.text();
        for secret in ["PRIVATE KEY", "\\\"sec\\\"", "REDACTED"] {
            assert!(!open.contains(secret), "{open}");
            assert!(whole.text().contains(secret));
        }
        for kept in ["creationTime", "vmId", "stateVersion", "rollbackEnabled"] {
            assert!(open.contains(kept), "{open}");
        }
        let error = it.state.import(&found.exported).await.unwrap_err();
        assert!(matches!(error, TransferError::Known { .. }), "{error}");
        assert_eq!(exported(&it, true).await, whole);
    }
}

#[tokio::test]
async fn what_nixops_knew_has_its_meaning() {
    let it = fixture().await;
    let found = read(&it.system, "export-1.7.json");
    it.state.import(&found.exported).await.unwrap();
    let trivial = it.state.find_deployment("trivial").await.unwrap();
    assert_eq!(trivial.id.to_string(), "33bced96-5f26-11e1-b9d7-9630d48abec1");
    assert_eq!(trivial.description, "Web server");
    assert_eq!(trivial.source.place(), "/home/alice/trivial.nix /home/alice/trivial-nixos.nix");
    assert_eq!(trivial.nix_path, ["nixpkgs=/home/alice/nixpkgs"]);
    let arguments: Vec<_> = trivial.arguments.iter().map(|(name, it)| format!("{name}={it}")).collect();
    assert_eq!(arguments, ["domain=\"example.org\"", "maintenance=true"]);
    let machines = it.state.machines(trivial.id).await.unwrap();
    let [old, web] = machines.as_slice() else { panic!("{machines:?}") };
    assert_eq!(old.address.as_ref().unwrap().to_string(), "root@1.2.3.5:2222");
    assert!(old.ssh_key.is_none() && !old.ssh_key_deployed);
    assert_eq!(web.address.as_ref().unwrap().to_string(), "root@1.2.3.4");
    assert_eq!(web.state_version.as_deref(), Some("19.03"));
    assert_eq!(web.toplevel.as_deref(), Some("/nix/store/FAKE-nixos-system-webserver"));
    assert_eq!(web.recorded.to_string(), "2019-04-17T14:48:25Z");
    assert!(web.ssh_key_deployed);
    assert_eq!(web.ssh_key.as_ref().unwrap().public, "ssh-ed25519 AAAA NixOps client key for webserver");
    assert_eq!(found.notes, ["trivial: old is obsolete: its network had it no more"]);

    let found = read(&it.system, "export-2.json");
    assert_eq!(
        found.notes,
        [
            "rb: kp is a resource of the type ssh-keypair, which nixwright does not make; its 5 attributes are kept"
        ]
    );
    let machines = &found.exported.deployments[0].machines;
    assert_eq!(machines.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["db", "web"]);
    assert_eq!(machines[0].address.as_ref().unwrap().port, Some(22));
}

#[tokio::test]
async fn machines_of_other_backends_keep_their_keys_and_addresses() {
    let it = fixture().await;
    let text = json!({ "33bced96-5f26-11e1-b9d7-9630d48abec1": { "resources": {
        "cloud": {
            "type": "ec2", "vmId": "i-1", "publicIpv4": "192.0.2.9", "privateIpv4": "10.0.0.9", "state": "3",
            "ec2.publicHostKey": "ssh-ed25519 AAAA root@cloud\n", "ec2.accessKeyId": "AKIA",
        },
        "house": {
            "type": "hetzner", "vmId": "1", "hetzner.mainIPv4": "192.0.2.8", "targetHost": "house",
            "targetUser": "deploy", "hetzner.sshPrivateKey": "k", "hetzner.sshPublicKey": "ssh-ed25519 K",
            "hetzner.robotPass": "p",
        },
    } } });
    let found = Exported::read(&it.system, text.to_string().as_bytes(), "it").unwrap();
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    it.state.import(&found.exported).await.unwrap();
    let id = found.exported.deployments[0].uuid;
    let machines = it.state.machines(id).await.unwrap();
    assert_eq!(machines[0].address.as_ref().unwrap().host, "192.0.2.9");
    assert_eq!(machines[0].host_keys, ["ssh-ed25519 AAAA"]);
    assert_eq!(machines[1].address.as_ref().unwrap().to_string(), "deploy@house");
    assert!(machines[1].ssh_key_deployed);
    let open = exported(&it, false).await.text();
    assert!(open.contains("10.0.0.9") && !open.contains("robotPass") && !open.contains("AKIA"), "{open}");
}

#[tokio::test]
async fn a_state_file_of_nixops_gives_what_its_export_gives() {
    let it = fixture().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deployments.nixops");
    std::fs::copy(sample("deployments-2.nixops"), &file).unwrap();
    let before = std::fs::read(&file).unwrap();
    let found = State::read_nixops(&it.system, &file).await.unwrap();
    assert_eq!(found, read(&it.system, "export-2.json"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // NixOps 1.7 keeps a write-ahead log, which holds what it wrote last.
    let database = Database::open(&file, Mode::Write).await.unwrap();
    assert!(database.write_ahead().await.unwrap());
    let mut transaction = database.write().await.unwrap();
    transaction.script("UPDATE DeploymentAttrs SET value = 'later' WHERE name = 'name'").await.unwrap();
    transaction.commit().await.unwrap();
    let copy = folder.path().join("copy.nixops");
    let log = folder.path().join("copy.nixops-wal");
    std::fs::copy(&file, &copy).unwrap();
    std::fs::copy(folder.path().join("deployments.nixops-wal"), &log).unwrap();
    database.close().await;
    let before = (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap());
    let found = State::read_nixops(&it.system, &copy).await.unwrap();
    assert_eq!(found.exported.deployments[0].name.as_deref(), Some("later"));
    assert_eq!((std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap()), before);
}

#[tokio::test]
async fn the_first_schema_of_nixops_is_read() {
    let it = fixture().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.nixops");
    database(
        &file,
        "CREATE TABLE Deployments (uuid text); CREATE TABLE DeploymentAttrs (deployment text, name text, value text); \
         CREATE TABLE Machines (id integer primary key, deployment text, name text, type text); \
         CREATE TABLE MachineAttrs (machine integer, name text, value text); \
         INSERT INTO Deployments VALUES ('33bced96-5f26-11e1-b9d7-9630d48abec1'); \
         INSERT INTO Machines VALUES (7, '33bced96-5f26-11e1-b9d7-9630d48abec1', 'web', 'none'); \
         INSERT INTO MachineAttrs VALUES (7, 'targetHost', 'web.example'); \
         INSERT INTO MachineAttrs VALUES (7, 'targetPort', 2222);",
    )
    .await;
    let found = State::read_nixops(&it.system, &file).await.unwrap();
    let machine = &found.exported.deployments[0].machines[0];
    assert_eq!(
        machine.address.as_ref().map(|it| (it.host.as_str(), it.port)),
        Some(("web.example", Some(2222)))
    );
}

/// A SQLite file with these tables.
async fn database(file: &Path, script: &'static str) {
    std::fs::write(file, "").unwrap();
    let database = Database::open(file, Mode::Write).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    transaction.script(script).await.unwrap();
    transaction.commit().await.unwrap();
    database.close().await;
}

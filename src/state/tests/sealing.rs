//! Secrets at rest: encrypted once there is a key, readable with it alone, and without a trace of what was in clear.

use super::*;
use crate::state::transfer::{Exported, NixopsRecord, NixopsResource};

on_both!(
    a_key_encrypts_what_was_in_clear_and_what_comes_after,
    secrets_are_given_another_key_or_none,
    a_process_that_opened_the_state_before_keeps_nothing_in_clear,
    what_cannot_be_opened_is_told_and_not_lost,
);

const PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nthe key of a machine that nobody may read\n";
const TOKEN: &str = "a token that only one may use";

fn key() -> StateKey {
    use age::secrecy::ExposeSecret;
    StateKey::parse(age::x25519::Identity::generate().to_string().expose_secret()).unwrap()
}

fn pair(text: &str) -> SshKeyPair {
    SshKeyPair { private: Secret::new(text).into(), public: "ssh-ed25519 AAAA".to_owned() }
}

/// A deployment with a machine that has a key, and with secrets of NixOps.
async fn with_secrets(it: &Fixture) -> DeploymentId {
    let first = it.state.create_deployment(named("web")).await.unwrap().id;
    let mut exported = it.state.export(&[first], true).await.unwrap();
    it.state.delete_deployment(first, true).await.unwrap();
    let attributes = BTreeMap::from([("ec2.accessToken".to_owned(), TOKEN.to_owned())]);
    let resource = NixopsResource { kind: "ec2".to_owned(), attributes };
    exported.deployments[0].nixops =
        Some(NixopsRecord { attributes: BTreeMap::new(), resources: [("web".to_owned(), resource)].into() });
    it.state.import(&exported).await.unwrap();
    it.state.keep_ssh_key(first, "a", pair(PRIVATE)).await.unwrap();
    first
}

async fn revealed(state: &State, web: DeploymentId, name: &str) -> Result<Secret, StateError> {
    let record = state.machine(web, name).await.unwrap().unwrap();
    state.reveal(&record.ssh_key.unwrap().private).await
}

/// Whether any row holds the text.
async fn stored(state: &State, text: &str) -> bool {
    let mut transaction = state.database.read().await.unwrap();
    let keys = transaction.rows("SELECT private_key AS it FROM machines", &[]).await.unwrap();
    let records = transaction.rows("SELECT secrets AS it FROM nixops_attributes", &[]).await.unwrap();
    keys.iter()
        .chain(&records)
        .any(|row| row.optional_text("it").unwrap().is_some_and(|it| it.contains(text)))
}

/// Whether any file of the state holds the text; a server keeps its own.
fn in_files(it: &Fixture, text: &str) -> bool {
    let mut folders = vec![it.folder.path().to_owned()];
    let mut files = 0;
    let mut found = false;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                let bytes = std::fs::read(entry.path()).unwrap();
                found |= bytes.windows(text.len()).any(|window| window == text.as_bytes());
            }
        }
    }
    assert!(files > 0 || it.server.is_some());
    found
}

const MARKS: [&str; 2] = ["that nobody may read", "a token that"];

async fn a_key_encrypts_what_was_in_clear_and_what_comes_after(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = with_secrets(&it).await;
    assert_eq!(it.state.openers().await.unwrap(), None);
    assert!(stored(&it.state, MARKS[0]).await && stored(&it.state, MARKS[1]).await);
    let whole = it.state.export(&[web], true).await.unwrap();
    assert!(on == Backend::Postgres || in_files(&it, MARKS[0]), "the search finds what is there");

    let key = key();
    let keyed = it.state.clone().with_key(key.clone());
    let done = keyed.encrypt().await.unwrap();
    assert_eq!(done, Some(Resealed { keys: 1, records: 1, clean: true }));
    assert_eq!(keyed.encrypt().await.unwrap(), None, "once");
    assert_eq!(keyed.openers().await.unwrap(), Some(key.openers()));
    // Also what comes from a process that does not have the key.
    it.state.keep_ssh_key(web, "b", pair(PRIVATE)).await.unwrap();
    for mark in MARKS {
        assert!(!stored(&it.state, mark).await && !in_files(&it, mark), "{mark}");
    }
    for machine in ["a", "b"] {
        assert_eq!(revealed(&keyed, web, machine).await.unwrap(), Secret::new(PRIVATE));
    }
    keyed.forget_machine(web, "b").await.unwrap();
    assert_eq!(keyed.export(&[web], true).await.unwrap(), whole, "nothing is lost");
    // An import is kept in the same way, and what is left out of an export needs no key.
    it.state.delete_deployment(web, true).await.unwrap();
    it.state.import(&whole).await.unwrap();
    assert!(!stored(&it.state, MARKS[0]).await && !stored(&it.state, MARKS[1]).await);
    assert_eq!(keyed.export(&[web], true).await.unwrap(), whole);
    let without: Exported = it.state.export(&[web], false).await.unwrap();
    assert!(!without.text().contains("that nobody") && !without.text().contains("a token that"));
}

async fn secrets_are_given_another_key_or_none(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = with_secrets(&it).await;
    let (old, new) = (key(), key());
    let keyed = it.state.clone().with_key(old.clone());
    keyed.encrypt().await.unwrap();
    // Somebody else has opened it with the old key, and remembers what that opened.
    let other = State::open(&it.system, None).await.unwrap().with_key(old);
    assert!(revealed(&other, web, "a").await.is_ok());
    keyed.rekey(Some(new.clone())).await.unwrap();
    assert!(matches!(revealed(&other, web, "a").await, Err(StateError::WrongKey { .. })));
    let renewed = it.state.clone().with_key(new);
    let renewed = State { opened: Arc::default(), ..renewed };
    assert_eq!(revealed(&renewed, web, "a").await.unwrap(), Secret::new(PRIVATE));
    assert_eq!(renewed.rekey(None).await.unwrap(), Resealed { keys: 1, records: 1, clean: true });
    assert_eq!(it.state.openers().await.unwrap(), None);
    assert_eq!(revealed(&it.state, web, "a").await.unwrap(), Secret::new(PRIVATE));
    assert!(stored(&it.state, MARKS[1]).await);
}

async fn a_process_that_opened_the_state_before_keeps_nothing_in_clear(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let all: Vec<_> = (0..20)
        .map(|count| {
            let state = it.state.clone();
            tokio::spawn(async move {
                if count == 10 {
                    state.with_key(key()).encrypt().await.unwrap();
                } else {
                    state.keep_ssh_key(web, &format!("m{count}"), pair(PRIVATE)).await.unwrap();
                }
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    assert_eq!(it.state.machines(web).await.unwrap().len(), 19);
    assert!(!stored(&it.state, MARKS[0]).await);
}

async fn what_cannot_be_opened_is_told_and_not_lost(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = with_secrets(&it).await;
    let right = key();
    it.state.clone().with_key(right.clone()).encrypt().await.unwrap();
    let error = revealed(&it.state, web, "a").await.unwrap_err().to_string();
    assert!(error.contains(&format!("(for {})", right.openers()[0])), "{error}");
    assert!(error.contains("`--state-key FILE` or NIXWRIGHT_STATE_KEY"), "{error}");
    let wrong = State { opened: Arc::default(), ..it.state.clone().with_key(key()) };
    assert!(matches!(revealed(&wrong, web, "a").await, Err(StateError::WrongKey { .. })));
    assert!(matches!(wrong.export(&[web], true).await, Err(StateError::WrongKey { .. })));
    for new in [Some(key()), None] {
        assert!(matches!(wrong.rekey(new.clone()).await, Err(StateError::WrongKey { .. })));
        assert!(matches!(it.state.rekey(new).await, Err(StateError::Sealed { .. })));
    }
    // One that was changed by hand is damaged, and no other becomes so.
    let mut transaction = it.state.database.write().await.unwrap();
    let cut = "UPDATE machines SET private_key = substr(private_key, 1, 200) WHERE name = 'a'";
    transaction.execute(cut, &[]).await.unwrap();
    transaction.commit().await.unwrap();
    let right = State { opened: Arc::default(), ..it.state.clone().with_key(right) };
    right.keep_ssh_key(web, "b", pair(PRIVATE)).await.unwrap();
    assert!(matches!(revealed(&right, web, "a").await, Err(StateError::Damaged { .. })));
    assert!(matches!(right.rekey(None).await, Err(StateError::Damaged { .. })));
    assert_eq!(revealed(&right, web, "b").await.unwrap(), Secret::new(PRIVATE));
}

#[tokio::test]
async fn a_passphrase_is_paid_for_once() {
    let it = fixture().await;
    let web = with_secrets(&it).await;
    let keyed = it.state.clone().with_key(StateKey::parse("correct horse\n").unwrap());
    keyed.encrypt().await.unwrap();
    assert_eq!(keyed.openers().await.unwrap(), Some(vec!["a passphrase".to_owned()]));
    assert_eq!(revealed(&keyed, web, "a").await.unwrap(), Secret::new(PRIVATE));
    assert!(keyed.opened.lock().await.is_some());
    let error = revealed(&State { opened: Arc::default(), ..it.state.clone() }, web, "a").await.unwrap_err();
    assert!(error.to_string().contains("(with a passphrase)"), "{error}");
}

#[tokio::test]
async fn a_machine_that_is_forgotten_leaves_no_key_in_the_file() {
    let it = fixture().await;
    let web = with_secrets(&it).await;
    it.state.forget_machine(web, "a").await.unwrap();
    let folder = it.folder.path().to_owned();
    it.state.close().await;
    let file = std::fs::read(folder.join("nixwright/state.sqlite")).unwrap();
    assert!(!file.windows(MARKS[0].len()).any(|window| window == MARKS[0].as_bytes()));
}

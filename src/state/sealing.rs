//! Secrets at rest: private keys of machines, and what NixOps knew that gives away a secret.
//!
//! Without a key they are kept as they are, protected by the mode bits of the file or the rights of the server. Once a key was
//! given, each is an age file, encrypted to an identity of the state's own; that identity is kept encrypted to the key. So
//! a process without the key still adds secrets that nobody can read, and one with a passphrase pays for it once.

use std::collections::BTreeMap;

use age::x25519;

use super::database::{Mode, Transaction, values};
use super::key::{self, StateKey};
use super::{Secret, State, StateError, json};

/// A secret as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    Open(Secret),
    /// An age file; [`State::reveal`] opens it.
    Sealed(String),
}

impl Kept {
    pub(super) fn stored(text: String) -> Self {
        if key::is_encrypted(&text) { Self::Sealed(text) } else { Self::Open(Secret::new(text)) }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(secret) => secret.fmt(out),
            Self::Sealed(_) => out.write_str("Sealed(…)"),
        }
    }
}

impl From<Secret> for Kept {
    fn from(secret: Secret) -> Self {
        Self::Open(secret)
    }
}

/// What was encrypted, or given another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// Private keys of machines.
    pub keys: u64,
    /// Secrets of NixOps, counted by deployment and resource.
    pub records: u64,
    /// Nothing is left of them in the database as they were before. Otherwise somebody else was using it just then.
    pub clean: bool,
}

/// To whom secrets are encrypted.
pub(super) struct Sealing {
    recipient: x25519::Recipient,
    wrapped: String,
    openers: Vec<String>,
}

/// What makes secrets readable.
pub(super) struct Opener(Option<x25519::Identity>);

/// Secrets of NixOps where there are none, which is no secret.
const NONE: &str = "{}";

impl Sealing {
    /// How the state keeps its secrets now; none: as they are.
    pub(super) async fn of(transaction: &mut Transaction) -> Result<Option<Self>, StateError> {
        let Some(row) = transaction.row("SELECT * FROM sealing", &[]).await? else { return Ok(None) };
        let recipient = row.text("recipient")?.parse().map_err(|_| row.damaged("recipient"))?;
        Ok(Some(Self { recipient, wrapped: row.text("wrapped")?, openers: json(&row, "openers")? }))
    }

    pub(super) fn seal(&self, text: &str) -> String {
        key::encrypted(std::iter::once(&self.recipient as _), text)
    }
}

/// A secret as it is to be stored.
pub(super) fn sealed(sealing: Option<&Sealing>, text: &str) -> String {
    sealing.map_or_else(|| text.to_owned(), |sealing| sealing.seal(text))
}

impl Opener {
    pub(super) fn reveal(&self, kept: &Kept) -> Option<Secret> {
        match (kept, &self.0) {
            (Kept::Open(secret), _) => Some(secret.clone()),
            (Kept::Sealed(file), Some(identity)) => {
                key::decrypted(std::iter::once(identity as &dyn age::Identity), file)
            }
            (Kept::Sealed(_), None) => None,
        }
    }
}

impl State {
    /// The same state with the key that opens its secrets, and encrypts those that are not encrypted yet when
    /// [`State::encrypt`] is called.
    pub fn with_key(mut self, key: StateKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Encrypts all secrets with the key that was given, where that has not been done yet. None: there is no key, or they
    /// are encrypted already.
    pub async fn encrypt(&self) -> Result<Option<Resealed>, StateError> {
        let Some(key) = self.key.clone().filter(|_| self.database.mode() == Mode::Write) else {
            return Ok(None);
        };
        if Sealing::of(&mut self.database.read().await?).await?.is_some() {
            return Ok(None);
        }
        self.rekey(Some(key)).await.map(Some)
    }

    /// Who can read the secrets: public keys or "a passphrase"; none: whoever can read the state.
    pub async fn openers(&self) -> Result<Option<Vec<String>>, StateError> {
        Ok(Sealing::of(&mut self.database.read().await?).await?.map(|sealing| sealing.openers))
    }

    /// Encrypts all secrets anew so that only `new` opens them, or, without one, keeps them as they are again. All or
    /// none; afterwards the file holds no trace of the old ones.
    pub async fn rekey(&self, new: Option<StateKey>) -> Result<Resealed, StateError> {
        // The key of a passphrase takes a second, in which nobody else should wait for the state.
        let sealing = match new {
            Some(key) => Some(in_peace(move || fresh(&key)).await),
            None => None,
        };
        self.opener(&mut self.database.read().await?).await?;
        let mut transaction = self.database.write().await?;
        let opener = self.opener(&mut transaction).await?;
        let reveal = |text: String| opener.reveal(&Kept::stored(text)).ok_or_else(|| self.undecipherable());
        let mut done = Resealed { keys: 0, records: 0, clean: false };
        let machines = transaction
            .rows("SELECT deployment, name, private_key FROM machines WHERE private_key IS NOT NULL", &[])
            .await?;
        for row in machines {
            let text = reveal(row.text("private_key")?)?;
            let text = sealed(sealing.as_ref(), text.expose());
            let place = values![row.text("deployment")?, row.text("name")?, text];
            transaction
                .execute("UPDATE machines SET private_key = $3 WHERE deployment = $1 AND name = $2", place)
                .await?;
            done.keys += 1;
        }
        let records =
            transaction.rows("SELECT deployment, resource, secrets FROM nixops_attributes", &[]).await?;
        for row in records {
            let kept = row.text("secrets")?;
            if kept == NONE {
                continue;
            }
            let text = sealed(sealing.as_ref(), reveal(kept)?.expose());
            let place = values![row.text("deployment")?, row.text("resource")?, text];
            transaction
                .execute(
                    "UPDATE nixops_attributes SET secrets = $3 WHERE deployment = $1 AND resource = $2",
                    place,
                )
                .await?;
            done.records += 1;
        }
        transaction.execute("DELETE FROM sealing", &[]).await?;
        if let Some(sealing) = &sealing {
            let openers = serde_json::to_string(&sealing.openers).expect("texts can always be JSON");
            transaction
                .execute(
                    "INSERT INTO sealing (one, recipient, wrapped, openers, since) VALUES (1, $1, $2, $3, $4)",
                    values![sealing.recipient.to_string(), sealing.wrapped.clone(), openers, self.now()],
                )
                .await?;
        }
        transaction.commit().await?;
        done.clean = self.database.forget_what_was_deleted().await?;
        Ok(done)
    }

    /// A secret as text; an error where it is encrypted and no key was given, or another one.
    pub async fn reveal(&self, kept: &Kept) -> Result<Secret, StateError> {
        if let Kept::Open(secret) = kept {
            return Ok(secret.clone());
        }
        let opener = self.opener(&mut self.database.read().await?).await?;
        opener.reveal(kept).ok_or_else(|| self.undecipherable())
    }

    /// What reveals the secrets of this state; an error where they are encrypted and the key is not the right one.
    pub(super) async fn opener(&self, transaction: &mut Transaction) -> Result<Opener, StateError> {
        let Some(sealing) = Sealing::of(transaction).await? else { return Ok(Opener(None)) };
        let mut opened = self.opened.lock().await;
        if let Some((wrapped, identity)) = &*opened
            && *wrapped == sealing.wrapped
        {
            return Ok(Opener(Some(identity.clone())));
        }
        let path = self.path().to_owned();
        let Some(key) = self.key.clone() else {
            return Err(StateError::Sealed { path, openers: sealing.openers });
        };
        let wrapped = sealing.wrapped.clone();
        let Some(identity) = in_peace(move || key.unwrap(&wrapped)).await else {
            return Err(StateError::WrongKey { path, openers: sealing.openers });
        };
        *opened = Some((sealing.wrapped, identity.clone()));
        Ok(Opener(Some(identity)))
    }

    pub(super) fn undecipherable(&self) -> StateError {
        let detail = "an encrypted secret does not open with the state's key".to_owned();
        StateError::Damaged { path: self.path().to_owned(), detail }
    }
}

/// Secrets of NixOps as they are to be stored.
pub(super) fn sealed_record(sealing: Option<&Sealing>, secrets: &BTreeMap<&String, &String>) -> String {
    let text = serde_json::to_string(secrets).expect("texts can always be JSON");
    if secrets.is_empty() { text } else { sealed(sealing, &text) }
}

fn fresh(key: &StateKey) -> Sealing {
    let identity = x25519::Identity::generate();
    Sealing { recipient: identity.to_public(), wrapped: key.wrap(&identity), openers: key.openers() }
}

/// Work that takes a second, beside the tasks that wait for others.
async fn in_peace<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the work does not panic, and the runtime outlives it")
}

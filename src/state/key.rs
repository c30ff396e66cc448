//! The key that the secrets in the state are encrypted with: identities of age, or a passphrase.
//!
//! It is read from the text of a file that the user names; nothing here touches a database.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::{ExposeSecret, SecretString};
use age::{scrypt, x25519};

/// The work of guessing a passphrase once: 2^18, age's own default (256 MiB, about a second).
const WORK: u8 = 18;

/// What is accepted of that when a state is opened, so that one made on a stronger computer opens here.
const MOST_WORK: u8 = 22;

/// How the file of an identity begins, and those of others that age or ssh know.
const IDENTITY: &str = "AGE-SECRET-KEY-1";
const ENCRYPTED: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// What opens the secrets of a state. Cheap to clone; its contents are not shown.
#[derive(Clone)]
pub struct StateKey(Arc<Kind>);

enum Kind {
    Identities(Vec<x25519::Identity>),
    Passphrase(SecretString),
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it is empty; `age-keygen -o FILE` makes a key, or write a passphrase into it")]
    Empty,
    #[error("it is an encrypted file itself; decrypt it first (`age -d`), or give a passphrase in a file")]
    Encrypted,
    #[error("it is a key of ssh; what is needed is an identity of age, as `age-keygen -o FILE` makes it")]
    Ssh,
    #[error(
        "it holds a public key of age; what is needed is the identity that belongs to it (AGE-SECRET-KEY-1…)"
    )]
    Public,
    #[error("line {line} is no identity of age (AGE-SECRET-KEY-1…): {why}")]
    Identity { line: usize, why: String },
    #[error("it has several lines and no identity of age; a passphrase is one line")]
    Lines,
}

impl StateKey {
    /// Reads the text of a key file: identities as `age-keygen` writes them, or one line that is a passphrase.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let lines: Vec<(usize, &str)> =
            lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
        let Some((_, first)) = lines.first() else { return Err(KeyError::Empty) };
        if first.starts_with("age-encryption.org/") || *first == ENCRYPTED {
            return Err(KeyError::Encrypted);
        }
        if first.starts_with("-----BEGIN") || first.starts_with("ssh-") {
            return Err(KeyError::Ssh);
        }
        if first.starts_with("age1") {
            return Err(KeyError::Public);
        }
        if lines.iter().any(|(_, line)| line.starts_with("AGE-")) {
            let identities = lines.iter().map(|(at, line)| {
                let refused = |why: &str| KeyError::Identity { line: *at, why: why.to_owned() };
                if !line.starts_with(IDENTITY) {
                    return Err(refused("another kind of key, which is not supported"));
                }
                line.parse::<x25519::Identity>().map_err(refused)
            });
            return Ok(Self(Arc::new(Kind::Identities(identities.collect::<Result<_, _>>()?))));
        }
        match lines.as_slice() {
            [(_, passphrase)] => {
                Ok(Self(Arc::new(Kind::Passphrase(SecretString::from((*passphrase).to_owned())))))
            }
            _ => Err(KeyError::Lines),
        }
    }

    /// Who can open what is encrypted with it: public keys, or the words "a passphrase".
    pub fn openers(&self) -> Vec<String> {
        match &*self.0 {
            Kind::Identities(identities) => identities.iter().map(|it| it.to_public().to_string()).collect(),
            Kind::Passphrase(_) => vec!["a passphrase".to_owned()],
        }
    }

    /// Encrypts an identity so that this key opens it. With a passphrase it takes about a second, so it is not for an
    /// asynchronous task.
    pub(super) fn wrap(&self, identity: &x25519::Identity) -> String {
        let text = identity.to_string();
        let recipients: Vec<Box<dyn age::Recipient>> = match &*self.0 {
            Kind::Identities(identities) => {
                identities.iter().map(|it| Box::new(it.to_public()) as Box<dyn age::Recipient>).collect()
            }
            Kind::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(WORK);
                vec![Box::new(recipient)]
            }
        };
        encrypted(recipients.iter().map(|it| &**it), text.expose_secret())
    }

    /// The identity that was wrapped; none where this key does not open it. As slow as `wrap`.
    pub(super) fn unwrap(&self, wrapped: &str) -> Option<x25519::Identity> {
        let identities: Vec<Box<dyn age::Identity>> = match &*self.0 {
            Kind::Identities(identities) => {
                identities.iter().map(|it| Box::new(it.clone()) as Box<dyn age::Identity>).collect()
            }
            Kind::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(MOST_WORK);
                vec![Box::new(identity)]
            }
        };
        decrypted(identities.iter().map(|it| &**it), wrapped)?.expose().parse().ok()
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StateKey({})", self.openers().join(", "))
    }
}

/// A text as an age file in letters.
pub(super) fn encrypted<'a>(recipients: impl Iterator<Item = &'a dyn age::Recipient>, text: &str) -> String {
    let encryptor = age::Encryptor::with_recipients(recipients)
        .expect("there is a recipient, and a passphrase is the only one");
    let mut file = Vec::new();
    let written = (|| {
        let armor = ArmoredWriter::wrap_output(&mut file, Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armor)?;
        writer.write_all(text.as_bytes())?;
        writer.finish()?.finish()
    })();
    written.expect("writing to memory does not fail");
    String::from_utf8(file).expect("the armor is ASCII")
}

/// The text in an age file; none where it is damaged or none of the identities opens it.
pub(super) fn decrypted<'a>(
    identities: impl Iterator<Item = &'a dyn age::Identity>,
    file: &str,
) -> Option<super::Secret> {
    let decryptor = age::Decryptor::new_buffered(ArmoredReader::new(file.as_bytes())).ok()?;
    let mut text = String::new();
    decryptor.decrypt(identities).ok()?.read_to_string(&mut text).ok()?;
    Some(super::Secret::new(text))
}

/// Whether a stored text is an age file.
pub(super) fn is_encrypted(text: &str) -> bool {
    text.starts_with(ENCRYPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_as_it_is_written() {
        let identity = x25519::Identity::generate();
        let text =
            format!("# created: today\n# public key: age1…\n{}\n", identity.to_string().expose_secret());
        let key = StateKey::parse(&text).unwrap();
        assert_eq!(key.openers(), [identity.to_public().to_string()]);
        assert!(!format!("{key:?}").contains("SECRET"), "{key:?}");
        let both = format!("{text}{}", x25519::Identity::generate().to_string().expose_secret());
        let wrapped = StateKey::parse(&both).unwrap().wrap(&identity);
        let opened = key.unwrap(&wrapped).expect("either of the two opens it");
        assert_eq!(opened.to_string().expose_secret(), identity.to_string().expose_secret());
        let other = StateKey::parse(x25519::Identity::generate().to_string().expose_secret()).unwrap();
        assert!(other.unwrap(&wrapped).is_none());
        assert!(key.unwrap(&wrapped[..wrapped.len() / 2]).is_none());
        assert_eq!(StateKey::parse("correct horse\n").unwrap().openers(), ["a passphrase"]);
    }

    #[test]
    fn what_is_no_key_is_told_by_its_kind() {
        let refused = |text: &str| StateKey::parse(text).unwrap_err();
        assert_eq!(refused("\n# nothing\n"), KeyError::Empty);
        assert_eq!(refused("age-encryption.org/v1\n-> scrypt …"), KeyError::Encrypted);
        assert_eq!(refused("-----BEGIN AGE ENCRYPTED FILE-----\n"), KeyError::Encrypted);
        assert_eq!(refused("-----BEGIN OPENSSH PRIVATE KEY-----\n"), KeyError::Ssh);
        assert_eq!(refused("age1qqqq"), KeyError::Public);
        assert_eq!(refused("one\ntwo"), KeyError::Lines);
        assert!(matches!(refused("# x\nAGE-SECRET-KEY-1QQQQ"), KeyError::Identity { line: 2, .. }));
        assert!(matches!(refused("AGE-PLUGIN-YUBIKEY-1QQQQ"), KeyError::Identity { line: 1, .. }));
    }
}

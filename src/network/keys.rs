//! The keys of a machine as Nix tells them: where each comes from, and where on the machine it goes.
//!
//! morph's secrets are the same thing in other words; the embedded expression says both in these.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// When a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UploadAt {
    PreActivation,
    PostActivation,
}

/// A key, or morph's secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The attribute under which the network has it, as `deployment.keys.tls`.
    pub option: String,
    /// The file on the machine, absolute.
    pub path: String,
    pub user: String,
    pub group: String,
    /// In octal, as `0600`.
    pub permissions: String,
    pub upload_at: UploadAt,
    /// Whether folders that are missing are made.
    pub make_folders: bool,
    /// A program and its arguments, run on the machine after the key has changed. Empty: nothing.
    pub action: Vec<String>,
    text: Option<KeyText>,
    key_file: Option<PathBuf>,
    key_command: Option<Vec<String>>,
}

/// A key itself. It shows itself to nobody by accident.
#[derive(Clone, PartialEq, Eq, Deserialize)]
struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("KeyText(…)")
    }
}

/// Where a key comes from, on the deploying machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource<'a> {
    Text(&'a str),
    /// Relative ones start at the network's folder.
    File(&'a Path),
    /// What the program prints.
    Command(&'a [String]),
}

/// Why a key cannot be sent at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("`{option}` has {} `text`, `keyFile` and `keyCommand`; exactly one is needed", if *.given == 0 { "none of" } else { "more than one of" })]
    Sources { option: String, given: usize },
    #[error("`{option}` goes to `{path}`, which is no absolute path of one line")]
    Path { option: String, path: String },
    #[error("`{option}` has the owner `{owner}`, which is no name of a user or group")]
    Owner { option: String, owner: String },
    #[error("`{option}` has the permissions `{permissions}`, which are no octal mode such as 0600")]
    Permissions { option: String, permissions: String },
}

impl Key {
    /// Where it comes from. Everything else about it is looked at, too: a machine is told line by line.
    pub fn source(&self) -> Result<KeySource<'_>, KeyError> {
        let option = || self.option.clone();
        if !self.path.starts_with('/') || self.path.ends_with('/') || self.path.contains(['\n', '\0']) {
            return Err(KeyError::Path { option: option(), path: self.path.clone() });
        }
        for owner in [&self.user, &self.group] {
            if owner.is_empty() || owner.starts_with('-') || owner.contains(['\n', '\0', ':']) {
                return Err(KeyError::Owner { option: option(), owner: owner.clone() });
            }
        }
        let mode = &self.permissions;
        if mode.is_empty() || mode.len() > 4 || !mode.chars().all(|it| matches!(it, '0'..='7')) {
            return Err(KeyError::Permissions { option: option(), permissions: mode.clone() });
        }
        match (&self.text, &self.key_file, &self.key_command) {
            (Some(KeyText(text)), None, None) => Ok(KeySource::Text(text)),
            (None, Some(file), None) => Ok(KeySource::File(file)),
            (None, None, Some(command)) => Ok(KeySource::Command(command)),
            (text, file, command) => {
                let given = usize::from(text.is_some())
                    + usize::from(file.is_some())
                    + usize::from(command.is_some());
                Err(KeyError::Sources { option: option(), given })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(change: impl Fn(&mut serde_json::Value)) -> Key {
        let mut json = serde_json::json!({
            "option": "deployment.keys.tls", "path": "/run/keys/tls", "user": "root", "group": "root",
            "permissions": "0600", "uploadAt": "pre-activation", "makeFolders": true, "action": [],
            "text": null, "keyFile": null, "keyCommand": null,
        });
        change(&mut json);
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_key_has_exactly_one_source() {
        assert_eq!(key(|it| it["text"] = "s".into()).source(), Ok(KeySource::Text("s")));
        assert_eq!(key(|it| it["keyFile"] = "/k".into()).source(), Ok(KeySource::File(Path::new("/k"))));
        let none = key(|_| ()).source().unwrap_err().to_string();
        assert_eq!(
            none,
            "`deployment.keys.tls` has none of `text`, `keyFile` and `keyCommand`; exactly one is needed"
        );
        let two = key(|it| (it["text"], it["keyFile"]) = ("s".into(), "/k".into()));
        assert!(matches!(two.source(), Err(KeyError::Sources { given: 2, .. })));
    }

    #[test]
    fn nothing_that_would_break_a_line_or_a_command_gets_through() {
        let refused = |name: &str, value: &str| {
            let key = key(|it| (it["text"], it[name]) = ("s".into(), value.into()));
            assert!(key.source().is_err(), "{name} = {value:?}");
        };
        for path in ["keys/tls", "/run/keys/", "/run/a\nb", ""] {
            refused("path", path);
        }
        for owner in ["", "-x", "a:b", "a\nb"] {
            refused("user", owner);
            refused("group", owner);
        }
        for mode in ["", "rw", "0888", "00600", "u+x"] {
            refused("permissions", mode);
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let shown = format!("{:?}", key(|it| it["text"] = "hunter2".into()));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

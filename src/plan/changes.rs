//! What a deploy would change on one machine, as far as it can be told before.
//!
//! Only data, in the stored and the printed form alike. Nothing here is ever a secret: keys are named by their paths.

use serde::{Deserialize, Serialize};

use super::{PackageChanges, UnitChanges};

/// Something that is known beforehand, or why it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Foreseen<T> {
    Known(T),
    /// The reason, in a few words.
    Unknown(String),
}

impl<T> Foreseen<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Foreseen::Known(it) => Some(it),
            Foreseen::Unknown(_) => None,
        }
    }
}

/// All that changes on a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    pub packages: Foreseen<PackageChanges>,
    pub copy: Foreseen<CopySize>,
    pub units: Foreseen<UnitChanges>,
    /// What only a reboot brings into effect, such as `kernel`; empty where none is needed.
    pub reboot: Foreseen<Vec<String>>,
    pub keys: Foreseen<KeyChanges>,
}

impl Changes {
    /// Nothing is known, for one reason.
    pub fn unknown(because: &str) -> Self {
        let because = because.to_owned();
        Self {
            packages: Foreseen::Unknown(because.clone()),
            copy: Foreseen::Unknown(because.clone()),
            units: Foreseen::Unknown(because.clone()),
            reboot: Foreseen::Unknown(because.clone()),
            keys: Foreseen::Unknown(because),
        }
    }
}

/// What is to be sent to a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopySize {
    /// Paths of the new system that the machine does not have.
    pub paths: usize,
    /// Their size, as Nix serializes them.
    pub bytes: u64,
    /// Bytes that are free where its store lies, where the machine says so.
    pub free: Option<u64>,
    /// There is too little room for it.
    pub too_large: bool,
}

/// What becomes of the keys of a machine, by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyChanges {
    /// Not there yet.
    pub new: Vec<String>,
    /// There, with another text, mode or owner.
    pub changed: Vec<String>,
    /// There as they should be: not sent again.
    pub unchanged: Vec<String>,
    /// Sent by an earlier run and no longer part of the network.
    pub removed: Vec<String>,
}

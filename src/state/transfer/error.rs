//! Why something could not be imported: what is wrong with the file, where, and what was expected there.

use std::path::PathBuf;

use crate::state::{DeploymentId, RunId, StateError};

/// An import that was not done. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("could not read {from}")]
    Unreadable { from: String, source: std::io::Error },
    #[error("{from} is empty; expected what `nixwright export` or `nixops export` prints")]
    Empty { from: String },
    #[error("{from} is no text: the byte {at} is not UTF-8")]
    NoText { from: String, at: usize },
    #[error("{from} is no whole JSON document: {said}; was it cut short or changed?")]
    Broken { from: String, said: String },
    #[error("{from} has another shape than `nixwright export` and `nixops export` give: {said}")]
    Shape { from: String, said: String },
    #[error(
        "{from} has version {found} of the format, but this nixwright knows versions up to {known}; use a newer nixwright"
    )]
    Newer { from: String, found: u64, known: u32 },
    #[error("{from} names {what} twice; leave one of them out")]
    Twice { from: String, what: String },
    #[error("{from}: {whose} is no {expected}: {said}")]
    Attribute { from: String, whose: String, expected: &'static str, said: String },

    #[error("{} is no state file of NixOps: it is not a SQLite file", .path.display())]
    NotSqlite { path: PathBuf },
    #[error("{} is no state file of NixOps: it has no table `{missing}`", .path.display())]
    NotNixops { path: PathBuf, missing: &'static str },
    #[error("{} has schema version {found} of NixOps; versions up to {known} are known", .path.display())]
    NewerNixops { path: PathBuf, found: i64, known: i64 },
    #[error("the state file {} of NixOps is damaged ({said}); `nixops export` may still read it", .path.display())]
    Damaged { path: PathBuf, said: String },
    #[error("could not copy the state file {} to read it", .path.display())]
    Copy { path: PathBuf, source: std::io::Error },

    #[error(
        "the deployment {} is already in the state; to import it again, delete that one first with `nixwright delete -d {uuid}`",
        .name.as_ref().map_or_else(|| uuid.to_string(), |name| format!("{name} ({uuid})"))
    )]
    Known { uuid: DeploymentId, name: Option<String> },
    #[error("the run {run} is already in the state, in another deployment")]
    KnownRun { run: RunId },
    #[error(transparent)]
    State(#[from] StateError),
}

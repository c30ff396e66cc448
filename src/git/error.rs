//! Why git could not say what has changed, and what to do about it.

use std::path::PathBuf;

use crate::system::ProcessError;

/// Why it is not known what has changed since a revision.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`{}` lies in no work tree of git{}", folder.display(), set_off(said))]
    NoWorkTree { folder: PathBuf, said: String },
    #[error("git knows no revision `{revision}` here")]
    UnknownRevision {
        revision: String,
        /// What the branch is called that was fetched from elsewhere, where there is one.
        remote: Option<String>,
        shallow: bool,
    },
    #[error("this repository has no commit yet")]
    NoCommit,
    #[error("`{revision}` and what is checked out have no commit in common")]
    NothingShared { revision: String, shallow: bool },
    #[error("git could not compare the files{}", set_off(said))]
    Failed { said: String },
    #[error("git could not be asked")]
    Process(#[from] ProcessError),
}

impl GitError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        const SHALLOW: &str = "this clone is shallow: fetch the history it lacks (`git fetch --unshallow`; in a workflow of \
                               GitHub `fetch-depth: 0` for the checkout, in GitLab `GIT_DEPTH: 0`)";
        match self {
            Self::UnknownRevision { remote: Some(remote), .. } => Some(format!("did you mean `{remote}`?")),
            Self::UnknownRevision { shallow: true, .. } | Self::NothingShared { shallow: true, .. } => {
                Some(SHALLOW.to_owned())
            }
            Self::UnknownRevision { .. } => {
                Some("name a branch, a tag or a commit; `git fetch` brings those of the server".to_owned())
            }
            Self::NothingShared { .. } => {
                Some("name a revision that this branch began at, or that it was merged with".to_owned())
            }
            Self::NoCommit => Some("there is nothing to compare with before the first commit".to_owned()),
            Self::Process(ProcessError::NotFound { .. }) => Some("install git".to_owned()),
            Self::NoWorkTree { .. } | Self::Failed { .. } | Self::Process(_) => None,
        }
    }
}

/// What git said, below the message.
fn set_off(said: &str) -> String {
    said.trim().lines().filter(|line| !line.is_empty()).map(|line| format!("\n  {line}")).collect()
}

//! The ids of what is remembered, one type per kind, so that a run is never taken for a deployment.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::system::System;

/// Names a deployment for ever; its name may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeploymentId(pub Uuid);

/// Names one run (a deploy, a rollback) from before its first step until it is deleted with its deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub Uuid);

impl RunId {
    /// An id that no other run has.
    pub fn new(system: &System) -> Self {
        Self(system.ids.uuid())
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

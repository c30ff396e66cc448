//! Copies what a machine needs to build its own system: the derivation with all it is made of, but no result.
//!
//! Before: the derivation is in this machine's store. After: it is in the machine's, whole, and a root there keeps it from being
//! collected. Dying half-way leaves whole paths there, which are not sent again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;
use crate::nix::{self, StorePath};
use crate::system::{Command, RemoteError, Sharing};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyDerivation {
    pub machine: MachineName,
    pub derivation: StorePath,
}

/// The link on the machine that keeps the derivation until it is built. It is made first: a collector that comes in the middle
/// finds it, and a link to what is not there yet hurts nobody.
pub(super) const DERIVATION_ROOT: &str = "/nix/var/nix/gcroots/nixwright-derivation";

/// One link, or one row of the store's database.
const SHORT_LIMIT: Duration = Duration::from_secs(60);

impl CopyDerivation {
    pub const KIND: Kind = Kind {
        name: "copy-derivation",
        title: "the copy of its derivation",
        limit: 5,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for CopyDerivation {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        // A copy of what is there already costs no more than asking; the root is made in any case.
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let remote = world.connect(&self.machine, Sharing::Shared).await?;
        let root = Command::new("ln").args(["-sfn", self.derivation.as_str(), DERIVATION_ROOT]);
        let root = root.limit(SHORT_LIMIT);
        let output = remote.run(&root, None).await?;
        if !output.ended.success() {
            let (machine, command) = (self.machine.to_string(), root.to_string());
            let (ended, stderr) = (output.ended, output.stderr_text());
            return Err(RemoteError::Failed { machine, command, ended, stderr }.into());
        }
        world.say(&self.machine, "copying its derivation...");
        let destination = world.destination(&self.machine);
        nix::copy(&world.nix, &self.derivation, destination, &*remote, nix::Copied::Derivation).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

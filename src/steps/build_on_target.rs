//! Has a machine build its own system.
//!
//! Before: the derivation is in the machine's store. After: the system is, whole, and a root keeps it from being collected
//! until another one is built there. Dying half-way leaves finished parts in that store, which the next build uses.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::build_closure::tell;
use super::copy_derivation::DERIVATION_ROOT;
use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;
use crate::nix::{self, StorePath};
use crate::system::{Command, Sharing};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildOnTarget {
    pub machine: MachineName,
    pub derivation: StorePath,
    pub toplevel: StorePath,
}

/// The link on the machine that keeps what it built; what is activated is kept by the system profile, too.
const ROOT: &str = "/nix/var/nix/gcroots/nixwright-built";

/// One row of the store's database.
const CHECK_LIMIT: Duration = Duration::from_secs(60);

impl BuildOnTarget {
    pub const KIND: Kind = Kind {
        name: "build-on-target",
        title: "the build on the machine",
        // The work is done by the machines; each costs this one a connection and the lines of its log.
        limit: 50,
        touches: false,
        phase: Phase::Build,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for BuildOnTarget {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        let check = Command::new("nix-store").args(["--check-validity", self.toplevel.as_str()]);
        Ok(world.on(&self.machine, &check.limit(CHECK_LIMIT)).await?.ended.success())
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let remote = world.connect(&self.machine, Sharing::Shared).await?;
        world.say(&self.machine, "building its system there...");
        let (sender, messages) = tokio::sync::mpsc::unbounded_channel();
        let building = nix::build_there(&*remote, &world.nix, &self.derivation, ROOT, sender);
        let (result, built) = tokio::join!(building, tell(world, &self.machine, messages));
        result?;
        let forget = Command::new("rm").args(["-f", DERIVATION_ROOT]).limit(CHECK_LIMIT);
        remote.run(&forget, None).await?;
        Ok(json!({ "built": built }))
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

//! Copies the system of one machine to it.
//!
//! Before: the system is in this machine's store. After: it is in the machine's, whole. Dying half-way leaves whole
//! paths there, which are not sent again. Where there is certainly no room for all of it, nothing is sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Act, Kind, Phase, StepError, Undone, World, survey};
use crate::network::MachineName;
use crate::nix::{self, StorePath};
use crate::system::{Command, Sharing};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyClosure {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// Whether the machine should first ask its own substituters.
    pub substitute: bool,
}

/// One row of the store's database.
const CHECK_LIMIT: Duration = Duration::from_secs(60);

impl CopyClosure {
    pub const KIND: Kind = Kind {
        name: "copy-closure",
        title: "the copy",
        // As many as keep a line full; each is a process of its own with the closure's paths in memory.
        limit: 5,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for CopyClosure {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        // A store object is valid only with its whole closure: one question is enough.
        let check =
            Command::new("nix-store").args(["--check-validity", self.toplevel.as_str()]).limit(CHECK_LIMIT);
        Ok(world.on(&self.machine, &check).await?.ended.success())
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let remote = world.connect(&self.machine, Sharing::Shared).await?;
        let missing = nix::missing_paths(&world.nix, &self.toplevel, self.machine.as_str(), &*remote).await?;
        let needed = nix::size(&world.nix, &missing).await?;
        if let Some(room) = survey::room(world, &self.machine).await?
            && room.is_too_little_for(needed)
        {
            let (machine, free) = (self.machine.to_string(), room.bytes);
            return Err(StepError::NoRoom { machine, needed, free });
        }
        world.say(&self.machine, "copying closure...");
        world.say(&self.machine, format!("copying {} missing {}...", missing.len(), plural(missing.len())));
        let destination = world.destination(&self.machine);
        nix::copy(
            &world.nix,
            &self.toplevel,
            destination,
            &*remote,
            nix::Copied::Closure { substitute: self.substitute },
        )
        .await?;
        Ok(json!({ "copied": missing.len(), "bytes": needed }))
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "path" } else { "paths" }
}

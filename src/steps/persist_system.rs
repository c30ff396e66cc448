//! Makes the running system the one that boots: the profile first, then the boot loader, which lists its generations.
//!
//! Before: the system runs and was confirmed. After: it boots, too, and is a generation of the system profile. Dying
//! between the two leaves the new profile with the old boot entry; running it again finishes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::switch::{forget, switch};
use super::{Act, Kind, Phase, StepError, Undone, World, reboot};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::Command;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersistSystem {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// What the profile led to before.
    pub previous: Option<StorePath>,
    /// The number of that generation of the profile.
    pub previous_generation: Option<u64>,
    /// A later step sees to it that what needs a reboot gets one.
    #[serde(default)]
    pub reboots: bool,
}

/// The system profile of NixOS.
pub(super) const PROFILE: &str = "/nix/var/nix/profiles/system";

/// Setting a link, on a disk that may be slow.
const PROFILE_LIMIT: Duration = Duration::from_secs(120);

impl PersistSystem {
    pub const KIND: Kind = Kind {
        name: "persist-system",
        title: "making it the default for the next boot",
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    /// `change` is what nix-env does to the profile so that it leads to `toplevel`.
    async fn set(&self, world: &World, toplevel: &StorePath, change: [&str; 2]) -> Result<(), StepError> {
        let profile = Command::new("nix-env").args(["-p", PROFILE]).args(change).limit(PROFILE_LIMIT);
        let output = world.on(&self.machine, &profile).await?;
        if !output.ended.success() {
            let (machine, said) = (self.machine.to_string(), output.stderr_text());
            return Err(StepError::Profile { machine, toplevel: toplevel.clone(), said });
        }
        let switched = switch(world, &self.machine, toplevel, "boot").await?;
        if switched.code == 0 {
            return Ok(());
        }
        let (machine, toplevel) = (self.machine.to_string(), toplevel.clone());
        Err(StepError::BootLoader { machine, toplevel, code: switched.code, said: switched.words })
    }
}

impl Act for PersistSystem {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        // The profile alone does not tell whether the boot loader followed; only running it again does.
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        self.set(world, &self.toplevel, ["--set", self.toplevel.as_str()]).await?;
        forget(world, &self.machine).await?;
        if self.reboots {
            return Ok(Value::Null);
        }
        let changed = reboot::boot(world, &self.machine, &self.toplevel).await?.changed;
        if changed.is_empty() {
            return Ok(Value::Null);
        }
        let parts = changed.join(", ");
        world.say(&self.machine, format!("a reboot is needed: {parts} changed (`--allow-reboot` does it)"));
        Ok(json!({ "rebootNeeded": changed }))
    }

    async fn undo(&self, world: &World) -> Result<Undone, StepError> {
        let Some(previous) = &self.previous else {
            return Ok(Undone::Impossible("its system profile was empty before".to_owned()));
        };
        match self.previous_generation {
            // That very generation: going back by one is wrong when the new one was never made.
            Some(number) => self.set(world, previous, ["--switch-generation", &number.to_string()]).await?,
            None => self.set(world, previous, ["--set", previous.as_str()]).await?,
        }
        Ok(Undone::Done)
    }
}

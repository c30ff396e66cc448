//! Makes a machine run a system, without making it the one that boots.
//!
//! Before: the system is in the machine's store. After: it runs; profile and boot loader are as they were, so a crash
//! or a reset at any moment boots the previous system. It is detached from the connection: a deployer that comes back
//! finds it running or ended. Where the machine may go back, it does so by itself unless the next step confirms in
//! time: dying half-way, and even a dead deployer, leave it on its previous system.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::switch::{self, Guard, Switched};
use super::{Act, Kind, Phase, StepError, Undone, World, reboot};
use crate::network::MachineName;
use crate::nix::StorePath;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivateSystem {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// What ran before and comes back on undo.
    pub previous: Option<StorePath>,
    /// Activate even where the system already runs.
    pub always: bool,
    /// The machine goes back by itself unless it is confirmed within so many seconds; none: it never goes back.
    #[serde(default)]
    pub confirm_within: Option<u64>,
    /// A later step reboots the machine where it can enter the system in no other way.
    #[serde(default)]
    pub reboots: bool,
}

impl ActivateSystem {
    pub const KIND: Kind = Kind {
        name: "activate-system",
        title: "the activation",
        // Work is done by the machines; each costs this one a connection and a few lines of text.
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    /// Whether the machine goes back by itself where nobody confirms.
    pub fn goes_back(&self) -> bool {
        self.guard().is_some()
    }

    /// The way back, where there is one.
    fn guard(&self) -> Option<Guard<'_>> {
        let previous = self.previous.as_ref().filter(|it| *it != &self.toplevel)?;
        Some(Guard { previous, seconds: self.confirm_within? })
    }

    /// The exit codes of switch-to-configuration, in words.
    fn reason(switched: &Switched) -> String {
        let mut lines = switched.words.lines();
        match switched.code {
            2 => "the activation script failed; the machine is between two systems".to_owned(),
            4 => lines.find(|line| line.contains("units failed")).map_or_else(
                || "units failed to start".to_owned(),
                |line| line.trim().trim_start_matches("warning: ").to_owned(),
            ),
            11 | 75 => "another activation is running there".to_owned(),
            76 => "it was ended before it could finish".to_owned(),
            78 => "nothing was activated: the earlier system, to which the machine would go back, is gone from its store".to_owned(),
            100 => "the new system can only be entered by a reboot (`--allow-reboot`)".to_owned(),
            _ => lines.rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned(),
        }
    }
}

impl Act for ActivateSystem {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        if self.always {
            return Ok(false);
        }
        switch::runs(world, &self.machine, &self.toplevel).await
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        if self.reboots && reboot::boot(world, &self.machine, &self.toplevel).await?.refused {
            world.say(&self.machine, "the new system can only be entered by a reboot, which comes later");
            return Ok(json!({ "entered": "by the reboot" }));
        }
        let switched = match self.guard() {
            Some(guard) => switch::guarded(world, &self.machine, &self.toplevel, &guard).await?,
            None => switch::switch(world, &self.machine, &self.toplevel, "test").await?,
        };
        if switched.code == 0 {
            world.say(&self.machine, "activation finished successfully");
            return Ok(Value::Null);
        }
        let reason = Self::reason(&switched);
        let (machine, toplevel) = (self.machine.to_string(), self.toplevel.clone());
        Err(StepError::Activation { machine, toplevel, code: switched.code, reason })
    }

    async fn undo(&self, world: &World) -> Result<Undone, StepError> {
        let Some(previous) = &self.previous else {
            return Ok(Undone::Impossible("no earlier system of this machine is known".to_owned()));
        };
        let Some(guard) = self.guard() else {
            let because = match self.confirm_within {
                Some(_) => "it ran this very system before",
                None => "its network says that it does not go back (`deployment.rollback.enable`)",
            };
            return Ok(Undone::Impossible(because.to_owned()));
        };
        world.say(&self.machine, format!("going back to {} ({})", previous.name(), previous.short_hash()));
        let switched = switch::back(world, &self.machine, &guard).await?;
        if switch::is_back(&switched) {
            return Ok(Undone::Done);
        }
        Ok(Undone::Impossible(Self::reason(&switched)))
    }
}

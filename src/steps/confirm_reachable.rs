//! Proves that a machine still answers, over a connection made after the activation, and lets it stay as it is.
//!
//! Before: the system was activated. After: it is known that a new login works and which system runs, and the machine does
//! not go back by itself any more. Whether it stays or goes back is decided there, by one rename; dying half-way leaves
//! either. An old connection proves nothing: a firewall lets it live on.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::switch::{WENT_BACK, confirm};
use super::{Act, Kind, Phase, StepError, Undone, World, reboot};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Ended, Output, RemoteError, Sharing};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmReachable {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// How long a login may take to work again.
    pub seconds: u64,
    /// A later step reboots the machine where it can enter the system in no other way; until then it runs its earlier one.
    #[serde(default)]
    pub reboots: bool,
}

/// Between two tries. A restarted sshd is back within a second.
const PAUSE: Duration = Duration::from_millis(500);

/// A question that the machine answers from memory.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

impl ConfirmReachable {
    pub const KIND: Kind = Kind {
        name: "confirm-reachable",
        title: "the confirmation",
        // A machine that waits here goes back by itself: none may ever wait for others.
        limit: usize::MAX,
        touches: false,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    async fn waits_for_its_reboot(&self, world: &World) -> Result<bool, StepError> {
        Ok(reboot::boot(world, &self.machine, &self.toplevel).await?.refused)
    }

    async fn ask(&self, world: &World) -> Result<Output, RemoteError> {
        let destination = world.destination(&self.machine);
        let remote = world.remotes.connect(destination, Sharing::New, ANSWER_LIMIT).await?;
        let output = remote.run(&confirm(&self.toplevel).limit(ANSWER_LIMIT), None).await;
        remote.close().await;
        output
    }
}

impl Act for ConfirmReachable {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let deadline = world.system.clock.elapsed() + Duration::from_secs(self.seconds);
        loop {
            match self.ask(world).await {
                // What it says of an earlier activation means nothing here: this system was not activated at all.
                Ok(_) if self.reboots && self.waits_for_its_reboot(world).await? => return Ok(Value::Null),
                Ok(answer) if answer.ended == Ended::Exit(WENT_BACK) => {
                    return Err(StepError::WentBack { machine: self.machine.to_string() });
                }
                Ok(answer) => {
                    let found = answer.stdout_text().trim().to_owned();
                    if answer.ended.success() && found == self.toplevel.as_str() {
                        return Ok(Value::Null);
                    }
                    let (machine, expected) = (self.machine.to_string(), self.toplevel.clone());
                    return Err(StepError::WrongSystem { machine, expected, found });
                }
                Err(source) if world.system.clock.elapsed() >= deadline => {
                    return Err(StepError::NotConfirmed { machine: self.machine.to_string(), source });
                }
                Err(_) => world.system.clock.sleep(PAUSE).await,
            }
        }
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

//! Asks a machine what the activation of a system would do, and passes on its words.
//!
//! Before: the system is in the machine's store. After: the same; nothing is changed, and dying half-way leaves nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World, survey};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::Ended;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryActivate {
    pub machine: MachineName,
    pub toplevel: StorePath,
}

impl DryActivate {
    pub const KIND: Kind = Kind {
        name: "dry-activate",
        title: "the dry activation",
        limit: 50,
        touches: false,
        // Where it fails nothing was touched.
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for DryActivate {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let (output, _) = world.listened(&self.machine, &survey::dry(&self.toplevel)).await;
        let output = output?;
        if output.ended.success() {
            return Ok(Value::Null);
        }
        let code = if let Ended::Exit(code) = output.ended { code } else { -1 };
        let said = output.stderr_text();
        let reason =
            said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
        let (machine, toplevel) = (self.machine.to_string(), self.toplevel.clone());
        Err(StepError::Activation { machine, toplevel, code, reason })
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

//! Runs what a network wants run before a machine is activated: `deployment.hooks.pre`.
//!
//! Before: its system is there, and so are the keys that come before the activation. After: every command ended with status
//! 0, those of this machine first. The first that fails stops the machine before its system is touched. Dying half-way
//! leaves what the commands did; a run that goes on runs all of them again. What they did is never taken back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hooks::{Hooks, When};
use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HooksBefore {
    pub machine: MachineName,
    pub hooks: Hooks,
}

impl HooksBefore {
    pub const KIND: Kind = Kind {
        name: "hooks-before",
        title: "its hooks before the activation",
        limit: 50,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for HooksBefore {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        self.hooks.run(world, &self.machine, When::Before).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

//! Runs what a network wants run when a machine has its new system: `deployment.hooks.post`.
//!
//! Before: the machine runs its new system, is healthy, and boots it. After: every command ended with status 0, those of
//! the machine first. Where one fails the machine has failed, so machines that need it are skipped, but it keeps its new system:
//! that was confirmed and healthy, and leaving it for an announcement that failed would be the greater harm. What
//! decides whether it goes back are its health checks. Dying half-way leaves what the commands did; a run that goes on runs
//! all of them again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hooks::{Hooks, When};
use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HooksAfter {
    pub machine: MachineName,
    pub hooks: Hooks,
}

impl HooksAfter {
    pub const KIND: Kind = Kind {
        name: "hooks-after",
        title: "its hooks after the activation",
        limit: 50,
        touches: false,
        phase: Phase::After,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for HooksAfter {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        self.hooks.run(world, &self.machine, When::After).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

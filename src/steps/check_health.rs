//! Waits until a machine is healthy: what `deployment.healthChecks` asks for.
//!
//! Before: the new system runs and a new login works; or the machine was rebooted, and all of it is asked again. After: every check held at least once. Changes nothing; dying
//! half-way leaves nothing. A machine that never gets healthy has failed, and goes back to what it ran.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World, health};
use crate::network::{HealthCheck, MachineName};
use crate::system::Command;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckHealth {
    pub machine: MachineName,
    pub checks: Vec<HealthCheck>,
    /// They held in this boot already, and are asked again only in another one.
    #[serde(default)]
    pub held_in_boot: Option<String>,
}

/// A question that the machine answers from memory.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

impl CheckHealth {
    pub const KIND: Kind = Kind {
        name: "check-health",
        title: "its health checks",
        limit: 50,
        touches: false,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for CheckHealth {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        let Some(held) = &self.held_in_boot else { return Ok(false) };
        let command = Command::new("cat").arg("/proc/sys/kernel/random/boot_id");
        let output = world.on(&self.machine, &command.limit(ANSWER_LIMIT)).await?;
        Ok(output.stdout_text().trim() == held)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        health::wait_for(world, &self.machine, &self.checks).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

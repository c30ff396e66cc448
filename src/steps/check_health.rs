//! Waits until a machine is healthy: what `deployment.healthChecks` asks for.
//!
//! Before: the new system runs and a new login works. After: every check held at least once. Changes nothing; dying
//! half-way leaves nothing. A machine that never gets healthy has failed, and goes back to what it ran.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World, health};
use crate::network::{HealthCheck, MachineName};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckHealth {
    pub machine: MachineName,
    pub checks: Vec<HealthCheck>,
}

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
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        health::wait_for(world, &self.machine, &self.checks).await?;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

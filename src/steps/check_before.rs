//! Waits until what `deployment.preDeployChecks` asks for holds.
//!
//! Before: no machine was touched. After: every check held at least once. Changes nothing; dying half-way leaves
//! nothing. Where one never holds, nothing is touched.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World, health};
use crate::network::{HealthCheck, MachineName};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBefore {
    pub machine: MachineName,
    pub checks: Vec<HealthCheck>,
}

impl CheckBefore {
    pub const KIND: Kind = Kind {
        name: "check-before",
        title: "its checks before the deployment",
        limit: 50,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }
}

impl Act for CheckBefore {
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

//! A gate between two stages: nothing of the later one is touched before every machine of the earlier one is done.
//!
//! Does nothing itself. It stands in the plan so that the machines of a stage wait for one step instead of for all
//! machines of the stage before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitStage {
    /// 1, 2, … in the order of the plan.
    pub stage: usize,
    /// What people call it.
    pub title: String,
    /// How many machines it waits for.
    pub machines: usize,
    /// Every one of them must have succeeded, also where the rest goes on after a failure.
    pub strict: bool,
}

impl AwaitStage {
    pub const KIND: Kind = Kind {
        name: "await-stage",
        title: "the wait for the stage before",
        limit: 1,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        None
    }
}

impl Act for AwaitStage {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, _: &World) -> Result<Value, StepError> {
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

//! A gate of the whole run: nothing is touched before what must hold beforehand holds on every machine.
//!
//! Does nothing itself. It stands in plans whose machines do not wait for all copies, so that each activation waits for
//! one step instead of for the checks of all machines.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitChecks {
    /// How many machines have such checks.
    pub machines: usize,
}

impl AwaitChecks {
    pub const KIND: Kind = Kind {
        name: "await-checks",
        title: "the wait for the checks beforehand",
        limit: 1,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        None
    }
}

impl Act for AwaitChecks {
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

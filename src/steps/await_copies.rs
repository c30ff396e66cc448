//! A gate of the whole run: nothing is activated before every closure is where it is needed.
//!
//! Does nothing itself. It stands in the plan so that 10,000 activations wait for one step instead of for 10,000
//! copies each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitCopies {
    /// How many copies it waits for.
    pub copies: usize,
}

impl AwaitCopies {
    pub const KIND: Kind = Kind {
        name: "await-copies",
        title: "the wait for all copies",
        limit: 1,
        touches: false,
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        None
    }
}

impl Act for AwaitCopies {
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

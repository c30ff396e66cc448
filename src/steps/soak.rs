//! Lets time pass between two stages, so that what is wrong with the earlier one can show.
//!
//! Before: every machine of the stage is done. After: the seconds have passed. Changes nothing; dying half-way leaves
//! nothing. Whoever resumes the run waits the whole time anew, because nobody was there to watch.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, Said, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Soak {
    /// The number of the stage that was done.
    pub stage: usize,
    /// What people call it.
    pub title: String,
    pub seconds: u64,
}

impl Soak {
    pub const KIND: Kind = Kind {
        name: "soak",
        title: "the wait between two stages",
        limit: 1,
        touches: false,
        // An interrupt may end it: nothing is in the middle of anything.
        phase: Phase::Reach,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        None
    }
}

impl Act for Soak {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let text =
            format!("{} is done; waiting {} seconds before the next stage...", self.title, self.seconds);
        (world.said)(Said { machine: None, text });
        world.system.clock.sleep(Duration::from_secs(self.seconds)).await;
        Ok(Value::Null)
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

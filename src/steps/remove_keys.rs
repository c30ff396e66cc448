//! Removes keys that an earlier run sent and that the network has no more.
//!
//! Before: the new system runs. After: of the keys that this tool ever put on the machine only those of the network are
//! there. Dying half-way leaves some of them; running it again removes the rest. Touches no file that is not on the
//! machine's own list of such keys.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::send_keys::script;
use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveKeys {
    pub machine: MachineName,
    /// The paths of the network's keys.
    pub keep: Vec<String>,
}

impl RemoveKeys {
    pub const KIND: Kind = Kind {
        name: "remove-keys",
        title: "removing old keys",
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    /// The keys that it would remove.
    pub async fn leaving(&self, world: &World) -> Result<Vec<String>, StepError> {
        let output = world.on(&self.machine, &script(&["list"], String::new())).await?;
        let said = output.stdout_text();
        Ok(said.lines().filter(|path| !self.keep.iter().any(|it| it == path)).map(str::to_owned).collect())
    }
}

impl Act for RemoveKeys {
    async fn done(&self, _: &World) -> Result<bool, StepError> {
        // Looking costs as much as doing.
        Ok(false)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let keep: String = self.keep.iter().map(|path| format!("{path}\n")).collect();
        let output = world.on(&self.machine, &script(&["prune"], keep)).await?;
        if !output.ended.success() {
            return Err(StepError::Keys { machine: self.machine.to_string(), said: output.stderr_text() });
        }
        let said = output.stdout_text();
        let removed: Vec<&str> = said.lines().collect();
        for path in &removed {
            world.say(&self.machine, format!("removed the key {path}"));
        }
        Ok(json!({ "removed": removed }))
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Impossible("a key that was removed is in no store".to_owned()))
    }
}

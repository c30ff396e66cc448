//! Sends the keys of a machine that are due before, or after, its activation, or all of them to a machine that runs its
//! system already, as after a reboot.
//!
//! Before: the machine answers. After: each key lies at its path with its mode, whole or not at all, and is on the list
//! of those that this tool put there; what the network wants run after a change was run. Dying half-way leaves some keys
//! new and some old; running it again sends the rest, and keys that are there already are not sent. All go in one
//! stream; none is ever an argument, in a plan, in the journal or in the store.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::{MachineName, UploadAt};
use crate::system::{Command, Output};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendKeys {
    pub machine: MachineName,
    pub when: UploadAt,
    /// Where they go, for people who read the plan.
    pub paths: Vec<String>,
    /// All of its keys, whenever they are due: the machine runs its system already, and its users are there.
    #[serde(default)]
    pub all: bool,
    /// Also those that are there already.
    #[serde(default)]
    pub force: bool,
}

/// A key on its way: read, and ready to be sent.
pub struct ReadyKey {
    pub path: String,
    pub user: String,
    pub group: String,
    /// In octal.
    pub permissions: String,
    pub make_folders: bool,
    pub action: Vec<String>,
    pub when: UploadAt,
    pub contents: Vec<u8>,
}

/// How a key is on its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Missing,
    /// It has another text, mode or owner.
    Different,
    AsItShouldBe,
}

/// The machine's side. A constant: what it is told comes on standard input.
const SCRIPT: &str = include_str!("keys.sh");

impl SendKeys {
    pub const KIND: Kind = Kind {
        name: "send-keys",
        title: "sending its keys",
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    fn keys<'a>(&self, world: &'a World) -> Vec<&'a ReadyKey> {
        let all = world.keys.get().and_then(|keys| keys.get(&self.machine));
        all.into_iter().flatten().filter(|key| self.all || key.when == self.when).collect()
    }

    /// How each key is on the machine, by its path.
    pub async fn standings(&self, world: &World) -> Result<Vec<(String, Standing)>, StepError> {
        let asked = self.ask(world).await?;
        Ok(asked.into_iter().map(|(key, standing)| (key.path.clone(), standing)).collect())
    }

    /// Those that are not on the machine as they should be.
    async fn missing<'a>(&self, world: &'a World) -> Result<Vec<&'a ReadyKey>, StepError> {
        if self.force {
            return Ok(self.keys(world));
        }
        let asked = self.ask(world).await?.into_iter();
        Ok(asked.filter(|(_, standing)| *standing != Standing::AsItShouldBe).map(|(key, _)| key).collect())
    }

    async fn ask<'a>(&self, world: &'a World) -> Result<Vec<(&'a ReadyKey, Standing)>, StepError> {
        let keys = self.keys(world);
        let paths: String = keys.iter().map(|key| format!("{}\n", key.path)).collect();
        let output = world.on(&self.machine, &script(&["look"], paths)).await?;
        let said = output.stdout_text();
        let answers: Vec<&str> = said.lines().collect();
        if !output.ended.success() || answers.len() != keys.len() {
            return Err(self.failed(&output));
        }
        let asked = keys.into_iter().zip(answers);
        let standing = |key: &ReadyKey, answer: &str| match answer {
            "-" => Standing::Missing,
            answer if key.is_as(answer) => Standing::AsItShouldBe,
            _ => Standing::Different,
        };
        Ok(asked.map(|(key, answer)| (key, standing(key, answer))).collect())
    }

    /// What the network wants run after a key has changed.
    async fn act(&self, world: &World, key: &ReadyKey) -> Result<(), StepError> {
        let Some((program, arguments)) = key.action.split_first() else { return Ok(()) };
        let command = Command::new(program).args(arguments.iter().cloned()).limit(ACTION_LIMIT);
        let output = world.on(&self.machine, &command).await?;
        if output.ended.success() {
            return Ok(());
        }
        let (machine, path) = (self.machine.to_string(), key.path.clone());
        let said = format!("{}{}", output.stdout_text(), output.stderr_text());
        Err(StepError::KeyAction { machine, path, command: command.to_string(), said })
    }

    fn failed(&self, output: &Output) -> StepError {
        StepError::Keys { machine: self.machine.to_string(), said: output.stderr_text() }
    }
}

impl ReadyKey {
    /// Whether this is what the machine says of its file: digest, mode, user, group.
    fn is_as(&self, answer: &str) -> bool {
        let mode = self.permissions.trim_start_matches('0');
        let mode = if mode.is_empty() { "0" } else { mode };
        let digest = Sha256::digest(&self.contents);
        answer == format!("{digest:x} {mode} {} {}", self.user, self.group)
    }

    /// What `put` reads of it.
    fn told(&self) -> String {
        let folders = if self.make_folders { "yes" } else { "no" };
        let contents = BASE64_STANDARD.encode(&self.contents);
        format!("{}\n{}\n{}\n{}\n{folders}\n{contents}\n", self.path, self.permissions, self.user, self.group)
    }
}

/// Writing small files, on a disk that may be slow.
const LIMIT: Duration = Duration::from_secs(120);

/// A program of the network's author.
const ACTION_LIMIT: Duration = Duration::from_secs(600);

/// A part of the script, with what it is told.
pub(super) fn script(words: &[&str], told: String) -> Command {
    Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .args(words.iter().copied())
        .stdin(told.into_bytes())
        .limit(LIMIT)
}

impl Act for SendKeys {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        Ok(self.missing(world).await?.is_empty())
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let missing = self.missing(world).await?;
        let told: String = missing.iter().map(|key| key.told()).collect();
        let bytes = told.len();
        let when = if self.when == UploadAt::PreActivation && !self.all { "early" } else { "late" };
        let output = world.on(&self.machine, &script(&["put", when], told)).await?;
        if !output.ended.success() {
            return Err(self.failed(&output));
        }
        for key in &missing {
            world.say(&self.machine, format!("sent the key {}", key.path));
        }
        for key in missing.iter().filter(|key| !key.action.is_empty()) {
            self.act(world, key).await?;
        }
        let sent: Vec<&str> = missing.iter().map(|key| key.path.as_str()).collect();
        Ok(json!({ "sent": sent, "bytes": bytes }))
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        // A key is no part of a system: who goes back to an earlier system keeps today's keys.
        Ok(Undone::Nothing)
    }
}

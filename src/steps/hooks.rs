//! Running the commands that a network wants run around the activation of a machine. No shell reads them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{StepError, World};
use crate::network::MachineName;
use crate::system::{Command, Output};

/// Commands of one side of the activation, and what they are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hooks {
    /// On this machine, each a program and its arguments.
    pub deployer: Vec<Vec<String>>,
    /// On the machine itself.
    pub target: Vec<Vec<String>>,
    /// Where those of this machine begin: the network's folder.
    pub folder: PathBuf,
    /// After so many seconds a command has failed.
    pub seconds: u64,
    /// The facts of the machine. Nothing secret.
    pub environment: BTreeMap<String, String>,
}

/// Which side of the activation, and so in which order the two places take their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Whoever drains a machine from here does so before the machine itself hears of it.
    Before,
    /// Whoever announces a machine from here does so when the machine itself is ready.
    After,
}

/// More than `timeout` needs to end a program, so that it is the one that says so.
const GRACE: Duration = Duration::from_secs(20);

impl Hooks {
    pub fn is_empty(&self) -> bool {
        self.deployer.is_empty() && self.target.is_empty()
    }

    /// Runs them one after the other; the first that fails is the last.
    pub(super) async fn run(
        &self,
        world: &World,
        machine: &MachineName,
        when: When,
    ) -> Result<(), StepError> {
        let deployer = self.deployer.iter().map(|words| (words, true));
        let target = self.target.iter().map(|words| (words, false));
        let all: Vec<_> = match when {
            When::Before => deployer.chain(target).collect(),
            When::After => target.chain(deployer).collect(),
        };
        for (words, here) in all {
            let option = match (when, here) {
                (When::Before, true) => "hooks.pre.deployer",
                (When::Before, false) => "hooks.pre.target",
                (When::After, true) => "hooks.post.deployer",
                (When::After, false) => "hooks.post.target",
            };
            let failed = |why: String| {
                let (machine, command) = (machine.to_string(), words.join(" "));
                StepError::Hook { machine, option, command, why, stays: when == When::After }
            };
            let (program, arguments) =
                words.split_first().ok_or_else(|| failed("it names no program".to_owned()))?;
            let begun = world.system.clock.elapsed();
            world.say(machine, format!("running {option}: {}", words.join(" ")));
            let output = if here {
                let command = self.told(self.here(program).args(arguments.iter().cloned()), option);
                let (output, _) =
                    world.listened_here(machine, &command.limit(Duration::from_secs(self.seconds))).await;
                output.map_err(|error| failed(error.to_string()))?
            } else {
                // The machine itself ends it: what a lost connection leaves behind there would run on.
                let seconds = self.seconds.to_string();
                let command = Command::new("timeout").args(["-k", "10", &seconds, program]);
                let command = self.told(command.args(arguments.iter().cloned()), option);
                let limit = Duration::from_secs(self.seconds) + GRACE;
                world.listened(machine, &command.limit(limit)).await.0?
            };
            if !output.ended.success() {
                let took = world.system.clock.elapsed().saturating_sub(begun);
                return Err(failed(self.reason(&output, took)));
            }
        }
        Ok(())
    }

    /// A program on this machine. One with a folder in its name is looked for from the network's folder on.
    fn here(&self, program: &str) -> Command {
        let path = if program.contains('/') {
            self.folder.join(program).display().to_string()
        } else {
            program.to_owned()
        };
        Command { folder: Some(self.folder.clone()), ..Command::new(path) }
    }

    fn told(&self, mut command: Command, option: &str) -> Command {
        command.environment.extend(self.environment.clone());
        command.env("NIXWRIGHT_HOOK", option)
    }

    fn reason(&self, output: &Output, took: Duration) -> String {
        // The programs that are called `timeout` end with different statuses.
        if took >= Duration::from_secs(self.seconds) {
            return format!("it was stopped after {} s", self.seconds);
        }
        let said = format!("{}{}", output.stdout_text(), output.stderr_text());
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        format!("{}{}{}", output.ended, if last.is_empty() { "" } else { ": " }, last.trim())
    }
}

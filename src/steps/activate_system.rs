//! Makes a machine run a system, without making it the one that boots.
//!
//! Before: the system is in the machine's store. After: it runs; profile and boot loader are as they were, so a crash
//! or a reset at any moment boots the previous system. Dying half-way leaves the machine between the two; running
//! it again, or undoing it, ends that.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Command, Ended, Output};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivateSystem {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// What ran before and comes back on undo.
    pub previous: Option<StorePath>,
    /// Whether systemd runs there: then the activation is a unit of its own, which a lost connection does not end.
    pub systemd: bool,
    /// Activate even where the system already runs.
    pub always: bool,
}

/// Restarting every unit of a large server takes minutes; what takes this long hangs.
const ACTIVATION_LIMIT: Duration = Duration::from_secs(1800);

impl ActivateSystem {
    pub const KIND: Kind = Kind {
        name: "activate-system",
        title: "the activation",
        // Work is done by the machines; each costs this one a connection and a few lines of text.
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    /// The exit codes of switch-to-configuration, in words.
    fn reason(code: i32, output: &Output) -> String {
        let said = output.stderr_text();
        let failed_units = said.lines().find(|line| line.contains("units failed"));
        match code {
            2 => "the activation script failed; the machine is between two systems".to_owned(),
            4 => failed_units.map_or_else(
                || "units failed to start".to_owned(),
                |line| line.trim().trim_start_matches("warning: ").to_owned(),
            ),
            11 => "another activation is running there".to_owned(),
            100 => "the new system can only be entered by a reboot".to_owned(),
            _ => said
                .lines()
                .rfind(|line| !line.trim().is_empty())
                .unwrap_or("it said nothing")
                .trim()
                .to_owned(),
        }
    }
}

/// `switch-to-configuration ACTION` of a system, as a unit of its own where systemd runs.
pub(super) fn switch(toplevel: &StorePath, action: &str, systemd: bool) -> Command {
    let program = format!("{toplevel}/bin/switch-to-configuration");
    let command = if systemd {
        // The name is the machine's lock: two activations at once are refused by systemd.
        Command::new("systemd-run")
            .args(["--collect", "--no-ask-password", "--pipe", "--quiet", "--wait", "--service-type=exec"])
            .arg(format!("--unit=nixwright-activation-{}", toplevel.short_hash()))
            .args([
                "--property=KillMode=control-group",
                "-E",
                "LOCALE_ARCHIVE",
                "-E",
                "NIXOS_INSTALL_BOOTLOADER=",
            ])
            .args([program.as_str(), action])
    } else {
        Command::new("env").args(["NIXOS_INSTALL_BOOTLOADER=", program.as_str(), action])
    };
    command.limit(ACTIVATION_LIMIT)
}

impl Act for ActivateSystem {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        if self.always {
            return Ok(false);
        }
        let command = Command::new("readlink").args(["-f", "/run/current-system"]);
        let output = world.on(&self.machine, &command).await?;
        Ok(output.stdout_text().trim() == self.toplevel.as_str())
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let command = switch(&self.toplevel, "test", self.systemd);
        let output = world.aloud(&self.machine, &command).await?;
        match output.ended {
            Ended::Exit(0) => {
                world.say(&self.machine, "activation finished successfully");
                Ok(Value::Null)
            }
            ended => {
                let code = if let Ended::Exit(code) = ended { code } else { -1 };
                let reason = Self::reason(code, &output);
                let (machine, toplevel) = (self.machine.to_string(), self.toplevel.clone());
                Err(StepError::Activation { machine, toplevel, code, reason })
            }
        }
    }

    async fn undo(&self, world: &World) -> Result<Undone, StepError> {
        let Some(previous) = &self.previous else {
            return Ok(Undone::Impossible("no earlier system of this machine is known".to_owned()));
        };
        if previous == &self.toplevel {
            return Ok(Undone::Nothing);
        }
        world.say(&self.machine, format!("going back to {}", previous.name()));
        let output = world.aloud(&self.machine, &switch(previous, "test", self.systemd)).await?;
        match output.ended {
            // Units that fail in the previous system failed before, too: it runs again.
            Ended::Exit(0 | 4) => Ok(Undone::Done),
            Ended::Exit(code) => Ok(Undone::Impossible(Self::reason(code, &output))),
            ended => Ok(Undone::Impossible(format!("{ended}"))),
        }
    }
}

//! Rebooting a machine and waiting until it runs again: in another boot, and with the expected system.

use std::time::Duration;

use super::{StepError, World};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Command, Remote, RemoteError, Sharing};

/// The machine's side. A constant: what it is told are arguments.
const SCRIPT: &str = include_str!("reboot.sh");

/// A handful of small files.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Between two tries to reach a machine that goes down and comes up again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a machine says of its boot, and of a system that it is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Boot {
    pub id: String,
    /// The system that was booted; empty where NixOS did not do it.
    pub booted: String,
    pub current: String,
    /// The parts of the system that only a reboot brings in: `kernel`, `kernel-params`, …
    pub changed: Vec<String>,
    /// `switch-to-configuration` would refuse to enter the system without a reboot.
    pub refused: bool,
}

impl Boot {
    /// Whether the machine booted, and runs, this system.
    pub(super) fn is_of(&self, toplevel: &StorePath) -> bool {
        self.booted == toplevel.as_str() && self.current == toplevel.as_str()
    }
}

/// Asks over the shared connection.
pub(super) async fn boot(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
) -> Result<Boot, StepError> {
    let remote = world.connect(machine, Sharing::Shared).await?;
    ask(machine, &*remote, toplevel).await
}

async fn ask(machine: &MachineName, remote: &dyn Remote, toplevel: &StorePath) -> Result<Boot, StepError> {
    let output = remote.run(&script(&["facts", toplevel.as_str()]), None).await?;
    read(&output.stdout_text()).ok_or_else(|| StepError::UnreadableFact {
        machine: machine.to_string(),
        said: format!("{}{}", output.stdout_text().trim(), output.stderr_text().trim()),
    })
}

fn read(said: &str) -> Option<Boot> {
    let mut boot = Boot::default();
    for (name, value) in said.lines().filter_map(|line| line.split_once('=')) {
        match name {
            "boot" => value.clone_into(&mut boot.id),
            "booted" => value.clone_into(&mut boot.booted),
            "current" => value.clone_into(&mut boot.current),
            "changed" => boot.changed.push(value.to_owned()),
            "refused" => boot.refused = true,
            _ => {}
        }
    }
    (!boot.id.is_empty()).then_some(boot)
}

/// Reboots a machine that is in the boot `from`, and returns when it answers in another one that runs `expected`.
pub(super) async fn reboot(
    world: &World,
    machine: &MachineName,
    from: &str,
    expected: &StorePath,
    limit: Duration,
) -> Result<Boot, StepError> {
    begin(world, machine).await?;
    wait(world, machine, from, expected, limit).await
}

/// Has a machine reboot, and returns before it is back.
pub(super) async fn begin(world: &World, machine: &MachineName) -> Result<(), StepError> {
    world.say(machine, "rebooting...");
    let remote = world.connect(machine, Sharing::Shared).await?;
    match remote.run(&script(&["reboot"]), None).await {
        Ok(output) if !output.ended.success() => {
            let said = format!("{}{}", output.stdout_text(), output.stderr_text());
            return Err(StepError::RebootRefused { machine: machine.to_string(), said });
        }
        // A machine that goes down takes the connection with it, sometimes before it has answered.
        Ok(_) | Err(RemoteError::Lost { .. } | RemoteError::Limit { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    remote.close().await;
    Ok(())
}

/// Waits for another boot than `from`.
async fn wait(
    world: &World,
    machine: &MachineName,
    from: &str,
    expected: &StorePath,
    limit: Duration,
) -> Result<Boot, StepError> {
    let deadline = world.system.clock.elapsed() + limit;
    let mut told = false;
    loop {
        world.system.clock.sleep(PAUSE).await;
        let still_up = match answer(world, machine, expected).await {
            Ok(boot) if boot.id != from && boot.is_of(expected) => {
                world.say(machine, "it is back");
                return Ok(boot);
            }
            Ok(boot) if boot.id != from => {
                let (machine, expected) = (machine.to_string(), expected.clone());
                return Err(StepError::WrongBoot { machine, expected, found: boot.current });
            }
            Ok(_) => true,
            // Keys and logins that are refused do not get better by waiting.
            Err(error @ StepError::Remote(RemoteError::HostKey { .. })) => return Err(error),
            Err(_) => false,
        };
        if !still_up && !std::mem::replace(&mut told, true) {
            world.say(machine, "waiting for it to come back...");
        }
        if world.system.clock.elapsed() >= deadline {
            let (machine, expected, seconds) = (machine.to_string(), expected.clone(), limit.as_secs());
            return Err(if still_up {
                StepError::StillUp { machine, seconds }
            } else {
                StepError::NotBack { machine, expected, seconds }
            });
        }
    }
}

/// Asks over a new connection: the old one belongs to the boot before.
async fn answer(world: &World, machine: &MachineName, expected: &StorePath) -> Result<Boot, StepError> {
    let destination = world.destination(machine);
    let remote = world.remotes.connect(destination, Sharing::New, ANSWER_LIMIT).await?;
    let boot = ask(machine, &*remote, expected).await;
    remote.close().await;
    boot
}

fn script(words: &[&str]) -> Command {
    Command::new("sh").args(["-c", SCRIPT, "sh"]).args(words.iter().copied()).limit(ANSWER_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_says_of_its_boot_is_read() {
        let said = "boot=1\nbooted=/nix/store/a\ncurrent=/nix/store/b\nchanged=kernel\nchanged=kernel-params\nrefused=yes\n";
        let boot = read(said).unwrap();
        assert_eq!((boot.id.as_str(), boot.booted.as_str(), boot.refused), ("1", "/nix/store/a", true));
        assert_eq!(boot.changed, ["kernel", "kernel-params"]);
        assert_eq!(read("sh: not found"), None);
    }
}

//! Finds out how a machine is before anything is decided: does it answer, what runs, what would boot.
//!
//! Not a step of a plan: plans are made from what it sees. Changes nothing on the machine.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::persist_system::PROFILE;
use super::switch::FOLDER;
use super::{StepError, World};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Command, Remote, RemoteError, Sharing};

/// A machine as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// `VERSION_ID` of the os-release of a NixOS, as `26.11`.
    pub release: Option<String>,
    /// What runs. None on a machine that NixOS did not start, or whose system is gone from its store.
    pub current_system: Option<StorePath>,
    /// What its system profile leads to, and would boot.
    pub profile: Option<StorePath>,
    /// The number of the profile's generation.
    pub generation: Option<u64>,
    pub boot_id: String,
    /// Keys that an earlier run sent are there.
    #[serde(default)]
    pub holds_keys: bool,
}

/// The question for one machine.
#[derive(Clone, Debug)]
pub struct ProbeMachine {
    pub machine: MachineName,
    /// Say that we wait from the start, as on a first contact, not only when it takes a second try.
    pub first_contact: bool,
    /// Wait until no activation of an earlier run goes on there.
    pub settled: bool,
}

/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(500);

/// An activation that nobody confirms ends by itself; what takes longer is not left to end.
const SETTLING_LIMIT: Duration = Duration::from_secs(1800);

/// A handful of links and files; a machine that cannot read them in this time is not well.
const QUESTION_LIMIT: Duration = Duration::from_secs(30);

/// Plain POSIX sh, because nothing is known of the machine yet. A constant: no data of the user is in it.
const QUESTIONS: &str = r#"
[ -r /etc/os-release ] && . /etc/os-release
[ "$ID" = nixos ] && echo "release=$VERSION_ID"
system=$(readlink -f /run/current-system)
[ -x "$system/bin/switch-to-configuration" ] && echo "current=$system"
echo "profile=$(readlink -f "$1")"
echo "generation=$(readlink "$1")"
[ -s /var/lib/nixwright/keys ] && echo "keys=yes"
[ -s $2/guard/process ] && [ ! -e $2/guard/confirmed ] && kill -0 "$(cat $2/guard/process)" 2>/dev/null && echo "settling=yes"
for part in activation return; do
  [ -s $2/$part/process ] && [ ! -s $2/$part/status ] && kill -0 "$(cat $2/$part/process)" 2>/dev/null && echo "settling=yes"
done
echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
"#;

impl ProbeMachine {
    /// Waits for the machine to answer, as long as the world is patient, then asks.
    pub async fn run(&self, world: &World) -> Result<Observed, StepError> {
        let remote = self.wait(world).await?;
        let command = Command::new("sh").args(["-c", QUESTIONS, "sh", PROFILE, FOLDER]).limit(QUESTION_LIMIT);
        let deadline = world.system.clock.elapsed() + SETTLING_LIMIT;
        let mut told = false;
        let output = loop {
            let output = remote.run(&command, None).await?;
            let settling = self.settled && is_settling(&output.stdout_text());
            if !settling {
                break output;
            }
            if world.system.clock.elapsed() >= deadline {
                return Err(StepError::Unsettled { machine: self.machine.to_string() });
            }
            if !std::mem::replace(&mut told, true) {
                world.say(
                    &self.machine,
                    "waiting for the end of an activation that an earlier run has begun...",
                );
            }
            world.system.clock.sleep(PAUSE).await;
        };
        let said = output.stdout_text();
        read(&said).ok_or_else(|| StepError::UnreadableFact {
            machine: self.machine.to_string(),
            said: format!("{}{}", said.trim(), output.stderr_text().trim()),
        })
    }

    async fn wait(&self, world: &World) -> Result<std::sync::Arc<dyn Remote>, RemoteError> {
        let deadline = world.system.clock.elapsed() + world.patience;
        let mut told = false;
        if self.first_contact {
            world.say(&self.machine, "waiting for SSH...");
            told = true;
        }
        loop {
            match world.connect(&self.machine, Sharing::Shared).await {
                // Only a machine that does not answer may still come; the others have answered.
                Err(RemoteError::Connect { .. }) if world.system.clock.elapsed() < deadline => {
                    if !told {
                        world.say(&self.machine, "waiting for SSH...");
                        told = true;
                    }
                    world.system.clock.sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }
}

/// Whether an activation goes on, or waits for its confirmation, or is taken back.
fn is_settling(said: &str) -> bool {
    said.lines().any(|line| line == "settling=yes")
}

fn read(said: &str) -> Option<Observed> {
    let value = |name: &str| {
        said.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(str::trim)
            .filter(|it| !it.is_empty())
    };
    let path = |name: &str| value(name).and_then(|path| StorePath::new(path).ok());
    let number = |link: &str| link.rsplit("system-").next()?.strip_suffix("-link")?.parse().ok();
    Some(Observed {
        release: value("release").map(str::to_owned),
        current_system: path("current"),
        profile: path("profile"),
        generation: value("generation").and_then(number),
        boot_id: value("boot")?.to_owned(),
        holds_keys: value("keys").is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_says_is_read() {
        let system = "/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-db-26.11";
        let said = format!(
            "release=26.11\ncurrent={system}\nprofile={system}\ngeneration=system-12-link\nboot=abc\n"
        );
        let seen = read(&said).unwrap();
        assert_eq!(seen.generation, Some(12));
        assert_eq!(seen.current_system.unwrap().as_str(), system);
    }

    #[test]
    fn a_machine_without_a_system_is_seen_as_such() {
        let said = "release=\ncurrent=\nprofile=/nix/var/nix/profiles/system\ngeneration=\nboot=abc\n";
        let expected = Observed { boot_id: "abc".to_owned(), ..Observed::default() };
        assert_eq!(read(said), Some(expected));
        assert_eq!(read("sh: not found"), None);
        assert!(!is_settling(said) && is_settling("settling=yes\nboot=abc\n"));
    }
}

//! Reboots a machine into its new system, where the network or the operator wants that.
//!
//! Before: the system was confirmed where it could be entered, and is what boots. After: the machine is in another boot, and
//! booted and runs the system; where no reboot was needed it is as it was. Dying half-way leaves a machine that goes down
//! or comes up, with the new system as what boots; a run that goes on sees whether it is in another boot already, and does
//! not reboot it twice. A machine that does not come back has failed: its boot menu still has the earlier system, but
//! nobody chooses that from here.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reboot::{self, Boot};
use super::{Act, Kind, PersistSystem, Phase, StepError, Undone, World};
use crate::network::{MachineName, Reboot};
use crate::nix::StorePath;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebootMachine {
    pub machine: MachineName,
    pub toplevel: StorePath,
    /// Always, or where only a reboot brings in what is new.
    pub reboot: Reboot,
    /// The boot in which the machine was when the plan was made.
    pub boot_id: String,
    /// How long it may be away.
    pub seconds: u64,
    /// What its system profile led to before, and comes back on undo.
    pub previous: Option<StorePath>,
    pub previous_generation: Option<u64>,
    /// Only begin it: whoever wants to know how it ended looks for himself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_wait: bool,
}

impl RebootMachine {
    pub const KIND: Kind = Kind {
        name: "reboot-machine",
        title: "its reboot",
        limit: 50,
        touches: true,
        phase: Phase::Activate,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    /// Whether nothing is left to do: it was rebooted since the plan was made, or need not be.
    fn is_done(&self, boot: &Boot) -> bool {
        let rebooted = boot.id != self.boot_id && boot.is_of(&self.toplevel);
        let needless = boot.changed.is_empty() && boot.current == self.toplevel.as_str();
        rebooted || self.reboot != Reboot::Always && needless
    }
}

impl Act for RebootMachine {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        Ok(self.is_done(&reboot::boot(world, &self.machine, &self.toplevel).await?))
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let boot = reboot::boot(world, &self.machine, &self.toplevel).await?;
        // Of a run that goes on nobody asked before whether it is done.
        if self.is_done(&boot) {
            return Ok(Value::Null);
        }
        if !boot.changed.is_empty() {
            world.say(&self.machine, format!("a reboot is needed: {} changed", boot.changed.join(", ")));
        }
        if self.no_wait {
            reboot::begin(world, &self.machine).await?;
            return Ok(json!({ "before": boot.id }));
        }
        let limit = Duration::from_secs(self.seconds);
        let now = reboot::reboot(world, &self.machine, &boot.id, &self.toplevel, limit).await?;
        Ok(json!({ "bootId": now.id, "before": boot.id }))
    }

    async fn undo(&self, world: &World) -> Result<Undone, StepError> {
        let boot = reboot::boot(world, &self.machine, &self.toplevel).await?;
        if boot.id == self.boot_id {
            return Ok(Undone::Nothing);
        }
        // What runs may need the kernel that was booted with it: the earlier system comes back by a reboot, too.
        let persist = PersistSystem {
            machine: self.machine.clone(),
            toplevel: self.toplevel.clone(),
            previous: self.previous.clone(),
            previous_generation: self.previous_generation,
            reboots: true,
        };
        let (Undone::Done, Some(previous)) = (persist.undo(world).await?, &self.previous) else {
            return Ok(Undone::Impossible("its system profile was empty before".to_owned()));
        };
        if !boot.is_of(previous) {
            let limit = Duration::from_secs(self.seconds);
            reboot::reboot(world, &self.machine, &boot.id, previous, limit).await?;
        }
        Ok(Undone::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_rebooted_once_and_only_where_that_brings_something() {
        let system = "/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-db-26.11";
        let step = |reboot| RebootMachine {
            machine: MachineName::new("db"),
            toplevel: StorePath::new(system).unwrap(),
            reboot,
            boot_id: "one".to_owned(),
            seconds: 1,
            previous: None,
            previous_generation: None,
            no_wait: false,
        };
        let boot = |id: &str, booted: &str, changed: &[&str]| Boot {
            id: id.to_owned(),
            booted: booted.to_owned(),
            current: system.to_owned(),
            changed: changed.iter().map(|it| (*it).to_owned()).collect(),
            refused: false,
        };
        let (earlier, changed) = ("/nix/store/earlier", ["kernel"]);
        assert!(step(Reboot::WhenNeeded).is_done(&boot("one", earlier, &[])));
        assert!(!step(Reboot::WhenNeeded).is_done(&boot("one", earlier, &changed)));
        assert!(!step(Reboot::Always).is_done(&boot("one", system, &[])));
        // It was rebooted by a run that was cut off then.
        assert!(step(Reboot::Always).is_done(&boot("two", system, &[])));
        // It was reset before it had its system.
        assert!(!step(Reboot::Always).is_done(&boot("two", earlier, &changed)));
        // The system is what boots, but could not be entered.
        let refused = Boot { current: earlier.to_owned(), refused: true, ..boot("one", earlier, &changed) };
        assert!(!step(Reboot::WhenNeeded).is_done(&refused));
    }
}

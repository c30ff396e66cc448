//! Looking at systems before one replaces the other: unit files, what is active, what only a boot changes, and the room on
//! a machine's disk.
//!
//! No step of a plan: plans are explained with it. Changes nothing, neither here nor on the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{StepError, World};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Command, Output, ProcessError, RemoteError};

/// A constant: what it is told are arguments.
const SCRIPT: &str = include_str!("survey.sh");

/// Reading some hundred small files, on a disk that may be slow.
const LIMIT: Duration = Duration::from_secs(120);

/// A dry activation compares unit files and asks systemd.
const DRY_LIMIT: Duration = Duration::from_secs(300);

/// The digest of nothing: a unit that is masked leads to `/dev/null`.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A unit as its files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// Of the file and its drop-ins; empty where there is none.
    pub digest: String,
    /// The settings that decide what a switch does.
    settings: BTreeMap<String, String>,
}

impl UnitFile {
    pub fn says(&self, setting: &str, value: bool) -> bool {
        let words = if value { ["true", "yes", "1", "on"] } else { ["false", "no", "0", "off"] };
        self.settings.get(setting).is_some_and(|it| words.contains(&it.to_ascii_lowercase().as_str()))
    }

    /// There is none, or it is masked.
    pub fn is_missing(&self) -> bool {
        self.digest.is_empty() || self.digest == EMPTY
    }
}

/// A system, as it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surveyed {
    pub units: BTreeMap<String, UnitFile>,
    /// Who pulls in what: a target or another unit, and the unit that it wants.
    pub pulled: BTreeSet<(String, String)>,
    /// The units that are active; of a machine only.
    pub active: BTreeSet<String>,
    /// What only a boot changes, by name; none where it is not known what was booted.
    pub boot: Option<BTreeMap<String, String>>,
    /// What systemd must be like to be taken over by a switch.
    pub interface: Option<String>,
}

impl Surveyed {
    /// Reads what the script said. Lines that are not its own count for nothing.
    pub fn read(said: &str) -> Self {
        let mut surveyed = Self::default();
        for line in said.lines() {
            let Some((kind, rest)) = line.split_once(' ') else {
                if line == "booted" {
                    surveyed.boot = Some(BTreeMap::new());
                }
                continue;
            };
            match (kind, rest.split_once(' ')) {
                ("unit", Some((digest, file))) => surveyed.unit(digest, file),
                ("boot", Some((name, value))) => {
                    let boot = surveyed.boot.get_or_insert_default();
                    boot.insert(name.to_owned(), value.trim().to_owned());
                }
                ("line", _) => surveyed.line(rest),
                ("pull", _) => surveyed.pull(rest),
                ("interface", _) => surveyed.interface = Some(rest.trim().to_owned()),
                ("active", _) => {
                    surveyed.active.insert(rest.to_owned());
                }
                _ => {}
            }
        }
        surveyed
    }

    fn unit(&mut self, digest: &str, file: &str) {
        // sha256sum marks lines whose file name it had to escape.
        let (digest, file) = match digest.strip_prefix('\\') {
            Some(digest) => (digest, file.replace("\\\\", "\\")),
            None => (digest, file.to_owned()),
        };
        let unit = unit_of(&file);
        self.units.entry(unit.to_owned()).or_default().digest.push_str(digest);
    }

    /// `web.service:X-StopIfChanged=false`
    fn line(&mut self, line: &str) {
        let Some((file, (key, value))) =
            line.split_once(':').and_then(|(file, setting)| Some((file, setting.split_once('=')?)))
        else {
            return;
        };
        let unit = unit_of(file);
        if ["Wants", "Requires", "BindsTo", "Upholds"].contains(&key) {
            let wanted = value.split_whitespace().map(|it| (unit.to_owned(), it.to_owned()));
            self.pulled.extend(wanted);
        } else if let Some(file) = self.units.get_mut(unit) {
            file.settings.insert(key.to_owned(), value.trim().to_owned());
        }
    }

    /// `multi-user.target.wants/web.service`
    fn pull(&mut self, link: &str) {
        let Some((folder, unit)) = link.split_once('/') else { return };
        let Some((by, _)) = folder.rsplit_once('.') else { return };
        self.pulled.insert((by.to_owned(), unit.to_owned()));
    }
}

/// The unit that a file is about: its own, or that of a drop-in.
fn unit_of(file: &str) -> &str {
    file.split_once(".d/").map_or(file, |(unit, _)| unit)
}

/// What is free where a machine's store lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub bytes: u64,
    /// What is written there may take less than its size, because the file system compresses or shares it.
    pub shrinks: bool,
}

impl Room {
    /// Whether so many bytes certainly do not fit.
    pub fn is_too_little_for(self, bytes: u64) -> bool {
        !self.shrinks && bytes > self.bytes
    }

    /// `room FREE-BLOCKS BLOCK-SIZE KIND`
    fn read(said: &str) -> Option<Self> {
        let line = said.lines().find_map(|line| line.strip_prefix("room "))?;
        let mut words = line.split_whitespace();
        let blocks: u64 = words.next()?.parse().ok()?;
        let size: u64 = words.next()?.parse().ok()?;
        let kind = words.next().unwrap_or_default();
        let shrinks = ["btrfs", "zfs", "bcachefs", "f2fs", "fuse"].iter().any(|it| kind.contains(it));
        Some(Self { bytes: blocks.checked_mul(size)?, shrinks })
    }
}

/// What a machine runs, and what of it is active.
pub async fn survey_machine(world: &World, machine: &MachineName) -> Result<Surveyed, RemoteError> {
    let system = script(&["system", "/run/current-system", "/run/booted-system"]);
    let mut said = world.on(machine, &system).await?.stdout_text();
    said.push_str(&world.on(machine, &script(&["active"])).await?.stdout_text());
    Ok(Surveyed::read(&said))
}

/// The same of a system in the store of this machine.
pub async fn survey_here(world: &World, toplevel: &StorePath) -> Result<Surveyed, ProcessError> {
    let command = script(&["system", toplevel.as_str(), toplevel.as_str()]);
    let said = world.system.processes.run(&command, None).await?.checked(&command)?;
    Ok(Surveyed::read(&said.stdout_text()))
}

/// The same of a system that a machine has and does not run.
pub async fn survey_there(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
) -> Result<Surveyed, RemoteError> {
    let system = script(&["system", toplevel.as_str(), toplevel.as_str()]);
    Ok(Surveyed::read(&world.on(machine, &system).await?.stdout_text()))
}

/// How much fits on a machine; none where it does not say.
pub async fn room(world: &World, machine: &MachineName) -> Result<Option<Room>, RemoteError> {
    Ok(Room::read(&world.on(machine, &script(&["room"])).await?.stdout_text()))
}

/// Asks a system that is on the machine what its activation would do. Nothing is changed.
pub async fn dry_activation(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
) -> Result<Output, StepError> {
    Ok(world.on(machine, &dry(toplevel)).await?)
}

/// What asks a system for it.
pub(super) fn dry(toplevel: &StorePath) -> Command {
    let program = format!("{toplevel}/bin/switch-to-configuration");
    Command::new(program).arg("dry-activate").limit(DRY_LIMIT)
}

fn script(words: &[&str]) -> Command {
    Command::new("sh").args(["-c", SCRIPT, "sh"]).args(words.iter().copied()).limit(LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_says_is_read() {
        let said = "booted\nboot kernel /nix/store/x/bzImage\nboot kernel-params a=b c\ninterface systemd 2\n\
                    unit \\12 dev-disk-by\\\\x2duuid.swap\nunit 34 a.service\nline a.service:RefuseManualStop=yes\n\
                    pull multi-user.target.wants/a.service\nactive a.service\nnoise\n";
        let surveyed = Surveyed::read(said);
        assert!(surveyed.units.contains_key("dev-disk-by\\x2duuid.swap"));
        assert!(surveyed.units["a.service"].says("RefuseManualStop", true));
        assert!(!surveyed.units["a.service"].says("RefuseManualStop", false));
        assert_eq!(surveyed.boot.as_ref().unwrap()["kernel-params"], "a=b c");
        assert_eq!(surveyed.interface.as_deref(), Some("systemd 2"));
        assert!(surveyed.pulled.contains(&("multi-user.target".to_owned(), "a.service".to_owned())));
        assert_eq!(Surveyed::read("").boot, None);
    }

    #[test]
    fn only_what_certainly_does_not_fit_is_too_large() {
        let room = Room::read("room 10 4096 ext2/ext3\n").unwrap();
        assert!(!room.is_too_little_for(40_960) && room.is_too_little_for(40_961));
        assert!(!Room::read("room 10 4096 btrfs\n").unwrap().is_too_little_for(1 << 40));
        assert_eq!(Room::read("stat: not found"), None);
    }
}

//! Asks a machine how it is: what it runs, booted and would boot, its disks, its units, its keys, a guard that waits.
//!
//! No step of a plan: it changes nothing. It says what was seen; what of that is a trouble is judged where it is known what
//! was deployed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::StepError;
use super::persist_system::PROFILE;
use crate::nix::StorePath;
use crate::system::{Command, Remote};

/// A constant: what it is told are arguments.
const SCRIPT: &str = include_str!("inspect.sh");

/// A machine under load starts a hundred small programs slowly; one that does not end in this time is not well.
const LIMIT: Duration = Duration::from_secs(60);

/// How a machine is, as it says itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspected {
    /// `VERSION_ID` of a NixOS.
    pub release: Option<String>,
    pub current: Option<StorePath>,
    /// The number of the profile's generation that is the running system; none where it is none of them.
    pub current_generation: Option<u64>,
    pub booted: Option<StorePath>,
    /// What its system profile leads to, and would boot.
    pub profile: Option<StorePath>,
    pub generation: Option<u64>,
    /// What of the running system only a reboot brings in: `kernel`, `kernel-params`, …
    pub needs_reboot: Vec<String>,
    pub boot_id: String,
    /// Its clock, in seconds since 1970.
    pub time: Option<i64>,
    pub uptime: Option<Duration>,
    /// Over one, five and fifteen minutes.
    pub load: Option<[f64; 3]>,
    pub processors: Option<u64>,
    pub disks: Vec<Disk>,
    /// None on a machine without systemd.
    pub units: Option<Units>,
    /// The keys that were sent to it once and are not there now.
    pub missing_keys: Vec<String>,
    pub guard: Option<GuardStand>,
}

/// What systemd says of the units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// `running`, `degraded`, `starting`, …
    pub system: String,
    pub failed: BTreeSet<String>,
    /// Wanted by a target that is reached, started once, and stopped by somebody.
    pub stopped: BTreeSet<String>,
}

/// A guarded activation that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardStand {
    /// For its confirmation.
    Waits,
    /// To the earlier system.
    Returns,
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    pub mount: String,
    pub total: u64,
    pub used: u64,
    /// To whom is not root.
    pub available: u64,
    /// Zero where the file system does not count them.
    pub inodes: u64,
    pub inodes_free: u64,
}

impl Disk {
    /// As `df` has it: of what anybody may use.
    pub fn percent(&self) -> u64 {
        percent(self.used, self.used.saturating_add(self.available))
    }

    pub fn inodes_percent(&self) -> Option<u64> {
        (self.inodes > 0).then(|| percent(self.inodes - self.inodes_free.min(self.inodes), self.inodes))
    }

    /// `BLOCKS FREE AVAILABLE BLOCK-SIZE INODES INODES-FREE MOUNT`
    fn read(said: &str) -> Option<Self> {
        let mut words = said.splitn(7, ' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        let (blocks, free, available) = (number()?, number()?, number()?);
        let (size, inodes, inodes_free) = (number()?, number()?, number()?);
        if blocks == 0 {
            return None;
        }
        Some(Self {
            total: blocks.checked_mul(size)?,
            used: blocks.checked_sub(free)?.checked_mul(size)?,
            available: available.checked_mul(size)?,
            inodes,
            inodes_free,
            mount: words.next()?.to_owned(),
        })
    }
}

/// Rounded up: the last free block is not to look like a tenth.
fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from((u128::from(part) * 100).div_ceil(u128::from(whole))).unwrap_or(100)
}

/// Asks over a connection.
pub async fn inspect(machine: &str, remote: &dyn Remote) -> Result<Inspected, StepError> {
    let command = Command::new("sh").args(["-c", SCRIPT, "sh", PROFILE]).limit(LIMIT);
    let output = remote.run(&command, None).await?;
    let said = output.stdout_text();
    read(&said).ok_or_else(|| StepError::UnreadableFact {
        machine: machine.to_owned(),
        said: format!("{}{}", said.trim(), output.stderr_text().trim()),
    })
}

/// What the script said; none where it did not come to its end.
fn read(said: &str) -> Option<Inspected> {
    let mut seen = Inspected::default();
    let mut ended = false;
    let mut unit = Unit::default();
    let mut among_units = false;
    for line in said.lines() {
        let Some((name, value)) = line.split_once('=') else {
            match line {
                "units" => among_units = true,
                "end" => among_units = false,
                "" => {
                    let unit = std::mem::take(&mut unit);
                    if unit.was_stopped() {
                        seen.units.get_or_insert_default().stopped.insert(unit.id);
                    }
                }
                _ => {}
            }
            continue;
        };
        if among_units {
            unit.hear(name, value);
        } else if name == "done" {
            ended = true;
        } else {
            seen.hear(name, value);
        }
    }
    if let Some(units) = &mut seen.units {
        units.stopped.retain(|it| !units.failed.contains(it));
    }
    seen.disks = told_apart(std::mem::take(&mut seen.disks));
    (ended && !seen.boot_id.is_empty()).then_some(seen)
}

impl Inspected {
    fn hear(&mut self, name: &str, value: &str) {
        let some = (!value.is_empty()).then_some(value);
        let path = || StorePath::new(value).ok();
        match name {
            "release" => self.release = some.map(str::to_owned),
            "current" => self.current = path(),
            "booted" => self.booted = path(),
            "profile" => self.profile = path(),
            "generation" => self.generation = number_of(value),
            // Several generations may be one system: the newest is the one that is meant.
            "current-generation" => self.current_generation = self.current_generation.max(number_of(value)),
            "changed" => self.needs_reboot.push(value.to_owned()),
            "boot" => value.clone_into(&mut self.boot_id),
            "time" => self.time = value.parse().ok(),
            "uptime" => self.uptime = value.parse().ok().map(Duration::from_secs),
            "load" => self.load = load(value),
            "processors" => self.processors = value.parse().ok().filter(|it| *it > 0),
            "disk" => self.disks.extend(Disk::read(value)),
            "systemd" => value.clone_into(&mut self.units.get_or_insert_default().system),
            "failed" => {
                self.units.get_or_insert_default().failed.insert(value.to_owned());
            }
            "missing-key" => self.missing_keys.push(value.to_owned()),
            "guard" if value == "waits" => self.guard = Some(GuardStand::Waits),
            "guard" if value == "returns" => self.guard = Some(GuardStand::Returns),
            _ => {}
        }
    }
}

fn number_of(link: &str) -> Option<u64> {
    link.rsplit("system-").next()?.strip_suffix("-link")?.parse().ok()
}

fn load(said: &str) -> Option<[f64; 3]> {
    let mut words = said.split(' ').map(|it| it.parse().ok());
    Some([words.next()??, words.next()??, words.next()??])
}

/// The same disk mounted twice is told once, by its shortest name.
fn told_apart(mut disks: Vec<Disk>) -> Vec<Disk> {
    disks.sort_by(|a, b| a.mount.len().cmp(&b.mount.len()).then_with(|| a.mount.cmp(&b.mount)));
    let mut seen = BTreeSet::new();
    disks.retain(|it| seen.insert((it.total, it.available, it.inodes, it.inodes_free)));
    disks.sort_by(|a, b| a.mount.cmp(&b.mount));
    disks
}

/// A unit as `systemctl show` describes it.
#[derive(Default)]
struct Unit {
    id: String,
    load_state: String,
    active_state: String,
    kind: String,
    restart: String,
    triggered_by: String,
    condition: String,
    tried_at: String,
    main_code: String,
}

impl Unit {
    fn hear(&mut self, name: &str, value: &str) {
        let field = match name {
            "Id" => &mut self.id,
            "LoadState" => &mut self.load_state,
            "ActiveState" => &mut self.active_state,
            "Type" => &mut self.kind,
            "Restart" => &mut self.restart,
            "TriggeredBy" => &mut self.triggered_by,
            "ConditionResult" => &mut self.condition,
            "ConditionTimestampMonotonic" => &mut self.tried_at,
            "ExecMainCode" => &mut self.main_code,
            _ => return,
        };
        value.clone_into(field);
    }

    /// Whether somebody stopped it. A program that may have come to its own end is none that was stopped: what is not
    /// certain is not said.
    fn was_stopped(&self) -> bool {
        if self.load_state != "loaded" || self.active_state != "inactive" || !self.triggered_by.is_empty() {
            return false;
        }
        // Never started since the boot, or left out on purpose.
        if self.condition != "yes" || self.tried_at.parse::<u64>().unwrap_or(0) == 0 {
            return false;
        }
        match self.id.rsplit('.').next() {
            Some("timer" | "socket" | "path" | "mount") => true,
            Some("service") => {
                // 2: the main program was ended by a signal, and that was no failure.
                let stays = ["forking", "notify", "notify-reload", "dbus"].contains(&self.kind.as_str())
                    || ["always", "on-success"].contains(&self.restart.as_str())
                    || self.main_code == "2";
                stays && self.kind != "oneshot"
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-db-26.11";

    #[test]
    fn what_a_machine_says_is_read() {
        let said = format!(
            "release=26.11\ncurrent={SYSTEM}\nprofile={SYSTEM}\ngeneration=system-12-link\n\
             current-generation=system-9-link\ncurrent-generation=system-12-link\nchanged=kernel\nboot=abc\n\
             time=1700000000\nuptime=90\nload=0.10 0.20 1.50\nprocessors=4\n\
             disk=1000 100 50 4096 10 1 /\ndisk=1000 100 50 4096 10 1 /nix/store\ndisk=500 500 500 4096 0 0 /boot\n\
             missing-key=/run/keys/a b\nguard=waits\ndone=yes\n"
        );
        let seen = read(&said).unwrap();
        assert_eq!((seen.generation, seen.current_generation), (Some(12), Some(12)));
        assert_eq!(seen.current.unwrap().as_str(), SYSTEM);
        assert_eq!((seen.booted, seen.units), (None, None));
        assert_eq!(seen.load, Some([0.1, 0.2, 1.5]));
        assert_eq!(seen.missing_keys, ["/run/keys/a b"]);
        assert_eq!((seen.guard, seen.uptime), (Some(GuardStand::Waits), Some(Duration::from_secs(90))));
        let mounts: Vec<&str> = seen.disks.iter().map(|it| it.mount.as_str()).collect();
        assert_eq!(mounts, ["/", "/boot"]);
        assert_eq!((seen.disks[0].percent(), seen.disks[0].inodes_percent()), (95, Some(90)));
        assert_eq!((seen.disks[1].percent(), seen.disks[1].inodes_percent()), (0, None));
    }

    #[test]
    fn an_answer_that_was_cut_is_none() {
        assert_eq!(read("boot=abc\ncurrent="), None);
        assert_eq!(read("sh: not found"), None);
        assert_eq!(read("done=yes"), None);
    }

    fn unit(id: &str, more: &str) -> String {
        let usual =
            "LoadState=loaded\nActiveState=inactive\nConditionResult=yes\nConditionTimestampMonotonic=7\n";
        // The last word of a name counts, as with systemd's own changes of a default.
        format!("Id={id}\n{usual}{more}\n\n")
    }

    #[test]
    fn only_what_was_certainly_stopped_counts_as_stopped() {
        let units: String = [
            unit("nginx.service", "Type=forking\nExecMainCode=1"),
            unit("kept.service", "Type=simple\nRestart=always\nExecMainCode=1"),
            unit("killed.service", "Type=simple\nRestart=no\nExecMainCode=2"),
            unit("backup.timer", ""),
            // These may have ended by themselves, or never began.
            unit("script.service", "Type=simple\nRestart=on-failure\nExecMainCode=1"),
            unit("once.service", "Type=oneshot\nRestart=no\nExecMainCode=2"),
            unit("left-out.service", "Type=forking\nConditionResult=no"),
            unit("never.service", "Type=notify\nConditionTimestampMonotonic=0"),
            unit("by-socket.service", "Type=notify\nTriggeredBy=by-socket.socket"),
            unit("gone.service", "Type=notify\nLoadState=not-found"),
            unit("up.service", "Type=notify\nActiveState=active"),
            unit("broken.service", "Type=notify"),
            unit("local-fs.target", ""),
        ]
        .concat();
        let said = format!("boot=1\nsystemd=degraded\nfailed=broken.service\nunits\n{units}end\ndone=yes\n");
        let seen = read(&said).unwrap().units.unwrap();
        let stopped: Vec<&str> = seen.stopped.iter().map(String::as_str).collect();
        assert_eq!(stopped, ["backup.timer", "kept.service", "killed.service", "nginx.service"]);
        assert_eq!(seen.failed.into_iter().collect::<Vec<_>>(), ["broken.service"]);
        assert_eq!(seen.system, "degraded");
    }
}

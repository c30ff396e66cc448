//! How the machines of a deployment are, against what was deployed to them.
//!
//! From the state and the machines alone: nothing is evaluated, nothing is locked, nothing is changed. Also machines whose
//! network is gone are found.

use std::collections::BTreeMap;
use std::time::Duration;

use super::each::{Pace, each};
use super::login::last_goals;
use super::{Known, RunError, Session, chain, known};
use crate::network::MachineName;
use crate::network::selectors::Selector;
use crate::nix::StorePath;
use crate::plan::{Address, Goal};
use crate::state::Deployment;
use crate::steps::{Disk, GuardStand, Inspected, StepError, amount, inspect};
use crate::system::{NoRoot, RemoteError};

/// How many machines are asked at the same time.
const AT_ONCE: usize = 50;

/// A disk is nearly full where both less than a tenth and less than this is left.
const LITTLE_ROOM: u64 = 10 << 30;
const NEARLY_FULL: u64 = 90;

/// A clock that is wrong by more seconds than this breaks certificates and logs.
const SKEW: i64 = 5;

/// Something about a machine that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A word for programs.
    pub kind: &'static str,
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// A machine, and whether it is well.
#[derive(Clone, Debug)]
pub struct MachineStatus {
    pub machine: MachineName,
    pub address: Option<Address>,
    /// What was activated last, and the generation of the deployment that it belongs to.
    pub deployed: Option<StorePath>,
    pub generation: Option<u64>,
    /// What it said; none where it could not be asked.
    pub seen: Option<Inspected>,
    /// Seconds by which its clock is ahead of ours.
    pub clock_ahead: Option<i64>,
    /// With any of them the machine is not healthy.
    pub troubles: Vec<Trouble>,
    /// What is worth knowing of a healthy machine, too.
    pub remarks: Vec<Trouble>,
}

impl MachineStatus {
    pub fn is_healthy(&self) -> bool {
        self.troubles.is_empty()
    }
}

/// Asks the machines that are meant, in parallel, each as long as `patience`. By name.
pub async fn status(
    session: &Session,
    deployment: &Deployment,
    on: Option<&Selector>,
    patience: Duration,
) -> Result<Vec<MachineStatus>, RunError> {
    let known = known(session, deployment, on).await?;
    let generations = session.state.generations(deployment.id).await?;
    let goals =
        last_goals(session, deployment.id, known.iter().map(|it| it.machine.clone()).collect()).await?;
    let mut destinations = BTreeMap::new();
    for it in known.iter().filter(|it| it.address.is_some()) {
        destinations.insert(it.machine.clone(), it.destination(session).await?);
    }
    let clock = session.system.clock.clone();
    let pace = Pace { parallel: AT_ONCE, patience };
    let mut answers = each(session, &destinations, pace, move |machine, remote| {
        let clock = clock.clone();
        async move {
            let before = clock.now().as_second();
            let seen = inspect(machine.as_str(), &*remote).await?;
            let after = clock.now().as_second();
            let ahead = seen.time.map(|it| if it < before { it - before } else { (it - after).max(0) });
            Ok((seen, ahead))
        }
    })
    .await;
    let earlier = |machine: &MachineName, system: &StorePath| {
        let has = |it: &&crate::state::Generation| {
            it.machines.get(machine.as_str()).is_some_and(|it| it.toplevel == system.as_str())
        };
        generations.iter().rev().find(has).map(|it| it.number)
    };
    let all = known.into_iter().map(|it| {
        let deployed = it.record.toplevel.as_deref().and_then(|path| StorePath::new(path).ok());
        let mut status = MachineStatus {
            address: it.address.clone(),
            generation: it.record.generation,
            deployed,
            seen: None,
            clock_ahead: None,
            troubles: Vec::new(),
            remarks: Vec::new(),
            machine: it.machine.clone(),
        };
        match answers.remove(&it.machine) {
            Some(Ok((seen, ahead))) => {
                let before = seen.current.as_ref().and_then(|system| earlier(&it.machine, system));
                status.clock_ahead = ahead;
                let goal = goals.get(&it.machine).copied().unwrap_or_default();
                judge(&mut status, &seen, &it, before, goal);
                status.seen = Some(seen);
            }
            Some(Err(error)) => status.troubles.push(unreachable(&error)),
            None => status.troubles.push(Trouble {
                kind: "unreachable",
                text: "where it is is not known: the deployment has never reached it".to_owned(),
                hint: Some("`nixwright deploy` reaches it; `nixwright destroy` forgets it".to_owned()),
            }),
        }
        status
    });
    Ok(all.collect())
}

fn unreachable(error: &StepError) -> Trouble {
    let hint = match error {
        StepError::Remote(RemoteError::HostKey { machine, .. }) => Some(format!(
            "if it was installed anew: compare the fingerprint on its console, then `nixwright deploy \
             --trust-new-host-key {machine}`"
        )),
        StepError::Remote(RemoteError::Refused { login, .. }) => {
            Some(format!("log in once by hand (`ssh {login}`) and let it accept your key"))
        }
        StepError::Remote(RemoteError::Escalation { why: NoRoot::PasswordNeeded, .. }) => Some(
            "run it in a terminal, where the password is asked for, or give `--sudo-password-file FILE`"
                .to_owned(),
        ),
        StepError::Remote(RemoteError::Connect { .. }) => {
            Some("look at its console: is it on, and is sshd running?".to_owned())
        }
        _ => None,
    };
    Trouble { kind: "unreachable", text: chain(error), hint }
}

/// What is wrong with a machine that answered. `earlier`: the generation of the deployment that is the running system.
/// `goal`: that of the run which brought the deployed one.
fn judge(status: &mut MachineStatus, seen: &Inspected, known: &Known, earlier: Option<u64>, goal: Goal) {
    let machine = status.machine.clone();
    let (mut troubles, mut remarks) = (Vec::new(), Vec::new());
    let mut remark = |kind, text: String, hint: Option<String>| remarks.push(Trouble { kind, text, hint });
    let mut trouble = |kind, text: String, hint: Option<String>| troubles.push(Trouble { kind, text, hint });
    let deploy = Some(format!("`nixwright deploy --on {machine}` brings what the network says"));
    match (&status.deployed, &seen.current) {
        (None, _) => trouble("never-deployed", "nothing was deployed to it yet".to_owned(), deploy),
        (Some(deployed), None) => {
            trouble("drift", format!("it runs no system of NixOS; {} was deployed", named(deployed)), deploy);
        }
        (Some(deployed), Some(current))
            if current != deployed
                && goal == Goal::Boot
                && seen.profile.as_ref() == Some(deployed)
                && known.boot_id.as_ref() == Some(&seen.boot_id) =>
        {
            let text = format!("{} was deployed for the next boot; {} runs", named(deployed), named(current));
            remark("waits-for-boot", text, None);
        }
        (Some(deployed), Some(current)) if current != deployed => {
            let number = seen.current_generation.map(|it| format!(", generation {it} of its profile"));
            let earlier = earlier.map(|it| format!(", generation {it} of the deployment"));
            let runs =
                format!("{}{}{}", named(current), number.unwrap_or_default(), earlier.unwrap_or_default());
            let rebooted = seen.booted.as_ref() == Some(current)
                && known.boot_id.as_ref().is_none_or(|it| *it != seen.boot_id);
            if rebooted {
                let next = match &seen.profile {
                    Some(profile) if profile == deployed => "; its profile has the deployed one",
                    _ => "",
                };
                let text = format!("it was rebooted into {runs}; {} was deployed{next}", named(deployed));
                trouble("rebooted-into-another-system", text, deploy);
            } else {
                let text =
                    format!("it was changed by hand: it runs {runs}; {} was deployed", named(deployed));
                trouble("drift", text, deploy);
            }
        }
        (Some(deployed), Some(_)) if seen.profile.as_ref() != Some(deployed) => {
            let profile = seen.profile.as_ref().map_or_else(|| "another system".to_owned(), named);
            let text = format!("it runs what was deployed, but its next boot brings {profile}");
            // That is what `--test` means.
            match goal {
                Goal::Test => remark("boots-another-system", text, deploy),
                _ => trouble("boots-another-system", text, deploy),
            }
        }
        _ => {}
    }
    match seen.guard {
        Some(GuardStand::Waits) => trouble(
            "confirmation-pending",
            "an activation waits for its confirmation; without one it goes back to its earlier system"
                .to_owned(),
            Some(
                "a run is going on, or its deployer died: `nixwright info` says who holds the lock"
                    .to_owned(),
            ),
        ),
        Some(GuardStand::Returns) => {
            let text = "it is going back to its earlier system: an activation was not confirmed".to_owned();
            trouble("going-back", text, None);
        }
        None => {}
    }
    for disk in &seen.disks {
        let store = ["/", "/nix", "/nix/store"].contains(&disk.mount.as_str());
        let hint = store.then(|| {
            format!(
                "`nixwright exec --on {machine} -- nix-collect-garbage --delete-older-than 30d` makes room"
            )
        });
        if is_nearly_full(disk) {
            let (mount, percent, left) = (&disk.mount, disk.percent(), amount(disk.available));
            trouble("disk-nearly-full", format!("{mount} is {percent} % full: {left} are left"), hint);
        } else if let Some(percent) = disk.inodes_percent().filter(|it| *it >= NEARLY_FULL) {
            let text =
                format!("{} has used {percent} % of its inodes: {} are left", disk.mount, disk.inodes_free);
            trouble("inodes-nearly-used", text, hint);
        }
    }
    if let Some(units) = &seen.units {
        for unit in &units.failed {
            let hint = format!("`nixwright ssh {machine} journalctl -b -u {unit}` says why");
            trouble("unit-failed", format!("{unit} has failed"), Some(hint));
        }
        for unit in &units.stopped {
            let hint =
                format!("`nixwright ssh {machine} systemctl start {unit}`, if nobody stopped it on purpose");
            trouble("unit-stopped", format!("{unit} is stopped, though it belongs to what runs"), Some(hint));
        }
    }
    if !seen.missing_keys.is_empty() {
        let text = format!("keys are not there: {}", seen.missing_keys.join(", "));
        let hint = format!("`nixwright send-keys --on {machine}`");
        trouble("keys-missing", text, Some(hint));
    }
    if !seen.needs_reboot.is_empty() {
        let text = format!("a reboot is needed: {} changed", seen.needs_reboot.join(", "));
        let hint = format!("`nixwright deploy --on {machine} --reboot-when-needed`");
        remark("reboot-needed", text, Some(hint));
    }
    if let Some(ahead) = status.clock_ahead.filter(|it| it.abs() > SKEW) {
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        let text = format!("its clock is {} s {side} the one here", ahead.abs());
        remark("clock-skew", text, None);
    }
    (status.troubles, status.remarks) = (troubles, remarks);
}

fn is_nearly_full(disk: &Disk) -> bool {
    disk.percent() >= NEARLY_FULL && disk.available < LITTLE_ROOM
}

fn named(system: &StorePath) -> String {
    format!("{} ({})", system.name(), system.short_hash())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::MachineRecord;

    const OLD: &str = "/nix/store/0c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-web-26.11";
    const NEW: &str = "/nix/store/1c0b2ldrvz4yiyk3fqz1d2xkq4jzn8mh-nixos-system-web-26.11";

    fn path(text: &str) -> Option<StorePath> {
        Some(StorePath::new(text).unwrap())
    }

    /// The kinds of what is wrong, and of what is only worth knowing, on a machine to which `NEW` was deployed.
    fn judged(
        change: impl FnOnce(&mut Inspected, &mut MachineStatus),
    ) -> (Vec<&'static str>, Vec<&'static str>) {
        judged_after(Goal::Switch, change)
    }

    fn judged_after(
        goal: Goal,
        change: impl FnOnce(&mut Inspected, &mut MachineStatus),
    ) -> (Vec<&'static str>, Vec<&'static str>) {
        let machine = MachineName::new("web");
        let record = MachineRecord {
            name: "web".to_owned(),
            recorded: jiff::Timestamp::UNIX_EPOCH,
            state_version: None,
            ssh_key: None,
            ssh_key_deployed: false,
            host_keys: Vec::new(),
            toplevel: Some(NEW.to_owned()),
            generation: Some(2),
            address: None,
        };
        let known =
            Known { machine: machine.clone(), record, address: None, boot_id: Some("first".to_owned()) };
        let mut status = MachineStatus {
            machine,
            address: None,
            deployed: path(NEW),
            generation: Some(2),
            seen: None,
            clock_ahead: Some(SKEW),
            troubles: Vec::new(),
            remarks: Vec::new(),
        };
        let mut seen = Inspected {
            current: path(NEW),
            booted: path(OLD),
            profile: path(NEW),
            boot_id: "first".to_owned(),
            ..Inspected::default()
        };
        change(&mut seen, &mut status);
        judge(&mut status, &seen, &known, Some(1), goal);
        let kinds = |all: &[Trouble]| all.iter().map(|it| it.kind).collect();
        (kinds(&status.troubles), kinds(&status.remarks))
    }

    fn problems(change: impl FnOnce(&mut Inspected)) -> Vec<&'static str> {
        judged(|seen, _| change(seen)).0
    }

    #[test]
    fn what_runs_was_booted_and_would_boot_are_told_apart() {
        assert_eq!(judged(|_, _| {}), (vec![], vec![]));
        assert_eq!(problems(|it| it.profile = path(OLD)), ["boots-another-system"]);
        assert_eq!(problems(|it| it.current = None), ["drift"]);
        // Brought back by hand to what was booted.
        assert_eq!(problems(|it| it.current = path(OLD)), ["drift"]);
        let rebooted = |it: &mut Inspected| (it.current, it.boot_id) = (path(OLD), "second".to_owned());
        assert_eq!(problems(rebooted), ["rebooted-into-another-system"]);
        // Rebooted as it should be, then switched by hand.
        let switched = |it: &mut Inspected| {
            (it.booted, it.current, it.boot_id) = (path(NEW), path(OLD), "second".to_owned());
        };
        assert_eq!(problems(switched), ["drift"]);
        assert_eq!(judged(|_, status| status.deployed = None).0, ["never-deployed"]);
        // What was asked for is no trouble.
        let tried = judged_after(Goal::Test, |it, _| it.profile = path(OLD));
        assert_eq!(tried, (vec![], vec!["boots-another-system"]));
        assert_eq!(
            judged_after(Goal::Boot, |it, _| it.current = path(OLD)),
            (vec![], vec!["waits-for-boot"])
        );
        let rebooted = judged_after(Goal::Boot, |it, _| {
            (it.current, it.boot_id) = (path(OLD), "second".to_owned());
        });
        assert_eq!(rebooted.0, ["rebooted-into-another-system"]);
    }

    #[test]
    fn a_large_disk_with_room_and_a_clock_that_is_nearly_right_are_well() {
        let disk = |total: u64, available: u64, inodes_free| Disk {
            mount: "/".to_owned(),
            total,
            used: total - available,
            available,
            inodes: 100,
            inodes_free,
        };
        assert_eq!(problems(|it| it.disks = vec![disk(8 << 40, 400 << 30, 50)]), [""; 0]);
        assert_eq!(problems(|it| it.disks = vec![disk(100 << 30, 9 << 30, 50)]), ["disk-nearly-full"]);
        assert_eq!(problems(|it| it.disks = vec![disk(100 << 30, 50 << 30, 10)]), ["inodes-nearly-used"]);
        let late = judged(|seen, status| {
            status.clock_ahead = Some(-SKEW - 1);
            seen.needs_reboot = vec!["kernel".to_owned()];
        });
        assert_eq!(late, (vec![], vec!["reboot-needed", "clock-skew"]));
    }
}

//! How machines are: a table, then what is wrong with each and what to do; and the same as JSON.

use serde::Serialize;

use super::run::{GREEN, RED, YELLOW, painted};
use super::screen;
use super::table::{self, Column};
use crate::execute::{MachineStatus, Trouble};
use crate::nix::StorePath;
use crate::state::Deployment;
use crate::steps::{Disk, GuardStand};
use crate::system::Terminal;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// The table, and below it a line for whatever is not as it should be.
pub fn status(machines: &[MachineStatus], terminal: Terminal) -> String {
    let columns = [
        Column::new("Name"),
        Column::new("Reachable"),
        Column::new("System"),
        Column::right("Load avg."),
        Column::new("Disks"),
        Column::new("Units"),
        Column::new("Keys"),
        Column::right("Up"),
    ];
    let rows = machines.iter().map(row).collect();
    let mut text = table::render(&columns, rows, terminal.line_width());
    for it in machines {
        let troubles = it.troubles.iter().map(|trouble| (RED, "error", trouble));
        let remarks = it.remarks.iter().map(|trouble| (YELLOW, "note", trouble));
        let mut lines = troubles.chain(remarks).peekable();
        if lines.peek().is_some() {
            text.push('\n');
        }
        for (colour, word, trouble) in lines {
            let prefix = format!("{}> {word}: ", it.machine);
            let taken = prefix.chars().count();
            let width = terminal.line_width();
            let said = screen::wrapped(&screen::lines(&trouble.text), width, taken, 2);
            let word = painted(terminal.colour_stdout, colour, &format!("{word}:"));
            text.push_str(&format!("{}> {word} {said}\n", it.machine));
            if let Some(hint) = &trouble.hint {
                text.push_str(&format!("  hint: {}\n", screen::wrapped(&screen::lines(hint), width, 8, 2)));
            }
        }
    }
    let ill = machines.iter().filter(|it| !it.is_healthy()).count();
    let summary = match (ill, machines.len()) {
        (0, 1) => painted(terminal.colour_stdout, GREEN, "the machine is healthy"),
        (0, all) => painted(terminal.colour_stdout, GREEN, &format!("all {all} machines are healthy")),
        (1, 1) => painted(terminal.colour_stdout, RED, "the machine is not healthy"),
        (ill, all) => {
            let are = if ill == 1 { "is" } else { "are" };
            painted(terminal.colour_stdout, RED, &format!("{ill} of {all} machines {are} not healthy"))
        }
    };
    format!("{text}\n{summary}\n")
}

fn row(it: &MachineStatus) -> Vec<String> {
    let has = |kind: &str| it.troubles.iter().any(|trouble| trouble.kind == kind);
    let Some(seen) = &it.seen else {
        let unknown = || "?".to_owned();
        return [it.machine.to_string(), "No".to_owned()]
            .into_iter()
            .chain(std::iter::repeat_with(unknown).take(6))
            .collect();
    };
    let system = match () {
        () if has("never-deployed") => "not deployed".to_owned(),
        () if has("rebooted-into-another-system") => "older one, since its boot".to_owned(),
        () if has("drift") => "changed by hand".to_owned(),
        () if has("boots-another-system") => "boots another one".to_owned(),
        () if has("going-back") => "going back".to_owned(),
        () if has("confirmation-pending") => "to be confirmed".to_owned(),
        () if it.remarks.iter().any(|it| it.kind == "waits-for-boot") => "waits for a reboot".to_owned(),
        () => match it.generation {
            Some(number) => format!("generation {number}"),
            None => "as deployed".to_owned(),
        },
    };
    let reboot = if seen.needs_reboot.is_empty() { "" } else { ", reboot needed" };
    let full: Vec<String> = seen
        .disks
        .iter()
        .filter(|disk| is_told(it, disk))
        .map(|disk| match disk.inodes_percent() {
            Some(inodes) if inodes > disk.percent() => format!("{} {inodes} % of inodes", disk.mount),
            _ => format!("{} {} %", disk.mount, disk.percent()),
        })
        .collect();
    let units = seen.units.as_ref().map_or_else(
        || "N/A".to_owned(),
        |units| {
            let failed = units.failed.iter().map(|unit| format!("{unit} [failed]"));
            let all: Vec<String> =
                failed.chain(units.stopped.iter().map(|unit| format!("{unit} [stopped]"))).collect();
            if all.is_empty() { "ok".to_owned() } else { all.join(", ") }
        },
    );
    vec![
        it.machine.to_string(),
        "Yes".to_owned(),
        format!("{system}{reboot}"),
        seen.load.map(|it| format!("{:.2}", it[0])).unwrap_or_default(),
        if full.is_empty() { "ok".to_owned() } else { full.join(", ") },
        units,
        match seen.missing_keys.len() {
            0 => "ok".to_owned(),
            missing => format!("{missing} missing"),
        },
        seen.uptime.map(|it| up(it.as_secs())).unwrap_or_default(),
    ]
}

/// Whether a line below the table is about this disk.
fn is_told(it: &MachineStatus, disk: &Disk) -> bool {
    let start = format!("{} ", disk.mount);
    let about = |trouble: &Trouble| {
        ["disk-nearly-full", "inodes-nearly-used"].contains(&trouble.kind) && trouble.text.starts_with(&start)
    };
    it.troubles.iter().any(about)
}

/// `3 d`, `5 h`, `12 min`
fn up(seconds: u64) -> String {
    match seconds {
        86_400.. => format!("{} d", seconds / 86_400),
        3_600.. => format!("{} h", seconds / 3_600),
        _ => format!("{} min", seconds / 60),
    }
}

/// What `nixwright status --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StatusJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    deployment: DeploymentJson<'a>,
    /// All machines are; then the exit code is 0.
    healthy: bool,
    /// By name.
    machines: Vec<MachineJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DeploymentJson<'a> {
    uuid: String,
    name: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MachineJson<'a> {
    name: &'a str,
    /// It has no problems.
    healthy: bool,
    reachable: bool,
    host: Option<&'a str>,
    system: SystemJson<'a>,
    /// Since its boot.
    uptime_seconds: Option<u64>,
    /// Over one, five and fifteen minutes.
    load: Option<[f64; 3]>,
    processors: Option<u64>,
    disks: Vec<DiskJson<'a>>,
    /// Null where the machine has no systemd, or was not reached.
    units: Option<UnitsJson<'a>>,
    /// The paths of keys that were sent to it and are not there.
    missing_keys: Vec<&'a str>,
    /// An activation that is not over: `waits` for its confirmation, or `returns` to the earlier system.
    guard: Option<&'static str>,
    /// Seconds by which its clock is ahead of the deployer's; negative where it is behind.
    clock_ahead_seconds: Option<i64>,
    /// With any of them the machine is not healthy.
    problems: Vec<TroubleJson<'a>>,
    notes: Vec<TroubleJson<'a>>,
}

/// Store paths.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SystemJson<'a> {
    /// What was activated last by a run of the deployment.
    deployed: Option<&'a str>,
    /// The generation of the deployment that this belongs to.
    generation: Option<u64>,
    running: Option<&'a str>,
    booted: Option<&'a str>,
    /// What the next boot brings.
    profile: Option<&'a str>,
    profile_generation: Option<u64>,
    /// `VERSION_ID` of the running NixOS.
    release: Option<&'a str>,
    /// What of the running system only a reboot brings in: `kernel`, `initrd`, `kernel-modules`, `kernel-params`.
    needs_reboot: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DiskJson<'a> {
    mount: &'a str,
    total_bytes: u64,
    available_bytes: u64,
    /// As `df` has it.
    used_percent: u64,
    /// Null where the file system does not count inodes.
    inodes_used_percent: Option<u64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct UnitsJson<'a> {
    /// `systemctl is-system-running`.
    system: &'a str,
    failed: Vec<&'a str>,
    /// Wanted by a target that is reached, and stopped by somebody.
    stopped: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct TroubleJson<'a> {
    /// One word for one kind of trouble: `unreachable`, `drift`, `unit-failed`, …
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<StatusJson<'_>>()
}

pub fn json(deployment: &Deployment, machines: &[MachineStatus]) -> String {
    let document = StatusJson {
        version: VERSION,
        deployment: DeploymentJson { uuid: deployment.id.to_string(), name: deployment.name.as_deref() },
        healthy: machines.iter().all(MachineStatus::is_healthy),
        machines: machines.iter().map(machine).collect(),
    };
    super::json_text(&document)
}

fn machine(it: &MachineStatus) -> MachineJson<'_> {
    let seen = it.seen.as_ref();
    MachineJson {
        name: it.machine.as_str(),
        healthy: it.is_healthy(),
        reachable: seen.is_some(),
        host: it.address.as_ref().map(|it| it.host.as_str()),
        system: SystemJson {
            deployed: it.deployed.as_ref().map(StorePath::as_str),
            generation: it.generation,
            running: seen.and_then(|it| it.current.as_ref()).map(StorePath::as_str),
            booted: seen.and_then(|it| it.booted.as_ref()).map(StorePath::as_str),
            profile: seen.and_then(|it| it.profile.as_ref()).map(StorePath::as_str),
            profile_generation: seen.and_then(|it| it.generation),
            release: seen.and_then(|it| it.release.as_deref()),
            needs_reboot: seen.iter().flat_map(|it| &it.needs_reboot).map(String::as_str).collect(),
        },
        uptime_seconds: seen.and_then(|it| it.uptime).map(|it| it.as_secs()),
        load: seen.and_then(|it| it.load),
        processors: seen.and_then(|it| it.processors),
        disks: seen.iter().flat_map(|it| &it.disks).map(disk).collect(),
        units: seen.and_then(|it| it.units.as_ref()).map(|it| UnitsJson {
            system: &it.system,
            failed: it.failed.iter().map(String::as_str).collect(),
            stopped: it.stopped.iter().map(String::as_str).collect(),
        }),
        missing_keys: seen.iter().flat_map(|it| &it.missing_keys).map(String::as_str).collect(),
        guard: seen.and_then(|it| it.guard).map(|it| match it {
            GuardStand::Waits => "waits",
            GuardStand::Returns => "returns",
        }),
        clock_ahead_seconds: it.clock_ahead,
        problems: it.troubles.iter().map(trouble).collect(),
        notes: it.remarks.iter().map(trouble).collect(),
    }
}

fn disk(it: &Disk) -> DiskJson<'_> {
    DiskJson {
        mount: &it.mount,
        total_bytes: it.total,
        available_bytes: it.available,
        used_percent: it.percent(),
        inodes_used_percent: it.inodes_percent(),
    }
}

fn trouble(it: &Trouble) -> TroubleJson<'_> {
    TroubleJson { kind: it.kind, message: &it.text, hint: it.hint.as_deref() }
}

//! A machine of the simulation: its systems, what a reset leaves of it, and who can connect. It knows no deployer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::scenario::Cut;

/// How systems behave on a machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Behaviour {
    /// How long its activation takes.
    pub milliseconds: u64,
    /// What `switch-to-configuration test` ends with.
    pub code: i32,
    /// It fails so often before it ends with that.
    pub failures: u32,
    pub hangs: bool,
    pub cut: Option<Cut>,
    pub unhealthy: bool,
    /// What `switch-to-configuration boot` ends with.
    pub boot_code: i32,
}

/// What the script of activation keeps below `/run`.
#[derive(Clone, Debug, Default)]
pub(super) struct Volatile {
    pub guard: Option<Guard>,
    pub activation: Option<Switching>,
    pub returning: Option<Switching>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Pending,
    Confirmed,
    Back,
}

#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub mark: Mark,
    pub process: Option<u64>,
    pub deadline: bool,
}

/// A run of `switch-to-configuration`.
#[derive(Clone, Debug, Default)]
pub(super) struct Switching {
    pub what: String,
    pub words: Vec<String>,
    pub process: Option<u64>,
    pub status: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredKey {
    pub contents: Vec<u8>,
    pub mode: String,
    pub owner: String,
}

/// What outlives a moment: compared to see whether a machine was touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lasting {
    pub running: String,
    pub boots: String,
    pub profile: String,
    pub keys: BTreeMap<String, StoredKey>,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub name: String,
    pub old: String,
    pub new: String,
    pub behaviours: BTreeMap<String, Behaviour>,
    pub up: bool,
    /// Grows with every reset.
    pub boot: u64,
    pub store: BTreeSet<String>,
    pub running: String,
    /// Between two systems: an activation was begun and did not end well.
    pub mixed: bool,
    pub activated_at: Duration,
    pub generations: BTreeMap<u64, String>,
    pub generation: u64,
    pub boots: String,
    pub volatile: Volatile,
    pub keys: BTreeMap<String, StoredKey>,
    pub key_list: Vec<String>,
    pub keys_fail: bool,
    pub action_fails: bool,
    pub unhealthy_before: bool,
    pub disk_is_full: bool,
    pub slowness: u64,
    pub cut: Option<Cut>,
    /// Connections made before the last break are dead.
    pub breaks: u64,
    pub processes: BTreeMap<u64, AbortHandle>,
    pub next_process: u64,
    pub switch_lock: Option<u64>,
    /// A return ended badly, or was cut by a reset: only then may the machine stay between two systems.
    pub excused: bool,
    /// The last activation was one that goes back by itself.
    pub guarded: bool,
    /// In this attempt.
    pub resets: u64,
    /// How often an activation of the new system was begun.
    pub activations: u64,
    /// In this attempt: it ran the new system for good, or did so before.
    pub settled: bool,
    /// In this attempt: somebody confirmed the new system.
    pub tested: bool,
}

impl Machine {
    pub(super) fn alive(&self, process: Option<u64>) -> bool {
        process.is_some_and(|it| self.processes.contains_key(&it))
    }

    pub(super) fn is_running(&self, switching: Option<&Switching>) -> bool {
        switching.is_some_and(|it| it.status.is_none() && self.alive(it.process))
    }

    pub(super) fn profile(&self) -> &str {
        &self.generations[&self.generation]
    }

    pub(super) fn lasting(&self) -> Lasting {
        Lasting {
            running: self.running.clone(),
            boots: self.boots.clone(),
            profile: self.profile().to_owned(),
            keys: self.keys.clone(),
        }
    }

    pub(super) fn behaviour(&self, system: &str) -> Behaviour {
        self.behaviours.get(system).cloned().unwrap_or_default()
    }

    /// Whether the services of the system that runs answer.
    pub(super) fn healthy(&self) -> bool {
        self.up && !self.mixed && !self.behaviour(&self.running).unhealthy
    }

    /// Power goes: every process and all that lay below /run is gone.
    pub(super) fn fall(&mut self) {
        for (_, process) in std::mem::take(&mut self.processes) {
            process.abort();
        }
        self.volatile = Volatile::default();
        self.switch_lock = None;
        self.up = false;
        self.mixed = false;
        self.breaks += 1;
        self.keys.retain(|path, _| !path.starts_with("/run/"));
    }

    /// It boots what its boot loader says.
    pub(super) fn rise(&mut self, now: Duration) {
        self.up = true;
        self.boot += 1;
        self.running = self.boots.clone();
        self.mixed = false;
        self.activated_at = now;
        self.cut = self.behaviour(&self.boots).cut;
    }

    /// Ends a process with everything that it started.
    pub(super) fn kill(&mut self, process: u64) {
        if let Some(handle) = self.processes.remove(&process) {
            handle.abort();
        }
        if self.switch_lock == Some(process) {
            self.switch_lock = None;
        }
    }
}

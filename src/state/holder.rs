//! Who holds a lock: a process of a user on a host, told apart from a later process with the same number.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::system::System;

/// A process, so that another one on the same host can see whether it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub user: String,
    pub host: String,
    /// The process id.
    pub process: u32,
    /// When the process started, in the kernel's ticks since boot; 0 where the kernel does not tell.
    pub process_start: u64,
    /// In which kernel and which process namespace the id has a meaning; empty where the kernel does not tell.
    pub boot: String,
}

impl Holder {
    /// This process.
    pub fn this_process(system: &System) -> Self {
        let process = std::process::id();
        Self {
            user: system.environment.user().to_owned(),
            host: line(system, "/proc/sys/kernel/hostname").unwrap_or_else(|| "unknown".to_owned()),
            process,
            process_start: start(system, process).ok().flatten().unwrap_or(0),
            boot: boot(system),
        }
    }

    /// Whether the process has certainly ended: it ran in this kernel and namespace, and is no longer there.
    pub(super) fn is_gone(&self, system: &System) -> bool {
        if self.boot.is_empty() || self.boot != boot(system) {
            return false;
        }
        match start(system, self.process) {
            Ok(Some(now)) => now != self.process_start,
            Ok(None) => false,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{} (process {})", self.user, self.host, self.process)
    }
}

/// The boot id of the kernel and the namespace of process ids. A container on the same kernel has its own
/// namespace, and from there a living process could look gone.
fn boot(system: &System) -> String {
    let kernel = line(system, "/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok();
    match (kernel, namespace) {
        (Some(kernel), Some(namespace)) => format!("{kernel} {}", namespace.display()),
        _ => String::new(),
    }
}

/// The start time of a process: the 22nd field of its `stat`, counted after the name, which may hold anything.
fn start(system: &System, process: u32) -> io::Result<Option<u64>> {
    let bytes = system.files.read(&PathBuf::from(format!("/proc/{process}/stat")))?;
    let text = String::from_utf8_lossy(&bytes);
    let Some((_, after_name)) = text.rsplit_once(')') else { return Ok(None) };
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    // A process that ended but was not waited for is as good as gone.
    if fields.first().is_some_and(|state| matches!(*state, "Z" | "X")) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(fields.get(19).and_then(|field| field.parse().ok()))
}

fn line(system: &System, path: &str) -> Option<String> {
    let bytes = system.files.read(Path::new(path)).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

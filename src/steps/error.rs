//! Why a step failed.

use crate::nix::{NixError, StorePath};
use crate::system::RemoteError;

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error(transparent)]
    Nix(#[from] NixError),
    #[error("`{machine}` answered `{said}` where a fact was expected")]
    UnreadableFact { machine: String, said: String },
    #[error(
        "the activation failed on `{machine}`: {reason} (exit status {code} of switch-to-configuration of {})",
        .toplevel.name()
    )]
    Activation { machine: String, toplevel: StorePath, code: i32, reason: String },
    #[error(
        "`{machine}` does not answer over a new connection since the activation, so it was not made permanent"
    )]
    NotConfirmed { machine: String, source: RemoteError },
    #[error(
        "`{machine}` went back to its earlier system by itself: nobody could confirm the new one in time"
    )]
    WentBack { machine: String },
    #[error("on `{machine}` an activation that an earlier run has begun does not end")]
    Unsettled { machine: String },
    #[error("`{machine}` runs {found} and not the activated {expected}")]
    WrongSystem { machine: String, expected: StorePath, found: String },
    #[error("the boot loader of `{machine}` could not be set up for {toplevel} (exit status {code}){}", indented(.said))]
    BootLoader { machine: String, toplevel: StorePath, code: i32, said: String },
    #[error("`{machine}` is not healthy{}", .failed.iter().map(|it| format!("\n  {it}")).collect::<String>())]
    Unhealthy { machine: String, failed: Vec<String> },
    #[error(
        "`{machine}` has too little room for its system: {} are to be copied, and {} are free at /nix/store",
        amount(*.needed), amount(*.free)
    )]
    NoRoom { machine: String, needed: u64, free: u64 },
    #[error("the keys of `{machine}` could not be put in place{}", indented(.said))]
    Keys { machine: String, said: String },
    #[error("`{command}`, which is to be run on `{machine}` after the key {path} has changed, failed{}", indented(.said))]
    KeyAction { machine: String, path: String, command: String, said: String },
    #[error(
        "`{command}` (`deployment.{option}` of `{machine}`) failed: {why}{}",
        if *.stays { "; the machine keeps its new system" } else { "" }
    )]
    Hook { machine: String, option: &'static str, command: String, why: String, stays: bool },
    #[error("`{machine}` could not be told to reboot{}", indented(.said))]
    RebootRefused { machine: String, said: String },
    #[error("`{machine}` was told to reboot, and was still up after {seconds} s")]
    StillUp { machine: String, seconds: u64 },
    #[error(
        "`{machine}` did not come back within {seconds} s after its reboot. It boots {expected}; its boot menu still has the earlier system"
    )]
    NotBack { machine: String, expected: StorePath, seconds: u64 },
    #[error("`{machine}` was rebooted, and runs {found} and not {expected}")]
    WrongBoot { machine: String, expected: StorePath, found: String },
    #[error("the system profile of `{machine}` could not be set to {toplevel}{}", indented(.said))]
    Profile { machine: String, toplevel: StorePath, said: String },
}

/// Bytes as people read them.
pub fn amount(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut amount, mut unit) = (bytes as f64 / 1024.0, 0);
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        (amount, unit) = (amount / 1024.0, unit + 1);
    }
    format!("{amount:.1} {}", UNITS[unit])
}

fn indented(text: &str) -> String {
    text.trim().lines().map(|line| format!("\n  {line}")).collect()
}

//! Which Nix is here, and what every call of it has in common.

use std::fmt;
use std::time::Duration;

use super::NixError;
use crate::system::{Command, System};

/// The oldest Nix that everything was tried with.
pub const MINIMUM: Version = Version { major: 2, minor: 8 };

/// Asking a program for its version takes milliseconds; one that takes this long never answers.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

/// Entries for `-I`, `name=path` or a plain folder, in order.
pub type NixPath = Vec<String>;

/// The nix programs on this machine's PATH.
#[derive(Clone)]
pub struct Nix {
    pub(super) system: System,
    pub version: Version,
    pub path: NixPath,
    /// `--option` pairs of the user.
    pub options: Vec<(String, String)>,
}

impl Nix {
    /// Finds Nix and its version, or says what is missing.
    pub async fn find(system: &System) -> Result<Self, NixError> {
        let command = Command::new("nix-instantiate").arg("--version").limit(VERSION_LIMIT);
        let output = system.processes.run(&command, None).await?.checked(&command)?;
        let said = output.stdout_text();
        let version =
            parse_version(&said).ok_or(NixError::UnreadableVersion { said: said.trim().to_owned() })?;
        if version < MINIMUM {
            return Err(NixError::TooOld { found: version });
        }
        Ok(Self { system: system.clone(), version, path: Vec::new(), options: Vec::new() })
    }

    /// A program of Nix with what the user asked of all of them.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, value) in &self.options {
            command = command.args(["--option", name, value]);
        }
        command
    }

    /// The new command line, whatever the user's nix.conf says about experimental features.
    pub(super) fn new_command(&self, verb: &[&str]) -> Command {
        self.command("nix").args(["--extra-experimental-features", "nix-command"]).args(verb.iter().copied())
    }
    /// The same for verbs that know flakes.
    pub(super) fn flake_command(&self, verb: &[&str]) -> Command {
        self.command("nix")
            .args(["--extra-experimental-features", "nix-command flakes"])
            .args(verb.iter().copied())
    }
}

/// `nix-instantiate (Nix) 2.26.3` and relatives (`(Lix, like Nix) 2.91.0`).
fn parse_version(said: &str) -> Option<Version> {
    let number = said.split_whitespace().last()?;
    let mut parts = number.split(['.', '-', 'p']).map(str::parse);
    Some(Version { major: parts.next()?.ok()?, minor: parts.next()?.ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_nix_and_its_relatives_are_read() {
        let version = |major, minor| Some(Version { major, minor });
        assert_eq!(parse_version("nix-instantiate (Nix) 2.8.0\n"), version(2, 8));
        assert_eq!(parse_version("nix-instantiate (Nix) 2.26.3"), version(2, 26));
        assert_eq!(parse_version("nix (Lix, like Nix) 2.91.1"), version(2, 91));
        assert_eq!(parse_version("nix (Nix) 3.0pre2026"), version(3, 0));
        assert_eq!(parse_version("what?"), None);
    }
}

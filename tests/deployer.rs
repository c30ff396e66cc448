//! An operator at the deployer's terminal: writes networks into the home folder, runs nixwright, looks at machines.

use std::path::Path;

use crate::support::run::{Invocation, Run};
use crate::support::sandbox::{Nix, Sandbox};

/// Our own nixpkgs, which every test deploys from.
pub(crate) fn nixpkgs() -> String {
    format!("nixpkgs={}/fixtures/nixpkgs", env!("CARGO_MANIFEST_DIR"))
}

pub(crate) struct Deployer {
    pub(crate) sandbox: Sandbox,
}

impl Deployer {
    pub(crate) fn with(machines: &[&str]) -> Option<Self> {
        Some(Self { sandbox: Sandbox::start(machines)? })
    }

    pub(crate) fn with_nix(nix: Nix, machines: &[&str]) -> Option<Self> {
        Some(Self { sandbox: Sandbox::wanted().nix(nix).start(machines)? })
    }

    /// Writes a file into the deployer's home.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.sandbox.home().join(name), text).expect("the deployer's home can be written");
    }

    pub(crate) fn nixwright(&self, words: &[&str]) -> Run {
        self.command(words).run()
    }

    /// The same, to be changed before it runs.
    pub(crate) fn command(&self, words: &[&str]) -> Invocation {
        let words: Vec<&str> = std::iter::once("nixwright").chain(words.iter().copied()).collect();
        self.sandbox.command(&words)
    }

    /// Records the files as the deployment `demo`; returns its UUID.
    pub(crate) fn create(&self, files: &[&str]) -> String {
        let mut words = vec!["create"];
        words.extend(files);
        let nixpkgs = nixpkgs();
        words.extend(["-d", "demo", "-I", &nixpkgs]);
        self.nixwright(&words).ok()
    }

    pub(crate) fn deploy(&self, more: &[&str]) -> Run {
        let words: Vec<&str> = ["deploy", "-d", "demo"].iter().chain(more).copied().collect();
        self.nixwright(&words)
    }

    /// Over ssh, as an operator would look.
    pub(crate) fn on(&self, machine: &str, words: &[&str]) -> Run {
        let words: Vec<&str> = ["ssh", "-d", "demo", machine].iter().chain(words).copied().collect();
        self.nixwright(&words)
    }

    /// The system that a machine runs.
    pub(crate) fn running(&self, machine: &str) -> String {
        self.on(machine, &["readlink", "-f", "/run/current-system"]).ok()
    }

    /// The system that a machine would boot, and the number of that generation of its profile.
    pub(crate) fn booting(&self, machine: &str) -> (String, String) {
        let profile = "/nix/var/nix/profiles/system";
        let system = self.on(machine, &["readlink", "-f", profile]).ok();
        (system, self.on(machine, &["readlink", profile]).ok())
    }

    /// What `info --json` says of the deployment.
    pub(crate) fn facts(&self) -> serde_json::Value {
        let text = self.nixwright(&["info", "-d", "demo", "--json"]).ok();
        serde_json::from_str(&text).expect("info prints JSON")
    }

    /// How many paths each `copying N missing paths` of a run announced.
    pub(crate) fn copied(run: &Run) -> Vec<usize> {
        let counts =
            run.stderr.lines().filter_map(|line| line.split_once("> copying ")?.1.split_once(" missing "));
        counts.map(|(count, _)| count.parse().expect("a count is a number")).collect()
    }

    /// The state's file.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        let default = Path::new(".local/share/nixwright/state.sqlite");
        self.sandbox.home().join(default)
    }
}

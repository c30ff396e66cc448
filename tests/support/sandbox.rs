//! Sandbox machines in tests: starts them with `tests/support/sandbox/sandbox`, runs programs as the
//! deployer and on the machines' consoles, injects faults, and takes everything down when the value
//! goes. How a machine is made is not known here but in the shell parts beside this file.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::hermetic;
use super::run::{Invocation, Run};
use super::temporary::TemporaryFolder;

/// The exit status with which the scripts say that this computer cannot hold a sandbox.
const NOT_HERE: i32 = 77;

/// Unpacking nix 2.26 fetches forty megabytes the first time.
const FETCH_LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Init {
    #[default]
    Light,
    Systemd,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Nix {
    /// The one that this computer has installed.
    #[default]
    Installed,
    V2_26,
}

/// What can be done to a machine; `sandbox help` says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    LinkDown,
    LinkUp,
    Drop,
    DropNew,
    Reject,
    Undrop,
    Slow(&'static str),
    Fast,
    KillSshd,
    KillConnections,
    Freeze,
    Thaw,
    /// The size that stays free on the disk, such as `64k`.
    DiskFull(&'static str),
    DiskFree,
    Power,
    Off,
    On,
    NewHostKey,
    RefuseKeys,
    AcceptKeys,
    /// Whether the user `deploy` may become root: `never`, `free` or `password`.
    Sudo(&'static str),
    BootloaderFail,
    BootloaderOk,
}

impl Fault {
    fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::LinkDown => vec!["linkdown"],
            Self::LinkUp => vec!["linkup"],
            Self::Drop => vec!["drop"],
            Self::DropNew => vec!["dropnew"],
            Self::Reject => vec!["reject"],
            Self::Undrop => vec!["undrop"],
            Self::Slow(rate) => vec!["slow", rate],
            Self::Fast => vec!["fast"],
            Self::KillSshd => vec!["killsshd"],
            Self::KillConnections => vec!["killconns"],
            Self::Freeze => vec!["freeze"],
            Self::Thaw => vec!["thaw"],
            Self::DiskFull(free) => vec!["diskfull", free],
            Self::DiskFree => vec!["diskfree"],
            Self::Power => vec!["power"],
            Self::Off => vec!["off"],
            Self::On => vec!["on"],
            Self::NewHostKey => vec!["newhostkey"],
            Self::RefuseKeys => vec!["refusekeys"],
            Self::AcceptKeys => vec!["acceptkeys"],
            Self::Sudo(rule) => vec!["sudo", rule],
            Self::BootloaderFail => vec!["bootloader-fail"],
            Self::BootloaderOk => vec!["bootloader-ok"],
        }
    }
}

/// What a sandbox is to be like.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens before `start`"]
pub(crate) struct Wanted {
    init: Init,
    deployer: Nix,
    machines: Nix,
}

impl Wanted {
    pub(crate) fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// The nix of the deployer and of the machines.
    pub(crate) fn nix(mut self, nix: Nix) -> Self {
        self.deployer = nix;
        self.machines = nix;
        self
    }

    /// The machines' nix alone, for deployments between versions.
    pub(crate) fn nix_of_machines(mut self, nix: Nix) -> Self {
        self.machines = nix;
        self
    }

    /// Boots the machines and returns when all of them answer; `None` when this computer cannot
    /// hold a sandbox, which is said on standard error and is a failure where
    /// `NIXWRIGHT_REQUIRE_E2E` is set.
    pub(crate) fn start(self, machines: &[&str]) -> Option<Sandbox> {
        let folder = TemporaryFolder::new();
        let nix_folder = match self.deployer {
            Nix::Installed => None,
            Nix::V2_26 => Some(nix_2_26()?),
        };
        let sandbox = Sandbox { folder, nix_folder, init: self.init };
        sandbox.add(self.machines, None, machines)?;
        Some(sandbox)
    }
}

/// Running machines with their network and their deployer.
pub(crate) struct Sandbox {
    folder: TemporaryFolder,
    nix_folder: Option<PathBuf>,
    init: Init,
}

impl Sandbox {
    /// Light machines with this computer's nix; see [`Wanted::start`].
    pub(crate) fn start(machines: &[&str]) -> Option<Self> {
        Wanted::default().start(machines)
    }

    pub(crate) fn wanted() -> Wanted {
        Wanted::default()
    }

    /// Boots further machines, with a system of the deployer's store as their first generation.
    pub(crate) fn add(&self, nix: Nix, system: Option<&str>, machines: &[&str]) -> Option<()> {
        let mut arguments = vec!["up".to_owned()];
        arguments.extend([
            "--init".to_owned(),
            match self.init {
                Init::Light => "light".to_owned(),
                Init::Systemd => "systemd".to_owned(),
            },
        ]);
        arguments.extend(["--owner".to_owned(), std::process::id().to_string()]);
        if nix == Nix::V2_26 {
            let folder = nix_2_26()?;
            arguments.extend(["--nix".to_owned(), folder.to_string_lossy().into_owned()]);
        }
        if let Some(system) = system {
            arguments.extend(["--from".to_owned(), system.to_owned()]);
        }
        arguments.extend(machines.iter().map(|&name| name.to_owned()));
        let up = self.verb(&arguments).run();
        if up.code() == NOT_HERE {
            skip(up.stderr.trim());
            return None;
        }
        let _ = up.ok();
        Some(())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The deployer's home, which `ssh` takes for `~`.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder().join("deployer/home")
    }

    /// Runs a program as the deployer, in the deployer's home; the first word `nixwright` stands for
    /// the program under test.
    pub(crate) fn deployer(&self, words: &[&str]) -> Run {
        self.command(words).run()
    }

    /// The same, to be changed before it is run: variables, working folder, input, limit.
    pub(crate) fn command(&self, words: &[&str]) -> Invocation {
        let mut arguments = vec![OsString::from("run")];
        if let Some(folder) = &self.nix_folder {
            arguments.extend(["--nix".into(), folder.into()]);
        }
        for (i, word) in words.iter().enumerate() {
            arguments.push(match (i, *word) {
                (0, "nixwright") => hermetic::nixwright().into(),
                (_, word) => word.into(),
            });
        }
        self.verb(&arguments).folder(&self.home())
    }

    /// Runs a program on a machine without ssh.
    pub(crate) fn console(&self, machine: &str, words: &[&str]) -> Run {
        let mut arguments = vec!["in", machine];
        arguments.extend(words);
        self.verb(&arguments).run()
    }

    #[track_caller]
    pub(crate) fn fault(&self, machine: &str, fault: Fault) {
        let mut arguments = vec!["fault", machine];
        arguments.extend(fault.arguments());
        let _ = self.verb(&arguments).run().ok();
    }

    /// Reboots a machine in an orderly way and returns when it answers again.
    #[track_caller]
    pub(crate) fn reboot(&self, machine: &str) {
        let _ = self.verb(&["reboot", machine]).run().ok();
    }

    /// Names one boot of a machine; see `await_boot_after`.
    #[track_caller]
    pub(crate) fn boot_id(&self, machine: &str) -> String {
        self.console(machine, &["cat", "/proc/sys/kernel/random/boot_id"]).ok()
    }

    /// Returns when the machine answers in another boot than the named one.
    #[track_caller]
    pub(crate) fn await_boot_after(&self, machine: &str, boot_id: &str) {
        let _ = self.verb(&["await", machine, boot_id]).run().ok();
    }

    /// Returns when the machine answers.
    #[track_caller]
    pub(crate) fn await_answer(&self, machine: &str) {
        let _ = self.verb(&["await", machine]).run().ok();
    }

    #[track_caller]
    pub(crate) fn address(&self, machine: &str) -> String {
        self.verb(&["address", machine]).run().ok()
    }

    /// Lets the deployer's ssh know all machines' host keys, as if it had met them before.
    #[track_caller]
    pub(crate) fn learn_host_keys(&self) {
        let lines = self.verb(&["known-hosts"]).run().ok();
        std::fs::write(self.home().join(".ssh/known_hosts"), lines + "\n")
            .expect("the deployer's home can be written");
    }

    /// What the machine's console said.
    pub(crate) fn log(&self, machine: &str) -> String {
        let path = self.folder().join("machines").join(machine).join("log");
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    }

    fn verb(&self, arguments: &[impl AsRef<OsStr>]) -> Invocation {
        let mut words = vec![self.folder().as_os_str().to_owned()];
        words.extend(arguments.iter().map(|a| a.as_ref().to_owned()));
        // `run` points HOME and the XDG folders to the deployer's own.
        script("sandbox/sandbox", &words)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let machines = self.verb(&["machines"]).run().stdout;
            for name in machines.lines().filter_map(|line| line.split(' ').next()) {
                let log = self.log(name);
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(20)..].join("\n  | ");
                eprintln!("the end of {name}'s console:\n  | {last}");
            }
        }
        let down = self.verb(&["down"]).run();
        // A second panic while one unwinds would abort and hide the first.
        if !std::thread::panicking() {
            let _ = down.ok();
        }
    }
}

/// The folder with nix 2.26's programs, unpacked when it is not there yet.
pub(crate) fn nix_2_26() -> Option<PathBuf> {
    let unpacked = script("nix-2.26", &[] as &[&str]).limit(FETCH_LIMIT).run();
    if unpacked.code() == 0 {
        return Some(PathBuf::from(unpacked.ok()));
    }
    skip(unpacked.stderr.lines().last().unwrap_or("nix 2.26 could not be unpacked"));
    None
}

/// A test that cannot run here says so; where everything is expected to run, it fails.
#[track_caller]
pub(crate) fn skip(reason: &str) {
    assert!(
        std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(),
        "NIXWRIGHT_REQUIRE_E2E is set, and this computer cannot run the test: {reason}"
    );
    eprintln!("skipped: {reason}");
}

fn script(name: &str, arguments: &[impl AsRef<OsStr>]) -> Invocation {
    let root = option_env!("CARGO_MANIFEST_DIR").unwrap_or(".");
    let program = Path::new(root).join("tests/support").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/root".into());
    let mut variables = hermetic::variables(Path::new(&home), path);
    // The cache of unpacked programs is the caller's own and outlives the tests.
    variables.retain(|(name, _)| name != "XDG_CACHE_HOME");
    // Fetching it may need the caller's way out.
    for name in ["XDG_CACHE_HOME", "http_proxy", "https_proxy", "no_proxy"] {
        if let Some(value) = std::env::var_os(name) {
            variables.push((name.into(), value));
        }
    }
    Invocation::new(program, arguments).envs(&variables)
}

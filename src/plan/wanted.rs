//! What one machine is to become: all that a plan is made from, with what it means where nobody says it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use uuid::Uuid;

use super::{Address, MachinePlan};
use crate::network::{HealthCheck, HookPlaces, HookSettings, MachineName, Reboot, UploadAt};
use crate::nix::StorePath;
use crate::steps::{Hooks, Observed};

/// How long a login may take to work again after an activation, where nobody says it: the default of
/// `deployment.rollback.confirmTimeout`.
pub const CONFIRM_SECONDS: u64 = 30;

/// How long a reboot may take, where nobody says it: a large server tests its memory for minutes.
pub const REBOOT_SECONDS: u64 = 600;

/// What one machine is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub address: Address,
    pub observed: Observed,
    pub toplevel: StorePath,
    /// What it is built from; without it the system must be in a store already.
    pub derivation: Option<StorePath>,
    pub needs: BTreeSet<MachineName>,
    /// For selectors of commands that do not ask the network.
    pub tags: BTreeSet<String>,
    /// Activate even where nothing changed.
    pub always_activate: bool,
    /// Within how many seconds its activation must be confirmed, or else it goes back; none: it never goes back.
    pub confirm_within: Option<u64>,
    /// Let the machine ask its own substituters first.
    pub substitute: bool,
    pub accepts_key: bool,
    /// Where its keys go, and when. None: nothing is said of them, and those that are there stay.
    pub keys: Option<Vec<(UploadAt, String)>>,
    /// What must hold before any machine is touched.
    pub checks_before: Vec<HealthCheck>,
    /// What must hold before machines that need it go on.
    pub checks: Vec<HealthCheck>,
    pub hooks: HookSettings,
    /// Whether the machine builds its own system.
    pub build_on_target: bool,
    /// Whether it is rebooted once it has its system.
    pub reboot: Reboot,
    /// How many seconds it may be away for that.
    pub reboot_within: u64,
    /// Where the commands of the network begin on this machine.
    pub folder: PathBuf,
}

impl Wanted {
    /// A system that is in a store already, for a machine of which nothing was seen and that needs no other one.
    pub fn new(address: Address, toplevel: StorePath) -> Self {
        Self {
            address,
            observed: Observed::default(),
            toplevel,
            derivation: None,
            needs: BTreeSet::new(),
            tags: BTreeSet::new(),
            always_activate: false,
            confirm_within: Some(CONFIRM_SECONDS),
            substitute: false,
            accepts_key: false,
            keys: None,
            checks_before: Vec::new(),
            checks: Vec::new(),
            hooks: HookSettings::default(),
            reboot: Reboot::Never,
            build_on_target: false,
            reboot_within: REBOOT_SECONDS,
            folder: PathBuf::from("/"),
        }
    }

    /// Whether it would go back to what it runs, if that were a system of NixOS.
    pub fn has_no_way_back(&self) -> bool {
        self.confirm_within.is_some() && self.observed.current_system.is_none()
    }

    /// Whether the machine does not yet run, or would not boot, what it is to get.
    pub(super) fn is_change(&self) -> bool {
        let wanted = Some(&self.toplevel);
        self.observed.current_system.as_ref() != wanted || self.observed.profile.as_ref() != wanted
    }

    /// Commands of one side of the activation, with what they are told.
    pub(super) fn hooks(&self, deployment: Uuid, machine: &MachineName, places: &HookPlaces) -> Hooks {
        let text = |it: &Option<StorePath>| it.as_ref().map(ToString::to_string).unwrap_or_default();
        let environment = [
            ("NIXWRIGHT_DEPLOYMENT", deployment.to_string()),
            ("NIXWRIGHT_MACHINE", machine.to_string()),
            ("NIXWRIGHT_HOST", self.address.host.clone()),
            ("NIXWRIGHT_PORT", self.address.port.map(|it| it.to_string()).unwrap_or_default()),
            ("NIXWRIGHT_USER", self.address.user.clone().unwrap_or_default()),
            ("NIXWRIGHT_SYSTEM", self.toplevel.to_string()),
            ("NIXWRIGHT_PREVIOUS_SYSTEM", text(&self.observed.current_system)),
        ];
        Hooks {
            deployer: places.deployer.clone(),
            target: places.target.clone(),
            folder: self.folder.clone(),
            seconds: self.hooks.timeout,
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    pub(super) fn keys_due(&self, when: UploadAt) -> Vec<String> {
        self.keys.iter().flatten().filter(|(due, _)| *due == when).map(|(_, path)| path.clone()).collect()
    }
}

impl From<Wanted> for MachinePlan {
    fn from(it: Wanted) -> Self {
        Self {
            address: it.address,
            observed: it.observed,
            toplevel: it.toplevel,
            derivation: it.derivation,
            needs: it.needs,
            accepts_key: it.accepts_key,
            tags: it.tags,
        }
    }
}

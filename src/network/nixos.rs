//! What the modules of a machine say of NixOS' own options, as far as checks ask. NixOS' modules themselves are not read:
//! what they say by default is for whoever asks to know.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::machine::{Machine, Setting, is_path};
use crate::options::{Definition, PLAIN_PRIORITY, Plain, Questions};

/// The answers of one machine.
#[derive(Clone, Debug, Default)]
pub struct NixosSettings {
    /// One whose path is shorter than that of an option says that what lies below is not known.
    pub definitions: Vec<Definition>,
    /// Modules of NixOS that the machine imports by name, below their folder; they are not read.
    pub modules: Vec<Arc<str>>,
}

/// What is asked: names below a `?` only for whether they are written at all.
const ASKED: &[&str] = &[
    // How one logs in.
    "services.openssh.enable",
    "services.openssh.ports",
    "services.openssh.listenAddresses",
    "services.openssh.openFirewall",
    "services.openssh.startWhenNeeded",
    "services.openssh.permitRootLogin",
    "services.openssh.passwordAuthentication",
    "services.openssh.authorizedKeysFiles",
    "services.openssh.authorizedKeysInHomedir",
    "services.openssh.authorizedKeysCommand?",
    "services.openssh.extraConfig",
    "services.openssh.settings.PermitRootLogin",
    "services.openssh.settings.PasswordAuthentication",
    "services.openssh.settings.PubkeyAuthentication",
    "services.openssh.settings.AuthenticationMethods",
    "services.openssh.settings.AllowUsers",
    "services.openssh.settings.DenyUsers",
    "services.openssh.settings.Port?",
    "services.openssh.settings.ListenAddress?",
    "services.openssh.settings.Match?",
    "services.openssh.settings.AuthorizedKeysFile?",
    "services.openssh.settings.AuthorizedKeysCommand?",
    "services.openssh.settings.TrustedUserCAKeys?",
    // What lets packets in.
    "networking.firewall.enable",
    "networking.firewall.allowedTCPPorts",
    "networking.firewall.allowedTCPPortRanges",
    "networking.firewall.interfaces?",
    "networking.firewall.trustedInterfaces?",
    "networking.firewall.extraCommands?",
    "networking.firewall.extraInputRules?",
    "networking.nftables.ruleset?",
    "networking.nftables.rulesetFile?",
    "networking.nftables.tables?",
    // Other ways in.
    "gnu?",
    "nix.sshServe?",
    "services.lshd?",
    "services.tailscale?",
    "services.netbird?",
    "services.teleport?",
    "services.cloudflared?",
    "services.tor?",
    "services.frp?",
    "services.autossh?",
    "services.rathole?",
    "services.nebula?",
    "services.zerotierone?",
    "services.knockd?",
    "services.openvpn?",
    "systemd.services.*?",
    "systemd.sockets.*?",
    // Who there is, and who may become root.
    "users.mutableUsers",
    "users.ldap?",
    "services.sssd?",
    "services.kanidm?",
    "services.homed?",
    "services.userdbd?",
    "users.users.*?",
    "users.users.*.isSystemUser",
    "users.users.*.isNormalUser",
    "users.users.*.group",
    "users.users.*.extraGroups",
    "users.users.*.shell?",
    "users.users.*.useDefaultShell?",
    "users.users.*.uid",
    "users.users.*.name?",
    "users.users.*.openssh.authorizedKeys.keys",
    "users.users.*.openssh.authorizedKeys.keyFiles",
    "users.groups.*.members",
    "security.pam?",
    "security.wrappers?",
    "security.sudo.enable",
    "security.sudo.wheelNeedsPassword",
    "security.sudo.extraRules",
    "security.sudo.extraConfig",
    "security.sudo.configFile?",
    "security.sudo-rs?",
    // What makes it start.
    "boot?",
    "boot.isContainer?",
    "boot.lanzaboote?",
    "boot.supportedFilesystems",
    "boot.loader.*?",
    "boot.loader.grub.*?",
    "boot.loader.grub.enable",
    "boot.loader.systemd-boot.enable",
    "disko?",
    "fileSystems?",
    "fileSystems.*?",
    "fileSystems.*.fsType",
    "networking.hostId?",
    "system.stateVersion",
    "services.*?",
    "virtualisation?",
    // What is laid open.
    "environment.variables.NIX_SSHOPTS",
    "environment.sessionVariables.NIX_SSHOPTS",
    "systemd.tmpfiles.rules",
];

/// Options whose values are secrets, and which end in the store. `*` stands for any name.
const PASSWORDS: &[&str] = &[
    "users.users.*.password",
    "users.users.*.initialPassword",
    "users.users.*.hashedPassword",
    "users.users.*.initialHashedPassword",
    "networking.wireless.networks.*.psk",
    "networking.wireguard.interfaces.*.privateKey",
    "networking.wg-quick.interfaces.*.privateKey",
    "services.coturn.static-auth-secret",
    "services.gitea.database.password",
    "services.forgejo.database.password",
    "services.gitlab.databasePassword",
    "services.gitlab.initialRootPassword",
    "services.grafana.security.adminPassword",
    "services.grafana.security.secretKey",
    "services.grafana.settings.security.admin_password",
    "services.grafana.settings.security.secret_key",
    "services.hostapd.wpaPassphrase",
    "services.keycloak.initialAdminPassword",
    "services.matrix-synapse.registration_shared_secret",
    "services.matrix-synapse.settings.registration_shared_secret",
    "services.matrix-synapse.settings.macaroon_secret_key",
    "services.minio.accessKey",
    "services.minio.secretKey",
    "services.murmur.password",
    "services.nextcloud.config.adminpass",
    "services.nextcloud.config.dbpass",
    "services.redis.requirePass",
    "services.redis.servers.*.requirePass",
    "services.tt-rss.database.password",
    "services.vaultwarden.config.ADMIN_TOKEN",
    "services.ddclient.password",
];

pub(super) fn questions() -> &'static Questions {
    static QUESTIONS: OnceLock<Questions> = OnceLock::new();
    QUESTIONS.get_or_init(|| Questions::new(&[ASKED, PASSWORDS].concat()))
}

/// Modules of NixOS that say nothing of users, of logging in, or of disks.
const HARMLESS: [&str; 6] = [
    "installer/scan/not-detected.nix",
    "installer/scan/detected.nix",
    "profiles/qemu-guest.nix",
    "profiles/headless.nix",
    "profiles/minimal.nix",
    "profiles/hardened.nix",
];

/// Whether the value of an option is a secret, and ends in the store.
pub fn is_password(path: &[Arc<str>]) -> bool {
    static PATTERNS: OnceLock<Vec<Vec<&str>>> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| PASSWORDS.iter().map(|it| it.split('.').collect()).collect());
    patterns.iter().any(|names| {
        names.len() == path.len()
            // They differ in their last names.
            && names.iter().zip(path).rev().all(|(wanted, it)| *wanted == "*" || *wanted == it.as_ref())
    })
}

impl Machine {
    /// What follows from all definitions of an option of NixOS.
    pub fn nixos(&self, path: &[&str]) -> Setting<'_> {
        let definitions: Vec<&Definition> =
            self.nixos.definitions.iter().filter(|it| hides(it, path) || is_path(&it.path, path)).collect();
        Setting::of(&definitions, |it| it.certain && it.path.len() == path.len(), &self.open)
    }

    /// What follows for every option whose value is a secret and ends in the store.
    pub fn passwords(&self) -> Vec<Setting<'_>> {
        let some = || self.nixos.definitions.iter().any(|it| is_password(&it.path));
        if *self.sets_passwords.get_or_init(some) { self.nixos_each(is_password) } else { Vec::new() }
    }

    /// The same for every option with definitions of which `wanted` says that it is one of those; they are looked through
    /// once for all of them.
    pub fn nixos_each(&self, wanted: impl Fn(&[Arc<str>]) -> bool) -> Vec<Setting<'_>> {
        let mut at_path: FxHashMap<&[Arc<str>], Vec<&Definition>> = FxHashMap::default();
        let mut hiding: FxHashMap<&[Arc<str>], Vec<&Definition>> = FxHashMap::default();
        let mut paths: Vec<&[Arc<str>]> = Vec::new();
        for definition in &self.nixos.definitions {
            if !definition.value.is_known() {
                hiding.entry(&definition.path).or_default().push(definition);
            }
            if wanted(&definition.path) {
                let all = at_path.entry(&definition.path).or_default();
                if all.is_empty() {
                    paths.push(&definition.path);
                }
                all.push(definition);
            }
        }
        let each = paths.into_iter().map(|path| {
            let mut definitions = at_path.remove(path).unwrap_or_default();
            let above = (0..path.len()).filter_map(|len| hiding.get(&path[..len])).flatten();
            definitions.extend(above);
            Setting::of(&definitions, |it| it.certain && it.path.len() == path.len(), &self.open)
        });
        each.collect()
    }

    /// The elements of a list option that are certainly in it, whether these are all, and the strength of the definitions.
    pub fn nixos_list(&self, path: &[&str]) -> NixosList<'_> {
        let definitions = match self.nixos(path) {
            Setting::Known(definitions) => definitions,
            Setting::Unset => return NixosList { elements: Vec::new(), all: true, definitions: Vec::new() },
            Setting::Unknown(_) => {
                return NixosList { elements: Vec::new(), all: false, definitions: Vec::new() };
            }
        };
        let mut all = self.reads_all();
        let mut elements = Vec::new();
        for definition in &definitions {
            match definition.value.as_list() {
                Some(items) => {
                    all &= items.iter().all(|it| it.unknown().is_none());
                    elements.extend(items.iter().filter(|it| it.is_known()));
                }
                None => all = false,
            }
        }
        NixosList { elements, all, definitions }
    }

    /// The definitions at a path and below it.
    pub fn nixos_below<'a, 'p>(
        &'a self,
        path: &'p [&'p str],
    ) -> impl Iterator<Item = &'a Definition> + use<'a, 'p> {
        let is_below = move |it: &&Definition| {
            path.len() <= it.path.len()
                && it.path.iter().zip(path).all(|(name, wanted)| name.as_ref() == *wanted)
        };
        self.nixos.definitions.iter().filter(is_below)
    }

    /// Whether any module writes something at a path or below it, or may do so for all that is known of the modules at hand.
    pub fn mentions(&self, path: &[&str]) -> bool {
        self.nixos_below(path).next().is_some() || self.hides(path)
    }

    /// Whether a set above a path is not known, so that nobody knows what is written there.
    pub fn hides(&self, path: &[&str]) -> bool {
        self.nixos.definitions.iter().any(|it| hides(it, path))
    }

    /// Whether all of its modules are known, but for modules of NixOS that say nothing of what is asked.
    pub fn reads_all(&self) -> bool {
        self.open.is_empty() && self.nixos.modules.iter().all(|it| HARMLESS.contains(&it.as_ref()))
    }
}

/// Whether it is not known what stands at a path because a set above it is not known.
fn hides(definition: &Definition, path: &[&str]) -> bool {
    definition.path.len() < path.len()
        && !definition.value.is_known()
        && definition.path.iter().zip(path).all(|(name, wanted)| name.as_ref() == *wanted)
}

/// What is known of an option that is a list.
#[derive(Clone, Debug)]
pub struct NixosList<'a> {
    pub elements: Vec<&'a Plain>,
    /// Whether there are no others, but for those that NixOS adds.
    pub all: bool,
    /// The definitions that count.
    pub definitions: Vec<&'a Definition>,
}

impl NixosList<'_> {
    /// Whether what NixOS itself adds is lost: `mkForce` and the like.
    pub fn is_forced(&self) -> bool {
        self.definitions.first().is_some_and(|it| it.priority < PLAIN_PRIORITY)
    }
}

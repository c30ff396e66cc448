use crate::findings::{Finding, Level};
use crate::network::{Dialect, Machine, Network, Plain, PlainKind, Setting};

use super::check::check;

check! {
    /// # What it finds
    /// What NixOS certainly refuses when it builds a machine: no root file system, no place for the boot loader, ZFS without a
    /// `networking.hostId`, and users of whom today's NixOS is not told what they are. As a hint: no `system.stateVersion`.
    ///
    /// # Why it is bad
    /// The machine cannot be built, and with it the whole deployment fails, after everything was evaluated. Without a
    /// `stateVersion`, the next release may move the data of services.
    ///
    /// # What to do instead
    /// Say what is missing. `nixos-generate-config` on the machine prints its file systems and its boot loader.
    ///
    /// # What it cannot see
    /// It only speaks of machines of which all modules are known and which look complete: one that says nothing of its disks
    /// may be a part of a network only. `check --eval` asks NixOS itself. That a release asks for a user's kind is known from a
    /// `system.stateVersion` of 21.11 or later.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {   # warning
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.openssh.enable = true;
    ///     boot.loader.grub.device = "/dev/vda";
    ///     fileSystems."/data".device = "/dev/vdb1";
    ///   };
    ///   db = {   # warning
    ///     deployment.targetHost = "10.0.0.8";
    ///     services.openssh.enable = true;
    ///     fileSystems."/".device = "/dev/vda1";
    ///   };
    ///   mail = {
    ///     deployment.targetHost = "10.0.0.9";
    ///     system.stateVersion = "23.11";
    ///     users.users.deploy.extraGroups = [ "wheel" ];   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     services.openssh.enable = true;
    ///     boot.loader.grub.device = "/dev/vda";
    ///     fileSystems."/".device = "/dev/vda1";
    ///   };
    ///   db = {
    ///     deployment.targetHost = "10.0.0.8";
    ///     services.openssh.enable = true;
    ///     boot.loader.systemd-boot.enable = true;
    ///     fileSystems."/".device = "/dev/vda1";
    ///   };
    ///   mail = {
    ///     deployment.targetHost = "10.0.0.9";
    ///     system.stateVersion = "23.11";
    ///     users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "assertion-will-fail", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in network.machines.iter().filter(|it| it.reads_all()) {
        let elsewhere = ["boot.isContainer", "disko", "virtualisation"]
            .iter()
            .any(|it| machine.mentions(&it.split('.').collect::<Vec<_>>()));
        let cloud = machine
            .definitions_of(&["deployment", "targetEnv"])
            .any(|it| !it.certain || it.value.as_str() != Some("none"));
        if !elsewhere && !cloud {
            found.extend(no_root(machine).or_else(|| no_loader(machine)));
            found.extend(no_host_id(machine));
            found.extend(no_state_version(network, machine));
        }
        found.extend(kinds_of_users(machine));
    }
}

/// The boot loader has a place, and no file system is `/`.
fn no_root(machine: &Machine) -> Option<Finding> {
    let starts = machine.mentions(&["boot", "loader", "grub", "device"])
        || machine.mentions(&["boot", "loader", "grub", "devices"])
        || machine.mentions(&["boot", "loader", "systemd-boot"]);
    // A network of NixOps in two files may have its disks in the other one: here are some.
    let disks = machine.nixos_below(&["fileSystems"]).any(|it| it.path.len() > 1);
    if !starts || !disks || machine.mentions(&["fileSystems", "/"]) {
        return None;
    }
    let message = format!("`{}` has no root file system, and NixOS refuses to build it", machine.name);
    let help = "set `fileSystems.\"/\"`; `nixos-generate-config` on the machine prints it";
    Some(CHECK.finding(machine.at()?, message).help(help).machine(machine.name.as_str()))
}

/// GRUB is on unless another loader is, and is told no disk.
fn no_loader(machine: &Machine) -> Option<Finding> {
    const OF_ALL: [&str; 3] = ["efi", "grub", "timeout"];
    const OF_GRUB: [&str; 8] = [
        "configurationLimit",
        "efiSupport",
        "enable",
        "fsIdentifier",
        "splashImage",
        "theme",
        "useOSProber",
        "version",
    ];
    let others = |path: &[&str], harmless: &[&str]| {
        machine.hides(&[path, &["*"]].concat())
            || machine
                .nixos_below(path)
                .any(|it| it.path.get(path.len()).is_some_and(|name| !harmless.contains(&name.as_ref())))
    };
    let enabled = machine.nixos(&["boot", "loader", "grub", "enable"]);
    let on = match &enabled {
        Setting::Unset => true,
        setting => setting.value().is_some_and(|it| it.kind == PlainKind::Bool(true)),
    };
    let unclear = !on
        || !machine.mentions(&["fileSystems", "/"])
        || machine.mentions(&["boot", "lanzaboote"])
        || others(&["boot", "loader"], &OF_ALL)
        || others(&["boot", "loader", "grub"], &OF_GRUB);
    if unclear {
        return None;
    }
    let message =
        format!("`{}` has no boot loader that knows its disk, and NixOS refuses to build it", machine.name);
    let help =
        "set `boot.loader.grub.device`, or `boot.loader.systemd-boot.enable = true` where it starts by EFI";
    Some(CHECK.finding(machine.at()?, message).help(help).machine(machine.name.as_str()))
}

/// ZFS knows by the host's number whose a pool is.
fn no_host_id(machine: &Machine) -> Option<Finding> {
    let types = machine.nixos.definitions.iter().filter(|it| {
        it.certain
            && it.path.len() == 3
            && it.path[0].as_ref() == "fileSystems"
            && it.path[2].as_ref() == "fsType"
    });
    let used = types.map(|it| &it.value).find(|it| it.as_str() == Some("zfs")).or_else(|| {
        let list = machine.nixos_list(&["boot", "supportedFilesystems"]);
        list.elements.into_iter().find(|it| it.as_str() == Some("zfs"))
    })?;
    if machine.mentions(&["networking", "hostId"]) {
        return None;
    }
    let message =
        format!("`{}` uses ZFS and has no `networking.hostId`, so NixOS refuses to build it", machine.name);
    let help = "set `networking.hostId` to eight hexadecimal digits that no other machine has";
    Some(CHECK.finding(used.at, message).note("uses ZFS").help(help).machine(machine.name.as_str()))
}

fn no_state_version(network: &Network, machine: &Machine) -> Option<Finding> {
    let whole = machine.mentions(&["fileSystems", "/"]) && machine.mentions(&["boot", "loader"]);
    // NixOps remembers the version itself.
    if network.dialect == Dialect::NixOps || !whole || machine.mentions(&["system", "stateVersion"]) {
        return None;
    }
    let message = format!(
        "`{}` says no `system.stateVersion`, so that the next release may move its data",
        machine.name
    );
    let mut finding = CHECK.finding(machine.at()?, message).machine(machine.name.as_str());
    finding.level = Level::Hint;
    Some(finding.help("set it to the release that the machine was installed with, and leave it so"))
}

/// Since 21.11 users are normal or of the system, and those of the system have a group.
fn kinds_of_users(machine: &Machine) -> Vec<Finding> {
    let version = machine.nixos(&["system", "stateVersion"]).value();
    let mut found = Vec::new();
    if version.and_then(Plain::as_str).is_none_or(|it| it < "21.11")
        || machine.hides(&["users", "users", "*"])
    {
        return found;
    }
    let mut names: Vec<&str> = machine
        .nixos_below(&["users", "users"])
        .filter(|it| it.path.len() > 2)
        .map(|it| it.path[2].as_ref())
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|it| *it != "root" && !may_be_a_service(machine, it)) {
        let of_user = |option: &'static str| ["users", "users", name, option];
        let is_system = machine.nixos(&of_user("isSystemUser"));
        let normal = machine.mentions(&of_user("isNormalUser"));
        if let Some(system) = is_system.value().filter(|it| it.kind == PlainKind::Bool(true)) {
            if !normal && !machine.mentions(&of_user("group")) {
                let message =
                    format!("the user `{name}` of `{}` has no group, and NixOS refuses that", machine.name);
                let help =
                    format!("set `users.users.{name}.group = \"{name}\"` and `users.groups.{name} = {{ }}`");
                found.push(CHECK.finding(system.at, message).help(help).machine(machine.name.as_str()));
            }
            continue;
        }
        // NixOS' own modules say what their users are; those are not in this group.
        let groups = machine.nixos_list(&of_user("extraGroups"));
        let Some(wheel) = groups.elements.iter().find(|it| it.as_str() == Some("wheel")) else { continue };
        if !normal && !machine.mentions(&of_user("isSystemUser")) && !machine.hides(&of_user("isNormalUser"))
        {
            let message = format!(
                "the user `{name}` of `{}` is neither a normal user nor one of the system, and NixOS refuses that",
                machine.name
            );
            let help = format!("set `users.users.{name}.isNormalUser = true`");
            let at = groups.definitions.first().map_or(wheel.at, |it| it.at);
            found.push(CHECK.finding(at, message).help(help).machine(machine.name.as_str()));
        }
    }
    found
}

/// Whether a module of NixOS may declare the user: it is called like a service that the machine has.
fn may_be_a_service(machine: &Machine, user: &str) -> bool {
    machine.hides(&["services", "*"])
        || machine
            .nixos_below(&["services"])
            .filter_map(|it| it.path.get(1))
            .any(|service| service.starts_with(user) || user.starts_with(service.as_ref()))
}

use crate::findings::{Edit, Finding};
use crate::network::{Machine, Network, PlainKind, Setting};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// An option that a former tool had and nixwright only reads past: `autoLuks`, `autoRaid0`, `encryptedLinksTo`, `storeKeysOnMachine`, the options of a cloud on a machine that is in none; also a key that is only a string.
    ///
    /// # Why it is bad
    /// It does nothing. Disks are not encrypted, tunnels not made, and nobody says so.
    ///
    /// # What to do instead
    /// Use what the message names, and remove the option.
    ///
    /// # What it cannot see
    /// Machines whose `targetEnv` names a cloud have one finding about that, and none for each option of the cloud.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     encryptedLinksTo = [ "db" ];   # warning
    ///     virtualbox.memorySize = 1024;  # warning
    ///   };
    ///   db.deployment = {
    ///     targetHost = "10.0.0.8";
    ///     storeKeysOnMachine = true;   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     networking.wireguard.interfaces.wg0.ips = [ "10.100.0.1/24" ];
    ///   };
    ///   db.deployment = {
    ///     targetHost = "10.0.0.8";
    ///     keys.tls = { keyFile = "/root/tls"; destDir = "/var/keys"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "deprecated-option", level: Warning, since: "0.1.0", looks_at: Machine }
}

/// What former versions of NixOps did themselves, and what does it now.
const SUCCESSORS: [(&str, &str); 4] = [
    ("autoLuks", "encrypt the devices with `boot.initrd.luks.devices`, or with disko"),
    ("autoRaid0", "make the volume with `boot.swraid` or LVM, or with disko"),
    ("encryptedLinksTo", "connect the machines with `networking.wireguard.interfaces`"),
    (
        "storeKeysOnMachine",
        "give the keys a `destDir` that survives a reboot, such as `/var/keys`, or leave the option out",
    ),
];

/// Options of machines that a tool created.
const CLOUDS: [&str; 14] = [
    "azure",
    "container",
    "digitalOcean",
    "droplet",
    "ec2",
    "gce",
    "hetzner",
    "hetznerCloud",
    "libvirtd",
    "packet",
    "route53",
    "virtualbox",
    "importPath",
    "nixPath",
];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for definition in machine.definitions.iter().filter(|it| it.certain) {
            let [deployment, name] = definition.path.as_slice() else { continue };
            if deployment.as_ref() != "deployment" || machine.declares(&definition.path) {
                continue;
            }
            let name = name.as_ref();
            let help = if let Some((_, help)) = SUCCESSORS.iter().find(|(option, _)| *option == name) {
                // `false` is what happens anyway.
                if definition.value.kind == PlainKind::Bool(false) {
                    continue;
                }
                *help
            } else if CLOUDS.contains(&name) && is_in_no_cloud(machine) {
                "remove it; nixwright deploys to machines that exist, whatever made them"
            } else {
                if name == "keys" {
                    strings(network, machine, definition.value.as_set().unwrap_or_default(), found);
                }
                continue;
            };
            found.push(
                CHECK
                    .finding(definition.at, format!("nothing acts on `deployment.{name}` any more"))
                    .note("an option of a former tool")
                    .help(help)
                    .machine(machine.name.as_str()),
            );
        }
    }
}

/// Whether the machine is certainly one that nobody creates.
fn is_in_no_cloud(machine: &Machine) -> bool {
    match machine.deployment("targetEnv") {
        Setting::Unset => true,
        Setting::Known(it) => it.iter().all(|it| it.value.as_str() == Some("none")),
        Setting::Unknown(_) => false,
    }
}

/// Keys that are only a string, as NixOps had them before 1.0.
fn strings(network: &Network, machine: &Machine, keys: &[crate::network::Entry], found: &mut Vec<Finding>) {
    for key in keys.iter().filter(|it| it.value.as_str().is_some()) {
        let at = key.value.at;
        let mut finding = CHECK
            .finding(at, format!("the key `{}` is only a string, which NixOps gave up", key.name))
            .note("taken for its `text`")
            .help("write `{ text = …; }`, or better `{ keyFile = …; }`")
            .machine(machine.name.as_str());
        let written = network.sources().slice(at);
        if written.starts_with('"') && written.ends_with('"') {
            let edit = |at: u32, text: &str| Edit {
                span: Span::new(key.value.at.file, at, at),
                text: text.to_owned(),
            };
            finding = finding.fix(
                "say that it is the `text`",
                true,
                vec![edit(at.start, "{ text = "), edit(at.end, "; }")],
            );
        }
        found.push(finding);
    }
}

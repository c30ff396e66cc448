//! How a machine is reached, as far as its network says it for certain: as whom, on which port, through what, and where
//! its ssh server will listen. Judges nothing.

use crate::network::{Dialect, Machine, Network, Plain, PlainKind, Setting};
use crate::text::Span;

/// Something that the network says, and where; no place where it follows from a default.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<T> {
    pub(super) is: T,
    pub(super) at: Option<Span>,
}

/// What is known of the way to a machine.
pub(super) struct Access<'a> {
    pub(super) machine: &'a Machine,
    /// The user to log in as.
    pub(super) user: Option<Said<&'a str>>,
    /// The port that is connected to, where the network gives one.
    pub(super) port: Option<Said<i64>>,
    /// Whether packets of the deployer may come from the machine itself, or out of a tunnel that ends there.
    pub(super) from_inside: bool,
}

const OPENSSH: [&str; 2] = ["services", "openssh"];

impl<'a> Access<'a> {
    /// `None` where nobody deploys to the machine over ssh, or where that is not known.
    pub(super) fn of(network: &Network, machine: &'a Machine) -> Option<Self> {
        let host = machine.deployment("targetHost");
        let host = match (&host, host.value().map(|it| &it.kind)) {
            // Configurations of a flake may be anybody's own machine.
            (Setting::Unset, _) if network.dialect != Dialect::Nixos => machine.name.as_str(),
            (Setting::Known(_), Some(PlainKind::String(host))) => host,
            _ => return None,
        };
        let is_plain = |name: &str, usual: &PlainKind| {
            machine.definitions_of(&["deployment", name]).all(|it| it.certain && it.value.kind == *usual)
        };
        let off = PlainKind::Bool(false);
        let deployed = is_plain("targetEnv", &PlainKind::String("none".into()))
            && is_plain("buildOnly", &off)
            && is_plain("allowLocalDeployment", &off);
        if !deployed {
            return None;
        }
        let options = SshOptions::of(machine);
        let is_loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
        Some(Self {
            machine,
            user: (!options.user && !host.contains('@')).then(|| user(network, machine)).flatten(),
            port: (!options.port).then(|| port(machine)).flatten(),
            from_inside: options.way || is_loopback || host.ends_with(".onion") || has_tunnels(machine),
        })
    }

    pub(super) fn name(&self) -> &'a str {
        self.machine.name.as_str()
    }

    /// An option of the ssh server.
    pub(super) fn sshd(&self, name: &str) -> Setting<'a> {
        self.machine.nixos(&[OPENSSH[0], OPENSSH[1], name])
    }

    /// An option of the ssh server that was called otherwise once: what any of its names says, where they agree.
    pub(super) fn sshd_renamed(&self, old: &str, new: &str) -> Option<&'a Plain> {
        let old = self.sshd(old);
        let new = self.machine.nixos(&[OPENSSH[0], OPENSSH[1], "settings", new]);
        match (&old, &new) {
            (Setting::Known(_), Setting::Unknown(_)) if self.machine.open.is_empty() => None,
            (Setting::Unknown(_), Setting::Known(_)) if self.machine.open.is_empty() => None,
            (Setting::Known(_), Setting::Known(_)) => {
                let agree = old.value().map(|it| &it.kind) == new.value().map(|it| &it.kind);
                if agree { new.value() } else { None }
            }
            _ => old.value().or(new.value()),
        }
    }

    pub(super) fn sshd_mentions(&self, names: &[&str]) -> bool {
        let path: Vec<&str> = OPENSSH.iter().chain(names).copied().collect();
        self.machine.mentions(&path)
    }

    /// Lines that are added to the server's configuration, each with where its text is written; `None` where any is unknown.
    pub(super) fn extra_lines(&self) -> Option<Vec<(&'a str, Span)>> {
        let path = [OPENSSH[0], OPENSSH[1], "extraConfig"];
        if self.machine.hides(&path) {
            return None;
        }
        let mut lines = Vec::new();
        for definition in self.machine.nixos_below(&path) {
            let text = definition.value.as_str().filter(|_| definition.certain)?;
            lines.extend(text.lines().map(|line| (line.trim(), definition.value.at)));
        }
        Some(lines)
    }

    /// The ports on which the server listens, each with where it is said; `None` where that is not certain.
    pub(super) fn listening(&self) -> Option<Vec<Said<i64>>> {
        const WORDS: [&str; 2] = ["port", "listenaddress"];
        let moved = self.extra_lines()?.iter().any(|(line, _)| WORDS.contains(&keyword(line).as_str()))
            || self.sshd_mentions(&["settings", "Port"])
            || self.sshd_mentions(&["settings", "ListenAddress"])
            || self.machine.mentions(&["systemd", "sockets", "sshd"])
            || self.machine.mentions(&["systemd", "services", "sshd"]);
        if moved || !self.machine.reads_all() {
            return None;
        }
        let ports = self.ports()?;
        let addresses = self.addresses()?;
        if addresses.is_empty() {
            return Some(ports);
        }
        let mut all = Vec::new();
        for address in addresses {
            match address.port {
                Some(port) => all.push(port),
                None => all.extend(ports.iter().copied()),
            }
        }
        Some(all)
    }

    /// `services.openssh.ports`, which the firewall opens.
    pub(super) fn ports(&self) -> Option<Vec<Said<i64>>> {
        let list = self.machine.nixos_list(&[OPENSSH[0], OPENSSH[1], "ports"]);
        if !list.all {
            return None;
        }
        if list.definitions.is_empty() {
            return Some(vec![Said { is: 22, at: None }]);
        }
        let port = |it: &&Plain| int(it).filter(|port| (1..=65535).contains(port));
        let ports = list.elements.iter().map(|it| Some(Said { is: port(it)?, at: Some(it.at) }));
        ports.collect()
    }

    /// The addresses that it is told to listen on; none where it listens on all.
    pub(super) fn addresses(&self) -> Option<Vec<Address<'a>>> {
        let list = self.machine.nixos_list(&[OPENSSH[0], OPENSSH[1], "listenAddresses"]);
        let by_socket = !list.elements.is_empty() && !matches!(self.sshd("startWhenNeeded"), Setting::Unset);
        if !list.all || by_socket {
            return None;
        }
        let address = |it: &&'a Plain| {
            let field = |name: &str| it.as_set()?.iter().find(|entry| entry.name.as_ref() == name);
            let port = match field("port").map(|entry| &entry.value.kind) {
                None | Some(PlainKind::Null) => None,
                Some(PlainKind::Int(port)) => {
                    Some(Said { is: *port, at: field("port").map(|it| it.value.at) })
                }
                Some(_) => return None,
            };
            Some(Address { host: field("addr")?.value.as_str()?, port, at: it.at })
        };
        list.elements.iter().map(address).collect()
    }

    /// Whether something else than sshd may let the deployer in.
    pub(super) fn has_another_server(&self) -> bool {
        const OTHERS: [&[&str]; 6] = [
            &["gnu"],
            &["nix", "sshServe"],
            &["services", "lshd"],
            &["services", "tailscale"],
            &["services", "netbird"],
            &["services", "teleport"],
        ];
        OTHERS.iter().any(|path| self.machine.mentions(path))
            || self.machine.hides(&["systemd", "services", "*"])
            || units(self.machine).any(|unit| ["ssh", "dropbear"].iter().any(|it| unit.contains(it)))
    }
}

/// Where the server listens.
pub(super) struct Address<'a> {
    pub(super) host: &'a str,
    pub(super) port: Option<Said<i64>>,
    pub(super) at: Span,
}

/// The first word of a line of sshd's configuration, which does not care for the case of letters.
pub(super) fn keyword(line: &str) -> String {
    line.split([' ', '\t', '=']).next().unwrap_or_default().to_ascii_lowercase()
}

pub(super) fn int(value: &Plain) -> Option<i64> {
    match value.kind {
        PlainKind::Int(it) => Some(it),
        _ => None,
    }
}

fn user<'a>(network: &Network, machine: &'a Machine) -> Option<Said<&'a str>> {
    match machine.deployment("targetUser") {
        Setting::Known(definitions) => {
            let value = &definitions.first()?.value;
            Some(Said { is: value.as_str()?, at: Some(value.at) })
        }
        Setting::Unset if !network.dialect.leaves_user_to_ssh() => Some(Said { is: "root", at: None }),
        _ => None,
    }
}

fn port(machine: &Machine) -> Option<Said<i64>> {
    let setting = machine.deployment("targetPort");
    let value = setting.value()?;
    // What follows for NixOps from the server's own ports stands where the machine is named.
    let is = int(value).filter(|it| (1..=65535).contains(it))?;
    (machine.at() != Some(value.at)).then_some(Said { is, at: Some(value.at) })
}

/// What more arguments for ssh change.
#[derive(Default)]
struct SshOptions {
    user: bool,
    port: bool,
    way: bool,
}

impl SshOptions {
    fn of(machine: &Machine) -> Self {
        let (options, all) = machine.deployment_list("sshOptions");
        let none = machine.definitions_of(&["deployment", "sshOptions"]).next().is_none();
        if !all && !none {
            return Self { user: true, port: true, way: true };
        }
        let mut told = Self::default();
        for (option, _) in options {
            let lower = option.to_ascii_lowercase();
            let is = |flags: [&str; 2], word: &str| {
                flags.iter().any(|it| option.starts_with(it)) || lower.contains(word)
            };
            told.user |= is(["-l", "-F"], "user");
            told.port |= is(["-p", "-F"], "port");
            told.way |= is(["-J", "-F"], "proxy") || is(["-W", "-w"], "hostname") || lower.contains("tunnel");
        }
        told
    }
}

/// Services that let packets in past the firewall, or bring them from the inside.
const TUNNELS: [&str; 13] = [
    "tailscale",
    "netbird",
    "teleport",
    "cloudflared",
    "tor",
    "frp",
    "autossh",
    "rathole",
    "nebula",
    "zerotierone",
    "knockd",
    "openvpn",
    "lshd",
];

fn has_tunnels(machine: &Machine) -> bool {
    const WORDS: [&str; 5] = ["ssh", "tunnel", "proxy", "vpn", "tailscale"];
    TUNNELS.iter().any(|it| machine.mentions(&["services", it]))
        || machine.hides(&["systemd", "services", "*"])
        || units(machine).any(|unit| WORDS.iter().any(|it| unit.contains(it)))
}

/// The names of the units that the machine's modules write.
fn units(machine: &Machine) -> impl Iterator<Item = &str> {
    let of = |kind: &'static str| {
        machine.nixos.definitions.iter().filter(move |it| {
            it.path.len() == 3 && it.path[0].as_ref() == "systemd" && it.path[1].as_ref() == kind
        })
    };
    of("services").chain(of("sockets")).map(|it| it.path[2].as_ref())
}

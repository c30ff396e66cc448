use crate::findings::Finding;
use crate::network::{Dialect, Network, PlainKind, Setting};

use super::access::{Access, Said, int, keyword};
use super::check::check;
use super::root_rights;

check! {
    /// # What it finds
    /// A configuration that would shut out whoever deploys it: no ssh server, one on another port than the network connects
    /// to, a firewall in front of it, a login that is forbidden or impossible, or a user who cannot become root.
    ///
    /// # Why it is bad
    /// Nothing fails until the configuration is active. Then the machine cannot be reached, and so not be repaired, without a
    /// console; a rollback needs somebody who stands before the machine, unless `deployment.rollback` is there to do it.
    ///
    /// # What to do instead
    /// Change the setting that the finding points at, or the way that the network takes: `deployment.targetUser`,
    /// `deployment.targetPort`. Who really means to close a machine tells the network: `deployment.targetHost = null`.
    ///
    /// # What it cannot see
    /// It only speaks of what is certain. It is silent where lists may be longer than what is known (modules that are not at
    /// hand, images of NixOS), where ssh is told of a proxy or the machine ends a tunnel, and of machines that
    /// may deploy themselves. What `~/.ssh/config` says is unknown: a `targetPort` counts as forwarded by somebody unless
    /// `services.openssh.ports` is set, too. Keys in the home folders of a machine are unknown, and so a key counts as missing only
    /// where these are not read. What NixOS says by default is taken from all releases since 18.09.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "web.internal";
    ///     services.openssh.enable = false;   # error
    ///   };
    ///   db = {
    ///     deployment.targetHost = "db.internal";
    ///     services.openssh = { enable = true; permitRootLogin = "no"; };   # error
    ///   };
    ///   mail = {
    ///     deployment = { targetHost = "mail.internal"; targetPort = 22; };
    ///     services.openssh = { enable = true; ports = [ 2222 ]; };   # error
    ///   };
    ///   proxy = {
    ///     deployment.targetHost = "proxy.internal";
    ///     services.openssh = { enable = true; openFirewall = false; };   # error
    ///     networking.firewall.allowedTCPPorts = [ 80 443 ];
    ///   };
    ///   shop = {
    ///     deployment = { targetHost = "shop.internal"; targetUser = "deploy"; };   # error
    ///     services.openssh.enable = true;
    ///     users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = null;
    ///     services.openssh.enable = false;
    ///   };
    ///   db = {
    ///     deployment = { targetHost = "db.internal"; targetUser = "deploy"; };
    ///     services.openssh = { enable = true; settings.PermitRootLogin = "no"; };
    ///     users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    ///     security.sudo.wheelNeedsPassword = false;
    ///   };
    ///   mail = {
    ///     deployment = { targetHost = "mail.internal"; targetPort = 2222; };
    ///     services.openssh = { enable = true; ports = [ 2222 ]; };
    ///   };
    ///   proxy = {
    ///     deployment.targetHost = "proxy.internal";
    ///     services.openssh = { enable = true; openFirewall = false; };
    ///     networking.firewall.interfaces.lan0.allowedTCPPorts = [ 22 ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "lockout", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Some(access) = Access::of(network, machine) else { continue };
        // Without a server the rest does not matter; and one way that is barred is enough of each kind.
        let mut reasons = Vec::new();
        match no_server(network, &access) {
            Some(reason) => reasons.push(reason),
            None => {
                reasons
                    .extend(no_port(&access).or_else(|| only_itself(&access)).or_else(|| no_way_in(&access)));
                reasons.extend(
                    no_login(&access)
                        .or_else(|| no_keys_taken(&access))
                        .or_else(|| no_key(&access))
                        .or_else(|| no_user(&access)),
                );
                reasons.extend(root_rights::missing(&CHECK, network, &access));
            }
        }
        found.extend(reasons.into_iter().map(|it| it.machine(access.name())));
    }
}

/// sshd is switched off, or nobody switches it on.
fn no_server(network: &Network, access: &Access<'_>) -> Option<Finding> {
    if access.has_another_server() {
        return None;
    }
    let name = access.name();
    let help = "set `services.openssh.enable = true`; a machine that nobody deploys to has `deployment.targetHost = null`";
    match access.sshd("enable") {
        Setting::Known(definitions) => {
            let off = definitions.first().filter(|it| it.value.kind == PlainKind::Bool(false))?;
            let message = format!("`{name}` would run no ssh server, and nobody could deploy to it again");
            Some(CHECK.finding(off.value.at, message).note("switches it off").help(help))
        }
        Setting::Unset if access.machine.reads_all() && is_whole(network, access) => {
            let message = format!(
                "none of the modules of `{name}` enables an ssh server, and NixOS does not by itself"
            );
            let at = access.machine.at()?;
            Some(CHECK.finding(at, message).help(help))
        }
        _ => None,
    }
}

/// Whether what is read is all of the machine. One that says nothing of its disks is a part of what somebody deploys; and
/// networks of NixOps are often written in two files, of which one has the disks and nothing else.
fn is_whole(network: &Network, access: &Access<'_>) -> bool {
    let starts = access.machine.mentions(&["fileSystems"]) && access.machine.mentions(&["boot"]);
    let joined = network.dialect != Dialect::NixOps || network.inputs.len() > 1;
    starts && (joined || access.sshd_mentions(&[]))
}

/// The server listens on other ports than the network connects to.
fn no_port(access: &Access<'_>) -> Option<Finding> {
    let port = access.port?;
    let listening = access.listening()?;
    // Where nobody says on which ports it listens, somebody may forward the port.
    let first = listening.iter().find_map(|it| it.at)?;
    if access.from_inside || listening.iter().any(|it| it.is == port.is) {
        return None;
    }
    let ports: Vec<String> = listening.iter().map(|it| it.is.to_string()).collect();
    let message = format!(
        "the ssh server of `{}` would listen on port {} and not on {}, where the network connects to",
        access.name(),
        ports.join(", "),
        port.is
    );
    let finding = CHECK.finding(first, message).note("listens here");
    Some(
        with(finding, port.at, "connects here")
            .help("let `deployment.targetPort` be one of the server's ports"),
    )
}

/// The server listens on addresses that only the machine itself reaches.
fn only_itself(access: &Access<'_>) -> Option<Finding> {
    let addresses = access.addresses()?;
    let is_own = |host: &str| {
        host == "localhost" || host.trim_matches(['[', ']']) == "::1" || host.starts_with("127.")
    };
    if access.from_inside || access.listening().is_none() || !addresses.iter().all(|it| is_own(it.host)) {
        return None;
    }
    let message =
        format!("the ssh server of `{}` would only be reached from the machine itself", access.name());
    let help = "add an address of the machine to `services.openssh.listenAddresses`";
    Some(CHECK.finding(addresses.first()?.at, message).note("listens only here").help(help))
}

/// The firewall drops what comes for the server.
fn no_way_in(access: &Access<'_>) -> Option<Finding> {
    let machine = access.machine;
    let listening = access.listening()?;
    let wanted: Vec<i64> = match access.port {
        Some(port) if listening.iter().any(|it| it.is == port.is) => vec![port.is],
        _ => listening.iter().map(|it| it.is).collect(),
    };
    let enabled = match machine.nixos(&["networking", "firewall", "enable"]) {
        Setting::Unset => true,
        setting => setting.value().is_some_and(|it| it.kind == PlainKind::Bool(true)),
    };
    let rules = ["interfaces", "trustedInterfaces", "extraCommands", "extraInputRules"];
    let tables = ["ruleset", "rulesetFile", "tables"];
    let has_rules = rules.iter().any(|it| machine.mentions(&["networking", "firewall", it]))
        || tables.iter().any(|it| machine.mentions(&["networking", "nftables", it]));
    if access.from_inside || has_rules || !enabled {
        return None;
    }
    let allowed = machine.nixos_list(&["networking", "firewall", "allowedTCPPorts"]);
    let ranges = machine.nixos_list(&["networking", "firewall", "allowedTCPPortRanges"]);
    let opens = access.sshd("openFirewall");
    let opens_own = match &opens {
        Setting::Unset => true,
        Setting::Known(_) => opens.value().is_some_and(|it| it.kind != PlainKind::Bool(false)),
        Setting::Unknown(_) => return None,
    };
    if !allowed.all || !ranges.all {
        return None;
    }
    let ranges: Option<Vec<(i64, i64)>> = ranges
        .elements
        .iter()
        .map(|range| {
            let bound = |name: &str| int(&range.as_set()?.iter().find(|it| it.name.as_ref() == name)?.value);
            Some((bound("from")?, bound("to")?))
        })
        .collect();
    let ranges = ranges?;
    let own = if opens_own && !allowed.is_forced() { access.ports()? } else { Vec::new() };
    let is_open = |port: i64| {
        allowed.elements.iter().any(|it| int(it) == Some(port))
            || ranges.iter().any(|(from, to)| (*from..=*to).contains(&port))
            || own.iter().any(|it| it.is == port)
    };
    if wanted.iter().any(|port| is_open(*port)) {
        return None;
    }
    let name = access.name();
    let ports: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let message = format!(
        "the firewall of `{name}` would drop what comes for its ssh server on port {}",
        ports.join(", ")
    );
    let help = format!("add {} to `networking.firewall.allowedTCPPorts`", ports.join(" and "));
    let (at, note) = match (allowed.definitions.first().filter(|_| allowed.is_forced()), opens.value()) {
        (Some(forced), _) if opens_own => (forced.value.at, "replaces the ports that NixOS opens"),
        (_, Some(opens)) => (opens.at, "does not open the server's port"),
        _ => (listening.iter().find_map(|it| it.at)?, "listens here"),
    };
    let finding = CHECK.finding(at, message).note(note).help(help);
    Some(with(finding, access.port.and_then(|it| it.at), "connects here"))
}

/// The server does not let the user in.
fn no_login(access: &Access<'_>) -> Option<Finding> {
    let user = access.user?;
    let name = access.name();
    let lines = access.extra_lines()?;
    // A `Match` may say otherwise for some.
    if access.sshd_mentions(&["settings", "Match"]) || lines.iter().any(|(line, _)| keyword(line) == "match")
    {
        return None;
    }
    if user.is == "root"
        && let Some(value) = access.sshd_renamed("permitRootLogin", "PermitRootLogin")
        && value.as_str() == Some("no")
    {
        let message = format!("root could not log in to `{name}` any more, and the network logs in as root");
        let help = "set `PermitRootLogin` to \"prohibit-password\", or `deployment.targetUser` to a user who may use sudo";
        let finding = CHECK.finding(value.at, message).note("forbids it").help(help);
        return Some(with(finding, user.at, "logs in as root"));
    }
    refused(access, user, &lines)
}

/// `AllowUsers` and `DenyUsers`.
fn refused(access: &Access<'_>, user: Said<&str>, lines: &[(&str, crate::text::Span)]) -> Option<Finding> {
    let machine = access.machine;
    let list = |name: &str| {
        let list = machine.nixos_list(&["services", "openssh", "settings", name]);
        let mut patterns: Vec<(&str, crate::text::Span)> =
            list.elements.iter().filter_map(|it| Some((it.as_str()?, it.at))).collect();
        for (line, at) in lines.iter().filter(|(line, _)| keyword(line) == name.to_ascii_lowercase()) {
            patterns.extend(line.split_whitespace().skip(1).map(|pattern| (pattern, *at)));
        }
        (patterns, list.all)
    };
    let name = access.name();
    let (denied, _) = list("DenyUsers");
    if let Some((_, at)) = denied.iter().find(|(pattern, _)| *pattern == user.is) {
        let message = format!(
            "`{}` could not log in to `{name}` any more, and the network logs in as this user",
            user.is
        );
        let finding = CHECK.finding(*at, message).note("denies it").help("take the user out of `DenyUsers`");
        return Some(with(finding, user.at, "logs in as this user"));
    }
    let (allowed, all) = list("AllowUsers");
    // A pattern may hold for one place only, and others may be refused there.
    let admits = |pattern: &str| {
        let who = pattern.split_once('@').map_or(pattern, |(who, _)| who);
        who == user.is || who.contains(['*', '?', '!', '"', ','])
    };
    let first = allowed.first()?;
    if !all || allowed.iter().any(|(pattern, _)| admits(pattern)) {
        return None;
    }
    let message =
        format!("`{}` could not log in to `{name}` any more: `AllowUsers` names others only", user.is);
    let finding = CHECK.finding(first.1, message).note("allows only these users");
    let help =
        format!("add `{}` to `AllowUsers`, or log in as another user: `deployment.targetUser`", user.is);
    Some(with(finding, user.at, "logs in as this user").help(help))
}

/// The server takes no keys, or asks for more: nobody is there to type a password.
fn no_keys_taken(access: &Access<'_>) -> Option<Finding> {
    let name = access.name();
    let lines = access.extra_lines()?;
    if lines.iter().any(|(line, _)| keyword(line) == "match") || access.sshd_mentions(&["settings", "Match"])
    {
        return None;
    }
    let setting = |name: &str| access.machine.nixos(&["services", "openssh", "settings", name]);
    let keys = setting("PubkeyAuthentication");
    let written = lines.iter().find(|(line, _)| keyword(line) == "pubkeyauthentication");
    let off = match (&keys, written) {
        (Setting::Known(_), _) => keys
            .value()
            .filter(|it| it.kind == PlainKind::Bool(false) || it.as_str() == Some("no"))
            .map(|it| it.at),
        (Setting::Unset, Some((line, at))) => {
            line.split_whitespace().nth(1).filter(|it| it.eq_ignore_ascii_case("no")).map(|_| *at)
        }
        _ => None,
    };
    if let Some(at) = off {
        let message =
            format!("the ssh server of `{name}` would take no keys, and a deployment types no password");
        return Some(CHECK.finding(at, message).note("refuses keys").help("leave `PubkeyAuthentication` on"));
    }
    let methods = setting("AuthenticationMethods");
    let methods = methods.value()?;
    let text = methods.as_str()?;
    let types =
        |way: &str| way.split(',').any(|it| it == "password" || it.starts_with("keyboard-interactive"));
    if text.is_empty() || !text.split_whitespace().all(types) {
        return None;
    }
    let message = format!("every login to `{name}` would need a password, and a deployment types none");
    let help = "add a way that needs a key only: `publickey`";
    Some(CHECK.finding(methods.at, message).note("needs somebody who types").help(help))
}

/// Nobody's key opens the user's account. Keys in home folders are not known, so that this needs to be certain: they are
/// not read.
fn no_key(access: &Access<'_>) -> Option<Finding> {
    let (user, machine) = (access.user?, access.machine);
    let off = |setting: Setting<'_>| setting.value().is_some_and(|it| it.kind == PlainKind::Bool(false));
    let files = machine.nixos_list(&["services", "openssh", "authorizedKeysFiles"]);
    let own = "/etc/ssh/authorized_keys.d/%u";
    let only_own = files.all && files.is_forced() && files.elements.iter().all(|it| it.as_str() == Some(own));
    let home_is_read = match files.definitions.is_empty() {
        true => !files.all || !off(access.sshd("authorizedKeysInHomedir")),
        false => !only_own,
    };
    let passwords_taken = access
        .sshd_renamed("passwordAuthentication", "PasswordAuthentication")
        .is_none_or(|it| it.kind != PlainKind::Bool(false));
    let others = [
        &["authorizedKeysCommand"][..],
        &["settings", "AuthorizedKeysFile"],
        &["settings", "AuthorizedKeysCommand"],
        &["settings", "TrustedUserCAKeys"],
    ];
    let given =
        user.is == "root" && machine.definitions_of(&["deployment", "provisionSSHKey"]).next().is_some();
    if home_is_read
        || passwords_taken
        || given
        || !machine.reads_all()
        || !access.extra_lines()?.is_empty()
        || others.iter().any(|it| access.sshd_mentions(it))
    {
        return None;
    }
    let list =
        |name: &str| machine.nixos_list(&["users", "users", user.is, "openssh", "authorizedKeys", name]);
    let (keys, key_files) = (list("keys"), list("keyFiles"));
    let none = |list: &crate::network::NixosList<'_>| list.all && list.elements.is_empty();
    if !none(&keys) || !none(&key_files) || machine.mentions(&["users", "users", user.is, "name"]) {
        return None;
    }
    let name = access.name();
    let at = keys.definitions.first().map(|it| it.value.at).or(user.at).or(machine.at())?;
    let message =
        format!("no key would open the account of `{}` on `{name}`, and passwords are not taken", user.is);
    let help = format!("add your public key to `users.users.{}.openssh.authorizedKeys.keys`", user.is);
    Some(CHECK.finding(at, message).help(help))
}

/// The user is removed, or gets a shell that lets nobody in.
fn no_user(access: &Access<'_>) -> Option<Finding> {
    let (user, machine) = (access.user?, access.machine);
    if user.is == "root" || !machine.reads_all() || machine.mentions(&["users", "users", user.is, "name"]) {
        return None;
    }
    let name = access.name();
    let of_user = |option: &'static str| ["users", "users", user.is, option];
    if machine.mentions(&["users", "users", user.is]) {
        let system = machine.nixos(&of_user("isSystemUser"));
        let system = system.value().filter(|it| it.kind == PlainKind::Bool(true))?;
        let has_shell = machine.mentions(&of_user("shell")) || machine.mentions(&of_user("useDefaultShell"));
        if has_shell || machine.mentions(&of_user("isNormalUser")) {
            return None;
        }
        let message = format!(
            "`{}` could not log in to `{name}`: users of the system have no shell by default",
            user.is
        );
        let finding = CHECK.finding(system.at, message).note("has no shell");
        let help = format!("set `users.users.{}.useDefaultShell = true`", user.is);
        return Some(with(finding, user.at, "logs in as this user").help(help));
    }
    let elsewhere =
        [&["users", "ldap"][..], &["services", "sssd"], &["services", "kanidm"], &["services", "homed"]];
    let mutable = machine.nixos(&["users", "mutableUsers"]);
    let fixed = mutable.value().filter(|it| it.kind == PlainKind::Bool(false))?;
    if !machine.mentions(&["users", "users"])
        || elsewhere.iter().any(|it| machine.mentions(it))
        || machine.mentions(&["services", "userdbd"])
    {
        return None;
    }
    let message = format!("`{name}` would have no user `{}`, and the network logs in as this user", user.is);
    let at = user.at?;
    Some(
        CHECK
            .finding(at, message)
            .label(fixed.at, "only users that the configuration names are kept")
            .help(format!("declare `users.users.{}`", user.is)),
    )
}

fn with(finding: Finding, at: Option<crate::text::Span>, words: &str) -> Finding {
    match at {
        Some(at) => finding.label(at, words),
        None => finding,
    }
}

//! Whether a user who is not root becomes root without a password, as deployments need it. Part of the check `lockout`.

use crate::findings::Finding;
use crate::network::{Dialect, Network, Plain, PlainKind, Setting};

use super::Check;
use super::access::Access;

/// Why `sudo` would certainly ask for a password, or not be there.
pub(super) fn missing(check: &Check, network: &Network, access: &Access<'_>) -> Option<Finding> {
    let (user, machine) = (access.user?, access.machine);
    let at = user.at?;
    // Other tools can be told a password.
    let by_sudo = matches!(network.dialect, Dialect::NixOps | Dialect::Colmena) && uses_sudo(access);
    let name = access.name();
    let of_user = |option: &'static str| ["users", "users", user.is, option];
    let doubt = user.is == "root"
        || !by_sudo
        || !machine.reads_all()
        // Without a word on the user this may be a part of a network only.
        || !machine.mentions(&["users", "users", user.is])
        || machine.mentions(&of_user("name"))
        || machine.mentions(&of_user("uid"))
        || ["pam", "wrappers", "sudo-rs"].iter().any(|it| machine.mentions(&["security", it]))
        || machine.mentions(&["security", "sudo", "configFile"])
        || lets_somebody_in(access);
    if doubt {
        return None;
    }
    let setting = |name: &str| machine.nixos(&["security", "sudo", name]);
    let enabled = setting("enable");
    match &enabled {
        Setting::Unknown(_) => return None,
        _ if enabled.value().is_some_and(|it| it.kind == PlainKind::Bool(false)) => {
            let message =
                format!("`{name}` would have no sudo, and `{}` needs it to activate anything", user.is);
            let off = enabled.value()?.at;
            return Some(
                check
                    .finding(off, message)
                    .note("switches sudo off")
                    .label(at, "logs in as this user")
                    .help("leave sudo on, or set `deployment.privilegeEscalationCommand`"),
            );
        }
        _ => {}
    }
    let groups = groups(access)?;
    let wheel = setting("wheelNeedsPassword");
    let wheel_needs = match &wheel {
        Setting::Unset => true,
        Setting::Known(_) => wheel.value()?.kind == PlainKind::Bool(true),
        Setting::Unknown(_) => return None,
    };
    let in_wheel = groups.contains(&"wheel");
    let rules = machine.nixos_list(&["security", "sudo", "extraRules"]);
    if in_wheel && !wheel_needs
        || !rules.all
        || rules.is_forced()
        || rules.elements.iter().any(|it| may_grant(it, user.is, &groups))
    {
        return None;
    }
    let message = format!(
        "`{}` could not become root on `{name}` without a password, and a deployment types none",
        user.is
    );
    let finding = check.finding(at, message).note("logs in as this user");
    let finding = match wheel.value() {
        Some(wheel) if in_wheel => finding.label(wheel.at, "asks for a password"),
        _ => finding,
    };
    Some(
        finding.help(match in_wheel {
            true => "set `security.sudo.wheelNeedsPassword = false`, or give the user a rule with `NOPASSWD`"
                .to_owned(),
            false => format!(
                "give `{}` a rule with `NOPASSWD` in `security.sudo.extraRules`, or log in as root",
                user.is
            ),
        }),
    )
}

fn uses_sudo(access: &Access<'_>) -> bool {
    let command = access.machine.deployment("privilegeEscalationCommand");
    match &command {
        Setting::Unset => true,
        Setting::Known(_) => {
            let words = command.value().and_then(Plain::as_list);
            words.and_then(<[Plain]>::first).and_then(Plain::as_str).is_some_and(|it| it == "sudo")
        }
        Setting::Unknown(_) => false,
    }
}

/// Whether lines of the configuration may let somebody become root without a password.
fn lets_somebody_in(access: &Access<'_>) -> bool {
    let path = ["security", "sudo", "extraConfig"];
    access.machine.hides(&path)
        || access.machine.nixos_below(&path).any(|it| match it.value.as_str() {
            Some(text) => ["NOPASSWD", "authenticate", "include"].iter().any(|word| text.contains(word)),
            None => true,
        })
}

/// The groups of the user, where all are known.
fn groups<'a>(access: &Access<'a>) -> Option<Vec<&'a str>> {
    let (user, machine) = (access.user?.is, access.machine);
    let group = machine.nixos(&["users", "users", user, "group"]);
    let extra = machine.nixos_list(&["users", "users", user, "extraGroups"]);
    if matches!(group, Setting::Unknown(_))
        || !extra.all
        || machine.hides(&["users", "groups", "*", "members"])
    {
        return None;
    }
    let mut groups: Vec<&str> = group.value().and_then(Plain::as_str).into_iter().collect();
    groups.extend(extra.elements.iter().filter_map(|it| it.as_str()));
    for definition in machine.nixos_below(&["users", "groups"]).filter(|it| it.path.len() == 4) {
        let members = definition.value.as_list()?;
        if members.iter().any(|it| !it.is_known()) {
            return None;
        }
        if members.iter().any(|it| it.as_str() == Some(user)) {
            groups.push(&definition.path[2]);
        }
    }
    Some(groups)
}

/// Whether a rule lets the user run anything without a password, for all that is known.
fn may_grant(rule: &Plain, user: &str, groups: &[&str]) -> bool {
    let Some(fields) = rule.as_set() else { return true };
    let field = |name: &str| fields.iter().find(|it| it.name.as_ref() == name).map(|it| &it.value);
    let names = |name: &str, holds: &dyn Fn(&str) -> bool| match field(name) {
        None => false,
        Some(value) => value.as_list().is_none_or(|all| all.iter().any(|it| it.as_str().is_none_or(holds))),
    };
    let concerns =
        names("users", &|it| it == user || it == "ALL") || names("groups", &|it| groups.contains(&it));
    let free = match field("commands").map(|it| (it, it.as_list())) {
        None => false,
        Some((_, None)) => true,
        Some((_, Some(commands))) => {
            commands.iter().any(|command| match (command.as_str(), command.as_set()) {
                (Some(text), _) => text.contains("NOPASSWD"),
                (None, Some(fields)) => {
                    fields.iter().any(|it| it.name.as_ref() == "options" && may_be_free(&it.value))
                }
                _ => true,
            })
        }
    };
    concerns && free
}

fn may_be_free(options: &Plain) -> bool {
    options.as_list().is_none_or(|all| all.iter().any(|it| it.as_str().is_none_or(|it| it == "NOPASSWD")))
}

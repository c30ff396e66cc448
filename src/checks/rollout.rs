use crate::findings::Finding;
use crate::network::{Attribute, Machine, Network, Plain, PlainKind, Setting, nearest, selectors::Selector};

use super::check::check;
use super::literal;

check! {
    /// # What it finds
    /// A rollout that cannot go as it is described: a `canary` or a stage that selects no machine, `maxParallel = 0`, a tag of which none may be unavailable, a setting of `rollout` that there is not; and a health check that cannot tell anything, because it asks the deploying machine itself, nobody, or runs no command; a hook that runs none.
    ///
    /// # Why it is bad
    /// The deploy is refused, but only after the evaluation; or the health check is green, or red, whatever the machine does; the hook fails when it is its turn.
    ///
    /// # What to do instead
    /// Correct the selector or the number. Leave `host` of a health check out: then it is the machine's `targetHost`.
    ///
    /// # What it cannot see
    /// Selectors where not all machines, or not all of their tags, are known; whether a port is open.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   network.rollout = {
    ///     canary = "web3";   # warning
    ///     stages = [ "@data" "@fornt" ];   # warning
    ///     maxParallel = 0;   # warning
    ///     maxUnavailable.data = 0;   # warning
    ///     onFailur = "stop";   # warning
    ///   };
    ///   db.deployment = { targetHost = "10.0.0.6"; tags = [ "data" ]; };
    ///   web1.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     tags = [ "front" ];
    ///     healthChecks.http = [ { host = "localhost"; port = 80; } ];   # warning
    ///     healthChecks.cmd = [ { cmd = [ ]; } ];   # warning
    ///     hooks.post.deployer = [ [ ] ];   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   network.rollout = {
    ///     canary = "web1";
    ///     stages = [ "@data" "@front" ];
    ///     maxParallel = 1;
    ///     onFailure = "stop";
    ///   };
    ///   db.deployment = { targetHost = "10.0.0.6"; tags = [ "data" ]; };
    ///   web1.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     tags = [ "front" ];
    ///     healthChecks.http = [ { port = 80; timeout = 3; } ];
    ///     healthChecks.cmd = [ { cmd = [ "true" ]; } ];
    ///     hooks.post.deployer = [ [ "./announce" "--quiet" ] ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "rollout", level: Warning, since: "0.1.0" }
}

const SETTINGS: [&str; 6] = ["maxParallel", "canary", "stages", "maxUnavailable", "soak", "onFailure"];
const ON_FAILURE: [&str; 3] = ["stop", "continue", "rollback"];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for attribute in network.attributes.iter().filter(|it| it.name.as_ref() == "rollout") {
        settings(network, attribute, found);
    }
    for machine in &network.machines {
        for definition in machine.definitions.iter().filter(|it| it.certain) {
            let [deployment, set] = definition.path.as_slice() else { continue };
            if deployment.as_ref() != "deployment" {
                continue;
            }
            if set.as_ref() == "hooks" {
                hooks(machine.name.as_str(), &definition.value, found);
            }
            if !["healthChecks", "preDeployChecks"].contains(&set.as_ref()) {
                continue;
            }
            for kind in definition.value.as_set().unwrap_or_default() {
                for check in kind.value.as_list().unwrap_or_default() {
                    let finding = health(machine, &kind.name, check);
                    found.extend(finding.map(|it| it.machine(machine.name.as_str())));
                }
            }
        }
    }
}

fn settings(network: &Network, attribute: &Attribute, found: &mut Vec<Finding>) {
    for setting in attribute.value.as_set().unwrap_or_default() {
        let name = setting.name.as_ref();
        let value = &setting.value;
        match name {
            "canary" => selects(network, "the canary", value, found),
            "stages" => {
                for stage in value.as_list().unwrap_or_default() {
                    selects(network, "this stage", stage, found);
                }
            }
            "maxParallel" if matches!(value.kind, PlainKind::Int(it) if it < 1) => found.push(
                CHECK
                    .finding(
                        value.at,
                        format!("with `maxParallel = {}` no machine would ever begin", value.shown()),
                    )
                    .help("leave it out for no limit"),
            ),
            "maxUnavailable" => {
                for tag in value.as_set().unwrap_or_default() {
                    if matches!(tag.value.kind, PlainKind::Int(it) if it < 1) {
                        let never = format!("no machine with the tag `{}` would ever begin", tag.name);
                        found.push(CHECK.finding(tag.value.at, never).help("leave it out for no limit"));
                    }
                }
            }
            "soak" if matches!(value.kind, PlainKind::Int(it) if it < 0) => found.push(
                CHECK.finding(value.at, "`soak` is the seconds between stages, and these are less than none"),
            ),
            "onFailure" if value.as_str().is_some_and(|it| !ON_FAILURE.contains(&it)) => found.push(
                CHECK
                    .finding(value.at, format!("`onFailure` cannot be {}", value.shown()))
                    .help("it is \"stop\", \"continue\" or \"rollback\""),
            ),
            _ if !SETTINGS.contains(&name) => found.push(
                CHECK
                    .finding(setting.at, format!("there is no setting `rollout.{name}`"))
                    .note("refused by `deploy`")
                    .help(match nearest(name, SETTINGS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("`rollout` has: {}", SETTINGS.join(", ")),
                    }),
            ),
            _ => {}
        }
    }
}

/// A selector must select something, as far as all machines and their tags are known.
fn selects(network: &Network, what: &str, value: &Plain, found: &mut Vec<Finding>) {
    let Some(text) = value.as_str() else { return };
    let tags_are_known = || network.machines.iter().all(|it| it.deployment_list("tags").1);
    if !network.is_complete() || text.contains('@') && !tags_are_known() {
        return;
    }
    let selected = Selector::parse(text).and_then(|it| it.select(&network.selectable()));
    let (part, reason, help) = match selected {
        Ok(machines) if machines.is_empty() => (0..text.len(), None, None),
        Ok(_) => return,
        Err(error) => (error.at, Some(error.message), error.help),
    };
    let reason = reason.map(|it| format!(": {it}")).unwrap_or_default();
    let at = literal::inside(network, value.at, text, part);
    let mut finding = CHECK.finding(at, format!("{what} `{text}` selects no machine{reason}"));
    finding.help = help;
    found.push(finding);
}

/// A hook that runs nothing, which fails when it is its turn.
fn hooks(machine: &str, value: &Plain, found: &mut Vec<Finding>) {
    for side in value.as_set().unwrap_or_default() {
        for place in side.value.as_set().unwrap_or_default() {
            for command in place.value.as_list().unwrap_or_default() {
                if command.as_list().is_some_and(<[Plain]>::is_empty) {
                    let finding = CHECK.finding(command.at, "this hook runs no command");
                    found.push(finding.help("name a program and its arguments").machine(machine));
                }
            }
        }
    }
}

/// Hosts that are whoever asks.
const ONESELF: [&str; 5] = ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"];

/// What is wrong with a health check by its construction.
fn health(machine: &Machine, kind: &str, check: &Plain) -> Option<Finding> {
    let options = check.as_set()?;
    let option = |name: &str| options.iter().find(|it| it.name.as_ref() == name).map(|it| &it.value);
    match kind {
        "cmd" | "command" => {
            let command = option(kind)?;
            command.as_list()?.is_empty().then(|| {
                CHECK
                    .finding(command.at, "this check runs no command")
                    .help("name a program and its arguments")
            })
        }
        "tcp" | "http" => {
            let target = machine.deployment("targetHost");
            let host = option("host").filter(|it| it.kind != PlainKind::Null);
            let Some(host) = host else {
                let Setting::Known(it) = target else { return None };
                let nowhere = it.iter().all(|it| it.value.kind == PlainKind::Null);
                return nowhere.then(|| {
                    CHECK
                        .finding(
                            check.at,
                            "this check has no host to ask: the machine's `targetHost` is null",
                        )
                        .help("give the check a `host`")
                });
            };
            let text = host.as_str()?;
            let is_target = target.value().and_then(Plain::as_str).is_some_and(|it| ONESELF.contains(&it));
            (ONESELF.contains(&text) && !is_target).then(|| {
                CHECK
                    .finding(
                        host.at,
                        format!("this check asks `{text}`, which is the deploying machine itself"),
                    )
                    .note("asked by the deploying machine")
                    .help("leave `host` out to ask the machine; `command` runs a check on the machine")
            })
        }
        _ => None,
    }
}

//! What the modules of a machine are called with: `config`, `nodes` and the other arguments, as far as they are known.
//!
//! Without NixOS only the options of `deployment` and the machine's names are known; every other option is unknown,
//! never absent.

use crate::eval::Evaluator;
use crate::options::{Plain, PlainKind};
use crate::value::{Reason, Value};

use super::machine::{Machine, Setting};

/// `config` before anything was read.
pub(super) fn unknown_config(eval: &mut Evaluator) -> Value {
    eval.make_unknown(Reason::Told("options of NixOS are only known to Nix".to_owned()), None)
}

/// The folder of NixOS' own modules: known by name even where no nixpkgs is at hand.
pub(super) fn modules_path(eval: &mut Evaluator) -> Value {
    eval.eval_text("<modulesPath>", "<nixpkgs/nixos/modules>")
}

/// All machines, each with its `config`.
pub(super) fn nodes<'a>(
    eval: &mut Evaluator,
    machines: impl Iterator<Item = (&'a str, Value)>,
    complete: bool,
) -> Value {
    let open = eval.add_unknown(Reason::Told("only Nix knows all of a machine".to_owned()), None);
    let nodes: Vec<(&str, Value)> = machines
        .map(|(name, config)| (name, eval.make_open_attrs([("config", config)], Some(open))))
        .collect();
    let more = eval.add_unknown(Reason::Told("not all machines are known".to_owned()), None);
    eval.make_open_attrs(nodes, (!complete).then_some(more))
}

/// The arguments of a machine's modules. Networks may add more, so the set is open.
pub(super) fn arguments(
    eval: &mut Evaluator,
    name: &str,
    config: Value,
    nodes: Value,
    modules_path: Value,
    special: &[Value],
) -> Value {
    let open =
        eval.add_unknown(Reason::Told("the network may give its modules more arguments".to_owned()), None);
    let told = |eval: &mut Evaluator, what: &str| eval.make_unknown(Reason::Told(what.to_owned()), None);
    let options = told(eval, "options of NixOS are only known to Nix");
    let resources = told(eval, "resources are only known to Nix");
    let uuid = told(eval, "the deployment's UUID is known when it is deployed");
    let deployment = told(eval, "the deployment's name is known when it is deployed");
    let lib = eval.lib();
    let pkgs = eval.make_pkgs(None);
    let name = eval.make_string(name);
    // The network's own arguments win.
    let mut given: Vec<(String, Value)> = Vec::new();
    for set in special {
        let Ok(view) = eval.attrs(*set) else { continue };
        given.extend(view.attributes.iter().map(|it| (eval.name(it.name).to_owned(), it.value)));
    }
    let given = given.iter().map(|(name, value)| (name.as_str(), *value));
    eval.make_open_attrs(
        given.chain([
            ("config", config),
            ("deploymentName", deployment),
            ("lib", lib),
            ("modulesPath", modules_path),
            ("name", name),
            ("nodes", nodes),
            ("options", options),
            ("pkgs", pkgs),
            ("resources", resources),
            ("uuid", uuid),
        ]),
        Some(open),
    )
}

/// The options of a deployment that one definition decides; lists and sets are merged, with defaults that only
/// Nix knows.
const SCALARS: [&str; 6] =
    ["targetHost", "targetPort", "targetUser", "targetEnv", "buildOnTarget", "allowLocalDeployment"];

/// What is known of a machine's `config`.
pub(super) fn config(eval: &mut Evaluator, machine: &Machine) -> Value {
    let open = eval.add_unknown(Reason::Told("options of NixOS are only known to Nix".to_owned()), None);
    let own_name = machine.name.as_str();
    let mut deployment: Vec<(&str, Value)> = Vec::new();
    for name in SCALARS {
        if let Some(value) = scalar(eval, &machine.deployment(name)) {
            deployment.push((name, value));
        }
    }
    if matches!(machine.deployment("targetHost"), Setting::Unset) {
        deployment.push(("targetHost", eval.make_string(own_name)));
    }
    let mut networking: Vec<(&str, Value)> = Vec::new();
    let host_name = match machine.setting(&["networking", "hostName"]) {
        Setting::Unset => Some(own_name.to_owned()),
        setting => setting.value().and_then(Plain::as_str).map(str::to_owned),
    };
    let domain = machine.setting(&["networking", "domain"]);
    if let Some(host_name) = &host_name {
        networking.push(("hostName", eval.make_string(host_name)));
        if let Some(domain) = domain.value().and_then(Plain::as_str) {
            networking.push(("fqdn", eval.make_string(&format!("{host_name}.{domain}"))));
        }
    }
    if let Some(value) = scalar(eval, &domain) {
        networking.push(("domain", value));
    }
    let deployment = eval.make_open_attrs(deployment, Some(open));
    let networking = eval.make_open_attrs(networking, Some(open));
    eval.make_open_attrs([("deployment", deployment), ("networking", networking)], Some(open))
}

/// A value that is no list or set, where the definitions agree on it.
fn scalar(eval: &mut Evaluator, setting: &Setting<'_>) -> Option<Value> {
    let Setting::Known(definitions) = setting else { return None };
    let (first, rest) = definitions.split_first()?;
    if rest.iter().any(|it| it.value.kind != first.value.kind) {
        return None;
    }
    match &first.value.kind {
        PlainKind::Null => Some(Value::Null),
        PlainKind::Bool(it) => Some(Value::Bool(*it)),
        PlainKind::Int(it) => Some(Value::Int(*it)),
        PlainKind::String(it) => Some(eval.make_string(it)),
        _ => None,
    }
}

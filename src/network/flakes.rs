//! Networks among the outputs of a flake: which output is one, and what its machines are.
//!
//! The set of machines comes out in the shape that files have, so that whatever reads networks reads these too.
//! Evaluates through [`Evaluator::flake`]; reads nothing itself.

use std::path::Path;
use std::sync::Arc;

use crate::eval::{Attribute, AttrsView, Evaluated, Evaluator, Maker};
use crate::value::{Attr, Kind, PositionId, Stop, UnknownId, Value};

use super::Dialect;

/// Outputs that are networks, those made for deploying first.
const OUTPUTS: [(&str, Dialect); 6] = [
    ("nixwright", Dialect::NixOps),
    ("colmenaHive", Dialect::Colmena),
    ("colmena", Dialect::Colmena),
    ("nixopsConfigurations", Dialect::NixOps),
    ("deploy", Dialect::DeployRs),
    ("nixosConfigurations", Dialect::Nixos),
];

/// A network in a flake.
pub(super) struct Found {
    pub(super) dialect: Dialect,
    /// The machines, and what stands beside them.
    pub(super) view: AttrsView,
    /// `specialArgs` of machines that bring their own.
    pub(super) special: Vec<(Arc<str>, Value)>,
}

/// What a flake holds.
pub(super) enum Outputs {
    Network(Found),
    /// No network: the names of its outputs.
    Others(Vec<String>),
}

/// The network of the flake in a folder: of this dialect, or of any.
pub(super) fn network(eval: &mut Evaluator, folder: &Path, wanted: Option<Dialect>) -> Evaluated<Outputs> {
    let flake = eval.flake(folder)?;
    for (name, dialect) in OUTPUTS {
        if wanted.is_some_and(|it| it != dialect) {
            continue;
        }
        let output = match eval.attr_named(flake, name) {
            Ok(Some(output)) => output.value,
            // What may be there is not what is there: an output that is known says more.
            Ok(None) | Err(Stop::Unknown(_)) => continue,
            Err(stop) => return Err(stop),
        };
        // A hive that something was added to is not known any more; what it was made of often is an output too.
        if name == "colmenaHive"
            && eval.made_by(output).is_none()
            && matches!(eval.attr_named(flake, "colmena"), Ok(Some(_)))
        {
            continue;
        }
        return match dialect {
            Dialect::DeployRs => deploy_rs(eval, output),
            Dialect::Nixos => nixos(eval, output),
            _ => set(eval, dialect, name, output),
        }
        .map(Outputs::Network);
    }
    // Of the flake as a whole not everything is known, such as its revision; what its function returns may be.
    let returned = match eval.attr_named(flake, "outputs") {
        Ok(Some(outputs)) => eval.attrs(outputs.value).ok().filter(|it| it.open.is_none()),
        _ => None,
    };
    let view = match returned {
        Some(view) => view,
        None => eval.attrs(flake)?,
    };
    let names: Vec<String> = view
        .attributes
        .iter()
        .map(|it| eval.name(it.name).to_owned())
        .filter(|name| !OF_EVERY_FLAKE.contains(&name.as_str()))
        .collect();
    match view.open {
        // Any of its outputs may be a network.
        Some(open) if names.is_empty() || eval.attr_named(flake, "colmena").is_err() => {
            Err(Stop::Unknown(open))
        }
        _ => Ok(Outputs::Others(names)),
    }
}

/// Attributes that every flake has.
const OF_EVERY_FLAKE: [&str; 12] = [
    "_type",
    "inputs",
    "lastModified",
    "lastModifiedDate",
    "narHash",
    "outPath",
    "outputs",
    "rev",
    "revCount",
    "self",
    "shortRev",
    "sourceInfo",
];

/// An output in the shape that files have.
fn set(eval: &mut Evaluator, dialect: Dialect, name: &str, output: Value) -> Evaluated<Found> {
    let network = match (name, eval.made_by(output)) {
        (_, Some((Maker::ColmenaHive, hive))) => hive,
        ("nixopsConfigurations", _) => eval.select(output, "default")?,
        _ => output,
    };
    let network = if eval.is_function(network)? {
        let nothing = eval.make_attrs([]);
        eval.call(network, nothing)?
    } else {
        network
    };
    Ok(Found { dialect, view: eval.attrs(network)?, special: Vec::new() })
}

/// `nixosConfigurations`: each machine is the modules that it was made of.
fn nixos(eval: &mut Evaluator, output: Value) -> Evaluated<Found> {
    let mut view = eval.attrs(output)?;
    let mut special = Vec::new();
    for machine in &mut view.attributes {
        let system = system_of(eval, machine.value);
        machine.value = system.module;
        if let Some(arguments) = system.special {
            special.push((Arc::from(eval.name(machine.name)), arguments));
        }
    }
    Ok(Found { dialect: Dialect::Nixos, view, special })
}

/// A machine that was made by `nixosSystem`.
struct System {
    module: Value,
    special: Option<Value>,
}

/// What a value was made of by `nixosSystem`: a module that imports all of its modules.
fn system_of(eval: &mut Evaluator, value: Value) -> System {
    let Some((Maker::NixosSystem, arguments)) = eval.made_by(value) else {
        // A failing one fails as a module too.
        return System { module: modules_of_evaluated(eval, value), special: None };
    };
    let named = |eval: &mut Evaluator, name: &str| eval.attr_named(arguments, name).ok().flatten();
    let special = named(eval, "specialArgs").map(|it| it.value);
    let module = match named(eval, "modules") {
        Some(modules) => {
            let imports = eval.intern("imports");
            let imports = Attr { name: imports, position: modules.position, value: modules.value };
            eval.make_attrs_at(vec![imports], None)
        }
        None => eval.make_select(arguments, "modules"),
    };
    System { module, special }
}

/// A configuration that something else made still says which modules it has.
fn modules_of_evaluated(eval: &mut Evaluator, value: Value) -> Value {
    let module = eval.make_select(value, "_module");
    let args = eval.make_select(module, "args");
    let modules = eval.make_select(args, "modules");
    match eval.kind(modules) {
        Kind::List | Kind::Unknown => eval.make_attrs([("imports", modules)]),
        _ => value,
    }
}

/// `deploy`: the nodes, each with the settings that nixwright has too.
fn deploy_rs(eval: &mut Evaluator, output: Value) -> Evaluated<Found> {
    let nodes = eval.select(output, "nodes")?;
    let mut view = eval.attrs(nodes)?;
    let mut special = Vec::new();
    for node in &mut view.attributes {
        if eval.kind(node.value) != Kind::Attrs {
            continue;
        }
        let system = profile(eval, node.value).and_then(|profile| activated(eval, profile));
        let deployment = deployment(eval, output, *node);
        let deployment = Attr { name: eval.intern("deployment"), position: node.position, value: deployment };
        let mut module = vec![deployment];
        if let Some(system) = system {
            let system = system_of(eval, system);
            // The settings stand behind the system's own modules, as one of them.
            let settings = eval.make_attrs_at(std::mem::take(&mut module), None);
            let settings = eval.make_list(&[settings]);
            let settings = eval.make_attrs([("imports", settings)]);
            let imports = eval.make_list(&[system.module, settings]);
            module.push(Attr { name: eval.intern("imports"), position: node.position, value: imports });
            if let Some(arguments) = system.special {
                special.push((Arc::from(eval.name(node.name)), arguments));
            }
        }
        node.value = eval.make_attrs_at(module, None);
    }
    Ok(Found { dialect: Dialect::DeployRs, view, special })
}

/// The profile that is the whole system.
fn profile(eval: &mut Evaluator, node: Value) -> Option<Value> {
    let profiles = eval.attr_named(node, "profiles").ok()??;
    Some(eval.attr_named(profiles.value, "system").ok()??.value)
}

/// The configuration that a profile activates.
fn activated(eval: &mut Evaluator, profile: Value) -> Option<Value> {
    let path = eval.attr_named(profile, "path").ok()??;
    match eval.made_by(path.value)? {
        (Maker::DeployRsActivation, system) => Some(system),
        _ => None,
    }
}

/// Settings of deploy-rs of which the profile's own wins over the node's, and this one over that of all; and what they
/// are called here.
const NEAREST: [(&str, &str); 2] = [("sshUser", "targetUser"), ("remoteBuild", "buildOnTarget")];

/// deploy-rs makes a URL of the host, so that it may have a port.
fn host_and_port(eval: &mut Evaluator, value: Value) -> Option<(Value, Value)> {
    let text = eval.string(value).ok()?;
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |inside| inside.strip_suffix(']'))?;
    // An address of the sixth version without brackets has colons of its own.
    if host.contains(':') && !text.starts_with('[') {
        return None;
    }
    let port: u16 = port.parse().ok()?;
    Some((eval.make_string(host), Value::Int(port.into())))
}

/// What a node says of itself, in the words of `deployment`.
fn deployment(eval: &mut Evaluator, output: Value, node: Attribute) -> Value {
    let mut levels: Vec<Value> = profile(eval, node.value).into_iter().collect();
    levels.extend([node.value, output]);
    let mut settings = Vec::new();
    let mut open = None;
    for (theirs, ours) in NEAREST {
        let (found, why) = said(eval, &levels, theirs);
        if let Some((position, value)) = found.first().copied() {
            settings.push(Attr { name: eval.intern(ours), position, value });
        } else {
            open = why.or(open);
        }
    }
    // Only a node has a host.
    let (found, why) = said(eval, &[node.value], "hostname");
    open = why.or(open);
    if let Some((position, mut value)) = found.first().copied() {
        if let Some((host, port)) = host_and_port(eval, value) {
            value = host;
            settings.push(Attr { name: eval.intern("targetPort"), position, value: port });
        }
        settings.push(Attr { name: eval.intern("targetHost"), position, value });
    }
    // The options for ssh of all levels count.
    let (mut found, why) = said(eval, &levels, "sshOpts");
    if let Some(why) = why {
        found.push((PositionId::NONE, eval.make_lazy(move |_| Err(Stop::Unknown(why)))));
    }
    let join = eval.eval_text("<deploy-rs>", "before: after: before ++ after");
    let mut joined: Option<(PositionId, Value)> = None;
    for (position, value) in found {
        joined = Some(match joined {
            None => (position, value),
            Some((first, before)) => {
                let with = eval.make_call(join, before);
                (first, eval.make_call(with, value))
            }
        });
    }
    if let Some((position, value)) = joined {
        settings.push(Attr { name: eval.intern("sshOptions"), position, value });
    }
    eval.make_attrs_at(settings, open)
}

/// What the levels say under a name, the nearest first, as far as it is known; null says nothing.
fn said(eval: &mut Evaluator, levels: &[Value], name: &str) -> (Vec<(PositionId, Value)>, Option<UnknownId>) {
    let mut found = Vec::new();
    for level in levels {
        match eval.attr_named(*level, name) {
            Ok(Some(it)) if eval.kind(it.value) == Kind::Null => {}
            Ok(Some(it)) => found.push((it.position, it.value)),
            Ok(None) => {}
            Err(Stop::Unknown(why)) => return (found, Some(why)),
            Err(Stop::Error(_)) => found.push((PositionId::NONE, eval.make_select(*level, name))),
        }
    }
    (found, None)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use crate::network::{Network, Request};
    use crate::system::OverlayFiles;

    #[test]
    fn an_evaluated_machine_whose_modules_are_not_known_is_not_known() {
        let mut files = OverlayFiles::alone();
        files.put(
            "/net/flake.nix",
            "{ outputs = _: { nixosConfigurations.web = {
              _type = \"configuration\"; config = builtins.getEnv \"X\"; _module = builtins.getEnv \"X\";
            }; }; }",
        );
        let network =
            Network::load(&Request::new(Arc::new(files), vec![PathBuf::from("/net/flake.nix")])).unwrap();
        assert!(!network.machine("web").unwrap().open.is_empty());
    }
}

//! The output `deploy` of a flake: nodes, their profiles, and what they say of ssh on three levels.

use std::sync::Arc;

use crate::eval::{Attribute, Evaluated, Evaluator, Maker};
use crate::value::{Attr, Kind, PositionId, Stop, UnknownId, Value};

use super::nixos::system_of;
use super::{Customs, Dialect, OUTPUT};
use crate::network::flakes::Found;

pub(super) const CUSTOMS: Customs = Customs { name: "deploy-rs", leaves_user_to_ssh: true, ..OUTPUT };

/// `deploy`: the nodes, each with the settings that nixwright has too.
pub(in crate::network) fn nodes(eval: &mut Evaluator, output: Value) -> Evaluated<Found> {
    let nodes = eval.select(output, "nodes")?;
    let mut view = eval.attrs(nodes)?;
    view.attributes.retain(|node| may_be_machine(eval, node.value));
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

/// Nodes that only have other profiles, such as a person's home, are no machines.
fn may_be_machine(eval: &mut Evaluator, node: Value) -> bool {
    match eval.attr_named(node, "profiles") {
        Ok(Some(profiles)) => !matches!(eval.attr_named(profiles.value, "system"), Ok(None)),
        Ok(None) => false,
        Err(_) => true,
    }
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

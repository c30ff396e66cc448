use std::sync::Arc;

use crate::findings::{Edit, Finding, Level};
use crate::network::{Machine, ModuleMistake, ModuleMistakeKind, Network, deployment_options, nearest};
use crate::options::{Found, MismatchKind};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A setting under `deployment` that no option has, such as `deployment.tagretHost`.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's whole configuration, but often only after minutes of evaluation.
    ///
    /// # What to do instead
    /// Correct the name. Options of NixOps' clouds and of other tools are known, and named as theirs.
    ///
    /// # What it cannot see
    /// Options that a module declares itself are left alone. Where a module is not known, it might declare the option, so only a near miss of a known name is reported, as a warning.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.tagretPort = 2222;   # error
    ///     deployment.keys.a = { text = "…"; permisions = "0400"; };   # error
    ///   };
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.targetPort = 2222;
    ///     deployment.keys.a = { text = "…"; permissions = "0400"; };
    ///   };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web = {
    ///     deploymnet.targetHost = "10.0.0.7";   # warning
    ///   };
    ///   db.deployment.tagretHost = "10.0.0.8";   # error
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    ///   db.deployment.targetHost = "10.0.0.8";
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { config, lib, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.targetPort = 2222;
    ///     deployment.keys.tls = lib.mkIf config.services.nginx.enable { keyFile = ./tls.pem; };
    ///     deployment.keys.old = lib.mkIf false { keyFlie = ./old.pem; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unknown-deployment-option", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let schema = deployment_options();
    for machine in &network.machines {
        found.extend(machine.mistakes.iter().filter_map(|it| whole_set(network, machine, it)));
        for definition in &machine.definitions {
            if definition.path.first().map(AsRef::as_ref) != Some("deployment")
                || machine.declares(&definition.path)
            {
                continue;
            }
            match schema.find(&definition.path) {
                Found::Nothing { depth, siblings } => {
                    let known: Vec<Arc<str>> = siblings.options.keys().cloned().collect();
                    let path = definition.path[..depth].join(".");
                    let at = definition.at;
                    found.extend(report(network, machine, at, &path, &definition.path[depth], &known));
                }
                Found::Option { option, depth } if depth == definition.path.len() => {
                    for mismatch in option.ty.mismatches(&definition.value) {
                        let MismatchKind::UnknownOption { name, known } = mismatch.problem else { continue };
                        let path: Vec<&str> = definition
                            .path
                            .iter()
                            .chain(&mismatch.path)
                            .map(AsRef::as_ref)
                            .filter(|it| *it != "*")
                            .collect();
                        found.extend(report(network, machine, mismatch.at, &path.join("."), &name, &known));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The name of the whole set may be a slip too. NixOS has other options, so that is only probable.
fn whole_set(network: &Network, machine: &Machine, mistake: &ModuleMistake) -> Option<Finding> {
    let ModuleMistakeKind::NearDeployment(name) = &mistake.kind else { return None };
    if machine.declares(&[name.as_str().into()]) {
        return None;
    }
    let plain = network.sources().slice(mistake.at) == name;
    let mut finding = CHECK
        .finding(mistake.at, format!("NixOS has no options called `{name}`"))
        .note("nothing reads it as settings of the deployment")
        .help("did you mean `deployment`?")
        .fix("write `deployment`", plain, vec![Edit { span: mistake.at, text: "deployment".to_owned() }])
        .machine(machine.name.as_str());
    finding.level = Level::Warning;
    Some(finding)
}

/// Whether a slip in a name hides the machine's `targetHost`, so that its absence is no news.
pub(super) fn hides_target_host(machine: &Machine) -> bool {
    let schema = deployment_options();
    let slip = |path: &[Arc<str>]| match schema.find(path) {
        Found::Nothing { depth: 1, siblings } if path[0].as_ref() == "deployment" => {
            nearest(&path[1], siblings.options.keys().map(AsRef::as_ref)) == Some("targetHost")
        }
        _ => false,
    };
    machine.mistakes.iter().any(|it| matches!(it.kind, ModuleMistakeKind::NearDeployment(_)))
        || machine.definitions.iter().any(|it| slip(&it.path))
}

fn report(
    network: &Network,
    machine: &Machine,
    at: Span,
    below: &str,
    name: &str,
    known: &[Arc<str>],
) -> Option<Finding> {
    let near = nearest(name, known.iter().map(AsRef::as_ref));
    let open = !machine.open.is_empty();
    if open && near.is_none() {
        return None;
    }
    let mut finding = CHECK
        .finding(at, format!("there is no option `{below}.{name}`"))
        .note("no option has this name")
        .machine(machine.name.as_str());
    if open {
        finding.level = Level::Warning;
    }
    Some(match near {
        Some(near) => {
            let plain = network.sources().slice(at) == name;
            finding.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                plain && !open,
                vec![Edit { span: at, text: near.to_owned() }],
            )
        }
        None => match ELSEWHERE.iter().find(|(option, _)| *option == name) {
            Some((_, help)) => finding.help(*help),
            None if known.len() <= 12 => finding.help(format!("`{below}` has: {}", known.join(", "))),
            None => finding.help("the options of `deployment` are listed in the manual"),
        },
    })
}

/// Options that tools beside the known ones have, and what they are called here.
const ELSEWHERE: [(&str, &str); 2] = [
    ("provisioner", "this is an option of navi, which creates machines; nixwright does not"),
    ("unlock", "this is an option of navi, which unlocks disks; nixwright does not"),
];

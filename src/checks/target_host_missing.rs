use std::cell::LazyCell;

use crate::findings::{Finding, Level};
use crate::network::{Dialect, ModuleMistakeKind, Network, PlainKind, Setting, host_problem};

use super::check::check;
use super::{machine_looks_misspelt, machine_name, machine_value, unknown_deployment_option};

check! {
    /// # What it finds
    /// A machine without `deployment.targetHost`, whose name is then taken for its host name. It is an error where the name can certainly be no host name.
    ///
    /// # Why it is bad
    /// The name often resolves to nothing, or, worse, to another machine. `networking.hostName` does not change it.
    ///
    /// # What to do instead
    /// Set `deployment.targetHost`; to the machine's own name if that is what is meant.
    ///
    /// # What it cannot see
    /// Whether the name resolves. Machines with a module that is not known, and machines whose name has dots and so looks like a host name, are left alone.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {   # warning
    ///     services.nginx.enable = true;
    ///   };
    ///   "10.0.0.256" = {   # error
    ///     services.nginx.enable = true;
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { name, ... }: {
    ///     deployment.targetHost = name;
    ///   };
    ///   "mail.internal" = {
    ///     services.openssh.enable = true;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-host-missing", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    // Plain configurations of NixOS say nothing of deployments.
    if network.dialect == Dialect::Nixos {
        return;
    }
    let slips = LazyCell::new(|| machine_looks_misspelt::slips(network));
    for machine in &network.machines {
        if !matches!(machine.deployment("targetHost"), Setting::Unset) {
            continue;
        }
        let name = machine.name.as_str();
        let deployed_to = |option: &str| match machine.deployment(option) {
            Setting::Known(it) => it.iter().all(|it| it.value.kind == PlainKind::Bool(false)),
            Setting::Unset => true,
            Setting::Unknown(_) => false,
        };
        let elsewhere = match machine.deployment("targetEnv") {
            Setting::Known(it) => it.iter().any(|it| it.value.as_str() != Some("none")),
            Setting::Unset => false,
            Setting::Unknown(_) => true,
        };
        if elsewhere || !deployed_to("buildOnly") {
            continue;
        }
        if unknown_deployment_option::hides_target_host(machine) || machine_value::is_wrong(network, machine)
        {
            continue;
        }
        // What was meant to be imported may set it.
        if machine.mistakes.iter().any(|it| it.kind == ModuleMistakeKind::ImportForImports) {
            continue;
        }
        let Some(at) = machine.at() else { continue };
        if slips.contains(name) || !machine_name::is_usable(name) {
            continue;
        }
        // Names that no machine can have are found by another check.
        let problem = host_problem(name);
        if problem.is_none() && name.contains('.') {
            continue;
        }
        let mut finding = CHECK
            .finding(at, format!("`{name}` has no targetHost, so its name is taken for its host name"))
            .note(format!("will be reached as `{name}`"))
            .help(format!("set `deployment.targetHost`; to \"{name}\" if that is its host name"))
            .machine(name);
        if let Some(problem) = problem {
            if problem.certain {
                finding.level = Level::Error;
            }
            finding.message = format!(
                "`{name}` has no targetHost, and its name is no good host name: it {}",
                problem.message
            );
            "names no host".clone_into(&mut finding.note);
        }
        found.push(finding);
    }
}

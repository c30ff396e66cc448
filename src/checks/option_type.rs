use crate::findings::Finding;
use crate::network::{Network, deployment_options};
use crate::options::{Found, MismatchKind, PlainKind};

use super::check::check;

check! {
    /// # What it finds
    /// A setting under `deployment` whose value is not of the option's type: a string where a list is needed, a number where a string is, a word that is not one of those allowed.
    ///
    /// # Why it is bad
    /// Nix refuses the machine's whole configuration.
    ///
    /// # What to do instead
    /// Give a value of the type that the message names.
    ///
    /// # What it cannot see
    /// Values, and parts of values, that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = 7;   # error
    ///     tags = "front";   # error
    ///     keys.a = { text = "…"; permissions = 400; };   # error
    ///     hooks.pre.deployer = [ "./announce" ];   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     tags = [ "front" ];
    ///     keys.a = { text = "…"; permissions = "0400"; };
    ///     hooks.pre.deployer = [ [ "./announce" "--quiet" ] ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "option-type", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let schema = deployment_options();
    for machine in &network.machines {
        for definition in machine.definitions.iter().filter(|it| it.certain) {
            // What NixOS declares itself is judged by its schema, where there is one.
            if network.options_known && definition.path[0].as_ref() != "deployment" {
                continue;
            }
            let Found::Option { option, depth } = schema.find(&definition.path) else { continue };
            if depth != definition.path.len() || machine.declares(&definition.path) {
                continue;
            }
            let name = definition.path.join(".");
            // Numbers and numerals as port have a check of their own.
            let own = name == "deployment.targetPort"
                && matches!(definition.value.kind, PlainKind::Int(_) | PlainKind::String(_));
            if own {
                continue;
            }
            for mismatch in option.ty.mismatches(&definition.value) {
                let MismatchKind::Type { wanted, found: there } = mismatch.problem else { continue };
                let inside: String =
                    mismatch.path.iter().filter(|it| it.as_ref() != "*").map(|it| format!(".{it}")).collect();
                let element = if mismatch.path.last().is_some_and(|it| it.as_ref() == "*") {
                    "each element of "
                } else {
                    ""
                };
                found.push(
                    CHECK
                        .finding(
                            mismatch.at,
                            format!("{element}`{name}{inside}` must be {wanted}, and this is {there}"),
                        )
                        .note(format!("must be {wanted}"))
                        .machine(machine.name.as_str()),
                );
            }
        }
    }
}

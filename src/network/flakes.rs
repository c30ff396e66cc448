//! Networks among the outputs of a flake: which output is one, and what its machines are.
//!
//! The set of machines comes out in the shape that files have, so that whatever reads networks reads these too; outputs of
//! another shape are brought into it by the reader of their dialect.
//! Evaluates through [`Evaluator::flake`]; reads nothing itself.

use std::path::Path;
use std::sync::Arc;

use crate::eval::{AttrsView, Evaluated, Evaluator, Maker};
use crate::value::{Stop, Value};

use super::dialects::{Dialect, deploy_rs, nixos};

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
            Dialect::DeployRs => deploy_rs::nodes(eval, output),
            Dialect::Nixos => nixos::machines(eval, output),
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

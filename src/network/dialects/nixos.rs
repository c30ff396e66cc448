//! The output `nixosConfigurations` of a flake, and machines that were made by `nixosSystem`: which modules they are made of.

use std::sync::Arc;

use crate::eval::{Evaluated, Evaluator, Maker};
use crate::value::{Attr, Kind, Value};

use super::{Customs, Dialect, OUTPUT};
use crate::network::flakes::Found;

pub(super) const CUSTOMS: Customs = Customs { name: "nixos", ..OUTPUT };

/// `nixosConfigurations`: each machine is the modules that it was made of.
pub(in crate::network) fn machines(eval: &mut Evaluator, output: Value) -> Evaluated<Found> {
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
pub(super) struct System {
    pub(super) module: Value,
    pub(super) special: Option<Value>,
}

/// What a value was made of by `nixosSystem`: a module that imports all of its modules.
pub(super) fn system_of(eval: &mut Evaluator, value: Value) -> System {
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

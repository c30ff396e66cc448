//! The module that every configuration has of its own: `_module.args` and the like.

use std::sync::OnceLock;

use super::values::plain_attr;
use super::{Configuration, System};
use crate::eval::Evaluator;
use crate::value::Value;

const TEXT: &str = include_str!("internal.nix");

/// The declarations, evaluated once for outermost configurations and once for those inside of others.
#[derive(Debug, Default)]
pub(super) struct Internal {
    outer: OnceLock<Value>,
    inner: OnceLock<Value>,
}

fn options(eval: &mut Evaluator, system: &System, inner: bool) -> Value {
    let slot = if inner { &system.internal.inner } else { &system.internal.outer };
    if let Some(known) = slot.get() {
        return *known;
    }
    let function = eval.library_text("<own-module>", TEXT);
    let arguments = eval.make_attrs([("lib", system.lib), ("inner", Value::Bool(inner))]);
    let options = eval.make_call(function, arguments);
    eval.remember();
    *slot.get_or_init(|| options)
}

/// The module as a value.
pub(super) fn module(eval: &mut Evaluator, config: &Configuration) -> Value {
    let system = &config.system;
    let words = &system.words;
    let options = options(eval, system, config.prefix.is_some());
    let name = eval.make_string("lib/modules.nix");
    let args = config.own_args.iter().map(|(name, value)| plain_attr(*name, *value)).collect();
    let args = eval.make_attrs_at(args, None);
    let own = vec![plain_attr(words.args, args), plain_attr(words.special_args, config.special_args)];
    let own = eval.make_attrs_at(own, None);
    let definitions = eval.make_attrs_at(vec![plain_attr(words.module, own)], None);
    let module = vec![
        plain_attr(words.file, name),
        plain_attr(words.key, name),
        plain_attr(words.options, options),
        plain_attr(words.config, definitions),
    ];
    eval.make_attrs_at(module, None)
}

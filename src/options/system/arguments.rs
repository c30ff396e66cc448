//! What module functions are called with: what everybody gets, and what `config._module.args` gives, as late as
//! possible.

use std::sync::Arc;

use super::values::{self, plain_attr};
use super::{Configuration, tree};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Stop, Value};

/// The arguments for one function: those of all, and those that its pattern names besides.
pub(super) fn for_function(
    eval: &mut Evaluator,
    config: &Configuration,
    key: &Arc<str>,
    function: Value,
    base: Value,
) -> Evaluated {
    let mut extra = Vec::new();
    for name in named(eval, config, function)? {
        if matches!(eval.attribute_of(base, name), Ok(Some(_))) {
            continue;
        }
        let (shared, key) = (config.shared(), key.clone());
        let value = eval.make_lazy(move |eval| {
            let result = from_modules(eval, &shared, name);
            if let Err(Stop::Error(error)) = result {
                let message =
                    format!("while evaluating the module argument `{}' in \"{key}\":", eval.name(name));
                let at = eval.error(error).span;
                eval.say_in_trace(error, at, &message);
            }
            result
        });
        extra.push(plain_attr(name, value));
    }
    if extra.is_empty() {
        return Ok(base);
    }
    let (attrs, open) = eval.attributes_of(base);
    extra.extend(attrs);
    Ok(eval.make_attrs_at(extra, open))
}

/// `config._module.args.name`.
fn from_modules(eval: &mut Evaluator, config: &Arc<Configuration>, name: Sym) -> Evaluated {
    let words = config.system.words;
    let args = tree::value_at(eval, config, &[words.module, words.args])?;
    match eval.attribute_of(args, name)? {
        Some(attr) => eval.force(attr.value),
        None => {
            let name = eval.name(name).to_owned();
            eval.select(args, &name)
        }
    }
}

/// The names in a function's pattern.
fn named(eval: &mut Evaluator, config: &Configuration, function: Value) -> Evaluated<Vec<Sym>> {
    let words = config.system.words;
    if let Value::Attrs(_) = function {
        if let Ok(Some(args)) = eval.attribute_of(function, words.function_args) {
            let args = eval.force(args.value)?;
            return Ok(eval.attributes_of(args).0.into_iter().map(|attr| attr.name).collect());
        }
        let Some(functor) = values::attr(eval, function, words.make_functor)? else { return Ok(Vec::new()) };
        let inner = eval.call(functor, function)?;
        return named(eval, config, inner);
    }
    let named = eval.function_arguments(function)?.unwrap_or_default();
    Ok(named.into_iter().map(|(name, _)| name).collect())
}

//! Worlds in which nobody declares everything: what modules define is merged by its shape, and what somebody else may
//! define besides is kept in mind.
//!
//! Never more is said than holds for every type that the option might have: Booleans, numbers and `null` are as
//! defined, sets have at least these attributes, lists at least these elements. Texts may be joined with others.

use std::sync::Arc;

use super::decide::{self, Final, PLAIN, decide, number, take_orders};
use super::module::Part;
use super::option::{NO_MODULE, Opt};
use super::push::push_down;
use super::tree::{Level, Node, Raw};
use super::values::{self, plain_attr};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Attr, PositionId, Stop, UnknownId, Value};

/// What is known of `config` below a level's prefix.
pub(super) fn value(eval: &mut Evaluator, level: &Arc<Level>, world: UnknownId) -> Evaluated {
    let mut names: Vec<(Sym, PositionId)> =
        level.declarations(eval)?.iter().map(|(name, found)| (*name, found[0].position)).collect();
    match level.definitions(eval) {
        Ok(definitions) => {
            let declared = names.len();
            for (name, raws) in &definitions.by_name {
                if !names[..declared].iter().any(|(known, _)| known == name) {
                    names.push((*name, raws[0].position));
                }
            }
        }
        // What is being looked for just now may have any names.
        Err(Stop::Unknown(_)) => {}
        Err(stop) => return Err(stop),
    }
    eval.spend(names.len())?;
    let mut attrs = Vec::with_capacity(names.len());
    for (name, position) in names {
        let this = level.clone();
        let value = eval.make_lazy(move |eval| match this.node(eval, name)? {
            Some(Node::Option(option)) => option.value(eval),
            Some(Node::Group(level)) => level.value(eval),
            None => undeclared(eval, &this, name, world),
        });
        attrs.push(Attr { name, position, value });
    }
    Ok(eval.make_attrs_at(attrs, Some(world)))
}

/// The value of something that nobody here declares.
fn undeclared(eval: &mut Evaluator, level: &Arc<Level>, name: Sym, world: UnknownId) -> Evaluated {
    let system = level.config.system.clone();
    let raws = level.raws(eval, name)?;
    match is_group(eval, level, &raws)? {
        Some(true) => {
            let below = level.below(eval, name);
            return below.value(eval);
        }
        Some(false) => {}
        None => return Err(Stop::Unknown(world)),
    }
    let mut result = decide(eval, &system, &raws, &[])?;
    take_orders(eval, &system, &mut result)?;
    if let Some(why) = result.replaced {
        return Err(Stop::Unknown(why));
    }
    // NixOS defines weakly what it proposes, and some of it plainly.
    if number(result.highest).is_none_or(|weight| weight > PLAIN) {
        return Err(Stop::Unknown(result.open.unwrap_or(world)));
    }
    let certain: Vec<Value> =
        result.definitions.iter().filter(|it| it.maybe.is_none()).map(|it| it.value).collect();
    let Some((first, rest)) = certain.split_first() else {
        return Err(Stop::Unknown(result.open.unwrap_or(world)));
    };
    if matches!(first, Value::List(_)) {
        return lists(eval, &certain, result.open.unwrap_or(world));
    }
    if let Some(why) = result.open {
        return Err(Stop::Unknown(why));
    }
    if rest.iter().any(|other| other != first) {
        return Err(Stop::Unknown(world));
    }
    part(eval, *first, world)
}

/// Whether definitions are sets, which may hold options or be values: both are merged attribute by attribute. `None`
/// where they are of several strengths, which matters only in one of the two cases.
fn is_group(eval: &mut Evaluator, level: &Level, raws: &[Raw]) -> Evaluated<Option<bool>> {
    let system = &level.config.system;
    let words = &system.words;
    let (mut sets, mut others) = (false, false);
    let mut strengths: Vec<Option<Value>> = Vec::new();
    for raw in raws {
        for pushed in push_down(eval, system, raw.value)? {
            match pushed.value {
                Value::Unknown(_) => continue,
                set @ Value::Attrs(_) => {
                    let out_path = eval.intern("outPath");
                    let is_value = [words.kind, words.ty, words.make_functor, out_path]
                        .into_iter()
                        .any(|name| matches!(eval.attribute_of(set, name), Ok(Some(_))));
                    if is_value { others = true } else { sets = true }
                }
                _ => others = true,
            }
            if !strengths.contains(&pushed.over) {
                strengths.push(pushed.over);
            }
        }
    }
    Ok(match (sets, others) {
        (true, true) => None,
        (true, false) if strengths.len() > 1 => None,
        (true, false) => Some(true),
        _ => Some(false),
    })
}

/// What is known of one value when its option's type is not.
fn part(eval: &mut Evaluator, value: Value, world: UnknownId) -> Evaluated {
    match eval.force(value)? {
        value @ (Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Null) => Ok(value),
        Value::List(_) => lists(eval, &[value], world),
        set @ Value::Attrs(_) => {
            let (mut attrs, _) = eval.attributes_of(set);
            for attr in &mut attrs {
                attr.value = later(eval, attr.value, world);
            }
            Ok(eval.make_attrs_at(attrs, Some(world)))
        }
        _ => Err(Stop::Unknown(world)),
    }
}

fn later(eval: &mut Evaluator, value: Value, world: UnknownId) -> Value {
    eval.make_lazy(move |eval| {
        let forced = eval.force(value)?;
        let kind = eval.intern("_type");
        // Properties inside of values mean what the type makes of them.
        if matches!(eval.attribute_of(forced, kind), Ok(Some(_)) | Err(_)) {
            return Err(Stop::Unknown(world));
        }
        part(eval, forced, world)
    })
}

fn lists(eval: &mut Evaluator, lists: &[Value], world: UnknownId) -> Evaluated {
    let mut items = Vec::new();
    for list in lists {
        let Value::List(_) = list else { return Err(Stop::Unknown(world)) };
        let view = eval.list(*list)?;
        eval.spend(view.items.len())?;
        for item in view.items {
            items.push(later(eval, item, world));
        }
    }
    Ok(eval.make_open_list(&items, Some(world)))
}

/// What an open world adds to the definitions of an option that somebody declares: modules that cannot be read may
/// define it, and NixOS those that are its own.
pub(super) fn add_doubt(eval: &mut Evaluator, option: &Arc<Opt>, result: &mut Final) -> Evaluated<()> {
    let config = &option.level.config;
    let Some(world) = config.world else { return Ok(()) };
    let collected = super::Configuration::collected(config, eval)?;
    let part = |it: &decide::Definition| collected.modules.get(it.module as usize).map(|module| module.part);
    let weak = number(result.highest).is_none_or(|weight| weight > PLAIN);
    let undefined = result.definitions.is_empty();
    // What the caller says of its own world holds.
    let said = result.definitions.iter().any(|it| it.module == NO_MODULE || part(it) == Some(Part::Base));
    if option.is_only_of(Part::Nixos) && (undefined || weak) && !said {
        result.replaced = result.replaced.or(Some(collected.gap.unwrap_or(world)));
    } else if let Some(gap) = collected.gap {
        if undefined || weak {
            result.replaced = result.replaced.or(Some(gap));
        } else {
            result.more = Some(gap);
        }
    } else if undefined && !option.is_only_of(Part::User) {
        // Required options are defined by whoever makes the machine.
        result.replaced = result.replaced.or(Some(world));
    }
    Ok(())
}

/// A merged value of which it is not certain that it is all: as much of it as holds whatever is added. `others` are
/// the values that may be added; they have the same strength.
pub(super) fn doubtful(
    eval: &mut Evaluator,
    ty_name: &str,
    value: Value,
    others: &[Value],
    why: UnknownId,
) -> Evaluated {
    let value = eval.force(value)?;
    match (ty_name, value) {
        ("listOf", Value::List(_)) => {
            let view = eval.list(value)?;
            Ok(eval.make_open_list(&view.items, Some(why)))
        }
        ("attrsOf" | "lazyAttrsOf" | "attrs" | "submodule", Value::Attrs(_)) => {
            let mut touched: Vec<Sym> = Vec::new();
            for other in others {
                match eval.force(*other) {
                    // Neighbours of what is not known stay what they are.
                    Err(Stop::Unknown(_)) if ty_name != "submodule" => {}
                    Ok(set @ Value::Attrs(_)) => {
                        let (attrs, open) = eval.attributes_of(set);
                        if open.is_some() && ty_name == "submodule" {
                            return Err(Stop::Unknown(why));
                        }
                        touched.extend(attrs.iter().map(|attr| attr.name));
                    }
                    _ => return Err(Stop::Unknown(why)),
                }
            }
            let words = ["config", "imports", "options"].map(|name| eval.intern(name));
            if ty_name == "submodule" && touched.iter().any(|name| words.contains(name)) {
                return Err(Stop::Unknown(why));
            }
            let (mut attrs, open) = eval.attributes_of(value);
            for attr in &mut attrs {
                // Options inside of a submodule may depend on each other.
                if touched.contains(&attr.name) || (ty_name == "submodule" && !touched.is_empty()) {
                    *attr = plain_attr(attr.name, Value::Unknown(why));
                }
            }
            let open = if ty_name == "submodule" { open } else { Some(why) };
            Ok(eval.make_attrs_at(attrs, open))
        }
        // Definitions of these types are equal, or there is no value.
        _ if others.iter().all(|it| !matches!(it, Value::Unknown(_))) && is_one(ty_name, value) => Ok(value),
        _ => Err(Stop::Unknown(why)),
    }
}

/// Whether all definitions of an option with this type must be equal.
fn is_one(ty_name: &str, value: Value) -> bool {
    match value {
        Value::Bool(_) => ty_name == "bool",
        Value::String(_) => matches!(ty_name, "str" | "enum" | "path" | "nonEmptyStr"),
        Value::Path(_) => ty_name == "path",
        Value::Int(_) => ty_name.contains("int") || ty_name.contains("Int"),
        _ => false,
    }
}

/// A merged value to which modules that cannot be read may add: texts, lists and sets may be longer, other values
/// are what they are, or there would be a conflict.
pub(super) fn may_be_more(eval: &mut Evaluator, ty_name: &str, value: Value, why: UnknownId) -> Evaluated {
    let value = eval.force(value)?;
    match value {
        Value::List(_) => {
            let view = eval.list(value)?;
            Ok(eval.make_open_list(&view.items, view.open.or(Some(why))))
        }
        Value::Attrs(_) if ty_name != "submodule" => {
            let (attrs, open) = eval.attributes_of(value);
            Ok(eval.make_attrs_at(attrs, open.or(Some(why))))
        }
        Value::String(_) if matches!(ty_name, "separatedString" | "string" | "lines") => {
            Err(Stop::Unknown(why))
        }
        value => Ok(value),
    }
}

/// The name of a type, for what is known of it.
pub(super) fn type_name(eval: &mut Evaluator, ty: Value, name: Sym) -> Evaluated<String> {
    let mut ty = ty;
    // Whether it may be `null` decides nothing here.
    loop {
        let text = match values::forced(eval, ty, name)? {
            Some(text @ Value::String(_)) => eval.string(text)?,
            _ => return Ok(String::new()),
        };
        let nested = eval.intern("nestedTypes");
        let element = eval.intern("elemType");
        if text != "nullOr" && text != "uniq" && text != "unique" {
            return Ok(text);
        }
        let Some(inner @ Value::Attrs(_)) = values::forced(eval, ty, nested)? else { return Ok(text) };
        match values::forced(eval, inner, element)? {
            Some(inner) => ty = inner,
            None => return Ok(text),
        }
    }
}

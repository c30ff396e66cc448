//! Builtins that ask what a value is.

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Kind, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("isAttrs", 1, |this, args| is(this, args, Kind::Attrs)),
    builtin("isBool", 1, |this, args| is(this, args, Kind::Bool)),
    builtin("isFloat", 1, |this, args| is(this, args, Kind::Float)),
    builtin("isFunction", 1, |this, args| is(this, args, Kind::Function)),
    builtin("isInt", 1, |this, args| is(this, args, Kind::Int)),
    builtin("isList", 1, |this, args| is(this, args, Kind::List)),
    builtin("isNull", 1, |this, args| is(this, args, Kind::Null)),
    builtin("isPath", 1, |this, args| is(this, args, Kind::Path)),
    builtin("isString", 1, |this, args| is(this, args, Kind::String)),
    builtin("typeOf", 1, type_of),
];

fn is(this: &mut Evaluator, args: &[Value], kind: Kind) -> Evaluated {
    let value = this.force(args[0])?;
    Ok(Value::Bool(this.kind_of(value) == kind))
}

fn type_of(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let value = this.force(args[0])?;
    let name = match this.kind_of(value) {
        Kind::Null => "null",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::String => "string",
        Kind::Path => "path",
        Kind::List => "list",
        Kind::Attrs => "set",
        Kind::Function => "lambda",
        Kind::Unknown | Kind::Error => unreachable!("a forced value is neither"),
    };
    Ok(this.text_value(name))
}

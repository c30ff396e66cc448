//! `builtins.fromTOML`, by the `toml` crate.

use toml::Value as Toml;

use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Value};

pub(super) fn from_toml(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    // A NUL may only come out of an escape; no Nix string can hold it.
    if text.contains("\\u0000") || text.contains("\\U00000000") || text.contains("\\x00") {
        return this.fail(ErrorKind::Invalid, None, "invalid TOML: a NUL, which no Nix string can hold");
    }
    // The crate's own recursion is bounded; what it refuses for depth only is not known to be wrong.
    match text.parse::<toml::Table>() {
        Ok(table) => converted(this, Toml::Table(table)),
        Err(error) if error.message().contains("recursion") => this.unknown_here(Reason::Depth),
        Err(error) => {
            let message = format!("invalid TOML: {}", error.message());
            this.fail(ErrorKind::Invalid, None, message)
        }
    }
}

fn converted(this: &mut Evaluator, value: Toml) -> Evaluated {
    Ok(match value {
        Toml::String(text) => this.text_value(text),
        Toml::Integer(int) => Value::Int(int),
        Toml::Float(float) => Value::Float(float),
        Toml::Boolean(bool) => Value::Bool(bool),
        // Read only with an experimental feature of Nix, refused without it.
        Toml::Datetime(_) => {
            return this.unknown_here(Reason::Builtin("fromTOML (dates)".to_owned()));
        }
        Toml::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.push(this.nested(|this| converted(this, item))?);
            }
            Value::List(this.heap.list(&values))
        }
        Toml::Table(table) => {
            let mut attrs = Vec::with_capacity(table.len());
            for (name, value) in table {
                let name = this.symbols.intern(&name);
                let value = this.nested(|this| converted(this, value))?;
                attrs.push(this.plain(name, value));
            }
            this.set_of(attrs)
        }
    })
}

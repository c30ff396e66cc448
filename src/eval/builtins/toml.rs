//! `builtins.fromTOML`, by the `toml` crate.

use toml::Value as Toml;

use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Value};

/// What reading a byte costs, in elements that are copied: the table that the crate makes is large.
const STEPS_PER_BYTE: usize = 64;

pub(super) fn from_toml(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    this.room(text.len().saturating_mul(STEPS_PER_BYTE), 1)?;
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

/// The experiment of Nix that reads dates.
const DATES: &str = "parse-toml-timestamps";

/// A time as Nix writes it: with three, six or nine digits behind the second, if there are any.
fn timestamp(mut date: toml::value::Datetime) -> String {
    let fraction = date.time.as_mut().and_then(|time| time.nanosecond.take()).filter(|nanos| *nanos > 0);
    let text = date.to_string();
    let Some(nanos) = fraction else { return text };
    let digits = match nanos {
        nanos if nanos % 1_000_000 == 0 => format!("{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!("{:06}", nanos / 1_000),
        nanos => format!("{nanos:09}"),
    };
    // Behind the seconds, which are the last two digits before a zone.
    let start = text.find('T').unwrap_or(0);
    let end = text[start..].find(['Z', '+', '-']).map_or(text.len(), |at| start + at);
    format!("{}.{digits}{}", &text[..end], &text[end..])
}

fn converted(this: &mut Evaluator, value: Toml) -> Evaluated {
    Ok(match value {
        Toml::String(text) => this.text_value(text),
        Toml::Integer(int) => Value::Int(int),
        Toml::Float(float) => Value::Float(float),
        Toml::Boolean(bool) => Value::Bool(bool),
        Toml::Datetime(date) => {
            if !this.settings.experimental_features.iter().any(|name| name == DATES) {
                let message =
                    format!("dates and times in TOML are read only with the experimental feature `{DATES}`");
                return this.fail(ErrorKind::Invalid, None, message);
            }
            let kind = this.make_string("timestamp");
            let text = this.make_string(&timestamp(date));
            this.make_attrs([("_type", kind), ("value", text)])
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

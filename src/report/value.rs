//! A value that Nix evaluated, in Nix' own words.

use serde::Serialize;
use serde_json::Value;

use crate::eval::print_name;
use crate::network::nix_string;

/// Stand for what JSON has no words for; `expression/values.nix` writes them.
const MARKS: [&str; 3] = ["«function»", "«package»", FAILS];

/// Stands for what fails when it is asked for.
pub const FAILS: &str = "«fails»";

/// What `nixwright show-option --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct OptionJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    machine: &'a str,
    /// Its path, as it was asked for.
    option: &'a str,
    /// As Nix prints it as JSON; `«function»`, `«package»` and `«fails»` stand for what JSON has no words for.
    value: &'a Value,
}

#[cfg(test)]
pub(crate) fn schema() -> Value {
    super::schemas::of::<OptionJson<'_>>()
}

/// The value of an option of a machine, for programs.
pub fn json(machine: &str, option: &str, value: &Value) -> String {
    super::json_text(&OptionJson { version: 1, machine, option, value })
}

/// As `nix-instantiate --eval` prints it, on several lines.
pub fn nix(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::String(mark) if MARKS.contains(&mark.as_str()) => text.push_str(mark),
        Value::String(string) => text.push_str(&nix_string(string)),
        Value::Array(items) if items.is_empty() => text.push_str("[ ]"),
        Value::Array(items) => {
            text.push('[');
            for item in items {
                line(text, depth + 1);
                write(text, item, depth + 1);
            }
            line(text, depth);
            text.push(']');
        }
        Value::Object(set) if set.is_empty() => text.push_str("{ }"),
        Value::Object(set) => {
            text.push('{');
            for (name, value) in set {
                line(text, depth + 1);
                print_name(name, text);
                text.push_str(" = ");
                write(text, value, depth + 1);
                text.push(';');
            }
            line(text, depth);
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_as_nix_writes_them() {
        let value =
            serde_json::json!({ "a b": [1, "x\"${y}", null], "empty": {}, "f": "«function»", "none": [] });
        let wanted = "{\n  \"a b\" = [\n    1\n    \"x\\\"\\${y}\"\n    null\n  ];\n  empty = { };\n  f = «function»;\n  none = [ ];\n}\n";
        assert_eq!(nix(&value), wanted);
    }
}

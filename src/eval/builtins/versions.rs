//! Builtins on versions and names of packages.

use super::{Builtin, builtin};
use crate::eval::budget::ELEMENT;
use crate::eval::{Evaluated, Evaluator};
use crate::value::Value;

pub(super) const ALL: &[Builtin] = &[
    builtin("compareVersions", 2, compare_versions),
    builtin("parseDrvName", 1, parse_name),
    builtin("splitVersion", 1, split_version),
];

/// The next component: a run of digits or of other characters, without the separators `.` and `-`.
fn component<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start_matches(['.', '-']);
    let digits = text.starts_with(|it: char| it.is_ascii_digit());
    let end =
        text.find(|it: char| it == '.' || it == '-' || it.is_ascii_digit() != digits).unwrap_or(text.len());
    let (component, after) = text.split_at(end);
    *rest = after;
    component
}

fn component_less(a: &str, b: &str) -> bool {
    // Nix reads a component as a 32-bit integer; a longer run of digits is a word to it.
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| !text.starts_with('+'));
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a < b,
        (None, Some(_)) if a.is_empty() => true,
        _ if a == "pre" && b != "pre" => true,
        _ if b == "pre" => false,
        // Numbers come after words: 2.3 is newer than 2.x.
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => a < b,
    }
}

pub(super) fn compare(a: &str, b: &str) -> i64 {
    let (mut a, mut b) = (a, b);
    while !(a.is_empty() && b.is_empty()) {
        let (x, y) = (component(&mut a), component(&mut b));
        if component_less(x, y) {
            return -1;
        }
        if component_less(y, x) {
            return 1;
        }
    }
    0
}

fn compare_versions(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (a, b) = (this.want_text(args[0])?, this.want_text(args[1])?);
    this.room((a.len() + b.len()).saturating_mul(4), 0)?;
    Ok(Value::Int(compare(&a, &b)))
}

fn split_version(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    this.room(text.len(), ELEMENT)?;
    let mut rest = text.as_str();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let part = component(&mut rest);
        if !part.is_empty() {
            items.push(this.text_value(part));
        }
    }
    Ok(Value::List(this.heap.list(&items)))
}

fn parse_name(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    let bytes = text.as_bytes();
    // The version begins behind the first dash that no letter follows.
    let dash = (0..bytes.len())
        .find(|at| bytes[*at] == b'-' && bytes.get(at + 1).is_some_and(|next| !next.is_ascii_alphabetic()));
    let (name, version) = dash.map_or((text.as_str(), ""), |at| (&text[..at], &text[at + 1..]));
    let (name, version) = (this.text_value(name), this.text_value(version));
    Ok(this.make_attrs([("name", name), ("version", version)]))
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn versions_compare_as_in_nix() {
        assert_eq!(compare("1.0", "2.3"), -1);
        assert_eq!(compare("2.3", "2.3.1"), -1);
        assert_eq!(compare("2.3pre1", "2.3"), -1);
        assert_eq!(compare("2.3a", "2.3c"), -1);
        assert_eq!(compare("2.3.c", "2.3.0"), -1);
        assert_eq!(compare("2.3", "2.03"), 0);
        assert_eq!(compare("3000000000", "1"), -1);
        assert_eq!(compare("1.202301011200", "1.5"), -1);
        assert_eq!(compare("2147483648", "2147483647"), -1);
        assert_eq!(compare("00000000000001", "1"), 0);
        assert_eq!(compare("3000000000", "20000000000"), 1);
    }
}

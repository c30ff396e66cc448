//! `parseFlakeRef` and `flakeRefToString` for the references that networks use: those to a forge. Others are unknown.

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Value};

pub(super) const ALL: &[Builtin] =
    &[builtin("flakeRefToString", 1, to_string), builtin("parseFlakeRef", 1, parse)];

const FORGES: [&str; 3] = ["github", "gitlab", "sourcehut"];

fn not_read(this: &mut Evaluator, name: &str) -> Evaluated {
    this.unknown_here(Reason::Builtin(name.to_owned()))
}

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Letters that stand for themselves in a reference; all others would have to be written as codes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn parse(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    let (path, query) = text.split_once('?').unwrap_or((&text, ""));
    let Some((forge, rest)) = path.split_once(':').filter(|(forge, _)| FORGES.contains(forge)) else {
        return not_read(this, "parseFlakeRef");
    };
    let parts: Vec<&str> = rest.split('/').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| is_plain(part)) {
        return not_read(this, "parseFlakeRef");
    }
    let mut attrs = vec![("type", forge), ("owner", parts[0]), ("repo", parts[1])];
    if let Some(version) = parts.get(2) {
        attrs.push((if is_revision(version) { "rev" } else { "ref" }, version));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("dir", dir)) if dir.split('/').all(is_plain) => attrs.push(("dir", dir)),
            Some(("host", host)) if is_plain(host) => attrs.push(("host", host)),
            _ => return not_read(this, "parseFlakeRef"),
        }
    }
    let attrs: Vec<(&str, Value)> =
        attrs.into_iter().map(|(name, text)| (name, this.make_string(text))).collect();
    Ok(this.make_attrs(attrs))
}

fn to_string(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_closed(args[0])?;
    let mut known: Vec<(String, String)> = Vec::new();
    for attr in this.by_name(given) {
        let name = this.symbols.name(attr.name).to_owned();
        match this.force(attr.value)? {
            Value::Int(int) if int < 0 => {
                let message = format!("the attribute `{name}` of a flake reference must not be negative");
                return this.fail(ErrorKind::Invalid, None, message);
            }
            Value::String(_) => {
                let text = this.want_text(attr.value)?;
                known.push((name, text));
            }
            Value::Int(_) | Value::Bool(_) => return not_read(this, "flakeRefToString"),
            other => {
                let wanted = "a string, an integer or a Boolean in a flake reference";
                return this.type_error(None, wanted, other);
            }
        }
    }
    let find = |name: &str| known.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let (Some(forge), Some(owner), Some(repo)) = (find("type"), find("owner"), find("repo")) else {
        return not_read(this, "flakeRefToString");
    };
    let read = ["type", "owner", "repo", "ref", "rev", "dir"];
    let plain =
        known.iter().all(|(name, text)| read.contains(&name.as_str()) && (name == "dir" || is_plain(text)));
    let dir = find("dir");
    if !plain
        || !FORGES.contains(&forge)
        || dir.is_some_and(|dir| !dir.split('/').all(is_plain))
        || find("ref").is_some() && find("rev").is_some()
    {
        return not_read(this, "flakeRefToString");
    }
    let mut text = format!("{forge}:{owner}/{repo}");
    for version in [find("ref"), find("rev")].into_iter().flatten() {
        text.push('/');
        text.push_str(version);
    }
    if let Some(dir) = dir {
        text.push_str("?dir=");
        text.push_str(dir);
    }
    Ok(this.make_string(&text))
}

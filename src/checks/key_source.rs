use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::network::{Entry, Machine, Network, PlainKind};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A key under `deployment.keys` that has no source, or several: exactly one of `text`, `keyFile` and `keyCommand` says where it comes from.
    ///
    /// # Why it is bad
    /// There is nothing to send, or nobody knows which of them is meant. NixOps notices after the machine was built.
    ///
    /// # What to do instead
    /// Give one of the three. `keyCommand` and `keyFile` keep the secret out of the network's files.
    ///
    /// # What it cannot see
    /// Keys of machines with a module that is not known: it might give the source.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.empty.user = "nginx";   # error
    ///     keys.both = { text = "…"; keyFile = "/root/both"; };   # error
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = {
    ///     targetHost = "10.0.0.7";
    ///     keys.tls = { keyCommand = [ "pass" "tls" ]; user = "nginx"; };
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "key-source", level: Error, since: "0.1.0", looks_at: Machine }
}

const SOURCES: [&str; 3] = ["text", "keyFile", "keyCommand"];

/// What all definitions say about one key.
struct Key {
    at: Span,
    given: Vec<(&'static str, Span)>,
    known: bool,
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        for (name, key) in keys(machine) {
            if !key.known {
                continue;
            }
            let finding = match key.given.as_slice() {
                [_] => continue,
                [] => CHECK
                    .finding(key.at, format!("the key `{name}` of `{}` has no source", machine.name))
                    .note("nothing to send")
                    .help("give one of `text`, `keyFile` and `keyCommand`"),
                [first, rest @ ..] => {
                    let mut finding = CHECK
                        .finding(
                            key.at,
                            format!("the key `{name}` of `{}` has several sources", machine.name),
                        )
                        .label(first.1, format!("`{}`", first.0))
                        .help("keep one of them");
                    for (source, at) in rest {
                        finding = finding.label(*at, format!("`{source}`"));
                    }
                    finding
                }
            };
            found.push(finding.machine(machine.name.as_str()));
        }
    }
}

fn keys(machine: &Machine) -> BTreeMap<&str, Key> {
    let mut keys: BTreeMap<&str, Key> = BTreeMap::new();
    let complete =
        machine.open.is_empty() && machine.definitions_of(&["deployment", "keys"]).all(|it| it.certain);
    for definition in machine.definitions_of(&["deployment", "keys"]) {
        for entry in definition.value.as_set().unwrap_or_default() {
            let key =
                keys.entry(&entry.name).or_insert(Key { at: entry.at, given: Vec::new(), known: complete });
            add(key, entry);
        }
    }
    keys
}

fn add(key: &mut Key, entry: &Entry) {
    match &entry.value.kind {
        // A string alone is the text.
        PlainKind::String(_) => key.given.push(("text", entry.value.at)),
        PlainKind::Set(options) => {
            for option in options {
                match SOURCES.iter().find(|source| **source == option.name.as_ref()) {
                    Some(source) if option.value.kind != PlainKind::Null => {
                        key.given.push((source, option.at));
                    }
                    // `mkIf` and modules inside of a key are not looked through.
                    None if matches!(option.name.as_ref(), "_type" | "imports" | "config") => {
                        key.known = false;
                    }
                    _ => {}
                }
            }
        }
        _ => key.known = false,
    }
}

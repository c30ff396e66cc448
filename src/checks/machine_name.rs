use rustc_hash::FxHashMap;

use crate::findings::Finding;
use crate::network::Network;
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A machine whose name cannot be used: with a character other than letters, digits, `-`, `_` and dots, or the name of a resource as well.
    ///
    /// # Why it is bad
    /// The name becomes a host label, a file name and a word in selectors. NixOps refuses such names with a Python traceback, and silently loses a machine that shares its name with a resource.
    ///
    /// # What to do instead
    /// Use letters, digits and hyphens.
    ///
    /// # What it cannot see
    /// Names that are computed from something unknown.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   "web server".deployment.targetHost = "10.0.0.7";   # error
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   resources.sshKeyPairs.web = { };
    ///   web.deployment.targetHost = "10.0.0.7";   # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web-server.deployment.targetHost = "10.0.0.7";
    ///   "mail.internal".deployment.targetHost = "10.0.0.8";
    /// }
    /// ```
    pub(super) static CHECK = { id: "machine-name", level: Error, since: "0.1.0" }
}

/// Words of the selector language.
const WORDS: [&str; 3] = ["and", "or", "not"];
/// A label of a host name has at most so many characters; only names without dots are one label.
const LONGEST_LABEL: usize = 63;

fn run(network: &Network, found: &mut Vec<Finding>) {
    let mut resources: FxHashMap<&str, (&str, Span)> = FxHashMap::default();
    for resource in &network.resources {
        if let Some((name, at)) = &resource.name {
            resources.entry(name).or_insert((&resource.kind, *at));
        }
    }
    for machine in &network.machines {
        let name = machine.name.as_str();
        let Some(at) = machine.at() else { continue };
        if name.is_empty() {
            found.push(
                CHECK.finding(at, "this machine has an empty name").help("use letters, digits and hyphens"),
            );
            continue;
        }
        let wrong = |message: String| {
            CHECK.finding(at, message).machine(name).help("use letters, digits and hyphens")
        };
        let strange = name.chars().find(|it| !is_usable_character(*it));
        if let Some(it) = strange {
            let what = if it.is_whitespace() { "a blank".to_owned() } else { format!("a `{it}`") };
            found.push(wrong(format!("`{name}` cannot be the name of a machine: it has {what} in it")));
        } else if name.starts_with(['-', '.']) {
            found.push(wrong(format!(
                "`{name}` cannot be the name of a machine: it begins with `{}`",
                &name[..1]
            )));
        } else if name.split('.').any(|label| label.len() > LONGEST_LABEL) {
            found.push(wrong(format!("`{name}` cannot be the name of a machine: a part of it has more than {LONGEST_LABEL} characters")));
        } else if WORDS.contains(&name) {
            found.push(
                wrong(format!(
                    "`{name}` cannot be the name of a machine: it is a word of the selector language"
                ))
                .help("choose another name"),
            );
        } else if let Some((kind, resource)) = resources.get(name) {
            found.push(
                wrong(format!("`{name}` is a machine and a resource"))
                    .label(*resource, format!("a resource of type `{kind}`"))
                    .help(
                        "give one of them another name: tools keep only one of two things with the same name",
                    ),
            );
        }
    }
}

/// Whether all characters of a name may be in the name of a machine.
pub(super) fn is_usable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_usable_character)
}

fn is_usable_character(it: char) -> bool {
    it.is_ascii_alphanumeric() || "-_.".contains(it)
}

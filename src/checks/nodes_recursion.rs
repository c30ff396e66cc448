use rustc_hash::FxHashMap;

use crate::findings::Finding;
use crate::network::{Definition, Network, PLAIN_PRIORITY, Plain, PlainKind};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// Machines whose settings need each other through `nodes`, round in a circle.
    ///
    /// # Why it is bad
    /// Neither value can be computed: Nix stops with an infinite recursion, and its message shows library code.
    ///
    /// # What to do instead
    /// Write one of the values down, in one of the machines or in a `let` that both use.
    ///
    /// # What it cannot see
    /// Settings other than those of the deployment, and machines with modules that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = nodes.db.config.deployment.targetHost;   # error
    ///   };
    ///   db = { nodes, ... }: {
    ///     deployment.targetHost = nodes.web.config.deployment.targetHost;
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = nodes.db.config.deployment.targetHost;
    ///     deployment.targetPort = 2201;
    ///   };
    ///   db = { nodes, ... }: {
    ///     deployment.targetHost = "gate.internal";
    ///     deployment.targetPort = nodes.web.config.deployment.targetPort + 1;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "nodes-recursion", level: Error, since: "0.1.0" }
}

/// What one machine needs of another one.
struct Need<'a> {
    from: &'a str,
    of: &'a str,
    at: Span,
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    if !network.is_complete() {
        return;
    }
    let mut needs: Vec<Need<'_>> = Vec::new();
    for machine in network.machines.iter().filter(|it| it.open.is_empty()) {
        for definition in machine.definitions_of_deployment().filter(|it| counts(it)) {
            let mut places = Vec::new();
            recursions(&definition.value, &mut places);
            for at in places {
                let inside = network.references.iter().filter(|it| {
                    it.at.file == at.file && at.start <= it.at.start && it.at.end <= at.end && !it.guarded
                });
                let from = machine.name.as_str();
                needs.extend(inside.map(|it| Need { from, of: it.machine.as_str(), at }));
            }
        }
    }
    needs.sort_by_key(|it| it.at);
    // Each circle once: a machine that was on one is not walked again.
    let mut done: FxHashMap<&str, bool> = FxHashMap::default();
    for first in &needs {
        if done.contains_key(first.from) {
            continue;
        }
        let mut way: Vec<&Need<'_>> = vec![first];
        while let Some(next) = needs.iter().find(|it| Some(it.from) == way.last().map(|it| it.of)) {
            if let Some(start) = way.iter().position(|it| it.from == next.from) {
                report(&way[start..], found);
                break;
            }
            if done.contains_key(next.from) {
                break;
            }
            way.push(next);
        }
        done.extend(way.iter().map(|it| (it.from, true)));
    }
}

fn counts(definition: &Definition) -> bool {
    definition.certain && definition.priority <= PLAIN_PRIORITY
}

/// The parts of a value that evaluation gave up as an infinite recursion.
fn recursions(value: &Plain, places: &mut Vec<Span>) {
    match &value.kind {
        PlainKind::Unknown(why) if why.links().iter().any(|it| it.reason.contains("infinite recursion")) => {
            places.push(value.at);
        }
        PlainKind::List(items) => items.iter().for_each(|it| recursions(it, places)),
        PlainKind::Set(entries) => entries.iter().for_each(|it| recursions(&it.value, places)),
        _ => {}
    }
}

fn report(circle: &[&Need<'_>], found: &mut Vec<Finding>) {
    let Some((first, rest)) = circle.split_first() else { return };
    let says = |it: &Need<'_>| format!("`{}` needs a value of `{}`", it.from, it.of);
    let way: Vec<&str> = circle.iter().map(|it| it.from).chain([first.from]).collect();
    let message = match rest {
        [] => format!("a value of `{}` needs itself, through `nodes`", first.from),
        _ => format!("values of machines need each other in a circle: {}", way.join(" → ")),
    };
    let mut finding = CHECK
        .finding(first.at, message)
        .note(says(first))
        .help("write one of these values down")
        .machine(first.from);
    for need in rest {
        finding = finding.label(need.at, says(need));
    }
    found.push(finding);
}

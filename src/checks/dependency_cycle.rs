use crate::findings::Finding;
use crate::network::{Dependency, Network};

use super::check::check;

check! {
    /// # What it finds
    /// Machines whose `deployment.dependsOn` lead round in a circle.
    ///
    /// # Why it is bad
    /// Each of them waits for the next one to be healthy, so none can be activated first.
    ///
    /// # What to do instead
    /// Remove one of the dependencies that the report shows.
    ///
    /// # What it cannot see
    /// Dependencies that are not known.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   app.deployment = { targetHost = "10.0.0.7"; dependsOn = [ "db" ]; };   # error
    ///   db.deployment = { targetHost = "10.0.0.8"; dependsOn = [ "app" ]; };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   app.deployment = { targetHost = "10.0.0.7"; dependsOn = [ "db" ]; };
    ///   db.deployment = { targetHost = "10.0.0.8"; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "dependency-cycle", level: Error, since: "0.1.0" }
}

/// Machines that a message names; a circle of thousands is no sentence.
const MOST_NAMED: usize = 12;

fn run(network: &Network, found: &mut Vec<Finding>) {
    for circle in network.needs().circles() {
        let name = |at: usize| network.machines[at].name.as_str();
        let Some((first, rest)) = circle.split_first() else { continue };
        let mut way: Vec<&str> = circle.iter().map(|it| name(it.from)).take(MOST_NAMED).collect();
        if circle.len() > MOST_NAMED {
            way.push("…");
        }
        way.push(name(first.from));
        let message = if rest.is_empty() {
            format!("`{}` depends on itself", name(first.from))
        } else {
            format!("machines depend on each other in a circle: {}", way.join(" → "))
        };
        let says = |it: &Dependency| format!("`{}` depends on `{}`", name(it.from), name(it.on));
        let mut finding = CHECK
            .finding(first.at, message)
            .note(says(first))
            .help("remove one of these dependencies")
            .machine(name(first.from));
        for edge in rest.iter().take(MOST_NAMED) {
            finding = finding.label(edge.at, says(edge));
        }
        found.push(finding);
    }
}

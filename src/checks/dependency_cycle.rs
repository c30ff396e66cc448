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

fn run(network: &Network, found: &mut Vec<Finding>) {
    let dependencies = network.dependencies();
    let mut cycles: Vec<Vec<&Dependency>> = Vec::new();
    // The colour of each machine in the walk: not met, on the way, done.
    let mut state = vec![State::New; network.machines.len()];
    for start in 0..network.machines.len() {
        walk(start, &dependencies, &mut state, &mut cycles);
    }
    for cycle in cycles {
        let name = |at: usize| network.machines[at].name.as_str();
        let Some((first, rest)) = cycle.split_first() else { continue };
        let way: Vec<&str> = cycle.iter().map(|it| name(it.from)).chain([name(first.from)]).collect();
        let message = if cycle.len() == 1 {
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
        for edge in rest {
            finding = finding.label(edge.at, says(edge));
        }
        found.push(finding);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    OnTheWay,
    Done,
}

/// Depth first with a stack of our own: a chain of 10,000 machines must not overflow the program's.
fn walk<'a>(
    start: usize,
    dependencies: &'a [Vec<Dependency>],
    state: &mut [State],
    cycles: &mut Vec<Vec<&'a Dependency>>,
) {
    if state[start] != State::New {
        return;
    }
    state[start] = State::OnTheWay;
    let mut way: Vec<(usize, usize)> = vec![(start, 0)];
    while let Some((at, next)) = way.last().copied() {
        let Some(edge) = dependencies[at].get(next) else {
            state[at] = State::Done;
            way.pop();
            continue;
        };
        if let Some(top) = way.last_mut() {
            top.1 += 1;
        }
        match state[edge.on] {
            State::New => {
                state[edge.on] = State::OnTheWay;
                way.push((edge.on, 0));
            }
            State::OnTheWay => {
                let from = way.iter().position(|(it, _)| *it == edge.on).unwrap_or_default();
                // Each step of the way took the edge before its `next`.
                cycles.push(way[from..].iter().map(|(it, next)| &dependencies[*it][next - 1]).collect());
            }
            State::Done => {}
        }
    }
}

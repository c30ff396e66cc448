//! The order of machines: who waits for whom, all that may go at the same time, and circles. Draws nothing.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use crate::network::{MachineName, Network};

/// The machines of a run and what each one waits for.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    names: Vec<MachineName>,
    /// An edge leads from a machine to one that waits for it. Nodes are indices into `names`, which is sorted; behind them is
    /// a node for each selection that several machines wait for, between those and the machines of the selection.
    graph: DiGraphMap<usize, ()>,
}

/// Machines that wait for each other, in a circle: each needs the next, the last needs the first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these machines wait for each other: {}", shown(.0))]
pub struct Cycle(pub Vec<MachineName>);

fn shown(machines: &[MachineName]) -> String {
    let circle = machines.iter().chain(machines.first());
    circle.map(|machine| format!("`{machine}`")).collect::<Vec<_>>().join(" needs ")
}

impl Dependencies {
    /// `needs` says what each machine waits for. Names that are no key of it are left out: whether that is a
    /// mistake is for others to say.
    pub fn new(needs: &BTreeMap<MachineName, BTreeSet<MachineName>>) -> Self {
        let names: Vec<MachineName> = needs.keys().cloned().collect();
        let mut graph = DiGraphMap::new();
        for index in 0..names.len() {
            graph.add_node(index);
        }
        for (machine, others) in needs {
            for other in others {
                if let (Ok(from), Ok(to)) = (names.binary_search(other), names.binary_search(machine)) {
                    graph.add_edge(from, to, ());
                }
            }
        }
        Self { names, graph }
    }

    /// What the machines of a network are known to wait for.
    pub fn of(network: &Network) -> Self {
        let names: Vec<MachineName> = network.machines.iter().map(|it| it.name.clone()).collect();
        let mut graph = DiGraphMap::new();
        for (from, points) in network.needs().points().into_iter().enumerate() {
            graph.add_node(from);
            for on in points {
                graph.add_edge(on, from, ());
            }
        }
        Self { names, graph }
    }

    pub fn machines(&self) -> &[MachineName] {
        &self.names
    }

    /// What a machine waits for, directly.
    pub fn needs(&self, machine: &MachineName) -> Vec<MachineName> {
        self.neighbours(machine, Direction::Incoming)
    }

    /// What waits for a machine, directly.
    pub fn needed_by(&self, machine: &MachineName) -> Vec<MachineName> {
        self.neighbours(machine, Direction::Outgoing)
    }

    fn neighbours(&self, machine: &MachineName, direction: Direction) -> Vec<MachineName> {
        let Ok(index) = self.names.binary_search(machine) else { return Vec::new() };
        self.beside(index, direction).into_iter().map(|index| self.names[index].clone()).collect()
    }

    /// The machines that an edge leads to, or an edge and a selection.
    fn beside(&self, index: usize, direction: Direction) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for next in self.graph.neighbors_directed(index, direction) {
            if next < self.names.len() {
                found.insert(next);
            } else {
                // A machine that waits for a selection that it is in waits for the others.
                found.extend(self.graph.neighbors_directed(next, direction).filter(|it| *it != index));
            }
        }
        found
    }

    /// The machines in ranks: all of a rank may go at the same time, after all earlier ranks. The same input gives
    /// the same ranks, each sorted by name. Linear in machines and dependencies.
    pub fn ranks(&self) -> Result<Vec<Vec<MachineName>>, Cycle> {
        let count = self.names.len();
        let mut waiting: Vec<usize> = (0..self.graph.node_count())
            .map(|index| self.graph.neighbors_directed(index, Direction::Incoming).count())
            .collect();
        let mut rank: Vec<usize> = (0..count).filter(|index| waiting[*index] == 0).collect();
        let mut ranks = Vec::new();
        let mut placed = 0;
        while !rank.is_empty() {
            placed += rank.len();
            let mut next = Vec::new();
            let mut done = rank.clone();
            while let Some(point) = done.pop() {
                for dependent in self.graph.neighbors(point) {
                    waiting[dependent] -= 1;
                    match waiting[dependent] {
                        0 if dependent < count => next.push(dependent),
                        // A selection is done when its last machine is.
                        0 => done.push(dependent),
                        _ => {}
                    }
                }
            }
            ranks.push(rank.iter().map(|index| self.names[*index].clone()).collect());
            next.sort_unstable();
            rank = next;
        }
        if placed == self.names.len() { Ok(ranks) } else { Err(self.cycle()) }
    }

    /// One shortest-looking circle; called only when there is one.
    fn cycle(&self) -> Cycle {
        let circular = |component: &Vec<usize>| {
            component.len() > 1 || component.first().is_some_and(|it| self.graph.contains_edge(*it, *it))
        };
        let component: BTreeSet<usize> = kosaraju_scc(&self.graph)
            .into_iter()
            .filter(circular)
            .map(|component| component.into_iter().collect::<BTreeSet<usize>>())
            .min()
            .expect("machines that no rank takes lie on a cycle or behind one");
        // Walk from need to need inside the component until a machine comes again.
        let mut path: Vec<usize> = Vec::new();
        let mut at = *component.first().expect("a component has members");
        while !path.contains(&at) {
            path.push(at);
            let needs = self.beside(at, Direction::Incoming).into_iter();
            at = needs
                .filter(|need| component.contains(need))
                .min()
                .expect("every member of a cycle needs another member");
        }
        let start = path.iter().position(|it| *it == at).expect("the walk ended where it had been");
        Cycle(path[start..].iter().map(|index| self.names[*index].clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependencies(edges: &[(&str, &[&str])]) -> Dependencies {
        let name = |it: &&str| MachineName::new(*it);
        Dependencies::new(
            &edges.iter().map(|(machine, needs)| (name(machine), needs.iter().map(name).collect())).collect(),
        )
    }

    fn text_of(names: &[MachineName]) -> String {
        names.iter().map(MachineName::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn machines_follow_what_they_need() {
        let graph = dependencies(&[
            ("web", &["app"]),
            ("app", &["db", "cache"]),
            ("db", &[]),
            ("cache", &[]),
            ("x", &["ghost"]),
        ]);
        let ranks: Vec<String> = graph.ranks().unwrap().iter().map(|rank| text_of(rank)).collect();
        assert_eq!(ranks, ["cache db x", "app", "web"]);
        assert_eq!(text_of(&graph.needs(&MachineName::new("app"))), "cache db");
        assert_eq!(text_of(&graph.needed_by(&MachineName::new("db"))), "app");
    }

    #[test]
    fn what_many_select_is_one_step_between() {
        let mut files = crate::system::OverlayFiles::alone();
        let text = r#"{
          web1.deployment.dependsOn = [ "@data" ];
          web2.deployment.dependsOn = [ "@data" "app" ];
          app.deployment.dependsOn = [ "@data" ];
          db.deployment.tags = [ "data" ];
          queue.deployment = { tags = [ "data" ]; dependsOn = [ "@data" ]; };
        }"#;
        files.put("/net/network.nix", text);
        let request =
            crate::network::Request::new(std::sync::Arc::new(files), vec!["/net/network.nix".into()]);
        let graph = Dependencies::of(&Network::load(&request).unwrap());
        let ranks: Vec<String> = graph.ranks().unwrap().iter().map(|rank| text_of(rank)).collect();
        assert_eq!(ranks, ["db", "queue", "app web1", "web2"]);
        assert_eq!(text_of(&graph.needs(&MachineName::new("web2"))), "app db queue");
        assert_eq!(text_of(&graph.needs(&MachineName::new("queue"))), "db");
        assert_eq!(text_of(&graph.needed_by(&MachineName::new("db"))), "app queue web1 web2");
    }

    #[test]
    fn a_circle_is_named_in_order() {
        let graph = dependencies(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["a"])]);
        let cycle = graph.ranks().unwrap_err();
        assert_eq!(
            cycle.to_string(),
            "these machines wait for each other: `a` needs `b` needs `c` needs `a`"
        );
        let cycle = dependencies(&[("a", &["a"])]).ranks().unwrap_err();
        assert_eq!(cycle.to_string(), "these machines wait for each other: `a` needs `a`");
    }
}

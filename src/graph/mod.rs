//! Which machine needs which other one: dependencies, cycles, and the order that follows; and pictures of that, and of what
//! machines read of each other and of which files they are made.
//!
//! Pure. Knows nothing of steps and of terminals. [`Dependencies`] is the order; a [`Chart`] is what a picture shows, and
//! draws itself as dot, Mermaid, JSON and SVG; [`page`] makes one HTML file of several charts.

mod chart;
#[cfg(test)]
mod chart_tests;
mod dot;
mod groups;
mod html;
mod json;
mod layout;
mod mermaid;
mod of_files;
mod of_machines;
mod ranks;
mod stages;
mod svg;

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use std::path::Path;

use crate::network::selectors::{Machines, Selector, SelectorError};
use crate::network::{MachineName, Network, Whose};

pub use chart::{Because, Chart, Cluster, ClusterBy, Edge, EdgeKind, Node, NodeKind, View};
pub use html::{Page, page};
#[cfg(test)]
pub(crate) use json::schema;
pub use layout::{Picture, Placed, Strip, place};
pub use stages::Stage;
pub(crate) use svg::text as svg_text;

impl Chart {
    /// The chart of these machines, by index; places in it are told from a folder. Without a word on clusters, the schedule
    /// of a network with stages is drawn by stage.
    pub fn of(
        network: &Network,
        view: View,
        chosen: &[usize],
        clusters: Option<ClusterBy>,
        folder: &Path,
    ) -> Self {
        let mut chart = match view {
            View::Imports => of_files::chart(network, chosen, folder),
            View::Schedule | View::References => of_machines::chart(network, view, chosen, folder),
        };
        let by_stage = (!chart.stages.is_empty()).then_some(ClusterBy::Stage);
        chart.cluster(clusters.or(by_stage));
        chart
    }
}

/// The machines that a selector selects for a picture. In a picture of references, `needs(…)` and `needed-by(…)` follow
/// these as well.
pub fn select(network: &Network, view: View, selector: &str) -> Result<Vec<usize>, SelectorError> {
    let mut machines: Machines = network.selectable();
    if view == View::References {
        for read in &network.reads {
            if let Whose::Machine(on) = read.whose {
                machines.add_dependency(read.from, on);
            }
        }
    }
    Selector::parse(selector)?.select(&machines)
}

/// The machines of a run and what each one waits for.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    names: Vec<MachineName>,
    /// An edge leads from a machine to one that waits for it. Nodes are indices into `names`, which is sorted.
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
        let name = |at: usize| network.machines[at].name.clone();
        let edges = network.dependencies();
        let needs = edges
            .iter()
            .enumerate()
            .map(|(at, edges)| (name(at), edges.iter().map(|it| name(it.on)).collect()));
        Self::new(&needs.collect())
    }

    pub fn machines(&self) -> &[MachineName] {
        &self.names
    }

    /// What a machine waits for, directly.
    pub fn needs(&self, machine: &MachineName) -> Vec<MachineName> {
        self.neighbours(machine, petgraph::Direction::Incoming)
    }

    /// What waits for a machine, directly.
    pub fn needed_by(&self, machine: &MachineName) -> Vec<MachineName> {
        self.neighbours(machine, petgraph::Direction::Outgoing)
    }

    fn neighbours(&self, machine: &MachineName, direction: petgraph::Direction) -> Vec<MachineName> {
        let Ok(index) = self.names.binary_search(machine) else { return Vec::new() };
        let mut found: Vec<usize> = self.graph.neighbors_directed(index, direction).collect();
        found.sort_unstable();
        found.into_iter().map(|index| self.names[index].clone()).collect()
    }

    /// The machines in ranks: all of a rank may go at the same time, after all earlier ranks. The same input gives
    /// the same ranks, each sorted by name. Linear in machines and dependencies.
    pub fn ranks(&self) -> Result<Vec<Vec<MachineName>>, Cycle> {
        let mut waiting: Vec<usize> = (0..self.names.len())
            .map(|index| self.graph.neighbors_directed(index, petgraph::Direction::Incoming).count())
            .collect();
        let mut rank: Vec<usize> = (0..self.names.len()).filter(|index| waiting[*index] == 0).collect();
        let mut ranks = Vec::new();
        let mut placed = 0;
        while !rank.is_empty() {
            placed += rank.len();
            let mut next = Vec::new();
            for machine in &rank {
                for dependent in self.graph.neighbors(*machine) {
                    waiting[dependent] -= 1;
                    if waiting[dependent] == 0 {
                        next.push(dependent);
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
            at = self
                .graph
                .neighbors_directed(at, petgraph::Direction::Incoming)
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

    fn text(names: &[MachineName]) -> String {
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
        let ranks: Vec<String> = graph.ranks().unwrap().iter().map(|rank| text(rank)).collect();
        assert_eq!(ranks, ["cache db x", "app", "web"]);
        assert_eq!(text(&graph.needs(&MachineName::new("app"))), "cache db");
        assert_eq!(text(&graph.needed_by(&MachineName::new("db"))), "app");
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

//! Columns for the nodes of a chart: what is needed stands before what needs it, stage after stage; and which nodes lie on
//! a circle. Linear in nodes and edges, without recursion.

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::chart::{Chart, Edge, EdgeKind, View};

/// Whether an edge decides the order of the columns.
fn orders(chart: &Chart, edge: &Edge) -> bool {
    edge.from != edge.to && (chart.view != View::Schedule || edge.kind != EdgeKind::Implied)
}

/// Gives every node its column and marks circles.
pub(super) fn give(chart: &mut Chart) {
    let count = chart.nodes.len();
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in chart.edges.iter().filter(|it| orders(chart, it)) {
        needs[edge.from].push(edge.to);
    }
    let component = circles(chart, &needs);
    // Nodes of a circle share a column as far as they need only each other: a column per circle would say that one of them
    // is first.
    let groups = component.iter().max().map_or(0, |it| it + 1);
    let mut rank = vec![0_usize; groups];
    // Kosaraju gives a component after those that it reaches, so that this is one walk.
    let mut of_group: Vec<Vec<usize>> = vec![Vec::new(); groups];
    for (node, group) in component.iter().enumerate() {
        of_group[*group].push(node);
    }
    for group in 0..groups {
        let needed = of_group[group].iter().flat_map(|node| &needs[*node]).map(|it| component[*it]);
        rank[group] = needed.filter(|it| *it != group).map(|it| rank[it] + 1).max().unwrap_or(0);
    }
    chart.ranks = component.iter().map(|group| rank[*group]).collect();
    if chart.view == View::Schedule && !chart.stages.is_empty() {
        by_stage(chart);
    } else if chart.view != View::Schedule {
        apart(chart);
    }
}

/// Numbers the circles, in an order in which what is needed comes first; marks nodes and edges that lie on one.
fn circles(chart: &mut Chart, needs: &[Vec<usize>]) -> Vec<usize> {
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::with_capacity(needs.len(), chart.edges.len());
    for (from, needs) in needs.iter().enumerate() {
        graph.add_node(from);
        for to in needs {
            graph.add_edge(from, *to, ());
        }
    }
    let mut component = vec![0; needs.len()];
    let mut large = vec![false; needs.len()];
    for (number, members) in kosaraju_scc(&graph).into_iter().enumerate() {
        for node in &members {
            component[*node] = number;
            large[*node] = members.len() > 1;
        }
    }
    for at in 0..chart.edges.len() {
        let edge = &chart.edges[at];
        let itself = edge.from == edge.to && edge.kind == EdgeKind::Declared;
        let inside = orders(chart, edge) && large[edge.from] && component[edge.from] == component[edge.to];
        if itself || inside {
            let (from, to) = (edge.from, edge.to);
            chart.edges[at].in_cycle = true;
            chart.nodes[from].in_cycle = true;
            chart.nodes[to].in_cycle = true;
        }
    }
    component
}

/// A stage begins behind the last column of the stage before; inside of it, needs decide. Nodes in no stage come first.
fn by_stage(chart: &mut Chart) {
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); chart.stages.len() + 1];
    for (node, rank) in chart.ranks.iter().enumerate() {
        columns[chart.nodes[node].stage.map_or(0, |it| it + 1)].push(*rank);
    }
    let mut first = 0;
    let mut offsets = Vec::new();
    for mut ranks in columns {
        ranks.sort_unstable();
        ranks.dedup();
        let count = ranks.len();
        offsets.push((first, ranks));
        first += count;
    }
    for node in 0..chart.nodes.len() {
        let (first, ranks) = &offsets[chart.nodes[node].stage.map_or(0, |it| it + 1)];
        let inside = ranks.binary_search(&chart.ranks[node]).expect("its rank is one of its stage's");
        chart.ranks[node] = first + inside;
    }
}

/// Nodes that nothing is drawn to or from have a column of their own, so that the others are seen together.
fn apart(chart: &mut Chart) {
    let mut alone = vec![true; chart.nodes.len()];
    for edge in chart.edges.iter().filter(|it| it.from != it.to) {
        alone[edge.from] = false;
        alone[edge.to] = false;
    }
    if alone.iter().all(|it| *it) || !alone.contains(&true) {
        return;
    }
    let last = chart.ranks.iter().max().map_or(0, |it| it + 1);
    for (rank, alone) in chart.ranks.iter_mut().zip(alone) {
        if alone {
            *rank = last;
        }
    }
}

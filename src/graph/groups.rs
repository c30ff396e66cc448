//! What is too much for a picture: nodes drawn as groups, with how many they are. Everything that is left out of the
//! picture is still counted in it.

use std::collections::BTreeMap;

use super::chart::{Chart, Cluster, Edge, Node, NodeKind, View};

/// Boxes that are legible on one picture.
const MOST_NODES: usize = 320;
/// Lines that a browser moves without stumbling, and an eye follows.
const MOST_EDGES: usize = 4_000;
/// Groups of one column. What falls behind them is one group more.
const MOST_OF_COLUMN: usize = 24;
/// Columns. A longer chain is cut into pieces of several columns.
const MOST_COLUMNS: usize = 12;

/// The chart in groups, if it is too large; and the group of each node.
pub(super) fn drawable(chart: &Chart) -> Option<Chart> {
    grouped(chart).map(|it| it.0)
}

/// The same, with the group that each node is in.
pub(super) fn grouped(chart: &Chart) -> Option<(Chart, Vec<usize>)> {
    if chart.nodes.len() <= MOST_NODES && chart.edges.len() <= MOST_EDGES {
        return None;
    }
    let last = chart.ranks.iter().max().map_or(0, |it| it + 1);
    let step = last.div_ceil(MOST_COLUMNS).max(1);
    let mut members: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for (at, node) in chart.nodes.iter().enumerate() {
        members.entry((chart.ranks[at] / step, key(chart, node))).or_default().push(at);
    }
    let mut of_column: BTreeMap<usize, Vec<(String, Vec<usize>)>> = BTreeMap::new();
    for ((rank, key), nodes) in members {
        of_column.entry(rank).or_default().push((key, nodes));
    }
    let mut nodes = Vec::new();
    let mut group_of = vec![0; chart.nodes.len()];
    let mut group_ranks = Vec::new();
    for (rank, mut groups) in of_column {
        groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
        if groups.len() > MOST_OF_COLUMN {
            let rest: Vec<usize> =
                groups.split_off(MOST_OF_COLUMN - 1).into_iter().flat_map(|it| it.1).collect();
            groups.push(("others".to_owned(), rest));
        }
        for (key, inside) in groups {
            inside.iter().for_each(|it| group_of[*it] = nodes.len());
            nodes.push(group(chart, key, &inside));
            group_ranks.push(rank);
        }
    }
    let mut edges: BTreeMap<(usize, usize, super::EdgeKind), (usize, bool)> = BTreeMap::new();
    for edge in &chart.edges {
        let (from, to) = (group_of[edge.from], group_of[edge.to]);
        if from != to {
            let entry = edges.entry((from, to, edge.kind)).or_default();
            entry.0 += edge.members;
            entry.1 |= edge.in_cycle;
        }
    }
    let what = if chart.view == View::Imports { "nodes" } else { "machines" };
    let mut notes = chart.notes.clone();
    notes.push(format!(
        "drawn as {} groups: {} {what} are too many for a picture",
        nodes.len(),
        chart.nodes.len()
    ));
    let clusters: Vec<Cluster> = Vec::new();
    let grouped = Chart {
        view: chart.view,
        title: chart.title.clone(),
        nodes,
        edges: edges
            .into_iter()
            .map(|((from, to, kind), (members, in_cycle))| Edge {
                from,
                to,
                kind,
                in_cycle,
                because: Vec::new(),
                members,
            })
            .collect(),
        clusters,
        clustered_by: None,
        stages: chart.stages.clone(),
        ranks: group_ranks,
        notes,
    };
    Some((grouped, group_of))
}

/// What a node is grouped by: its stage and first tag, else the beginning of its name, or its folder.
fn key(chart: &Chart, node: &Node) -> String {
    let own = match node.kind {
        NodeKind::File => match node.name.rsplit_once('/') {
            Some((folder, _)) => format!("{}/", folder.split('/').take(3).collect::<Vec<_>>().join("/")),
            None => "./".to_owned(),
        },
        NodeKind::Missing => "no such machine".to_owned(),
        NodeKind::Unknown => node.name.clone(),
        NodeKind::Selection => format!("all of {}", node.name),
        _ => match node.tags.first() {
            Some(tag) => format!("@{tag}"),
            None => {
                let stem =
                    node.name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '-' || it == '.');
                if stem.is_empty() { "machines".to_owned() } else { format!("{stem}*") }
            }
        },
    };
    match node.stage.and_then(|it| chart.stages.get(it)) {
        Some(stage) => format!("{own} in {}", stage.title),
        None => own,
    }
}

fn group(chart: &Chart, key: String, inside: &[usize]) -> Node {
    if let [only] = inside {
        return chart.nodes[*only].clone();
    }
    let mut node = Node::new(NodeKind::Group, key);
    node.members = inside.len();
    let first = inside.first().map(|it| &chart.nodes[*it]);
    node.tags = first.and_then(|it| it.tags.first()).cloned().into_iter().collect();
    if !inside.iter().all(|it| chart.nodes[*it].tags.first() == node.tags.first()) {
        node.tags.clear();
    }
    node.stage = first.and_then(|it| it.stage);
    node.in_cycle = inside.iter().any(|it| chart.nodes[*it].in_cycle);
    let with_checks = inside.iter().filter(|it| !chart.nodes[**it].health.is_empty()).count();
    if with_checks > 0 {
        node.health.push(format!("{with_checks} of them have health checks"));
    }
    node
}

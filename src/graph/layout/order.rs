//! The order of boxes inside their columns: each near those that it is connected with, so that lines seldom cross.

use crate::graph::chart::Chart;

/// Sweeps over the columns, there and back; more of them hardly change anything.
const SWEEPS: usize = 6;

/// The nodes of each column, from top to bottom; lane after lane where the chart has lanes.
pub(super) fn order(chart: &Chart) -> Vec<Vec<usize>> {
    let lane = lane_of(chart);
    let mut columns = chart.columns();
    let key = |at: usize| (lane[at], chart.nodes[at].tags.first(), &chart.nodes[at].name);
    for column in &mut columns {
        column.sort_by(|a, b| key(*a).cmp(&key(*b)));
    }
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); chart.nodes.len()];
    for edge in chart.edges.iter().filter(|it| it.from != it.to) {
        near[edge.from].push(edge.to);
        near[edge.to].push(edge.from);
    }
    // Where each node is in its column: 0 is the top, 1 the bottom.
    let mut height = vec![0.5; chart.nodes.len()];
    let settle = |column: &[usize], height: &mut Vec<f64>| {
        let count = column.len().max(1) as f64;
        for (at, node) in column.iter().enumerate() {
            height[*node] = (at as f64 + 0.5) / count;
        }
    };
    for column in &columns {
        settle(column, &mut height);
    }
    for sweep in 0..SWEEPS {
        let numbers: Vec<usize> =
            if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for number in numbers {
            let column = &mut columns[number];
            let mut wanted: Vec<(usize, f64, usize)> = column
                .iter()
                .map(|node| {
                    let others = near[*node].iter().filter(|it| chart.ranks[**it] != number);
                    let (sum, count) =
                        others.fold((0.0, 0_u32), |(sum, count), it| (sum + height[*it], count + 1));
                    let middle = if count == 0 { height[*node] } else { sum / f64::from(count) };
                    (lane[*node], middle, *node)
                })
                .collect();
            // The sort is stable: what is equally wanted stays in the order of tags and names.
            wanted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            *column = wanted.into_iter().map(|it| it.2).collect();
            settle(column, &mut height);
        }
    }
    columns
}

/// The lane of each node; all are in the first where there are no lanes. Stages are columns and need none.
pub(super) fn lane_of(chart: &Chart) -> Vec<usize> {
    let mut lane = vec![0; chart.nodes.len()];
    if has_lanes(chart) {
        for (number, cluster) in chart.clusters.iter().enumerate() {
            for node in &cluster.nodes {
                lane[*node] = number;
            }
        }
    }
    lane
}

pub(super) fn has_lanes(chart: &Chart) -> bool {
    chart.clustered_by == Some(crate::graph::chart::ClusterBy::Tag) && chart.clusters.len() > 1
}

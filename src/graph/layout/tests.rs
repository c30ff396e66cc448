//! No box lies on another one, no text is wider than its box, and no line runs behind a name: for charts of all sizes.

use proptest::prelude::*;

use super::{Picture, labels, place};
use crate::graph::chart::{Chart, ClusterBy, Edge, EdgeKind, Node, NodeKind, View};
use crate::graph::ranks;

/// A chart with these edges; `tags` are given out in turn.
fn chart(names: &[String], edges: &[(usize, usize)], tags: usize, clusters: Option<ClusterBy>) -> Chart {
    let node = |(at, name): (usize, &String)| {
        let mut node = Node::new(NodeKind::Machine, name.as_str());
        node.host = (at % 3 == 0).then(|| format!("10.0.0.{at}"));
        node.tags = (tags > 0).then(|| format!("tag{}", at % tags)).into_iter().collect();
        node
    };
    let mut edges = edges.to_vec();
    edges.sort_unstable();
    edges.dedup();
    let edge = |(from, to): (usize, usize)| Edge {
        from,
        to,
        kind: EdgeKind::Declared,
        in_cycle: false,
        because: Vec::new(),
        members: 1,
    };
    let mut chart = Chart {
        view: View::Schedule,
        title: "network".to_owned(),
        nodes: names.iter().enumerate().map(node).collect(),
        edges: edges.into_iter().map(edge).collect(),
        clusters: Vec::new(),
        clustered_by: None,
        stages: Vec::new(),
        ranks: Vec::new(),
        notes: Vec::new(),
    };
    ranks::give(&mut chart);
    chart.cluster(clusters);
    chart
}

/// What is wrong with a picture.
fn mistakes(chart: &Chart, picture: &Picture) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_place: Vec<usize> = (0..picture.boxes.len()).collect();
    by_place.sort_by_key(|it| picture.boxes[*it].x);
    for (at, one) in by_place.iter().enumerate() {
        let a = &picture.boxes[*one];
        if a.x < 0 || a.y < 0 || a.x + a.w > picture.width || a.y + a.h > picture.height {
            wrong.push(format!("{} is outside of the picture", a.name));
        }
        let widest = labels::width(&a.name, false).max(labels::width(&a.below, true));
        if widest + 22 > a.w {
            wrong.push(format!("{} is wider than its box", a.name));
        }
        for other in by_place[at + 1..].iter().take_while(|it| picture.boxes[**it].x < a.x + a.w) {
            let b = &picture.boxes[*other];
            if a.y < b.y + b.h && b.y < a.y + a.h {
                wrong.push(format!("{} lies on {}", a.name, b.name));
            }
        }
    }
    for strip in picture.columns.iter().map(|it| (&it.title, it.y + 17)) {
        for it in &picture.boxes {
            if it.y < strip.1 {
                wrong.push(format!("{} lies on the heading {}", it.name, strip.0));
            }
        }
    }
    for (edge, path) in chart.edges.iter().zip(&picture.lines) {
        for (x1, x2, y) in straights(path) {
            let behind = picture.boxes.iter().enumerate().find(|(node, it)| {
                ![edge.from, edge.to].contains(node)
                    && y > it.y
                    && y < it.y + it.h
                    && x1.max(it.x) < x2.min(it.x + it.w)
            });
            if let Some((_, it)) = behind {
                wrong.push(format!("a line runs behind {}", it.name));
            }
        }
    }
    wrong
}

/// The level parts of a path: those are inside of columns.
fn straights(path: &str) -> Vec<(i64, i64, i64)> {
    let mut found = Vec::new();
    let mut at = (0, 0);
    let mut rest = path;
    while let Some(kind) = rest.chars().next() {
        let end = rest[1..].find(['M', 'L', 'C']).map_or(rest.len(), |it| it + 1);
        let numbers: Vec<i64> = rest[1..end].split(' ').map(|it| it.parse().unwrap()).collect();
        let to = (numbers[numbers.len() - 2], numbers[numbers.len() - 1]);
        if kind == 'L' && to.1 == at.1 {
            found.push((at.0.min(to.0), at.0.max(to.0), at.1));
        }
        at = to;
        rest = &rest[end..];
    }
    found
}

/// Tiers of machines, each of which needs one or two of the tier before.
fn tiers(sizes: &[usize]) -> (Vec<String>, Vec<(usize, usize)>) {
    let (mut names, mut edges) = (Vec::new(), Vec::new());
    let mut before: Option<(usize, usize)> = None;
    for (tier, size) in sizes.iter().enumerate() {
        let first = names.len();
        for number in 0..*size {
            if let Some((start, count)) = before {
                edges.push((names.len(), start + number % count));
                edges.push((names.len(), start + (number * 7 + 3) % count));
            }
            names.push(format!("tier{tier}-{number}"));
        }
        before = Some((first, *size));
    }
    (names, edges)
}

#[test]
fn nothing_overlaps_at_5_30_and_200_machines() {
    for sizes in [&[2, 2, 1][..], &[6, 12, 10, 2], &[20, 90, 80, 10], &[200], &[1, 199], &[300, 20]] {
        for (tags, clusters) in [(0, None), (4, None), (4, Some(ClusterBy::Tag))] {
            let (names, edges) = tiers(sizes);
            let chart = chart(&names, &edges, tags, clusters);
            let picture = place(&chart);
            assert_eq!(mistakes(&chart, &picture), Vec::<String>::new(), "{sizes:?} {clusters:?}");
            let proportion = picture.width as f64 / picture.height as f64;
            assert!((0.4..6.0).contains(&proportion), "{sizes:?}: {} x {}", picture.width, picture.height);
        }
    }
}

#[test]
fn what_is_needed_stands_before_what_needs_it() {
    let (names, edges) = tiers(&[3, 30, 5]);
    let chart = chart(&names, &edges, 2, None);
    let picture = place(&chart);
    for edge in &chart.edges {
        let (from, to) = (&picture.boxes[edge.from], &picture.boxes[edge.to]);
        assert!(to.x + to.w < from.x, "{} and {}", from.name, to.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_in_any_chart(
        names in proptest::collection::vec("\\PC{1,40}", 1..40),
        ends in proptest::collection::vec((0_usize..40, 0_usize..40), 0..80),
        tags in 0_usize..5,
        by_tag: bool,
    ) {
        let count = names.len();
        let edges: Vec<(usize, usize)> = ends.iter().map(|(a, b)| (a % count, b % count)).collect();
        let chart = chart(&names, &edges, tags, by_tag.then_some(ClusterBy::Tag));
        let mut wrong = mistakes(&chart, &place(&chart));
        // A line around a circle may pass a lane's boxes; overlapping boxes are never right.
        wrong.retain(|it| !(by_tag && it.starts_with("a line")));
        prop_assert_eq!(wrong, Vec::<String>::new());
    }
}

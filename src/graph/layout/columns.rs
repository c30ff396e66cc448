//! From ordered columns to coordinates: how far each is wrapped, how wide its parts are, and where lanes begin.

use super::order::{has_lanes, lane_of};
use super::{GUTTER, HEADING, INNER, LANE_GAP, LANE_HEADING, MARGIN, Placed, ROW_GAP, Strip, labels};
use crate::graph::chart::{Chart, NodeKind, View};

/// Columns that are no higher than this are not wrapped, whatever the picture's proportions.
const SEEN_AT_ONCE: usize = 12;
/// Width to height that a picture should have: that of a screen, less what is beside it.
const PROPORTION: f64 = 1.7;
/// Heights of columns that are tried.
const TRIES: usize = 48;

/// A column that may be wrapped into several parts beside each other.
pub(super) struct Block {
    pub(super) x: i64,
    pub(super) w: i64,
    /// Left edge and width of each part.
    pub(super) parts: Vec<(i64, i64)>,
    /// Where its boxes begin and end.
    pub(super) top: i64,
    pub(super) bottom: i64,
}

/// Where everything stands.
pub(super) struct Grid {
    pub(super) blocks: Vec<Block>,
    /// For each node its block, part and upper edge.
    pub(super) cells: Vec<(usize, usize, i64)>,
    lanes: Vec<(i64, i64)>,
    pub(super) width: i64,
    pub(super) height: i64,
}

struct Wrapping {
    /// For each block the number of its parts.
    parts: Vec<usize>,
    /// For each lane the number of its rows.
    rows: Vec<usize>,
}

pub(super) fn grid(chart: &Chart, order: &[Vec<usize>], box_height: i64) -> Grid {
    let lane = lane_of(chart);
    let lanes = lane.iter().max().map_or(1, |it| it + 1);
    let mut counts = vec![vec![0_usize; lanes]; order.len()];
    for (block, nodes) in order.iter().enumerate() {
        nodes.iter().for_each(|node| counts[block][lane[*node]] += 1);
    }
    let pitch = box_height + ROW_GAP;
    let wrapping = best_wrapping(chart, &counts, pitch);
    let with_lanes = has_lanes(chart);
    // Lanes lie below each other.
    let mut y = MARGIN + HEADING;
    let mut tops = Vec::new();
    for rows in &wrapping.rows {
        if with_lanes {
            y += LANE_HEADING;
        }
        tops.push(y);
        y += i64::try_from(*rows).unwrap_or(0) * pitch;
        if with_lanes {
            y += LANE_GAP;
        }
    }
    let bottom = y;
    let mut cells = vec![(0, 0, 0); chart.nodes.len()];
    let mut blocks = Vec::new();
    let mut x = MARGIN + if with_lanes { 14 } else { 0 };
    for (number, nodes) in order.iter().enumerate() {
        let parts = wrapping.parts[number];
        let mut widths = vec![0_i64; parts];
        let mut next = vec![0_usize; lanes];
        for node in nodes {
            let at = next[lane[*node]];
            next[lane[*node]] += 1;
            let part = at % parts;
            widths[part] = widths[part].max(labels::box_width(&chart.nodes[*node]));
            // A column that is lower than its lane stands in the middle of it.
            let rows = counts[number][lane[*node]].div_ceil(parts);
            let free = i64::try_from(wrapping.rows[lane[*node]] - rows).unwrap_or(0) * pitch / 2;
            let row = i64::try_from(at / parts).unwrap_or(0);
            cells[*node] = (number, part, tops[lane[*node]] + free + row * pitch);
        }
        let mut places = Vec::new();
        let start = x;
        for width in widths {
            places.push((x, width));
            x += width + INNER;
        }
        x -= INNER;
        let of_block = nodes.iter().map(|it| cells[*it].2);
        blocks.push(Block {
            x: start,
            w: x - start,
            parts: places,
            top: of_block.clone().min().unwrap_or(MARGIN),
            bottom: of_block.max().unwrap_or(MARGIN) + box_height,
        });
        x += GUTTER;
    }
    let width = (x - GUTTER + MARGIN + if with_lanes { 14 } else { 0 }).max(2 * MARGIN + 200);
    let ends = tops.iter().zip(&wrapping.rows).map(|(top, rows)| {
        (*top - LANE_HEADING, i64::try_from(*rows).unwrap_or(0) * pitch + LANE_HEADING + 4)
    });
    let lanes = if with_lanes { ends.collect() } else { Vec::new() };
    Grid { blocks, cells, lanes, width, height: bottom - ROW_GAP + MARGIN }
}

/// The wrapping that gives the picture the proportions of a screen.
fn best_wrapping(chart: &Chart, counts: &[Vec<usize>], pitch: i64) -> Wrapping {
    let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let wrapped = |rows: usize| {
        let parts: Vec<usize> = counts
            .iter()
            .map(|lanes| lanes.iter().map(|count| count.div_ceil(rows)).max().unwrap_or(1).max(1))
            .collect();
        let lanes = counts.first().map_or(1, Vec::len);
        let rows = (0..lanes)
            .map(|lane| counts.iter().zip(&parts).map(|(it, parts)| it[lane].div_ceil(*parts)).max())
            .map(|it| it.unwrap_or(0))
            .collect();
        Wrapping { parts, rows }
    };
    // Lanes lie below each other, so that each may be less high.
    let least = (SEEN_AT_ONCE / counts.first().map_or(1, Vec::len).max(1)).max(1);
    if most <= least {
        return wrapped(most);
    }
    let sum: i64 = chart.nodes.iter().map(labels::box_width).sum();
    let mean = sum / i64::try_from(chart.nodes.len().max(1)).unwrap_or(1);
    let badness = |it: &Wrapping| {
        let parts: usize = it.parts.iter().sum();
        let gutters = i64::try_from(it.parts.len()).unwrap_or(0) * GUTTER;
        let width = i64::try_from(parts).unwrap_or(0) * (mean + INNER) + gutters;
        let rows: usize = it.rows.iter().sum();
        let height = i64::try_from(rows).unwrap_or(0) * pitch + 100;
        (width as f64 / height as f64 / PROPORTION).ln().abs()
    };
    let step = (most / TRIES).max(1);
    let tries = (least..=most).step_by(step).map(wrapped);
    tries.min_by(|a, b| badness(a).total_cmp(&badness(b))).unwrap_or_else(|| wrapped(most))
}

pub(super) fn boxes(chart: &Chart, grid: &Grid, height: i64) -> Vec<Placed> {
    let place = |(node, (block, part, y)): (&crate::graph::chart::Node, &(usize, usize, i64))| {
        let (x, w) = grid.blocks[*block].parts[*part];
        Placed { x, y: *y, w, h: height, name: labels::name(node), below: labels::below(node) }
    };
    chart.nodes.iter().zip(&grid.cells).map(place).collect()
}

/// What is above the columns: the stages of the rollout, or in which turn they come.
pub(super) fn headings(chart: &Chart, grid: &Grid) -> Vec<Strip> {
    if chart.view != View::Schedule || grid.blocks.len() < 2 && chart.stages.is_empty() {
        return Vec::new();
    }
    let mut stage_of = vec![None; grid.blocks.len()];
    // In which turn those of a column come that are no selections: these have none of their own.
    let mut has_turn = vec![false; grid.blocks.len()];
    for (node, (block, ..)) in chart.nodes.iter().zip(&grid.cells) {
        stage_of[*block] = node.stage.filter(|_| !chart.stages.is_empty());
        has_turn[*block] |= node.kind != NodeKind::Selection;
    }
    let mut turn = 0;
    let mut strips: Vec<(Option<usize>, Strip)> = Vec::new();
    for (number, (block, stage)) in grid.blocks.iter().zip(stage_of).enumerate() {
        match strips.last_mut() {
            Some((last, strip)) if stage.is_some() && *last == stage => strip.w = block.x + block.w - strip.x,
            _ => {
                let title = match stage {
                    Some(it) => chart.stages[it].title.clone(),
                    None if chart.stages.is_empty() && has_turn[number] => {
                        turn += 1;
                        turn.to_string()
                    }
                    None => String::new(),
                };
                let strip = Strip { title, x: block.x, y: MARGIN, w: block.w, h: grid.height - 2 * MARGIN };
                strips.push((stage, strip));
            }
        }
    }
    // Selections come in no turn.
    let titled = strips.into_iter().filter(|(_, strip)| !strip.title.is_empty());
    titled.map(|(_, strip)| fitting(strip)).collect()
}

/// Titles of narrow strips are shortened.
fn fitting(mut strip: Strip) -> Strip {
    let room = usize::try_from(strip.w / 8).unwrap_or(0);
    strip.title = labels::shortened(&strip.title, room.max(3));
    strip
}

pub(super) fn lanes(chart: &Chart, grid: &Grid) -> Vec<Strip> {
    let strips = chart.clusters.iter().zip(&grid.lanes).map(|(cluster, (y, h))| Strip {
        title: labels::shortened(&cluster.name, 60),
        x: MARGIN,
        y: *y,
        w: grid.width - 2 * MARGIN,
        h: *h,
    });
    strips.collect()
}

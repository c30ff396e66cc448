//! Places for the boxes and lines of a chart: columns of what may go at the same time, from left to right, wrapped where
//! they would be too high.
//!
//! A layered layout of our own. Networks of machines are wide and shallow: a hundred web servers behind three databases.
//! The crates there are put each layer on one line, a hundred boxes high, know no groups, and have no way for lines around
//! the boxes of a wrapped layer; here that is most of the work. Knows neither SVG nor HTML. Linear in boxes and, but for
//! sorting, in lines.

mod columns;
mod labels;
mod order;
mod routes;

#[cfg(test)]
mod tests;

use super::chart::Chart;

pub(in crate::graph) use labels::width;

/// A box with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub x: i64,
    pub y: i64,
    pub w: i64,
    pub h: i64,
    /// The name, shortened where it would not fit.
    pub name: String,
    /// What stands below it.
    pub below: String,
}

/// A strip with a heading: a column, or a group of machines.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    pub title: String,
    pub x: i64,
    pub y: i64,
    pub w: i64,
    pub h: i64,
}

/// A chart with places.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Parallel to the nodes of the chart.
    pub boxes: Vec<Placed>,
    /// Parallel to its edges: the path as SVG writes it.
    pub lines: Vec<String>,
    pub columns: Vec<Strip>,
    pub lanes: Vec<Strip>,
    pub width: i64,
    pub height: i64,
}

/// Around everything.
pub(super) const MARGIN: i64 = 32;
/// Above the boxes, for the headings of columns.
pub(super) const HEADING: i64 = 34;
/// Between two columns that differ in what they wait for; lines cross here.
const GUTTER: i64 = 96;
/// Between the parts of a wrapped column; lines turn here.
const INNER: i64 = 30;
/// Between two rows; lines run here.
const ROW_GAP: i64 = 16;
/// Around and between lanes.
const LANE_GAP: i64 = 26;
const LANE_HEADING: i64 = 26;
/// A box with one line of text, and with two.
const LOW: i64 = 34;
const HIGH: i64 = 50;

/// Gives a chart its places.
pub fn place(chart: &Chart) -> Picture {
    let tall = chart.nodes.iter().any(|it| !labels::below(it).is_empty());
    let height = if tall { HIGH } else { LOW };
    let order = order::order(chart);
    let grid = columns::grid(chart, &order, height);
    let boxes = columns::boxes(chart, &grid, height);
    let lines = routes::lines(chart, &grid, &boxes);
    let columns = columns::headings(chart, &grid);
    let lanes = columns::lanes(chart, &grid);
    Picture { boxes, lines, columns, lanes, width: grid.width, height: grid.height }
}

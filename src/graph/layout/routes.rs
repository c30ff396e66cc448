//! Ways for lines: through the gutters between columns in curves, and through wrapped columns between their rows, so that
//! no line runs behind a name.

use std::fmt::Write as _;

use super::columns::{Block, Grid};
use super::{GUTTER, INNER, Placed, ROW_GAP};
use crate::graph::chart::Chart;

/// How far the point of an arrow stays away from its box.
const TIP: i64 = 3;

type Point = (i64, i64);

/// The path of each edge, from what needs to what is needed.
pub(super) fn lines(chart: &Chart, grid: &Grid, boxes: &[Placed]) -> Vec<String> {
    let router = Router { grid, boxes };
    chart.edges.iter().map(|edge| router.line(edge.from, edge.to)).collect()
}

struct Router<'a> {
    grid: &'a Grid,
    boxes: &'a [Placed],
}

impl Router<'_> {
    fn line(&self, from: usize, to: usize) -> String {
        if from == to {
            return self.itself(from);
        }
        let (start, end) = (self.grid.cells[from].0, self.grid.cells[to].0);
        let mut way = Way::default();
        if end < start {
            // The usual one: what is needed stands before.
            self.leave(&mut way, from, to, Side::Left);
            for block in self.grid.blocks[end + 1..start].iter().rev() {
                self.through(&mut way, block, to, Side::Left);
            }
            self.arrive(&mut way, to, Side::Right);
        } else if end > start {
            self.leave(&mut way, from, to, Side::Right);
            for block in &self.grid.blocks[start + 1..end] {
                self.through(&mut way, block, to, Side::Right);
            }
            self.arrive(&mut way, to, Side::Left);
        } else {
            self.leave(&mut way, from, to, Side::Left);
            way.turn = Some(self.grid.blocks[start].x - GUTTER / 2);
            self.arrive(&mut way, to, Side::Left);
        }
        way.text()
    }

    /// A small loop above the box.
    fn itself(&self, node: usize) -> String {
        let it = &self.boxes[node];
        let (right, middle) = (it.x + it.w, it.y + it.h / 2);
        format!(
            "M{right} {}C{} {} {} {} {} {}",
            middle - 8,
            right + 26,
            middle - 18,
            right + 26,
            middle + 18,
            right + TIP,
            middle + 8
        )
    }

    /// Out of a box to the edge of its column.
    fn leave(&self, way: &mut Way, node: usize, to: usize, side: Side) {
        let it = &self.boxes[node];
        let (number, part, _) = self.grid.cells[node];
        let block = &self.grid.blocks[number];
        let middle = it.y + it.h / 2;
        way.start((side.of(it.x, it.w), middle));
        if !self.is_at_edge(block, part, side) {
            let lane = beside(it, self.boxes[to].y >= it.y);
            way.curve((side.out(it.x, it.w, INNER), lane));
            way.straight(side.of(block.x, block.w), lane);
        }
    }

    /// Into a box from the edge of its column.
    fn arrive(&self, way: &mut Way, node: usize, side: Side) {
        let it = &self.boxes[node];
        let (number, part, _) = self.grid.cells[node];
        let block = &self.grid.blocks[number];
        let end = (side.out(it.x, it.w, TIP), it.y + it.h / 2);
        if !self.is_at_edge(block, part, side) {
            let lane = beside(it, way.at.1 >= end.1);
            way.curve((side.of(block.x, block.w), lane));
            way.straight(side.out(it.x, it.w, INNER), lane);
        }
        way.curve(end);
    }

    /// Through a column that lies between.
    fn through(&self, way: &mut Way, block: &Block, to: usize, side: Side) {
        let goal = self.boxes[to].y + self.boxes[to].h / 2;
        let wanted = (way.at.1 + goal) / 2;
        let height = self.boxes[to].h;
        let lane = if wanted < block.top - ROW_GAP / 2 || wanted > block.bottom + ROW_GAP / 2 {
            wanted
        } else {
            // Rows of a column without lanes are evenly spaced; with lanes the nearest one of its own.
            let pitch = height + ROW_GAP;
            let row = (wanted - block.top + ROW_GAP / 2 + pitch / 2).div_euclid(pitch);
            (block.top - ROW_GAP / 2 + row * pitch).min(block.bottom + ROW_GAP / 2)
        };
        way.curve((side.opposite().of(block.x, block.w), lane));
        way.straight(side.of(block.x, block.w), lane);
    }

    fn is_at_edge(&self, block: &Block, part: usize, side: Side) -> bool {
        match side {
            Side::Left => part == 0,
            Side::Right => part + 1 == block.parts.len(),
        }
    }
}

/// The middle of the space below or above a box.
fn beside(it: &Placed, below: bool) -> i64 {
    if below { it.y + it.h + ROW_GAP / 2 } else { it.y - ROW_GAP / 2 }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn of(self, x: i64, w: i64) -> i64 {
        match self {
            Self::Left => x,
            Self::Right => x + w,
        }
    }

    /// So far outside of it.
    fn out(self, x: i64, w: i64, by: i64) -> i64 {
        match self {
            Self::Left => x - by,
            Self::Right => x + w + by,
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// A path while it is written.
#[derive(Default)]
struct Way {
    text: String,
    at: Point,
    /// The next curve goes by way of this column, and comes back.
    turn: Option<i64>,
}

impl Way {
    fn start(&mut self, at: Point) {
        self.at = at;
        write!(self.text, "M{} {}", at.0, at.1).expect("a string takes all");
    }

    /// Leaves and arrives horizontally.
    fn curve(&mut self, to: Point) {
        let turn = self.turn.take();
        let middle = turn.unwrap_or((self.at.0 + to.0) / 2);
        if self.at.1 == to.1 && turn.is_none() {
            return self.straight(to.0, to.1);
        }
        write!(self.text, "C{middle} {} {middle} {} {} {}", self.at.1, to.1, to.0, to.1)
            .expect("a string takes all");
        self.at = to;
    }

    fn straight(&mut self, x: i64, y: i64) {
        if (x, y) != self.at {
            write!(self.text, "L{x} {y}").expect("a string takes all");
            self.at = (x, y);
        }
    }

    fn text(self) -> String {
        self.text
    }
}

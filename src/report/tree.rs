//! Files in the terminal: from those that a network begins with down to what each takes in, and the machines that they make.

use std::fmt::Write as _;

use super::screen;
use crate::graph::{Chart, NodeKind};

/// Names below one; who has more sees the number of the others.
const MOST_BELOW: usize = 24;
/// Lines in all.
const MOST_LINES: usize = 400;
/// Files that take in each other so deeply are seen in other formats.
const DEEPEST: usize = 20;

/// The files of a chart as a tree, ending in a newline. What stands in several places is told whole in the first of them.
pub(super) fn of(chart: &Chart) -> String {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); chart.nodes.len()];
    let mut is_below = vec![false; chart.nodes.len()];
    for edge in chart.edges.iter().filter(|it| it.from != it.to) {
        below[edge.from].push(edge.to);
        is_below[edge.to] = true;
    }
    for below in &mut below {
        // Files first, then machines, each in the order of the chart.
        below.sort_by_key(|it| (chart.nodes[*it].kind != NodeKind::File, *it));
        below.dedup();
    }
    let mut tree = Tree { chart, below, told: vec![false; chart.nodes.len()], text: String::new(), lines: 0 };
    for root in (0..chart.nodes.len()).filter(|it| !is_below[*it]) {
        tree.node(root, "", "", 0);
    }
    // Files that take in each other stand below nothing.
    for node in 0..chart.nodes.len() {
        if !tree.told[node] {
            tree.node(node, "", "", 0);
        }
    }
    if tree.lines > MOST_LINES {
        let _ = writeln!(
            tree.text,
            "and {} more lines; `--format html` shows all of it",
            tree.lines - MOST_LINES
        );
    }
    tree.text
}

struct Tree<'a> {
    chart: &'a Chart,
    below: Vec<Vec<usize>>,
    told: Vec<bool>,
    text: String,
    lines: usize,
}

impl Tree<'_> {
    fn line(&mut self, line: &str) {
        self.lines += 1;
        if self.lines <= MOST_LINES {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// `first` stands before its own line, `others` before those below it.
    fn node(&mut self, node: usize, first: &str, others: &str, depth: usize) {
        let it = &self.chart.nodes[node];
        let name = screen::line(&it.name).into_owned();
        let again = std::mem::replace(&mut self.told[node], true) && !self.below[node].is_empty();
        let mark = match it.kind {
            NodeKind::Machine if again => " (machine, as above)",
            NodeKind::Machine => " (machine)",
            _ if again => " (as above)",
            _ => "",
        };
        self.line(&format!("{first}{name}{mark}"));
        if again || depth >= DEEPEST {
            return;
        }
        let below = self.below[node].clone();
        let shown = below.len().min(MOST_BELOW);
        for (number, child) in below.iter().take(shown).enumerate() {
            let is_last = number + 1 == below.len();
            let (branch, stem) = if is_last { ("└ ", "  ") } else { ("├ ", "│ ") };
            self.node(*child, &format!("{others}{branch}"), &format!("{others}{stem}"), depth + 1);
        }
        if below.len() > shown {
            self.line(&format!("{others}└ and {} more", below.len() - shown));
            // They are told, though not by name.
            below[shown..].iter().for_each(|it| self.told[*it] = true);
        }
    }
}

//! A chart in the terminal: columns of names, from what is first to what is last. Draws no lines between them.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::screen;
use crate::graph::{Chart, ClusterBy, EdgeKind, NodeKind, View};
use crate::system::Terminal;

/// Between two columns.
const ARROW: &str = " → ";
/// Names in one column; who has more sees the number of the others.
const MOST_NAMES: usize = 24;
const LONGEST_NAME: usize = 40;

/// The chart, ending in a newline.
pub fn columns(chart: &Chart, terminal: Terminal) -> String {
    let mut text = String::new();
    if chart.nodes.is_empty() {
        return "no machines\n".to_owned();
    }
    let titles = titles(chart);
    let columns: Vec<Vec<String>> = chart.columns().iter().map(|nodes| names(chart, nodes)).collect();
    let columns: Vec<(String, Vec<String>)> = titles.into_iter().zip(columns).collect();
    for block in blocks(&columns, terminal.line_width()) {
        if !text.is_empty() {
            text.push('\n');
        }
        block_text(&mut text, block, terminal);
    }
    lines_besides(&mut text, chart);
    text
}

/// What stands above each column: the stage of the rollout; nothing where there are none.
fn titles(chart: &Chart) -> Vec<String> {
    let columns = chart.columns();
    let mut last = None;
    let titles = columns.iter().map(|nodes| {
        let stage = nodes.first().and_then(|it| chart.nodes[*it].stage).filter(|_| !chart.stages.is_empty());
        let is_new = std::mem::replace(&mut last, stage) != stage;
        match stage {
            Some(stage) if is_new => screen::line(&chart.stages[stage].title).into_owned(),
            _ => String::new(),
        }
    });
    titles.collect()
}

fn names(chart: &Chart, nodes: &[usize]) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    let by_tag = chart.clustered_by == Some(ClusterBy::Tag);
    let mut nodes = nodes.to_vec();
    if by_tag {
        nodes.sort_by_key(|it| chart.nodes[*it].tags.first().cloned());
    }
    for node in nodes.iter().take(MOST_NAMES) {
        let node = &chart.nodes[*node];
        let mark = match node.kind {
            NodeKind::Missing => " (no such machine)",
            _ if node.in_cycle => " (a circle)",
            _ => "",
        };
        let tag = match node.tags.first() {
            Some(tag) if by_tag => format!(" @{}", screen::line(tag)),
            _ => String::new(),
        };
        shown.push(format!("{}{tag}{mark}", cut(&screen::line(&node.name))));
    }
    if nodes.len() > MOST_NAMES {
        shown.push(format!("and {} more", nodes.len() - MOST_NAMES));
    }
    shown
}

fn cut(name: &str) -> String {
    if name.width() <= LONGEST_NAME {
        return name.to_owned();
    }
    let mut used = 0;
    let fits = |it: &char| {
        used += it.to_string().width();
        used < LONGEST_NAME
    };
    format!("{}…", name.chars().take_while(fits).collect::<String>())
}

/// As many columns as fit beside each other.
fn blocks(columns: &[(String, Vec<String>)], width: usize) -> Vec<&[(String, Vec<String>)]> {
    let mut blocks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, column) in columns.iter().enumerate() {
        let needed = wide(column) + ARROW.width();
        if at > start && used + needed > width {
            blocks.push(&columns[start..at]);
            (start, used) = (at, 0);
        }
        used += needed;
    }
    blocks.push(&columns[start..]);
    blocks
}

fn wide((title, names): &(String, Vec<String>)) -> usize {
    names.iter().map(|it| it.width()).chain([title.width()]).max().unwrap_or(0)
}

fn block_text(text: &mut String, block: &[(String, Vec<String>)], terminal: Terminal) {
    let mut line = |cells: Vec<&str>, arrow: &str, style: &str| {
        let mut out = String::new();
        for (number, (cell, column)) in cells.iter().zip(block).enumerate() {
            if number > 0 {
                out.push_str(arrow);
            }
            let _ = write!(out, "{cell}{}", " ".repeat(wide(column).saturating_sub(cell.width())));
        }
        let out = out.trim_end();
        if style.is_empty() || !terminal.colour_stdout {
            let _ = writeln!(text, "{out}");
        } else {
            let _ = writeln!(text, "{style}{out}\u{1b}[0m");
        }
    };
    if block.iter().any(|(title, _)| !title.is_empty()) {
        line(block.iter().map(|it| it.0.as_str()).collect(), "   ", "\u{1b}[1m");
    }
    let rows = block.iter().map(|it| it.1.len()).max().unwrap_or(0);
    for row in 0..rows {
        let cells = block.iter().map(|it| it.1.get(row).map_or("", String::as_str)).collect();
        line(cells, if row == 0 { ARROW } else { "   " }, "");
    }
}

/// What the columns do not say.
fn lines_besides(text: &mut String, chart: &Chart) {
    let reads = chart.edges.iter().filter(|it| it.kind == EdgeKind::Implied && chart.view == View::Schedule);
    let reads: Vec<String> = reads
        .map(|it| {
            let name = |at: usize| screen::line(&chart.nodes[at].name).into_owned();
            format!("{} reads values of {}, and does not wait for it", name(it.from), name(it.to))
        })
        .collect();
    let notes: Vec<String> = reads
        .into_iter()
        .chain(chart.notes.iter().map(|it| format!("not known: {}", screen::line(it))))
        .collect();
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in notes.iter().take(MOST_NAMES) {
        let _ = writeln!(text, "{note}");
    }
    if notes.len() > MOST_NAMES {
        let _ = writeln!(text, "and {} more", notes.len() - MOST_NAMES);
    }
}

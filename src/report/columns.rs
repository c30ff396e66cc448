//! Columns of names in the terminal, from what is first to what is last: those of a chart, and those of a plan. Draws no lines
//! between names.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::screen;
use crate::graph::{Chart, ClusterBy, Edge, EdgeKind, NodeKind, View};
use crate::system::Terminal;

/// Between two columns.
const ARROW: &str = " → ";
/// Names in one column; who has more sees the number of the others.
const MOST_NAMES: usize = 24;
/// Rows of columns below each other; a chain of thousands of machines is no picture.
const MOST_BLOCKS: usize = 12;
const LONGEST_NAME: usize = 40;
/// Lines of who reads what of whom.
const MOST_READS: usize = 200;
/// Attributes of one machine that are named on one line.
const MOST_ATTRIBUTES: usize = 4;
/// Where columns are broken that no terminal breaks.
const WIDTH_OF_A_FILE: usize = 100;

/// Names that stand below each other, and what stands above them: what they are a part of, as the columns beside them that
/// have the same title.
pub(super) struct Column {
    pub(super) title: String,
    pub(super) names: Vec<String>,
    /// Names that the column has no room for.
    more: usize,
}

impl Column {
    pub(super) fn new(title: &str, mut names: Vec<String>) -> Self {
        let more = names.len().saturating_sub(MOST_NAMES);
        names.truncate(MOST_NAMES);
        Self { title: title.to_owned(), names, more }
    }
}

/// The columns beside each other, as far as there is room for them, and the others below; each line moved in by `indent`.
pub(super) fn beside(columns: Vec<Column>, indent: usize, terminal: Terminal) -> String {
    let room = line_width(terminal).saturating_sub(indent).max(10);
    let longest = LONGEST_NAME.min(room - ARROW.width());
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|mut column| {
            column.title = cut(&screen::line(&column.title), longest);
            column.names.iter_mut().for_each(|it| *it = cut(&screen::line(it), longest));
            if column.more > 0 {
                column.names.push(format!("and {} more", column.more));
            }
            column
        })
        .collect();
    let mut text = String::new();
    let blocks = blocks(&columns, room);
    for (number, block) in blocks.iter().take(MOST_BLOCKS).enumerate() {
        if number > 0 {
            text.push('\n');
        }
        block_text(&mut text, block, number > 0, indent, terminal);
    }
    let left: &[&[Column]] = blocks.get(MOST_BLOCKS..).unwrap_or_default();
    let left: usize = left.iter().copied().flatten().map(|it| it.names.len().min(MOST_NAMES) + it.more).sum();
    if left > 0 {
        let _ = writeln!(text, "{}→ and {left} more", " ".repeat(indent));
    }
    text
}

/// Where a line with names has to end.
pub(super) fn line_width(terminal: Terminal) -> usize {
    if terminal.stdout_is_terminal { terminal.line_width() } else { WIDTH_OF_A_FILE }
}

/// The chart, ending in a newline.
pub fn columns(chart: &Chart, terminal: Terminal) -> String {
    if chart.view == View::Imports {
        let mut text = super::tree::of(chart);
        lines_besides(&mut text, chart);
        return text;
    }
    if chart.view == View::References && !chart.nodes.is_empty() {
        // Who reads of whom is no order.
        let mut text = String::new();
        lines_besides(&mut text, chart);
        return text;
    }
    if chart.nodes.is_empty() {
        let mut text = "no machines\n".to_owned();
        lines_besides(&mut text, chart);
        return text;
    }
    let mut columns = chart.columns();
    // What a pattern stands for is no machine, but a way to draw fewer lines.
    columns.iter_mut().for_each(|it| it.retain(|node| chart.nodes[*node].kind != NodeKind::Selection));
    columns.retain(|it| !it.is_empty());
    let columns = columns.into_iter().map(|nodes| {
        let stage = nodes.first().and_then(|it| chart.nodes[*it].stage);
        let title = stage.and_then(|it| chart.stages.get(it)).map_or("", |it| &it.title);
        Column::new(title, names(chart, nodes))
    });
    let mut text = beside(columns.collect(), 0, terminal);
    lines_besides(&mut text, chart);
    text
}

fn names(chart: &Chart, mut nodes: Vec<usize>) -> Vec<String> {
    let by_tag = chart.clustered_by == Some(ClusterBy::Tag);
    if by_tag {
        nodes.sort_by_key(|it| chart.nodes[*it].tags.first().cloned());
    }
    let shown = nodes.into_iter().map(|node| {
        let node = &chart.nodes[node];
        let mark = match node.kind {
            NodeKind::Missing => " (no such machine)",
            _ if node.in_cycle => " (a circle)",
            _ => "",
        };
        let tag = match node.tags.first() {
            Some(tag) if by_tag => format!(" @{tag}"),
            _ => String::new(),
        };
        // What is said of a machine stays when its name is cut.
        format!("{}{tag}{mark}", cut(&node.name, LONGEST_NAME - mark.width()))
    });
    shown.collect()
}

fn cut(name: &str, longest: usize) -> String {
    if name.width() <= longest {
        return name.to_owned();
    }
    let mut used = 0;
    let fits = |it: &char| {
        used += it.to_string().width();
        used < longest
    };
    format!("{}…", name.chars().take_while(fits).collect::<String>())
}

/// As many columns as fit beside each other.
fn blocks(columns: &[Column], room: usize) -> Vec<&[Column]> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for at in 1..columns.len() {
        // What goes on below another block begins with an arrow.
        let before = if start > 0 { ARROW.trim_start().width() } else { 0 };
        let widths = widths(&columns[start..=at]);
        let needed = before + widths.iter().sum::<usize>() + ARROW.width() * (widths.len() - 1);
        if needed > room {
            blocks.push(&columns[start..at]);
            start = at;
        }
    }
    blocks.push(&columns[start..]);
    blocks
}

/// The columns that share a title.
fn parts(block: &[Column]) -> impl Iterator<Item = &[Column]> {
    block.chunk_by(|a, b| a.title == b.title)
}

/// The widths of the columns: a title that is longer than all that it stands above makes the last of them wider.
fn widths(block: &[Column]) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for part in parts(block) {
        let first = widths.len();
        widths.extend(part.iter().map(|it| it.names.iter().map(|it| it.width()).max().unwrap_or(0)));
        let all = widths[first..].iter().sum::<usize>() + ARROW.width() * (part.len() - 1);
        let last = widths.len() - 1;
        widths[last] += part[0].title.width().saturating_sub(all);
    }
    widths
}

fn block_text(text: &mut String, block: &[Column], goes_on: bool, indent: usize, terminal: Terminal) {
    let widths = widths(block);
    let mut line = |row: String, style: &str| {
        let row = row.trim_end();
        let indent = " ".repeat(indent);
        if style.is_empty() || !terminal.colour_stdout {
            let _ = writeln!(text, "{indent}{row}");
        } else {
            let _ = writeln!(text, "{indent}{style}{row}\u{1b}[0m");
        }
    };
    let padded =
        |cell: &str, width: usize| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
    if block.iter().any(|it| !it.title.is_empty()) {
        let mut titles = if goes_on { "  ".to_owned() } else { String::new() };
        let mut at = 0;
        for part in parts(block) {
            let all = widths[at..at + part.len()].iter().sum::<usize>() + ARROW.width() * (part.len() - 1);
            at += part.len();
            titles.push_str(&padded(&part[0].title, all));
            titles.push_str("   ");
        }
        line(titles, "\u{1b}[1m");
    }
    let rows = block.iter().map(|it| it.names.len()).max().unwrap_or(0);
    for row in 0..rows {
        let cells = block.iter().zip(&widths);
        let cells = cells.map(|(it, width)| padded(it.names.get(row).map_or("", String::as_str), *width));
        let cells: Vec<String> = cells.collect();
        let arrow = if row == 0 { ARROW } else { "   " };
        let first = match (goes_on, row) {
            (false, _) => "",
            (true, 0) => "→ ",
            (true, _) => "  ",
        };
        line(format!("{first}{}", cells.join(arrow)), "");
    }
}

/// The attributes that are read of a machine, and whose they are; or why that is not known.
fn what_is_read(edge: &Edge, chart: &Chart) -> String {
    let of = &chart.nodes[edge.to];
    let mut attributes: Vec<&str> = edge.because.iter().filter_map(|it| it.attribute.as_deref()).collect();
    attributes.sort_unstable();
    attributes.dedup();
    let more = attributes.len().saturating_sub(MOST_ATTRIBUTES);
    attributes.truncate(MOST_ATTRIBUTES);
    let mut what = if attributes.is_empty() {
        "values".to_owned()
    } else {
        screen::line(&attributes.join(", ")).into_owned()
    };
    if more > 0 {
        what.push_str(&format!(" and {more} more"));
    }
    match of.kind {
        NodeKind::Unknown => format!("{what} of machines that only Nix knows"),
        NodeKind::Missing => format!("{what} of {}, which is no machine", screen::line(&of.name)),
        _ => format!("{what} of {}", screen::line(&of.name)),
    }
}

/// What the columns do not say.
fn lines_besides(text: &mut String, chart: &Chart) {
    let reads = chart.edges.iter().filter(|it| it.kind == EdgeKind::Implied);
    let mut reads: Vec<String> = reads
        .map(|it| {
            let name = |at: usize| screen::line(&chart.nodes[at].name).into_owned();
            match chart.view {
                View::References => format!("{} reads {}", name(it.from), what_is_read(it, chart)),
                _ => format!("{} reads values of {}, and does not wait for it", name(it.from), name(it.to)),
            }
        })
        .collect();
    if reads.is_empty() && chart.view == View::References && !chart.nodes.is_empty() {
        reads.push("no machine reads a value of another one".to_owned());
    }
    let notes: Vec<String> = reads
        .into_iter()
        .chain(chart.notes.iter().map(|it| format!("not known: {}", screen::line(it))))
        .collect();
    if !notes.is_empty() && !text.is_empty() {
        text.push('\n');
    }
    let most = if chart.view == View::References { MOST_READS } else { MOST_NAMES };
    for note in notes.iter().take(most) {
        let _ = writeln!(text, "{note}");
    }
    if notes.len() > most {
        let _ = writeln!(text, "and {} more", notes.len() - most);
    }
}

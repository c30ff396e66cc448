//! A chart as one SVG: light or dark as its reader likes it, titles as tooltips, fonts that every computer has a like of. No
//! script, nothing from elsewhere.

use std::fmt::Write as _;

use super::chart::{Chart, Edge, EdgeKind, Node, NodeKind, View};
use super::layout::{self, Picture, Placed, Strip};
use super::{dot, groups};

/// Also used by the page, so that both look the same.
pub(super) const STYLE: &str = include_str!("html/picture.css");

/// Hues for groups of machines; who has more groups than that sees them again.
pub(super) const HUES: usize = 8;

/// Text of XML: what may not stand there is replaced, whatever a file says.
pub(crate) fn text(of: &str) -> String {
    let mut out = String::with_capacity(of.len());
    for it in of.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(it),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            it => out.push(it),
        }
    }
    out
}

impl Chart {
    /// One SVG. What is too much for a picture is drawn as groups.
    pub fn svg(&self) -> String {
        let small = groups::drawable(self);
        let chart = small.as_ref().unwrap_or(self);
        draw(chart, &layout::place(chart))
    }
}

/// The point of a line has its colour.
pub(super) fn arrow(edge: &Edge) -> &'static str {
    match edge.kind {
        _ if edge.in_cycle => "cycle",
        EdgeKind::Implied => "implied",
        _ => "plain",
    }
}

/// The hue of each node: that of its first tag.
pub(super) fn hues(chart: &Chart) -> Vec<Option<usize>> {
    let mut tags: Vec<&str> =
        chart.nodes.iter().filter_map(|it| it.tags.first()).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    let hue = |node: &Node| tags.binary_search(&node.tags.first()?.as_str()).ok().map(|it| it % HUES);
    chart.nodes.iter().map(hue).collect()
}

fn draw(chart: &Chart, picture: &Picture) -> String {
    let footer = 30;
    let (width, height) = (picture.width.max(520), picture.height + footer);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\n<title>{}</title>\n<style>{STYLE}</style>\n",
        text(&chart.title),
        text(&chart.title)
    );
    out.push_str("<defs>");
    for kind in ["plain", "implied", "cycle"] {
        let _ = write!(
            out,
            "<marker id=\"arrow-{kind}\" class=\"arrow {kind}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 .8 7.4 4 0 7.2z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    let _ = writeln!(out, "<rect class=\"ground\" width=\"{width}\" height=\"{height}\" rx=\"14\"/>");
    for strip in &picture.lanes {
        let _ = writeln!(
            out,
            "<g class=\"lane\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            strip.x,
            strip.y,
            strip.w,
            strip.h,
            strip.x + 12,
            strip.y + 18,
            text(&strip.title)
        );
    }
    for strip in &picture.columns {
        let middle = strip.x + strip.w / 2;
        let _ = writeln!(
            out,
            "<g class=\"column\"><text x=\"{middle}\" y=\"{}\">{}</text><path d=\"M{} {}H{}\"/></g>",
            strip.y + 8,
            text(&strip.title),
            strip.x,
            strip.y + 17,
            strip.x + strip.w
        );
    }
    for (x, y, end, title) in stage_arrows(chart, &picture.columns) {
        let _ = writeln!(
            out,
            "<path class=\"line stage\" d=\"M{x} {y}H{end}\" marker-end=\"url(#arrow-plain)\"><title>{}</title></path>",
            text(&title)
        );
    }
    let crowded = if chart.edges.len() > 150 { " crowded" } else { "" };
    let _ = writeln!(out, "<g class=\"lines{crowded}\">");
    for (edge, path) in chart.edges.iter().zip(&picture.lines) {
        let arrow = arrow(edge);
        let cycle = if edge.in_cycle { " cycle" } else { "" };
        let _ = writeln!(
            out,
            "<path class=\"line {}{cycle}\" d=\"{path}\" marker-end=\"url(#arrow-{arrow})\"><title>{}</title></path>",
            edge.kind.as_str(),
            text(&dot::reasons(chart, edge).join("\n"))
        );
    }
    out.push_str("</g>\n");
    for ((node, placed), hue) in chart.nodes.iter().zip(&picture.boxes).zip(hues(chart)) {
        one_box(&mut out, node, placed, hue);
    }
    if chart.nodes.is_empty() {
        let _ = writeln!(
            out,
            "<g class=\"legend\"><text x=\"{0}\" y=\"{0}\">no machines</text></g>",
            layout::MARGIN
        );
    }
    legend(&mut out, chart, picture.height + 6);
    out.push_str("</svg>\n");
    out
}

/// Between the headings of two stages: the later one waits for all of the earlier one. Where an arrow begins, its height,
/// where it ends, and what it says.
pub(super) fn stage_arrows(chart: &Chart, columns: &[Strip]) -> Vec<(i64, i64, i64, String)> {
    let stages = columns.iter().filter(|it| !chart.stages.is_empty() && !it.title.is_empty());
    let stages: Vec<&Strip> = stages.collect();
    let arrow = |pair: &[&Strip]| {
        let (first, second) = (pair[0], pair[1]);
        let title = format!("{} waits for all of {}", second.title, first.title);
        (second.x - 8, first.y + 17, first.x + first.w + 8, title)
    };
    stages.windows(2).map(arrow).collect()
}

/// The classes of a box, for its looks.
pub(super) fn classes(node: &Node, hue: Option<usize>) -> String {
    let mut classes = format!("node {}", node.kind.as_str());
    if let Some(hue) = hue {
        let _ = write!(classes, " hue{hue}");
    }
    if node.in_cycle {
        classes.push_str(" cycle");
    }
    if node.kind == NodeKind::Machine && !node.unknown.is_empty() {
        classes.push_str(" partly");
    }
    classes
}

/// Characters that a font of fixed width may give more room are squeezed into the room that they were promised.
fn squeezed(text: &str, small: bool) -> String {
    if text.is_ascii() {
        return String::new();
    }
    format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", layout::width(text, small).max(1))
}

fn one_box(out: &mut String, node: &Node, at: &Placed, hue: Option<usize>) {
    let Placed { x, y, w, h, name, below } = at;
    let _ = write!(
        out,
        "<g class=\"{}\"><title>{}</title><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"8\"/>",
        classes(node, hue),
        text(&dot::told(node).join("\n"))
    );
    if hue.is_some() {
        let _ = write!(
            out,
            "<rect class=\"stripe\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>",
            x + 6,
            y + 8,
            h - 16
        );
    }
    let first = if below.is_empty() { y + h / 2 + 4 } else { y + 21 };
    let _ = write!(
        out,
        "<text class=\"name\" x=\"{}\" y=\"{first}\"{}>{}</text>",
        x + 17,
        squeezed(name, false),
        text(name)
    );
    if !below.is_empty() {
        let _ = write!(
            out,
            "<text class=\"below\" x=\"{}\" y=\"{}\"{}>{}</text>",
            x + 17,
            y + 38,
            squeezed(below, true),
            text(below)
        );
    }
    if !node.health.is_empty() {
        let (cx, cy) = (x + w - 12, y + 12);
        let _ = write!(
            out,
            "<path class=\"health\" d=\"M{} {cy}l2.6 2.8 5-5.4\"><title>{}</title></path>",
            cx - 4,
            text(&node.health.iter().map(|it| format!("healthy when {it}")).collect::<Vec<_>>().join("\n"))
        );
    }
    out.push_str("</g>\n");
}

/// What kinds of lines and marks there are in this picture.
pub(super) fn legend_of(chart: &Chart) -> Vec<(&'static str, &'static str)> {
    let mut entries = Vec::new();
    let has = |kind: EdgeKind| chart.edges.iter().any(|it| it.kind == kind);
    if has(EdgeKind::Declared) {
        entries.push(("declared", "waits for"));
    }
    if has(EdgeKind::Selects) {
        entries.push(("selects", "one of them"));
    }
    if has(EdgeKind::Implied) {
        let text = if chart.view == View::Schedule { "reads, does not wait" } else { "reads a value of" };
        entries.push(("implied", text));
    }
    if has(EdgeKind::Imports) {
        entries.push(("imports", "takes in"));
    }
    if has(EdgeKind::Defines) {
        entries.push(("defines", "defines"));
    }
    if chart.stages.len() > 1 {
        entries.push(("stage", "waits for the whole stage"));
    }
    if chart.edges.iter().any(|it| it.in_cycle) {
        entries.push(("cycle", "a circle"));
    }
    if chart.nodes.iter().any(|it| !it.health.is_empty()) {
        entries.push(("health", "has health checks"));
    }
    entries
}

fn legend(out: &mut String, chart: &Chart, y: i64) {
    out.push_str("<g class=\"legend\">");
    let mut x = layout::MARGIN;
    for (kind, words) in legend_of(chart) {
        if kind == "health" {
            let _ = write!(out, "<path class=\"health\" d=\"M{} {y}l2.6 2.8 5-5.4\"/>", x + 8);
        } else {
            let _ = write!(out, "<path class=\"line {kind}\" d=\"M{x} {y}h24\"/>");
        }
        let _ = write!(out, "<text x=\"{}\" y=\"{}\">{words}</text>", x + 31, y + 4);
        x += 31 + i64::try_from(words.len()).unwrap_or(0) * 7 + 22;
    }
    out.push_str("</g>\n");
}

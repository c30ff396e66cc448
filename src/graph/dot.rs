//! A chart for Graphviz' `dot`. An arrow leads from what needs to what is needed; time goes from left to right.

use std::fmt::Write as _;

use super::chart::{Because, Chart, ClusterBy, Edge, EdgeKind, Node, NodeKind, View};

/// Reasons in a tooltip. More of them fit on no screen.
const MOST_REASONS: usize = 8;

/// The text of a quoted identifier. Graphviz reads `\N` and the like in labels, so that backslashes are doubled; it reads
/// HTML's entities, too.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("\\n"),
            // A name is one line of text, whatever a file says.
            it if it.is_control() => out.push('\u{fffd}'),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}

pub(super) fn because(it: &Because) -> String {
    let mut text = it.what.clone();
    if let Some(why) = &it.unknown {
        text.push_str(&format!(" ({why})"));
    }
    if let Some(at) = &it.at {
        text.push_str(&format!(" at {at}"));
    }
    text
}

/// All that is known of a node, a line each.
pub(super) fn told(node: &Node) -> Vec<String> {
    let mut lines = vec![node.name.clone()];
    if node.kind == NodeKind::Selection {
        lines.push(format!("all {} machines that it selects", node.members));
    }
    if let Some(host) = &node.host {
        lines.push(if host == "?" { "host: not known".to_owned() } else { format!("host: {host}") });
    }
    if !node.tags.is_empty() || !node.tags_complete {
        let more = if node.tags_complete { "" } else { " and perhaps more" };
        lines.push(format!("tags: {}{more}", node.tags.join(", ")));
    }
    lines.extend(node.health.iter().map(|it| format!("healthy when {it}")));
    if node.in_cycle {
        lines.push("waits for itself".to_owned());
    }
    lines.extend(node.at.iter().map(|it| format!("defined at {it}")));
    lines.extend(node.unknown.iter().map(|it| format!("not known: {it}")));
    lines
}

/// All reasons of an edge, a line each.
pub(super) fn reasons(chart: &Chart, edge: &Edge) -> Vec<String> {
    let name = |at: usize| &chart.nodes[at].name;
    let verb = match edge.kind {
        EdgeKind::Declared => "waits for",
        EdgeKind::Selects => "stands for all it selects, also",
        EdgeKind::Implied if chart.view == View::Schedule => "reads, and does not wait for,",
        EdgeKind::Implied => "reads",
        EdgeKind::Imports => "takes in",
        EdgeKind::Defines => "defines",
    };
    let mut lines = vec![format!("{} {verb} {}", name(edge.from), name(edge.to))];
    if edge.members > 1 {
        lines.push(format!("{} lines in all", edge.members));
    }
    lines.extend(edge.because.iter().take(MOST_REASONS).map(because));
    if edge.because.len() > MOST_REASONS {
        lines.push("and more".to_owned());
    }
    lines
}

impl Chart {
    /// A digraph for Graphviz. Linear in nodes and edges.
    pub fn dot(&self) -> String {
        let mut text = format!(
            "digraph {} {{\n  rankdir=RL;\n  compound=true;\n  node [shape=box, style=\"rounded\", fontname=\"monospace\", fontsize=11];\n  edge [fontname=\"monospace\", fontsize=9];\n",
            quoted(&self.title)
        );
        let clustered: Vec<bool> = {
            let mut inside = vec![false; self.nodes.len()];
            self.clusters.iter().flat_map(|it| &it.nodes).for_each(|it| inside[*it] = true);
            inside
        };
        for (number, cluster) in self.clusters.iter().enumerate() {
            let title = quoted(&cluster.name);
            let _ =
                writeln!(text, "  subgraph cluster_{number} {{\n    label={title};\n    color=\"#98a2b3\";");
            for node in &cluster.nodes {
                let _ = writeln!(text, "    {}", node_line(*node, &self.nodes[*node]));
            }
            text.push_str("  }\n");
        }
        for (at, node) in self.nodes.iter().enumerate().filter(|(at, _)| !clustered[*at]) {
            let _ = writeln!(text, "  {}", node_line(at, node));
        }
        for edge in &self.edges {
            let style = if edge.kind == EdgeKind::Implied { ", style=dashed" } else { "" };
            // An arrow that decides no order moves no box.
            let free = if edge.kind == EdgeKind::Implied && self.view == View::Schedule {
                ", constraint=false"
            } else {
                ""
            };
            let colour = if edge.in_cycle { ", color=\"#d92d20\", penwidth=2" } else { "" };
            let tip = quoted(&reasons(self, edge).join("\n"));
            let _ = writeln!(
                text,
                "  n{} -> n{} [class=\"{}\"{style}{free}{colour}, edgetooltip={tip}];",
                edge.from,
                edge.to,
                edge.kind.as_str()
            );
        }
        // A stage waits for the one before: from group to group.
        if self.clustered_by == Some(ClusterBy::Stage) {
            for (number, pair) in self.clusters.windows(2).enumerate() {
                let (Some(first), Some(second)) = (pair[0].nodes.first(), pair[1].nodes.first()) else {
                    continue;
                };
                let tip = quoted(&format!("{} comes after {}", pair[1].name, pair[0].name));
                let later = number + 1;
                let _ = writeln!(
                    text,
                    "  n{second} -> n{first} [class=\"stage\", style=dotted, ltail=cluster_{later}, lhead=cluster_{number}, edgetooltip={tip}];"
                );
            }
        }
        text.push_str("}\n");
        text
    }
}

fn node_line(at: usize, node: &Node) -> String {
    let mut label = node.name.clone();
    if let Some(host) = node.host.as_ref().filter(|it| **it != node.name && *it != "?") {
        label.push('\n');
        label.push_str(host);
    }
    let style = match node.kind {
        NodeKind::Missing => ", style=\"rounded,dashed\", color=\"#d92d20\"",
        NodeKind::Unknown => ", style=\"rounded,dashed\"",
        NodeKind::File => ", shape=note, style=\"\"",
        NodeKind::Selection => ", shape=oval",
        _ if node.in_cycle => ", color=\"#d92d20\", penwidth=2",
        _ => "",
    };
    format!("n{at} [label={}{style}, tooltip={}];", quoted(&label), quoted(&told(node).join("\n")))
}

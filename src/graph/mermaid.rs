//! A chart as a Mermaid flowchart, for Markdown pages and forges. An arrow leads from what needs to what is needed.

use std::fmt::Write as _;

use super::chart::{Chart, ClusterBy, EdgeKind, NodeKind};

/// A label in quotes. Mermaid has no escapes but numbers of characters, and takes what looks like HTML, Markdown or its own
/// marks for such; only plain letters and marks stay as they are.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for it in text.chars() {
        let plain = it.is_alphanumeric() || matches!(it, ' ' | '.' | '-' | ',' | ':' | '/' | '@' | '(' | ')');
        if it.is_control() {
            out.push('\u{fffd}');
        } else if plain {
            out.push(it);
        } else {
            let _ = write!(out, "#{};", u32::from(it));
        }
    }
    out.push('"');
    out
}

impl Chart {
    /// A Mermaid flowchart. Linear in nodes and edges.
    pub fn mermaid(&self) -> String {
        let mut text = "flowchart RL\n".to_owned();
        let mut inside = vec![false; self.nodes.len()];
        let line = |at: usize| {
            let node = &self.nodes[at];
            let (open, close) = match node.kind {
                NodeKind::Unknown => ("{{", "}}"),
                NodeKind::Selection => ("([", "])"),
                NodeKind::File => ("[/", "/]"),
                _ => ("[", "]"),
            };
            format!("n{at}{open}{}{close}{}", quoted(&node.name), class(node.kind, node.in_cycle))
        };
        for (number, cluster) in self.clusters.iter().enumerate() {
            let _ = writeln!(text, "  subgraph c{number} [{}]", quoted(&cluster.name));
            for node in &cluster.nodes {
                inside[*node] = true;
                let _ = writeln!(text, "    {}", line(*node));
            }
            text.push_str("  end\n");
        }
        for at in (0..self.nodes.len()).filter(|at| !inside[*at]) {
            let _ = writeln!(text, "  {}", line(at));
        }
        for edge in &self.edges {
            let arrow = match edge.kind {
                EdgeKind::Implied => "-.->",
                _ => "-->",
            };
            // The attribute that is read, where there is one alone.
            let label = match edge.because.as_slice() {
                [only] if edge.kind == EdgeKind::Implied => {
                    only.attribute.as_ref().map_or_else(String::new, |it| format!("|{}|", quoted(it)))
                }
                _ => String::new(),
            };
            let _ = writeln!(text, "  n{} {arrow}{label} n{}", edge.from, edge.to);
        }
        // A stage waits for the one before.
        if self.clustered_by == Some(ClusterBy::Stage) {
            for later in 1..self.clusters.len() {
                let _ = writeln!(text, "  c{later} ==> c{}", later - 1);
            }
        }
        let has = |name: &str| text.contains(&format!(":::{name}\n"));
        let styles = [
            ("missing", "stroke:#d92d20,stroke-dasharray:4"),
            ("unknown", "stroke-dasharray:4"),
            ("cycle", "stroke:#d92d20,stroke-width:3px"),
        ];
        let used: Vec<_> = styles.into_iter().filter(|(name, _)| has(name)).collect();
        for (name, style) in used {
            let _ = writeln!(text, "  classDef {name} {style}");
        }
        text
    }
}

fn class(kind: NodeKind, in_cycle: bool) -> &'static str {
    match kind {
        NodeKind::Missing => ":::missing",
        NodeKind::Unknown => ":::unknown",
        _ if in_cycle => ":::cycle",
        _ => "",
    }
}

//! The graph as a text that other programs draw: Mermaid (Markdown pages, forges) and DOT (Graphviz).
//!
//! An arrow leads from a machine to one that it needs. The same graph gives the same text.

use std::fmt::Write as _;

use super::Dependencies;

impl Dependencies {
    /// A Mermaid flowchart.
    pub fn mermaid(&self) -> String {
        // Mermaid has no escapes but those of HTML, spelt with `#`.
        let quoted = |name: &str| name.replace('#', "#35;").replace('"', "#quot;");
        let node = |at: usize, name: &str| format!("m{at}[\"{}\"]", quoted(name));
        self.drawn("flowchart TD\n", node, |from, on| format!("m{from} --> m{on}"))
    }

    /// A digraph for Graphviz' `dot`.
    pub fn dot(&self) -> String {
        let quoted = |name: &str| name.replace('\\', "\\\\").replace('"', "\\\"");
        let node = |at: usize, name: &str| format!("m{at} [label=\"{}\"];", quoted(name));
        self.drawn("digraph network {\n", node, |from, on| format!("m{from} -> m{on};")) + "}\n"
    }

    /// A line for each machine, then one for each need, both in order of name.
    fn drawn(
        &self,
        head: &str,
        node: impl Fn(usize, &str) -> String,
        edge: impl Fn(usize, usize) -> String,
    ) -> String {
        let mut text = head.to_owned();
        for (at, name) in self.names.iter().enumerate() {
            // A name is one line, whatever a file says.
            let name = name.as_str().replace(char::is_control, "\u{fffd}");
            writeln!(text, "  {}", node(at, &name)).expect("a string takes all");
        }
        let mut edges: Vec<(usize, usize)> =
            self.graph.all_edges().map(|(on, from, ())| (from, on)).collect();
        edges.sort_unstable();
        for (from, on) in edges {
            writeln!(text, "  {}", edge(from, on)).expect("a string takes all");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::MachineName;

    #[test]
    fn names_cannot_break_the_drawing() {
        let (plain, odd) = (MachineName::new("db"), MachineName::new("a\"]#\\\nb"));
        let needs = [(plain.clone(), [odd.clone()].into()), (odd, [].into())].into();
        let graph = Dependencies::new(&needs);
        assert_eq!(
            graph.mermaid(),
            "flowchart TD\n  m0[\"a#quot;]#35;\\\u{fffd}b\"]\n  m1[\"db\"]\n  m1 --> m0\n"
        );
        assert_eq!(
            graph.dot(),
            "digraph network {\n  m0 [label=\"a\\\"]#\\\\\u{fffd}b\"];\n  m1 [label=\"db\"];\n  m1 -> m0;\n}\n"
        );
    }
}

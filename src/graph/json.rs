//! A chart as JSON version 1, for other programs. `docs/graphs.md` describes it.

use serde::Serialize;

use super::chart::{Because, Chart};

/// What `nixwright graph --format json` prints: machines or files, and what leads from one to another. An edge leads from
/// what needs to what is needed. Places are texts `file:line:column`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ChartJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// `schedule`, `references` or `imports`.
    of: &'static str,
    title: &'a str,
    /// The stages of the rollout in order; empty where the network has none.
    stages: Vec<StageJson<'a>>,
    clusters: Vec<ClusterJson<'a>>,
    nodes: Vec<NodeJson<'a>>,
    edges: Vec<EdgeJson<'a>>,
    /// What is not known of the network, a sentence each.
    unknown: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StageJson<'a> {
    /// The selector as it is written; `canary` and `the rest`.
    title: &'a str,
    /// Where it is written.
    at: Option<&'a str>,
    /// The number of the stage that it waits for.
    after: Option<usize>,
    /// The id of its node, to which edges of kind `stage` lead.
    node: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ClusterJson<'a> {
    name: &'a str,
    /// Ids of nodes.
    nodes: &'a [usize],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct NodeJson<'a> {
    id: usize,
    /// `machine`; `missing`, a name that no machine has; `unknown`, machines that are only known to Nix; `selection`, all that a
    /// pattern or a tag selects, where many need them; `stage`, a stage of the rollout; or `file`.
    kind: &'static str,
    name: &'a str,
    /// Where it is reached, if it is said and known.
    host: Option<&'a str>,
    /// Whether the host is said, and not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    host_unknown: bool,
    tags: &'a [String],
    health_checks: &'a [String],
    /// Where it is defined.
    at: Option<&'a str>,
    /// The number of its stage.
    stage: Option<usize>,
    /// The column it stands in: what it needs stands in an earlier one, unless both lie on a circle.
    rank: usize,
    in_cycle: bool,
    /// Why not all of it is known.
    unknown: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct EdgeJson<'a> {
    from: usize,
    to: usize,
    /// `declared` by `dependsOn`; `selects`, from a selection to each of its machines: who needs the selection needs all of
    /// them, but not itself; `implied` by a value that is read; `stage`, from a stage to the one before; `imports`; `defines`.
    kind: &'static str,
    in_cycle: bool,
    because: Vec<BecauseJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct BecauseJson<'a> {
    /// For people.
    what: &'a str,
    /// The attribute of the other machine that is read.
    attribute: Option<&'a str>,
    /// How the machine is named: `literal`, `computed`, `iteration`, `with`, `exists`, `resources`, `whole`.
    shape: Option<&'static str>,
    at: Option<&'a str>,
    /// Why it is not known which machine is read.
    unknown: Option<&'a str>,
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    use schemars::generate::SchemaSettings;
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<ChartJson<'_>>()
}

fn because(it: &Because) -> BecauseJson<'_> {
    BecauseJson {
        what: &it.what,
        attribute: it.attribute.as_deref(),
        shape: it.shape,
        at: it.at.as_deref(),
        unknown: it.unknown.as_deref(),
    }
}

impl Chart {
    /// JSON version 1, a line for each node and each edge. Linear in both.
    pub fn json(&self) -> String {
        let nodes = self.nodes.iter().enumerate().map(|(id, node)| NodeJson {
            id,
            kind: node.kind.as_str(),
            name: &node.name,
            host: node.host.as_deref().filter(|it| *it != "?"),
            host_unknown: node.host.as_deref() == Some("?"),
            tags: &node.tags,
            health_checks: &node.health,
            at: node.at.as_deref(),
            stage: node.stage.filter(|_| !self.stages.is_empty()),
            rank: self.ranks[id],
            in_cycle: node.in_cycle,
            unknown: &node.unknown,
        });
        // A stage is one node more: an edge from each of its machines to each of the stage before would be too many.
        let first_stage = self.nodes.len();
        let stage_nodes = self.stages.iter().enumerate().map(|(number, stage)| NodeJson {
            id: first_stage + number,
            kind: "stage",
            name: &stage.title,
            host: None,
            host_unknown: false,
            tags: &[],
            health_checks: &[],
            at: stage.at.as_deref(),
            stage: Some(number),
            rank: self.first_rank(number),
            in_cycle: false,
            unknown: &[],
        });
        let edges = self.edges.iter().map(|edge| EdgeJson {
            from: edge.from,
            to: edge.to,
            kind: edge.kind.as_str(),
            in_cycle: edge.in_cycle,
            because: edge.because.iter().map(because).collect(),
        });
        let stage_edges = (1..self.stages.len()).map(|later| EdgeJson {
            from: first_stage + later,
            to: first_stage + later - 1,
            kind: "stage",
            in_cycle: false,
            because: Vec::new(),
        });
        let stages = self.stages.iter().enumerate().map(|(number, stage)| StageJson {
            title: &stage.title,
            at: stage.at.as_deref(),
            after: number.checked_sub(1),
            node: first_stage + number,
        });
        let document = ChartJson {
            version: 1,
            of: self.view.as_str(),
            title: &self.title,
            stages: stages.collect(),
            clusters: self
                .clusters
                .iter()
                .map(|it| ClusterJson { name: &it.name, nodes: &it.nodes })
                .collect(),
            nodes: nodes.chain(stage_nodes).collect(),
            edges: edges.chain(stage_edges).collect(),
            unknown: &self.notes,
        };
        let mut text = serde_json::to_string_pretty(&document).expect("a chart has only strings and numbers");
        text.push('\n');
        text
    }

    /// The first column of a stage.
    fn first_rank(&self, stage: usize) -> usize {
        let inside = self.nodes.iter().zip(&self.ranks).filter(|(node, _)| node.stage == Some(stage));
        inside.map(|(_, rank)| *rank).min().unwrap_or(0)
    }
}

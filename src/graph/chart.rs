//! What a picture of a network shows: machines or files, what leads from one to another, and why. Plain data that all
//! formats draw, each in its own way; nothing here knows a format, and nothing here has a place on a page.

use crate::network::Network;

use super::stages::Stage;

/// Which relation between machines is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Who waits for whom when the network is deployed.
    Schedule,
    /// Whose configuration reads values of whose.
    References,
    /// Which file is taken in by which, and by which machine.
    Imports,
}

impl View {
    pub const ALL: [Self; 3] = [Self::Schedule, Self::References, Self::Imports];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::References => "references",
            Self::Imports => "imports",
        }
    }
}

/// What machines are drawn together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterBy {
    /// The first of a machine's tags.
    Tag,
    /// The stage of the rollout.
    Stage,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Machine,
    /// A name that some machine uses, and that no machine has.
    Missing,
    /// Machines of which only Nix knows which they are.
    Unknown,
    File,
    /// All machines that a pattern or a tag selects, where many machines need them: instead of a line from each to each.
    Selection,
    /// Many nodes drawn as one, because there are too many of them for a picture.
    Group,
}

impl NodeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::File => "file",
            Self::Selection => "selection",
            Self::Group => "group",
        }
    }
}

/// One box of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: NodeKind,
    pub name: String,
    /// The number of the machine in the network.
    pub machine: Option<usize>,
    /// Where it is reached; a question mark where that is not known.
    pub host: Option<String>,
    pub tags: Vec<String>,
    /// Whether these are all of its tags.
    pub tags_complete: bool,
    /// What must hold before it counts as deployed, a sentence each.
    pub health: Vec<String>,
    /// Where it is defined.
    pub at: Option<String>,
    /// The number of its stage, where the network has stages.
    pub stage: Option<usize>,
    /// Whether it waits for itself, through others or not.
    pub in_cycle: bool,
    /// Why not all of it is known.
    pub unknown: Vec<String>,
    /// How many nodes it stands for.
    pub members: usize,
}

impl Node {
    pub fn new(kind: NodeKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            machine: None,
            host: None,
            tags: Vec::new(),
            tags_complete: true,
            health: Vec::new(),
            at: None,
            stage: None,
            in_cycle: false,
            unknown: Vec::new(),
            members: 1,
        }
    }
}

/// What an edge stands for. It leads from what needs to what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// `deployment.dependsOn`: it is waited for.
    Declared,
    /// A selection has this machine.
    Selects,
    /// A value is read through `nodes`, and in the schedule nobody waits for it.
    Implied,
    /// A machine takes a file in, or a file another one.
    Imports,
    /// A file defines a machine.
    Defines,
}

impl EdgeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Selects => "selects",
            Self::Implied => "implied",
            Self::Imports => "imports",
            Self::Defines => "defines",
        }
    }
}

/// One reason for an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// What is written there, for people: the attribute that is read, the selector that is waited for.
    pub what: String,
    /// The attribute that is read, where it is known.
    pub attribute: Option<String>,
    /// How a machine comes to be read: `literal`, `computed`, `iteration`, `with`, `exists`, `resources`.
    pub shape: Option<&'static str>,
    pub at: Option<String>,
    /// Why it is not known what is read.
    pub unknown: Option<String>,
}

/// One line of the picture, with all that it is drawn for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Numbers of nodes.
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    /// Whether it is part of a circle.
    pub in_cycle: bool,
    pub because: Vec<Because>,
    /// How many edges it stands for.
    pub members: usize,
}

/// Nodes that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    pub nodes: Vec<usize>,
}

/// A picture before it is drawn.
#[derive(Clone, Debug)]
pub struct Chart {
    pub view: View,
    pub title: String,
    /// In a fixed order: the same network gives the same chart.
    pub nodes: Vec<Node>,
    /// Sorted by their ends and kinds.
    pub edges: Vec<Edge>,
    pub clusters: Vec<Cluster>,
    pub clustered_by: Option<ClusterBy>,
    /// The stages of the rollout, in order; empty where the network has none.
    pub stages: Vec<Stage>,
    /// For each node the column it stands in: what it needs stands before it, as far as no circle prevents that.
    pub ranks: Vec<usize>,
    /// What is not in the picture, or not known of it, a sentence each.
    pub notes: Vec<String>,
}

impl Chart {
    /// The groups by which the chart is to be drawn, in order; nodes without one come last.
    pub(super) fn cluster(&mut self, by: Option<ClusterBy>) {
        self.clustered_by = by;
        self.clusters.clear();
        let Some(by) = by else { return };
        let mut rest = Vec::new();
        let mut named: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
        match by {
            ClusterBy::Stage => {
                let mut of_stage: Vec<Vec<usize>> = vec![Vec::new(); self.stages.len()];
                for (at, node) in self.nodes.iter().enumerate() {
                    match node.stage.and_then(|it| of_stage.get_mut(it)) {
                        Some(stage) => stage.push(at),
                        None => rest.push(at),
                    }
                }
                let stages = self.stages.iter().map(|it| it.title.clone()).zip(of_stage);
                self.clusters.extend(
                    stages
                        .filter(|(_, nodes)| !nodes.is_empty())
                        .map(|(name, nodes)| Cluster { name, nodes }),
                );
            }
            ClusterBy::Tag => {
                for (at, node) in self.nodes.iter().enumerate() {
                    match node.tags.first() {
                        Some(tag) => named.entry(format!("@{tag}")).or_default().push(at),
                        None => rest.push(at),
                    }
                }
            }
        }
        self.clusters.extend(named.into_iter().map(|(name, nodes)| Cluster { name, nodes }));
        if !rest.is_empty() && !self.clusters.is_empty() {
            let name = if by == ClusterBy::Tag { "without a tag" } else { "in no stage" };
            self.clusters.push(Cluster { name: name.to_owned(), nodes: rest });
        }
    }

    /// What the network calls itself, or else the folder or file that it lies in.
    pub(super) fn title_of(network: &Network) -> String {
        let written = network.description().map(str::trim).filter(|it| !it.is_empty());
        written.map(str::to_owned).unwrap_or_else(|| {
            let path = network.inputs.first().map(|it| network.sources().path(it.file));
            let folder = path.and_then(|it| it.parent()).and_then(|it| it.file_name());
            folder.map_or_else(|| "network".to_owned(), |it| it.to_string_lossy().into_owned())
        })
    }

    /// The nodes column by column, each in the order of the nodes.
    pub fn columns(&self) -> Vec<Vec<usize>> {
        let count = self.ranks.iter().max().map_or(0, |it| it + 1);
        let mut columns = vec![Vec::new(); count];
        for (node, rank) in self.ranks.iter().enumerate() {
            columns[*rank].push(node);
        }
        columns
    }
}

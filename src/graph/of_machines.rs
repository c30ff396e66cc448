//! The charts of machines: the schedule and the references. From the model of a network; draws nothing.

use std::collections::BTreeMap;
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::network::{Machine, Network, Plain, PlainKind, Setting, Whose};
use crate::text::Span;

use super::chart::{Because, Chart, Edge, EdgeKind, Node, NodeKind, View};
use super::{ranks, stages};

/// Places as people and editors write them, from where somebody stands.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) network: &'a Network,
    pub(super) folder: &'a Path,
}

impl Places<'_> {
    pub(super) fn path(self, path: &Path) -> String {
        let inside = path.strip_prefix(self.folder).ok().filter(|it| !it.as_os_str().is_empty());
        inside.unwrap_or(path).to_string_lossy().into_owned()
    }

    pub(super) fn of(self, at: Span) -> String {
        let position = self.network.sources().position(at);
        format!("{}:{}:{}", self.path(self.network.sources().path(at.file)), position.line, position.column)
    }
}

/// Edges while they are collected: by their ends and their kind.
pub(super) type Edges = BTreeMap<(usize, usize, EdgeKind), Vec<Because>>;

/// Reasons that are kept of one edge; a network that is generated may have thousands for each.
const MOST_REASONS: usize = 20;

pub(super) fn add(edges: &mut Edges, ends: (usize, usize), kind: EdgeKind, because: Because) {
    let reasons = edges.entry((ends.0, ends.1, kind)).or_default();
    if reasons.len() < MOST_REASONS && !reasons.contains(&because) {
        reasons.push(because);
    }
}

/// The chart of these machines, by index.
pub(super) fn chart(network: &Network, view: View, chosen: &[usize], folder: &Path) -> Chart {
    let places = Places { network, folder };
    let dependencies = network.dependencies();
    let needs: Vec<Vec<usize>> =
        dependencies.iter().map(|edges| edges.iter().map(|it| it.on).collect()).collect();
    let stages = stages::stages(network, &needs, places);
    let mut number_of = vec![usize::MAX; network.machines.len()];
    let mut nodes = Vec::with_capacity(chosen.len());
    for machine in chosen {
        number_of[*machine] = nodes.len();
        let mut node = of_machine(network, *machine, places);
        node.stage = stages.of[*machine];
        nodes.push(node);
    }
    let mut others = Others { nodes, known: FxHashMap::default() };
    let mut edges = Edges::new();
    if view == View::Schedule {
        declared(network, chosen, &number_of, &dependencies, &mut others, &mut edges, places);
    }
    let mut waited_for = vec![Vec::new(); network.machines.len()];
    for (from, needs) in needs.iter().enumerate() {
        waited_for[from].extend(needs.iter().copied());
        waited_for[from].sort_unstable();
    }
    for read in &network.reads {
        let Some(from) = number_of.get(read.from).copied().filter(|it| *it != usize::MAX) else { continue };
        let to = match &read.whose {
            Whose::Machine(on) => {
                // What is waited for anyhow says no more when a value of it is read.
                let ordered = view == View::Schedule && waited_for[read.from].binary_search(on).is_ok();
                let to = number_of[*on];
                if *on == read.from || ordered || to == usize::MAX {
                    continue;
                }
                to
            }
            // Who asks whether there is such a machine needs none.
            Whose::Missing(_) if read.shape == crate::network::ReadShape::Exists => continue,
            Whose::Missing(name) if view == View::References => others.missing(name),
            Whose::Unknown(_) if view == View::References => others.unknown(),
            Whose::Missing(_) | Whose::Unknown(_) => continue,
        };
        let attribute = read.attribute.clone();
        let unknown = match &read.whose {
            Whose::Unknown(why) => Some(why.clone()),
            _ => None,
        };
        let because = Because {
            what: attribute.clone().unwrap_or_else(|| read.shape.sentence().to_owned()),
            attribute,
            shape: Some(read.shape.as_str()),
            at: Some(places.of(read.at)),
            unknown,
        };
        add(&mut edges, (from, to), EdgeKind::Implied, because);
    }
    let mut notes: Vec<String> = network.unknown_of(chosen);
    notes.extend(stages.note);
    let mut chart = Chart {
        view,
        title: Chart::title_of(network),
        nodes: others.nodes,
        edges: edges
            .into_iter()
            .map(|((from, to, kind), because)| Edge { from, to, kind, in_cycle: false, because, members: 1 })
            .collect(),
        clusters: Vec::new(),
        clustered_by: None,
        stages: if view == View::Schedule { stages.stages } else { Vec::new() },
        ranks: Vec::new(),
        notes,
    };
    ranks::give(&mut chart);
    chart
}

/// The nodes, and those that stand for no machine of the network.
struct Others {
    nodes: Vec<Node>,
    known: FxHashMap<String, usize>,
}

impl Others {
    fn missing(&mut self, name: &str) -> usize {
        if let Some(at) = self.known.get(name) {
            return *at;
        }
        let mut node = Node::new(NodeKind::Missing, name);
        node.unknown.push("the network has no machine of this name".to_owned());
        self.nodes.push(node);
        self.known.insert(name.to_owned(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn unknown(&mut self) -> usize {
        if let Some(at) = self.nodes.iter().rposition(|it| it.kind == NodeKind::Unknown) {
            return at;
        }
        let mut node = Node::new(NodeKind::Unknown, "only known to Nix");
        node.unknown.push("these machines are only known to Nix".to_owned());
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// What `dependsOn` asks for; names that no machine has, too.
fn declared(
    network: &Network,
    chosen: &[usize],
    number_of: &[usize],
    dependencies: &[Vec<crate::network::Dependency>],
    others: &mut Others,
    edges: &mut Edges,
    places: Places<'_>,
) {
    let because = |what: String, at: Span| Because {
        what,
        attribute: None,
        shape: None,
        at: Some(places.of(at)),
        unknown: None,
    };
    for machine in chosen {
        let from = number_of[*machine];
        let written = network.machines[*machine].deployment_list("dependsOn").0;
        for it in &dependencies[*machine] {
            let to = number_of[it.on];
            if to == usize::MAX {
                continue;
            }
            let text = written.iter().find(|(_, at)| *at == it.at).map_or("", |(text, _)| *text);
            add(edges, (from, to), EdgeKind::Declared, because(format!("dependsOn \"{text}\""), it.at));
        }
        for (text, at) in written {
            let is_name = !text.is_empty() && !text.contains(['*', '?', '[', '@', '(', ',', ' ']);
            if is_name && network.is_complete() && network.machine(text).is_none() {
                let to = others.missing(text);
                add(edges, (from, to), EdgeKind::Declared, because(format!("dependsOn \"{text}\""), at));
            }
        }
    }
}

fn of_machine(network: &Network, index: usize, places: Places<'_>) -> Node {
    let machine = &network.machines[index];
    let mut node = Node::new(NodeKind::Machine, machine.name.as_str());
    node.machine = Some(index);
    node.host = match machine.deployment("targetHost") {
        Setting::Unset => None,
        Setting::Unknown(_) => Some("?".to_owned()),
        setting => setting.value().and_then(Plain::as_str).map(str::to_owned),
    };
    let (tags, complete) = machine.deployment_list("tags");
    node.tags = tags.into_iter().map(|(tag, _)| tag.to_owned()).collect();
    node.tags.dedup();
    node.tags_complete = complete;
    node.health = health(machine);
    node.at = machine.at().map(|at| places.of(at));
    node.unknown = machine.open.iter().map(|it| it.reason.to_string()).collect();
    if let Setting::Unknown(why) = machine.deployment("dependsOn") {
        node.unknown.push(format!("what it waits for is not known: {why}"));
    }
    node.unknown.dedup();
    node
}

/// The health checks that are known, a sentence each.
fn health(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    for definition in machine.definitions.iter().filter(|it| it.certain) {
        let path: Vec<&str> = definition.path.iter().map(AsRef::as_ref).collect();
        if path != ["deployment", "healthChecks"] {
            continue;
        }
        for kind in definition.value.as_set().unwrap_or_default() {
            for check in kind.value.as_list().unwrap_or_default() {
                found.push(one_check(&kind.name, check));
            }
        }
    }
    found
}

fn one_check(kind: &str, check: &Plain) -> String {
    let option = |name: &str| check.as_set()?.iter().find(|it| it.name.as_ref() == name).map(|it| &it.value);
    if let Some(text) = option("description").and_then(Plain::as_str).filter(|it| !it.is_empty()) {
        return text.to_owned();
    }
    let number = |name: &str| match option(name).map(|it| &it.kind) {
        Some(PlainKind::Int(number)) => number.to_string(),
        _ => "?".to_owned(),
    };
    match kind {
        "tcp" => format!("accepts connections on port {}", number("port")),
        "http" => {
            let path = option("path").and_then(Plain::as_str).unwrap_or("/");
            let port = option("port").map_or_else(String::new, |_| format!(" on port {}", number("port")));
            format!("answers http{port} for {path}")
        }
        "unit" => {
            format!("the unit {} is active", option("name").and_then(Plain::as_str).unwrap_or("?"))
        }
        "cmd" | "command" => {
            let words = option(kind).and_then(Plain::as_list).unwrap_or_default();
            let words: Vec<&str> = words.iter().map(|it| it.as_str().unwrap_or("?")).collect();
            format!("`{}` succeeds", words.join(" "))
        }
        other => other.to_owned(),
    }
}

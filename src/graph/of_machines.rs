//! The charts of machines: the schedule and the references. From the model of a network; draws nothing.

use std::collections::BTreeMap;
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::network::{Machine, Needs, Network, Plain, PlainKind, Selected, Setting, Whose};
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
    let needs = network.needs();
    let stages = stages::stages(network, &needs.points(), places);
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
        let declared = Declared { network, number_of: &number_of, needs: &needs, places };
        declared.add(chosen, &mut others, &mut edges);
    }
    for read in &network.reads {
        let Some(from) = number_of.get(read.from).copied().filter(|it| *it != usize::MAX) else { continue };
        let to = match &read.whose {
            Whose::Machine(on) => {
                // What is waited for anyhow says no more when a value of it is read.
                let ordered = view == View::Schedule && needs.is_direct(read.from, *on);
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

    /// The box for all that a selection selects; it belongs to what all of them belong to, and stands behind the last of them.
    fn selection(&mut self, selected: &Selected, machines: &[usize], number_of: &[usize]) -> usize {
        let mut node = Node::new(NodeKind::Selection, selected.selector.as_str());
        node.members = machines.len();
        let members = machines.iter().map(|it| &self.nodes[number_of[*it]]);
        node.stage = members.clone().map(|it| it.stage).max().flatten();
        let mut tags = members.map(|it| it.tags.first());
        let first = tags.next().flatten().cloned();
        if tags.all(|it| it == first.as_ref()) {
            node.tags.extend(first);
        }
        self.nodes.push(node);
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

/// Lines for one selection; where there would be more, they meet in a box that stands for all of it.
const MOST_LINES: usize = 300;

/// What `dependsOn` asks for; names that no machine has, too.
struct Declared<'a> {
    network: &'a Network,
    number_of: &'a [usize],
    needs: &'a Needs,
    places: Places<'a>,
}

impl Declared<'_> {
    fn add(&self, chosen: &[usize], others: &mut Others, edges: &mut Edges) {
        for machine in chosen {
            let from = self.number_of[*machine];
            for it in self.needs.named(*machine).iter().filter(|it| self.number_of[it.on] != usize::MAX) {
                let name = self.network.machines[it.on].name.as_str();
                add(edges, (from, self.number_of[it.on]), EdgeKind::Declared, self.because(name, it.at));
            }
            for (text, at) in &self.network.machines[*machine].waits().0 {
                let is_name = !text.is_empty() && !text.contains(['*', '?', '[', '@', '(', ',', ' ']);
                if is_name && self.network.is_complete() && self.network.machine(text).is_none() {
                    let to = others.missing(text);
                    add(edges, (from, to), EdgeKind::Declared, self.because(text, *at));
                }
            }
        }
        for selected in self.needs.selected() {
            self.selection(selected, others, edges);
        }
    }

    fn because(&self, text: &str, at: Span) -> Because {
        let what = format!("dependsOn \"{text}\"");
        Because { what, attribute: None, shape: None, at: Some(self.places.of(at)), unknown: None }
    }

    /// What is selected by more than a name: a line from each to each, or, where these are many, to a box between.
    fn selection(&self, selected: &Selected, others: &mut Others, edges: &mut Edges) {
        let drawn = |it: &usize| self.number_of[*it] != usize::MAX;
        let machines: Vec<usize> = selected.machines.iter().copied().filter(drawn).collect();
        let users: Vec<(usize, Span)> =
            selected.users.iter().copied().filter(|(user, _)| drawn(user)).collect();
        if machines.is_empty() || users.is_empty() {
            return;
        }
        let is_inside = |user: usize| machines.binary_search(&user).is_ok();
        let alone = users.iter().filter(|it| is_inside(it.0)).count() == 1;
        let between = (machines.len() * users.len() > MOST_LINES && users.len() > 1)
            .then(|| others.selection(selected, &machines, self.number_of));
        for (user, at) in users {
            let (from, because) = (self.number_of[user], self.because(&selected.selector, at));
            match between {
                // The only one that needs the others of its own selection would seem to need itself.
                Some(between) if !(alone && is_inside(user)) => {
                    add(edges, (from, between), EdgeKind::Declared, because);
                }
                _ => {
                    for on in machines.iter().filter(|it| **it != user) {
                        add(edges, (from, self.number_of[*on]), EdgeKind::Declared, because.clone());
                    }
                }
            }
        }
        if let Some(between) = between {
            for on in machines {
                edges.entry((between, self.number_of[on], EdgeKind::Selects)).or_default();
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

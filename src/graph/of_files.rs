//! The chart of files: which file names which, and which machines they make. From the paths that are written in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::network::{Machine, Network};
use crate::text::{FileId, Span};

use super::chart::{Because, Chart, Edge, EdgeKind, Node, NodeKind, View};
use super::of_machines::{Edges, Places, add};
use super::ranks;

/// The files behind these machines, by index, and the machines themselves.
pub(super) fn chart(network: &Network, chosen: &[usize], folder: &Path) -> Chart {
    let places = Places { network, folder };
    let sources = network.sources();
    let mut files: FxHashMap<FileId, usize> = FxHashMap::default();
    let mut by_path: FxHashMap<PathBuf, FileId> = FxHashMap::default();
    let mut nodes: Vec<Node> = Vec::new();
    for file in &network.files {
        by_path.insert(sources.path(*file).to_owned(), *file);
        files.insert(*file, nodes.len());
        nodes.push(Node::new(NodeKind::File, places.path(sources.path(*file))));
    }
    let mut number_of = vec![usize::MAX; network.machines.len()];
    for at in chosen {
        let machine = &network.machines[*at];
        number_of[*at] = nodes.len();
        let mut node = Node::new(NodeKind::Machine, machine.name.as_str());
        node.machine = Some(*at);
        node.at = machine.at().map(|at| places.of(at));
        let tags = machine.deployment_list("tags").0;
        node.tags = tags.into_iter().map(|(tag, _)| tag.to_owned()).collect();
        nodes.push(node);
    }
    let because = |what: String, at: Span| Because {
        what,
        attribute: None,
        shape: None,
        at: Some(places.of(at)),
        unknown: None,
    };
    let mut edges = Edges::new();
    for at in chosen {
        for source in &network.machines[*at].sources {
            if let Some(file) = files.get(&source.file) {
                let what = "defines it".to_owned();
                let why = because(what, source.name_at);
                add(&mut edges, (*file, number_of[*at]), EdgeKind::Defines, why);
            }
        }
    }
    let inside = Inside::new(network, chosen);
    for (target, at) in &network.paths {
        let whole = target.clone();
        let named = by_path.get(&whole).or_else(|| by_path.get(&whole.join("default.nix")));
        let Some(to) = named.and_then(|it| files.get(it)).copied() else { continue };
        let what = sources.slice(*at).to_owned();
        // What a machine's own value takes in belongs to the machine; the rest to the file it is written in.
        let machines = inside.at(*at);
        for machine in &machines {
            add(&mut edges, (number_of[*machine], to), EdgeKind::Imports, because(what.clone(), *at));
        }
        if machines.is_empty()
            && let Some(from) = files.get(&at.file).copied().filter(|it| *it != to)
        {
            add(&mut edges, (from, to), EdgeKind::Imports, because(what, *at));
        }
    }
    below_folders(network, &files, places, &mut edges);
    let mut chart = Chart {
        view: View::Imports,
        title: Chart::title_of(network),
        nodes,
        edges: edges
            .into_iter()
            .map(|((from, to, kind), because)| Edge { from, to, kind, in_cycle: false, because, members: 1 })
            .collect(),
        clusters: Vec::new(),
        clustered_by: None,
        stages: Vec::new(),
        ranks: Vec::new(),
        notes: network.unknown_of(chosen),
    };
    if chosen.len() < network.machines.len() {
        leave_out(&mut chart);
    }
    computed(network, &mut chart, places);
    ranks::give(&mut chart);
    chart
}

/// Files that nobody names, and whose folder somebody names: `./hosts + "/${name}.nix"`.
fn below_folders(network: &Network, files: &FxHashMap<FileId, usize>, places: Places<'_>, edges: &mut Edges) {
    let sources = network.sources();
    let named: BTreeSet<usize> = edges.keys().map(|it| it.1).collect();
    let mut folders: FxHashMap<&Path, Vec<Span>> = FxHashMap::default();
    for (target, at) in &network.paths {
        folders.entry(target).or_default().push(*at);
    }
    let inputs: BTreeSet<FileId> = network.inputs.iter().map(|it| it.file).collect();
    for file in network.files.iter().filter(|it| !named.contains(&files[*it]) && !inputs.contains(*it)) {
        let to = files[file];
        let nearest = sources.path(*file).ancestors().skip(1).find_map(|folder| folders.get(folder));
        for at in nearest.into_iter().flatten() {
            let because = Because {
                what: format!("a path below {}", sources.slice(*at)),
                attribute: None,
                shape: None,
                at: Some(places.of(*at)),
                unknown: Some("which files are taken in is computed".to_owned()),
            };
            // Which machine takes in which of them is not known: only the file that names the folder is.
            if let Some(from) = files.get(&at.file).copied().filter(|it| *it != to) {
                add(edges, (from, to), EdgeKind::Imports, because);
            }
        }
    }
}

/// Which machines' values a place lies in.
struct Inside {
    /// By file: where values begin and end, and whose they are.
    values: FxHashMap<FileId, Vec<(u32, u32, usize)>>,
}

impl Inside {
    fn new(network: &Network, chosen: &[usize]) -> Self {
        let mut values: FxHashMap<FileId, Vec<(u32, u32, usize)>> = FxHashMap::default();
        for at in chosen {
            let machine: &Machine = &network.machines[*at];
            for source in &machine.sources {
                let span = source.value_at;
                values.entry(span.file).or_default().push((span.start, span.end, *at));
            }
        }
        for values in values.values_mut() {
            values.sort_unstable();
        }
        Self { values }
    }

    /// Values of machines do not overlap, unless one place makes several machines; then all of them are meant.
    fn at(&self, at: Span) -> Vec<usize> {
        let Some(values) = self.values.get(&at.file) else { return Vec::new() };
        let end = values.partition_point(|it| it.0 <= at.start);
        let Some(last) = values[..end].last() else { return Vec::new() };
        let same = values[..end].iter().rev().take_while(|it| it.0 == last.0);
        same.filter(|it| at.end <= it.1).map(|it| it.2).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Files that nothing leads to although they were read: their paths are computed.
fn computed(network: &Network, chart: &mut Chart, places: Places<'_>) {
    let mut named = vec![false; chart.nodes.len()];
    for edge in &chart.edges {
        named[edge.to] = true;
    }
    let inputs: BTreeSet<String> =
        network.inputs.iter().map(|it| places.path(network.sources().path(it.file))).collect();
    for (at, node) in chart.nodes.iter_mut().enumerate() {
        if node.kind == NodeKind::File && !named[at] && !inputs.contains(&node.name) {
            node.unknown.push("it was read, and no file names it: its path is computed".to_owned());
        }
    }
}

/// Keeps what the chosen machines come from and what they take in.
fn leave_out(chart: &mut Chart) {
    let mut kept: Vec<bool> = chart.nodes.iter().map(|it| it.kind == NodeKind::Machine).collect();
    let mut uses: Vec<Vec<usize>> = vec![Vec::new(); chart.nodes.len()];
    let mut used_by: Vec<Vec<usize>> = vec![Vec::new(); chart.nodes.len()];
    for edge in &chart.edges {
        uses[edge.from].push(edge.to);
        used_by[edge.to].push(edge.from);
    }
    for ways in [&uses, &used_by] {
        let mut waiting: Vec<usize> = (0..kept.len())
            .filter(|at| chart.nodes[*at].kind == NodeKind::Machine)
            .flat_map(|at| ways[at].iter().copied())
            .collect();
        let mut seen = vec![false; kept.len()];
        while let Some(at) = waiting.pop() {
            if std::mem::replace(&mut seen[at], true) || chart.nodes[at].kind == NodeKind::Machine {
                continue;
            }
            kept[at] = true;
            waiting.extend(ways[at].iter().copied());
        }
    }
    let mut number = vec![usize::MAX; kept.len()];
    let mut nodes = Vec::new();
    for (at, node) in std::mem::take(&mut chart.nodes).into_iter().enumerate() {
        if kept[at] {
            number[at] = nodes.len();
            nodes.push(node);
        }
    }
    chart.nodes = nodes;
    chart.edges.retain_mut(|edge| {
        (edge.from, edge.to) = (number[edge.from], number[edge.to]);
        edge.from != usize::MAX && edge.to != usize::MAX
    });
}

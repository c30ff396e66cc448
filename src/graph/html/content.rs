//! What the page shows, as JSON for its script: short names, because large networks have many of everything.

use serde::Serialize;

use crate::graph::chart::{Chart, View};
use crate::graph::layout::{self, Strip};
use crate::graph::{dot, groups, svg};
use crate::network::{Definition, Network, Setting};
use crate::text::Span;

#[derive(Serialize)]
struct Content<'a> {
    title: &'a str,
    /// The view that is shown first.
    first: &'static str,
    complete: bool,
    machines: Vec<Machine>,
    views: Vec<ViewContent<'a>>,
    /// What was left out so that the page does not become too large.
    left_out: Option<&'static str>,
}

#[derive(Clone, Serialize)]
struct Machine {
    host: Option<String>,
    tags: Vec<String>,
    tags_complete: bool,
    health: Vec<String>,
    at: Option<String>,
    unknown: Vec<String>,
    settings: Vec<OneSetting>,
}

/// An option, its value, where that is written, and what else there is to say.
#[derive(Clone, Serialize)]
struct OneSetting(String, String, Vec<String>, String);

#[derive(Serialize)]
struct ViewContent<'a> {
    of: &'static str,
    grouped: bool,
    width: i64,
    height: i64,
    columns: Vec<StripContent>,
    /// Arrows between the headings of stages: where each begins, its height, where it ends, and what it says.
    stages: Vec<(i64, i64, i64, String)>,
    lanes: Vec<StripContent>,
    legend: Vec<(&'static str, &'static str)>,
    notes: &'a [String],
    /// Name, kind, number of the machine, number of the box.
    nodes: Vec<(&'a str, &'static str, Option<usize>, usize)>,
    /// From, to, kind, reasons.
    edges: Vec<(usize, usize, &'static str, Vec<String>)>,
    boxes: Vec<BoxContent>,
    /// From, to, class, path, title: between boxes. Where there are no groups, they are the edges.
    lines: Vec<(usize, usize, String, String, String)>,
}

/// Its title, left and upper edge, width and height.
type StripContent = (String, i64, i64, i64, i64);

#[derive(Serialize)]
struct BoxContent {
    x: i64,
    y: i64,
    w: i64,
    h: i64,
    name: String,
    below: String,
    class: String,
    title: String,
    /// Whether the texts are squeezed into these widths.
    squeeze: Option<(i64, i64)>,
    healthy: bool,
}

/// What is said of machines and edges, from all of it to least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    All,
    NoSettings,
    NoReasons,
    NoEdges,
}

/// Machines whose settings can find room in a page.
const MOST_WITH_SETTINGS: usize = 5_000;

pub(super) fn json(
    network: &Network,
    charts: &[Chart],
    first: View,
    place: &dyn Fn(Span) -> String,
    most: usize,
) -> String {
    let depths = [
        (Depth::All, None),
        (Depth::NoSettings, Some("the settings of machines")),
        (Depth::NoReasons, Some("the settings of machines, and where needs are written")),
        (Depth::NoEdges, Some("the settings of machines, and the needs of single machines")),
    ];
    let mut text = String::new();
    // Of so many there is no room for all settings, and no need to find that out.
    let first_depth = usize::from(network.machines.len() > MOST_WITH_SETTINGS);
    for (depth, left_out) in depths.into_iter().skip(first_depth) {
        let content = Content {
            title: charts.first().map_or("", |it| &it.title),
            first: first.as_str(),
            complete: network.is_complete(),
            machines: machines(network, charts, depth, place),
            views: charts.iter().map(|it| view(it, depth)).collect(),
            left_out,
        };
        text = serde_json::to_string(&content).expect("the content has only strings and numbers");
        // Characters that are written as numbers take more room in the page.
        let escaped = text.bytes().filter(|it| matches!(it, b'<' | b'>' | b'&')).count() * 5;
        if text.len() + escaped <= most {
            break;
        }
    }
    text
}

/// By the number of the machine in the network; those that no chart shows have nothing.
fn machines(
    network: &Network,
    charts: &[Chart],
    depth: Depth,
    place: &dyn Fn(Span) -> String,
) -> Vec<Machine> {
    let nothing = Machine {
        host: None,
        tags: Vec::new(),
        tags_complete: true,
        health: Vec::new(),
        at: None,
        unknown: Vec::new(),
        settings: Vec::new(),
    };
    let mut machines = vec![nothing; network.machines.len()];
    let Some(chart) = charts.iter().find(|it| it.view != View::Imports).or(charts.first()) else {
        return machines;
    };
    for node in &chart.nodes {
        let Some(number) = node.machine else { continue };
        let settings = if depth == Depth::All { settings(network, number, place) } else { Vec::new() };
        machines[number] = Machine {
            host: node.host.clone(),
            tags: node.tags.clone(),
            tags_complete: node.tags_complete,
            health: node.health.clone(),
            at: node.at.clone(),
            unknown: node.unknown.clone(),
            settings,
        };
    }
    machines
}

fn settings(network: &Network, number: usize, place: &dyn Fn(Span) -> String) -> Vec<OneSetting> {
    let machine = &network.machines[number];
    let mut accounts = network.accounts(machine);
    accounts.retain(|it| !it.is_default() || matches!(it.setting, Setting::Unknown(_)));
    let told = accounts.iter().map(|account| {
        let at = |it: &&Definition| place(it.value.at);
        let (value, places, note) = match &account.setting {
            Setting::Known(winners) => {
                let note = account.partly_unknown().map(|why| format!("partly unknown: {why}"));
                (account.written(), winners.iter().map(at).collect(), note)
            }
            Setting::Unknown(why) => {
                ("?".to_owned(), account.others.iter().map(at).collect(), Some(format!("not known: {why}")))
            }
            Setting::Unset => (String::new(), Vec::new(), None),
        };
        let overridden = account.others.len();
        let beaten = matches!(account.setting, Setting::Known(_)) && overridden > 0;
        let note = note.or_else(|| {
            beaten.then(|| {
                let places: Vec<String> = account.others.iter().map(at).collect();
                format!("overrides {}", places.join(", "))
            })
        });
        OneSetting(account.path.join("."), value, places, note.unwrap_or_default())
    });
    told.collect()
}

fn view(chart: &Chart, depth: Depth) -> ViewContent<'_> {
    let groups = groups::grouped(chart);
    let (drawn, group_of) = match &groups {
        Some((drawn, group_of)) => (drawn, Some(group_of)),
        None => (chart, None),
    };
    let picture = layout::place(drawn);
    let nodes = chart.nodes.iter().enumerate().map(|(at, node)| {
        (node.name.as_str(), node.kind.as_str(), node.machine, group_of.map_or(at, |it| it[at]))
    });
    let edges = chart.edges.iter().map(|edge| {
        let reasons = if depth >= Depth::NoReasons {
            Vec::new()
        } else {
            edge.because.iter().map(dot::because).collect()
        };
        (edge.from, edge.to, edge.kind.as_str(), reasons)
    });
    let boxes = drawn.nodes.iter().zip(&picture.boxes).zip(svg::hues(drawn)).map(|((node, at), hue)| {
        let odd = !at.name.is_ascii() || !at.below.is_ascii();
        BoxContent {
            x: at.x,
            y: at.y,
            w: at.w,
            h: at.h,
            squeeze: odd.then(|| (layout::width(&at.name, false), layout::width(&at.below, true))),
            name: at.name.clone(),
            below: at.below.clone(),
            class: svg::classes(node, hue),
            title: dot::told(node).join("\n"),
            healthy: !node.health.is_empty(),
        }
    });
    let lines = drawn.edges.iter().zip(picture.lines).map(|(edge, path)| {
        let cycle = if edge.in_cycle { " cycle" } else { "" };
        let title = dot::reasons(drawn, edge).join("\n");
        (edge.from, edge.to, format!("{}{cycle}", edge.kind.as_str()), path, title)
    });
    let parts = |it: Strip| (it.title, it.x, it.y, it.w, it.h);
    ViewContent {
        of: chart.view.as_str(),
        grouped: groups.is_some(),
        width: picture.width,
        height: picture.height,
        stages: svg::stage_arrows(drawn, &picture.columns),
        columns: picture.columns.into_iter().map(parts).collect(),
        lanes: picture.lanes.into_iter().map(parts).collect(),
        legend: svg::legend_of(drawn),
        notes: if groups.is_some() { &[] } else { &chart.notes },
        nodes: nodes.collect(),
        edges: if depth == Depth::NoEdges { Vec::new() } else { edges.collect() },
        boxes: boxes.collect(),
        lines: lines.collect(),
    }
}

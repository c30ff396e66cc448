//! Networks in which many machines need many: what patterns and tags stand for is drawn as boxes of their own, so that ten
//! thousand machines that all need each other take no more room than ten thousand that need one.

#![expect(clippy::disallowed_methods, reason = "a test that measures time")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::network::Request;
use crate::system::OverlayFiles;

fn load(text: &str) -> Network {
    let mut files = OverlayFiles::alone();
    files.put("/net/network.nix", text);
    let mut request = Request::new(Arc::new(files), vec!["/net/network.nix".into()]);
    request.connections = true;
    Network::load(&request).unwrap()
}

fn chart(network: &Network, view: View) -> Chart {
    let all: Vec<usize> = (0..network.machines.len()).collect();
    Chart::of(network, view, &all, None, Path::new("/net"))
}

/// So many machines, half of them with a tag; who needs what.
fn network(count: usize, back: &str, front: &str) -> Network {
    use std::fmt::Write as _;
    let mut text = "{\n".to_owned();
    for at in 0..count {
        let (name, tag, needs) = if at < count / 2 { ("app", "back", back) } else { ("web", "front", front) };
        let needs = if needs.is_empty() { String::new() } else { format!("\"{needs}\"") };
        let _ = writeln!(
            text,
            "{name}-{at}.deployment = {{ targetHost = \"10.{}.{}.1\"; tags = [ \"{tag}\" ]; dependsOn = [ {needs} ]; }};",
            at / 250,
            at % 250
        );
    }
    text.push('}');
    load(&text)
}

#[test]
fn many_that_need_many_meet_in_one_box() {
    let few = chart(&network(30, "", "@back"), View::Schedule);
    assert_eq!((few.nodes.len(), few.edges.len()), (30, 15 * 15), "a few are drawn one by one");
    let many = chart(&network(80, "", "@back"), View::Schedule);
    let selection = many.nodes.iter().find(|it| it.kind == NodeKind::Selection).expect("there is one");
    assert_eq!((selection.name.as_str(), selection.members), ("@back", 40));
    assert_eq!((many.nodes.len(), many.edges.len()), (81, 80));
    assert_eq!(many.columns().iter().map(Vec::len).collect::<Vec<_>>(), [40, 1, 40]);
    assert!(many.nodes.iter().all(|it| !it.in_cycle));
    let json: serde_json::Value = serde_json::from_str(&many.json()).unwrap();
    assert_eq!(
        (&json["nodes"][80]["kind"], &json["edges"][0]["kind"]),
        (&"selection".into(), &"declared".into())
    );
    assert!(many.dot().contains("n80 [label=\"@back\", shape=oval"), "{}", many.dot());
    assert!(many.mermaid().contains("n80([\"@back\"])"), "{}", many.mermaid());
    assert!(many.svg().contains("all 40 of them"));

    // All need all: a circle, which is told of each of them.
    let all = chart(&network(80, "*", "*"), View::Schedule);
    assert!(all.nodes.iter().all(|it| it.in_cycle));
    assert_eq!(all.edges.len(), 160);

    // The only one that needs the others of its own tag is in no circle.
    let text: String = (0..40).map(|at| format!("a{at}.deployment.tags = [ \"x\" ]; ")).collect();
    let users: String = (0..40).map(|at| format!("b{at}.deployment.dependsOn = [ \"@x\" ]; ")).collect();
    let first = "first.deployment = { tags = [ \"x\" ]; dependsOn = [ \"@x\" ]; };";
    let one = chart(&load(&format!("{{ {text}{users}{first} }}")), View::Schedule);
    assert!(one.nodes.iter().all(|it| !it.in_cycle));
    assert_eq!(one.edges.len(), 40 + 41 + 40);
    // `needs(…)` goes through it.
    let network = network(80, "", "@back");
    assert_eq!(select(&network, View::Schedule, "needs(web-79)").unwrap().len(), 41);
    assert_eq!(select(&network, View::Schedule, "needed-by(app-0)").unwrap().len(), 41);
}

#[test]
fn stages_are_edges_in_json() {
    let network = load(
        r#"{
          network.rollout = { canary = "web-1"; stages = [ "@data" ]; };
          web-1 = { };
          web-2 = { };
          db.deployment.tags = [ "data" ];
        }"#,
    );
    let chart = chart(&network, View::Schedule);
    let json: serde_json::Value = serde_json::from_str(&chart.json()).unwrap();
    let nodes: Vec<String> = json["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {} {}", it["id"], it["kind"], it["name"], it["rank"]).replace('"', ""))
        .collect();
    assert_eq!(
        nodes,
        [
            "0 machine db 1",
            "1 machine web-1 0",
            "2 machine web-2 2",
            "3 stage canary 0",
            "4 stage @data 1",
            "5 stage the rest 2"
        ]
    );
    let edges: Vec<String> = json["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {}", it["from"], it["kind"], it["to"]).replace('"', ""))
        .collect();
    assert_eq!(edges, ["4 stage 3", "5 stage 4"]);
    assert_eq!(json["stages"][2]["node"], 5);
    assert_eq!(chart.svg().matches("<path class=\"line stage\"").count(), 3, "two arrows and the legend");
}

#[test]
fn ten_thousand_that_need_thousands_are_linear() {
    for (back, front) in [("*", "*"), ("", "@back")] {
        let sizes = [2_500, 10_000].map(|count| {
            let network = network(count, back, front);
            let begin = Instant::now();
            let chart = chart(&network, View::Schedule);
            let (dot, json) = (chart.dot().len(), chart.json().len());
            let text = begin.elapsed();
            let begin = Instant::now();
            let order = Dependencies::of(&network).ranks();
            assert_eq!(order.is_err(), back == "*");
            assert_eq!(network.needs().circles().len(), usize::from(back == "*"));
            let schedule = begin.elapsed();
            let charts: Vec<Chart> = View::ALL.into_iter().map(|it| super::dense_tests::chart(&network, it)).collect();
            let begin = Instant::now();
            let svg = chart.svg().len();
            let page = page(&network, &charts, View::Schedule, &|at| network.sources().place(at)).len();
            eprintln!(
                "{count} machines × \"{front}\": chart, dot ({dot} bytes) and JSON ({json} bytes) in {text:?}, schedule in \
                 {schedule:?}, SVG ({svg} bytes) and HTML ({page} bytes) in {:?}",
                begin.elapsed()
            );
            assert!(svg < 5_000_000 && page < 5_000_000, "{svg} and {page} bytes");
            (dot + json, text + schedule)
        });
        let [(short, few), (long, many)] = sizes;
        assert!(long < short * 5, "{short} and {long} bytes");
        // Four times as many; the rest is for a busy machine.
        assert!(many < few * 12, "{few:?} and {many:?}");
    }
}

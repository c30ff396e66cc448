//! Charts from networks, and their formats: what is in them, that no name gets out of its place, and how large they become.

#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the repository's own files")]

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

/// The edges, a line each.
fn edges(chart: &Chart) -> String {
    let name = |at: usize| &chart.nodes[at].name;
    let lines = chart.edges.iter().map(|it| {
        let because: Vec<String> = it.because.iter().map(dot::because).collect();
        let cycle = if it.in_cycle { " (a circle)" } else { "" };
        format!("{} → {} {}{cycle}: {}", name(it.from), name(it.to), it.kind.as_str(), because.join("; "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_schedule_has_needs_reads_circles_and_names_that_no_machine_has() {
    let network = load(
        r#"{
          web = { nodes, ... }: { deployment.dependsOn = [ "app" "ghost" ]; x = nodes.db.config.a.b; };
          app.deployment.dependsOn = [ "web" "db" ];
          db.deployment.tags = [ "data" ];
        }"#,
    );
    let schedule = chart(&network, View::Schedule);
    insta::assert_snapshot!(edges(&schedule));
    assert!(schedule.nodes.iter().any(|it| it.name == "ghost" && it.kind == NodeKind::Missing));
    let circle: Vec<&str> =
        schedule.nodes.iter().filter(|it| it.in_cycle).map(|it| it.name.as_str()).collect();
    assert_eq!(circle, ["app", "web"]);
}

#[test]
fn stages_are_columns() {
    let network = load(
        r#"{
          network.rollout = { canary = "web-1"; stages = [ "@data" ]; };
          web-1 = { };
          web-2 = { };
          db.deployment.tags = [ "data" ];
        }"#,
    );
    let schedule = chart(&network, View::Schedule);
    let titles: Vec<&str> = schedule.stages.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["canary", "@data", "the rest"]);
    let names = |at: &[usize]| at.iter().map(|it| schedule.nodes[*it].name.as_str()).collect::<Vec<_>>();
    let columns: Vec<Vec<&str>> = schedule.columns().iter().map(|it| names(it)).collect();
    assert_eq!(columns, [["web-1"], ["db"], ["web-2"]]);
    assert!(schedule.dot().contains("ltail=cluster_1, lhead=cluster_0"), "{}", schedule.dot());
    assert!(schedule.mermaid().contains("  c1 ==> c0\n"), "{}", schedule.mermaid());
}

#[test]
fn pictures_are_cut_by_needs() {
    let network = load(
        r#"{
          web = { nodes, ... }: { x = nodes.app.config.a; };
          app.deployment.dependsOn = [ "db" ];
          db = { };
          other = { };
        }"#,
    );
    let names = |view, selector| {
        let chosen = select(&network, view, selector).unwrap();
        chosen.iter().map(|it| network.machines[*it].name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(names(View::Schedule, "needs(web)"), ["web"]);
    assert_eq!(names(View::References, "needs(web)"), ["app", "db", "web"]);
    assert_eq!(names(View::Schedule, "needed-by(db)"), ["app", "db"]);
}

#[test]
fn files_are_drawn_with_what_names_them() {
    let mut files = OverlayFiles::alone();
    files.put(
        "/net/network.nix",
        "{ defaults.imports = [ ./base.nix ]; web = import ./web.nix; db = { imports = [ ./db ]; }; }",
    );
    files.put("/net/base.nix", "{ }");
    files.put("/net/web.nix", "{ ... }: { imports = [ ./tls.nix ]; }");
    files.put("/net/tls.nix", "{ }");
    files.put("/net/db/default.nix", "{ }");
    let mut request = Request::new(Arc::new(files), vec!["/net/network.nix".into()]);
    request.connections = true;
    let network = Network::load(&request).unwrap();
    insta::assert_snapshot!(edges(&chart(&network, View::Imports)));
    let db = network.machines.iter().position(|it| it.name.as_str() == "db").unwrap();
    let only = Chart::of(&network, View::Imports, &[db], None, Path::new("/net"));
    let names: Vec<&str> = only.nodes.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["network.nix", "db/default.nix", "db"]);
}

/// Names that are a trap in one format or another; what a real reader makes of them is tried in `tests/graphs.rs`.
#[test]
fn no_name_gets_out_of_its_place() {
    let evil = "a\\\"]>;</title></script><script>alert(1)</script>\n\u{1b}[31m&amp;\u{202e}--> 漢字";
    let mut files = OverlayFiles::alone();
    let quoted = evil.replace('\\', "\\\\").replace('"', "\\\"");
    files.put(
        "/net/network.nix",
        format!("{{ \"{quoted}\".deployment.tags = [ \"{quoted}\" ]; b.deployment.dependsOn = [ \"*\" ]; }}"),
    );
    let mut request = Request::new(Arc::new(files), vec!["/net/network.nix".into()]);
    request.connections = true;
    let network = Network::load(&request).unwrap();
    let chart = chart(&network, View::Schedule);
    assert!(chart.nodes.iter().any(|it| it.name == evil), "{:?}", chart.nodes);
    let json: serde_json::Value = serde_json::from_str(&chart.json()).unwrap();
    assert_eq!(json["nodes"][0]["name"], evil);
    let page =
        page(&network, std::slice::from_ref(&chart), View::Schedule, &|at| network.sources().place(at));
    for text in [chart.svg(), page.clone()] {
        assert!(!text.contains("<script>alert"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    assert_eq!(page.matches("</script>").count(), 2);
    for text in [chart.dot(), chart.mermaid()] {
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(text.lines().count(), if text.starts_with("flow") { 4 } else { 9 }, "{text}");
    }
}

/// A network of tiers, as large ones are.
fn fleet(count: usize) -> String {
    use std::fmt::Write as _;
    let mut text = "{\n".to_owned();
    let databases = count / 100;
    for at in 0..count {
        let (name, tag) = if at < databases { ("db", "data") } else { ("web", "front") };
        let needs = if at < databases { String::new() } else { format!("\"db-{}\"", at % databases) };
        let _ = writeln!(
            text,
            "{name}-{at}.deployment = {{ targetHost = \"10.{}.{}.1\"; tags = [ \"{tag}\" ]; dependsOn = [ {needs} ]; }};",
            at / 250,
            at % 250
        );
    }
    text.push('}');
    text
}

#[test]
fn ten_thousand_machines_are_linear_in_text_and_groups_in_pictures() {
    let large = load(&fleet(10_000));
    let large = (chart(&large, View::Schedule), large);
    let small = chart(&load(&fleet(2_500)), View::Schedule);
    let timed = |chart: &Chart| {
        let once = || {
            let begin = Instant::now();
            let length = chart.dot().len() + chart.json().len();
            (begin.elapsed(), length)
        };
        (0..3).map(|_| once()).min().expect("three were taken")
    };
    let ((few, short), (many, long)) = (timed(&small), timed(&large.0));
    assert!(long < short * 5, "{short} and {long} bytes");
    // Four times as many; the rest is for a busy machine.
    assert!(many < few * 10, "{few:?} and {many:?}");
    let svg = large.0.svg();
    assert!(svg.len() < 5_000_000, "{} bytes", svg.len());
    assert!(svg.contains("9900 machines"), "groups say how many they are");
    let charts: Vec<Chart> = View::ALL.into_iter().map(|it| chart(&large.1, it)).collect();
    let page = page(&large.1, &charts, View::Schedule, &|at| large.1.sources().place(at));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.contains("web-9999"), "search finds each machine");
    eprintln!(
        "10000 machines: dot and JSON {long} bytes in {many:?}, SVG {} bytes, HTML {} bytes",
        svg.len(),
        page.len()
    );
}

/// The pictures of the manual, drawn under `UPDATE=1` and compared otherwise.
#[test]
fn pictures_of_the_manual_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fixtures/networks/three-tier");
    let files = Arc::new(crate::system::OsFiles);
    let mut request = Request::new(files, vec![folder.join("network.nix")]);
    request.connections = true;
    let tiers = Network::load(&request).unwrap();
    let all: Vec<usize> = (0..tiers.machines.len()).collect();
    let tiers = Chart::of(&tiers, View::Schedule, &all, None, &folder);
    let fleet = chart(&load(FLEET), View::Schedule);
    let page = std::fs::read_to_string(root.join("docs/graphs.md")).unwrap();
    for (name, chart) in [("graph", tiers), ("graph-fleet", fleet)] {
        let path = root.join(format!("docs/captures/{name}.svg"));
        let svg = chart.svg();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &svg).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == svg, "{} is out of date (UPDATE=1 draws it)", path.display());
        assert!(page.contains(&format!("(captures/{name}.svg)")), "docs/graphs.md does not show {name}");
    }
}

/// A fleet with stages, for the manual.
const FLEET: &str = r#"
let
  lib = import <nixpkgs/lib>;
  many = count: name: machine: lib.listToAttrs (map (n: lib.nameValuePair "${name}-${toString n}" (machine n)) (lib.range 1 count));
  at = tag: net: needs: n: {
    deployment.targetHost = "10.${toString net}.0.${toString n}";
    deployment.tags = [ tag ];
    deployment.dependsOn = needs n;
    deployment.healthChecks = lib.optionalAttrs (tag == "front") { http = [ { path = "/"; port = 80; } ]; };
  };
in
{
  network.description = "A fleet";
  network.rollout = { canary = "web-1"; stages = [ "@data" "@back" ]; };
  monitor = { nodes, ... }: {
    deployment.targetHost = "10.9.0.1";
    deployment.tags = [ "ops" ];
    services.scrape = nodes.db-2.config.networking.privateIPv4;
  };
}
// many 3 "db" (at "data" 1 (n: [ ]))
// many 2 "queue" (at "data" 2 (n: [ ]))
// many 8 "app" (at "back" 3 (n: [ "db-${toString (lib.mod n 3 + 1)}" "queue-${toString (lib.mod n 2 + 1)}" ]))
// many 9 "web" (at "front" 4 (n: [ "app-${toString (lib.mod n 8 + 1)}" ]))
"#;

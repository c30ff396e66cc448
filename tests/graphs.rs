//! `graph` beside the real programs that read its formats: Graphviz, mermaid, a browser.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::browser;
use crate::support::hermetic::Hermetic;

/// Five machines with a bit of everything.
const SMALL: &str = r#"{
  network.description = "a shop";
  web = { nodes, ... }: {
    deployment = { targetHost = "203.0.113.7"; tags = [ "front" ]; dependsOn = [ "app" ]; };
    services.upstream = nodes.app.config.networking.hostName;
  };
  app = { nodes, ... }: {
    deployment = { targetHost = "10.0.0.3"; tags = [ "front" ]; dependsOn = [ "db" "cache" ]; };
    deployment.healthChecks.http = [ { port = 8080; path = "/health"; } ];
    services.database = nodes.db.config.networking.privateIPv4;
  };
  db.deployment = { targetHost = "10.0.0.2"; tags = [ "data" ]; };
  cache.deployment = { targetHost = "10.0.0.4"; tags = [ "data" ]; };
  monitor.deployment = { targetHost = "10.0.0.9"; tags = [ "ops" ]; };
}
"#;

/// Names that are a trap in one format or another.
const ODD: [&str; 9] = [
    "web \"one\" 'two'",
    "<script>alert(1)</script>",
    "</title></svg><b>x</b>",
    "größe-漢字-🦀",
    "shop.example.org",
    "a\\nb\\N[x]{y}|z",
    "#quot; &amp; --> end",
    "%%{init: 1}%%",
    "`1. list` **bold** $x$",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
}

/// A chain of machines with odd names; one has 200 characters.
fn odd_network() -> (String, Vec<String>) {
    let mut names: Vec<String> = ODD.iter().map(|it| (*it).to_owned()).collect();
    names.push("long-".repeat(40));
    let mut text = "{\n".to_owned();
    for (at, name) in names.iter().enumerate() {
        let needs = names.get(at + 1).map(|it| quoted(it)).unwrap_or_default();
        let needs = if at % 2 == 0 { String::new() } else { needs };
        let _ = writeln!(
            text,
            "  {} = {{ nodes, ... }}: {{ deployment.targetHost = \"10.0.0.{at}\"; deployment.tags = [ {} ]; x = nodes.${{{}}}.config.y; deployment.dependsOn = if true then [ ] else [ {needs} ]; }};",
            quoted(name),
            quoted(name),
            quoted(&names[(at + 1) % names.len()]),
        );
    }
    text.push_str("}\n");
    (text, names)
}

/// Machines in tiers, as fleets are.
fn fleet(count: usize) -> String {
    let tiers = [("db", 6), ("cache", 6), ("app", 40), ("web", 40), ("edge", 8)];
    let mut text = "{\n".to_owned();
    let mut before: Option<(&str, usize)> = None;
    for (tier, share) in tiers {
        let size = (count * share / 100).max(1);
        for number in 0..size {
            let needs =
                before.map(|(name, size)| format!("\"{name}-{}\"", number % size)).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {tier}-{number}.deployment = {{ targetHost = \"10.{}.{}.{}\"; tags = [ \"{tier}\" ]; dependsOn = [ {needs} ]; }};",
                share,
                number / 250,
                number % 250
            );
        }
        before = Some((tier, size));
    }
    text.push_str("}\n");
    text
}

/// Forty machines that each need forty others by their tag, and stages.
fn dense() -> String {
    let mut text = "{ network.rollout = { canary = \"back-7\"; stages = [ \"@back\" ]; };\n".to_owned();
    for number in 0..40 {
        let _ = writeln!(text, "  back-{number}.deployment.tags = [ \"back\" ];");
        let _ = writeln!(text, "  front-{number}.deployment.dependsOn = [ \"@back\" ];");
    }
    text.push_str("}\n");
    text
}

/// Draws a network of the working folder, and gives the file.
fn drawn(place: &Hermetic, network: &str, view: &str, format: &str, more: &[&str]) -> PathBuf {
    let file = format!("{network}-{view}.{format}");
    let mut words = vec!["graph", "--of", view, "--format", format, "-o", &file];
    let path = format!("./{network}.nix");
    words.push(&path);
    words.extend(more);
    let _ = place.nixwright(&words).expect_code(0);
    place.work().join(file)
}

#[test]
fn the_page_of_a_network_works_in_a_browser() {
    let place = Hermetic::new();
    place.write("network.nix", SMALL);
    place.write("fleet30.nix", fleet(30));
    place.write("fleet200.nix", fleet(200));
    let (odd, _) = odd_network();
    place.write("odd.nix", odd);
    place.write("dense.nix", dense());
    let mut files = vec![drawn(&place, "network", "schedule", "html", &[])];
    for network in ["network", "fleet30", "fleet200", "odd", "dense"] {
        files.push(drawn(&place, network, "schedule", "svg", &[]));
        files.push(drawn(&place, network, "references", "html", &[]));
    }
    files.push(drawn(&place, "fleet30", "imports", "svg", &["--cluster", "tag"]));
    let files: Vec<&std::path::Path> = files.iter().map(PathBuf::as_path).collect();
    let _ = browser::story("graph.mjs", &files);
}

#[test]
fn mermaid_reads_every_flowchart() {
    let place = Hermetic::new();
    place.write("network.nix", SMALL);
    place.write("fleet200.nix", fleet(200));
    let (odd, names) = odd_network();
    place.write("odd.nix", odd);
    let nothing = place.write("nothing", "");
    let all = place.write("names", names.join("\n"));
    let mut files = Vec::new();
    for (network, shown) in [("network", &nothing), ("fleet200", &nothing), ("odd", &all)] {
        for view in ["schedule", "references", "imports"] {
            let shown = if view == "imports" { &nothing } else { shown };
            files.extend([drawn(&place, network, view, "mermaid", &[]), shown.clone()]);
        }
    }
    files.extend([drawn(&place, "odd", "schedule", "mermaid", &["--cluster", "tag"]), all]);
    let files: Vec<&std::path::Path> = files.iter().map(PathBuf::as_path).collect();
    let _ = browser::story("mermaid.mjs", &files);
}

#[test]
fn graphviz_draws_every_graph() {
    let Some(dot) = browser::program("dot") else { return };
    let place = Hermetic::new();
    place.write("network.nix", SMALL);
    let (odd, names) = odd_network();
    place.write("odd.nix", odd);
    for network in ["network", "odd"] {
        for (view, more) in
            [("schedule", &[][..]), ("references", &["--cluster", "tag"][..]), ("imports", &[][..])]
        {
            let file = drawn(&place, network, view, "dot", more);
            let run = place.command(&dot, &["-Tjson0".as_ref(), file.as_os_str()]).run().expect_code(0);
            assert_eq!(run.stderr, "", "{network} {view}");
            let graph: serde_json::Value = serde_json::from_str(&run.stdout).expect("dot prints JSON");
            if network == "odd" && view != "imports" {
                let labels: Vec<&str> = graph["objects"]
                    .as_array()
                    .expect("it has objects")
                    .iter()
                    .filter_map(|it| it["label"].as_str())
                    .collect();
                // Graphviz keeps its escapes until it draws.
                let kept = |name: &str| name.replace('\\', "\\\\").replace('&', "&amp;");
                for name in &names {
                    let wanted = kept(name);
                    assert!(
                        labels.iter().any(|it| it.split("\\n10.").next() == Some(&wanted)),
                        "{name}: {labels:#?}"
                    );
                }
            }
        }
    }
}

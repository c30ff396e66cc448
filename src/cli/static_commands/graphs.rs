//! What machines of the example networks read of each other, held against `fixtures/networks/references.txt`, which is written
//! by hand from the files.

use std::collections::BTreeSet;
use std::path::Path;

use super::examples::networks;
use super::run_with;
use crate::graph::{Chart, View};
use crate::network::{Network, Request, Whose};

/// A line for each machine that reads, each machine that is read, the attribute and the way it is written.
fn found() -> Vec<String> {
    let (files, networks) = networks();
    let mut lines = Vec::new();
    for (folder, inputs) in networks {
        let inputs = inputs.iter().map(|it| folder.join(it)).collect();
        let mut request = Request::new(files.clone(), inputs);
        request.connections = true;
        let network = Network::load(&request).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let reads: BTreeSet<String> = network
            .reads
            .iter()
            .map(|read| {
                let whose = match &read.whose {
                    Whose::Machine(at) => network.machines[*at].name.to_string(),
                    Whose::Missing(name) => format!("{name} (missing)"),
                    Whose::Unknown(_) => "?".to_owned(),
                };
                let attribute = read.attribute.as_ref().map_or_else(String::new, |it| format!(" {it}"));
                let from = &network.machines[read.from].name;
                format!("{name}: {from} → {whose}{attribute} [{}]", read.shape.as_str())
            })
            .collect();
        // What is unknown is in the picture, too.
        let all: Vec<usize> = (0..network.machines.len()).collect();
        let chart = Chart::of(&network, View::References, &all, None, Path::new("/"));
        let unknown = network.reads.iter().any(|it| matches!(it.whose, Whose::Unknown(_)));
        assert_eq!(chart.nodes.iter().any(|it| it.name == "only known to Nix"), unknown, "{name}");
        lines.extend(reads);
    }
    lines
}

#[test]
fn references_of_the_examples_are_those_listed_by_hand() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks/references.txt");
    let listed = std::fs::read_to_string(path).unwrap();
    let listed: BTreeSet<&str> = listed.lines().filter(|it| !it.starts_with('#') && !it.is_empty()).collect();
    let found = found();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let missed: Vec<&&str> = listed.difference(&found).collect();
    let wrong: Vec<&&str> = found.difference(&listed).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "missed: {missed:#?}\nnot listed: {wrong:#?}");
}

#[test]
fn the_pictures_of_all_examples_fit_their_schema() {
    let (files, networks) = networks();
    for (folder, inputs) in networks {
        for view in ["schedule", "references", "imports"] {
            let words = ["graph", "--of", view, "--format", "json"];
            let words: Vec<&str> = words.into_iter().chain(inputs.iter().map(String::as_str)).collect();
            let ran = run_with(files.clone(), &folder, &words);
            let wrong = crate::report::schemas::errors("graph", &ran.stdout);
            assert_eq!(wrong, Vec::<String>::new(), "{} {view}: {}", folder.display(), ran.stdout);
        }
    }
}

/// The columns of a network in the terminal.
#[test]
fn without_a_format_there_are_columns() {
    let folder = tempfile::tempdir().unwrap();
    let columns = |text: &str, more: &[&str]| {
        std::fs::write(folder.path().join("network.nix"), text).unwrap();
        let words: Vec<&str> = ["graph", "network.nix"].iter().chain(more).copied().collect();
        super::run(folder.path(), &words).stdout
    };
    let tiers = r#"{
      db = { }; cache = { };
      app = { nodes, ... }: { deployment.dependsOn = [ "db" ]; x = nodes.cache.config.a; };
      web.deployment.dependsOn = [ "app" ];
    }"#;
    assert_eq!(
        columns(tiers, &[]),
        "cache → app → web\ndb\n\napp reads values of cache, and does not wait for it\n"
    );
    assert_eq!(columns(tiers, &["--on", "needs(app)"]), "db → app\n");
    assert_eq!(columns("{ }", &[]), "no machines\n");
    let stages = r#"{ network.rollout.stages = [ "db" ]; db = { }; web = { }; }"#;
    assert_eq!(columns(stages, &[]), "db   the rest\ndb → web\n");
    let circle = r#"{ a.deployment.dependsOn = [ "b" ]; b.deployment.dependsOn = [ "a" "ghost" ]; }"#;
    assert_eq!(
        columns(circle, &[]),
        "ghost (no such machine) → a (a circle)\n                          b (a circle)\n"
    );
}

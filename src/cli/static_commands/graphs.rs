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
    assert_eq!(columns(tiers, &["--of", "references"]), "app reads config.a of cache\n");
    let nobody = columns("{ a = { }; }", &["--of", "references"]);
    assert_eq!(nobody, "no machine reads a value of another one\n");
    std::fs::write(folder.path().join("base.nix"), "{ }").unwrap();
    let files = columns(
        "{ a = { imports = [ ./base.nix ]; }; b = import ./base.nix; c = { }; }",
        &["--of", "imports"],
    );
    assert_eq!(
        files,
        "network.nix\n├ a (machine)\n│ └ base.nix\n├ b (machine)\n│ └ base.nix\n└ c (machine)\n"
    );
    let stages = r#"{ network.rollout.stages = [ "db" ]; db = { }; web = { }; }"#;
    assert_eq!(columns(stages, &[]), "db   the rest\ndb → web\n");
    let circle = r#"{ a.deployment.dependsOn = [ "b" ]; b.deployment.dependsOn = [ "a" "ghost" ]; }"#;
    assert_eq!(
        columns(circle, &[]),
        "ghost (no such machine) → a (a circle)\n                          b (a circle)\n"
    );
}

/// What one module of `web` reads, in a network of `web` and `db`.
fn reads_of(module: &str) -> String {
    let mut files = crate::system::OverlayFiles::alone();
    let text = format!(
        r#"{{
          db.deployment.targetHost = "10.0.0.7";
          web.imports = [ ({module}) {{ deployment.targetHost = "10.0.0.1"; }} ];
        }}"#
    );
    files.put("/net/network.nix", text);
    let mut request = Request::new(std::sync::Arc::new(files), vec!["/net/network.nix".into()]);
    request.connections = true;
    let network = Network::load(&request).unwrap();
    let line = |read: &crate::network::Read| {
        let whose = match &read.whose {
            Whose::Machine(at) => network.machines[*at].name.to_string(),
            Whose::Missing(name) => format!("no {name}"),
            Whose::Unknown(_) => "?".to_owned(),
        };
        format!("{whose} {} {}", read.attribute.as_deref().unwrap_or("-"), read.shape.as_str())
    };
    network.reads.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Machines that reach a module under a name of the network's own, and through the flake itself.
#[test]
fn machines_are_found_under_other_names() {
    let reads = |files: &[(&str, &str)], input: &str| {
        let mut memory = crate::system::OverlayFiles::alone();
        for (name, text) in files {
            memory.put(format!("/net/{name}"), *text);
        }
        let mut request = Request::new(std::sync::Arc::new(memory), vec![format!("/net/{input}").into()]);
        request.connections = true;
        let network = Network::load(&request).unwrap();
        let line = |read: &crate::network::Read| {
            let whose = match &read.whose {
                Whose::Machine(at) => network.machines[*at].name.to_string(),
                Whose::Missing(name) => format!("no {name}"),
                Whose::Unknown(_) => "?".to_owned(),
            };
            let attribute = read.attribute.as_deref().unwrap_or("-");
            format!("{} {whose} {attribute} {}", network.machines[read.from].name, read.shape.as_str())
        };
        network.reads.iter().map(line).collect::<Vec<_>>().join("; ")
    };
    let handed_on = r#"{
      db = { };
      web = { nodes, lib, name, ... }: {
        imports = [ ./user.nix ];
        _module.args = { all = nodes; peers = removeAttrs nodes [ name ]; other = { db = 1; }; };
      };
    }"#;
    let user = |text: &'static str| reads(&[("network.nix", handed_on), ("user.nix", text)], "network.nix");
    let whole = "web ? - whole; web ? - whole; ";
    assert_eq!(user("{ all, ... }: { x = all.db.config.y; }"), format!("{whole}web db config.y literal"));
    assert_eq!(user("{ peers, ... }: { x = peers.db.config.y; }"), format!("{whole}web db config.y literal"));
    assert_eq!(
        user("{ peers, lib, ... }: { x = lib.mapAttrsToList (_: n: n.config.y) peers; }"),
        format!("{whole}web db config.y iteration")
    );
    // What only looks like them, and what fails.
    assert_eq!(user("{ other, ... }: { x = other.db; }"), whole.trim_end_matches("; "));
    assert_eq!(user("{ peers, ... }: { x = peers.web.config.y; }"), whole.trim_end_matches("; "));

    let flake = r#"{
      outputs = { self, nixpkgs }: {
        nixosConfigurations = {
          db = nixpkgs.lib.nixosSystem { modules = [ { } ]; };
          web = nixpkgs.lib.nixosSystem {
            specialArgs = { inherit self; };
            modules = [ ./user.nix ({ ... }: { z = self.nixosConfigurations.db.config.z; }) ];
          };
        };
      };
    }"#;
    let user = |text: &'static str| reads(&[("flake.nix", flake), ("user.nix", text)], "flake.nix");
    let inside = "web db config.z literal";
    assert_eq!(
        user("{ self, ... }: { x = self.nixosConfigurations.db.config.y; }"),
        format!("{inside}; web db config.y literal")
    );
    assert_eq!(
        user(
            "{ self, ... }: { x = map (n: n.config.y) (builtins.attrValues self.outputs.nixosConfigurations); }"
        ),
        format!("{inside}; web db config.y iteration; web web config.y iteration")
    );
    assert_eq!(user("{ self, ... }: { x = self.nixosConfigurations.ghost.config.y; }"), inside);
    assert_eq!(user("{ self, ... }: { x = self.packages.db.config.y; }"), inside);
}

/// Never a wrong reference: what only looks like one is none, and what is not known is said to be so.
#[test]
fn what_only_looks_like_a_reference_is_none() {
    let cases = [
        ("{ nodes, ... }: { x = nodes.db.config.y; }", "db config.y literal"),
        ("args@{ ... }: { x = args.nodes.db.config.y; }", "db config.y literal"),
        ("{ nodes, ... }: { inherit (nodes) db; }", "db - literal"),
        ("{ nodes, ... }: let n = nodes; in { x = n.db.config.y; }", "db config.y literal"),
        // Other things of the same name.
        ("{ nodes, ... }: { x = (nodes: nodes.db) { db = 1; }; }", ""),
        ("{ ... }: let nodes = { db = 1; }; in { x = nodes.db; }", ""),
        ("{ nodes, ... }: { x = with nodes; with { db = 1; }; db; }", ""),
        ("{ nodes, ... }: { x = with nodes; db.config.y; }", "db - with"),
        // Only names are looked at, or nothing at all.
        ("{ nodes, lib, ... }: { x = lib.attrNames nodes; }", ""),
        ("{ nodes, ... }: { x = nodes.ghost.config.y or 1; }", ""),
        ("{ nodes, ... }: { x = if nodes ? ghost then nodes.ghost.config.y else 1; }", "no ghost - exists"),
        ("{ nodes, ... }: { x = nodes.ghost.config.y; }", "no ghost config.y literal"),
        // Names that are computed.
        ("{ nodes, name, ... }: { x = nodes.${name}.config.y; }", "web config.y computed"),
        ("{ nodes, pkgs, ... }: { x = nodes.${pkgs.system}.config.y; }", "? config.y computed"),
        (
            "{ nodes, ... }: { x = map (n: nodes.${n}.config.y) [ \"db\" \"web\" ]; }",
            "db config.y computed; web config.y computed",
        ),
        ("{ nodes, ... }: { x = n: nodes.${n}.config.y; }", "? config.y computed"),
        // All of them, and some of them.
        (
            "{ nodes, lib, ... }: { x = lib.mapAttrsToList (_: n: n.config.y) nodes; }",
            "db config.y iteration; web config.y iteration",
        ),
        (
            "{ nodes, lib, ... }: let far = lib.filterAttrs (_: n: n.config.deployment.targetHost == \"10.0.0.7\") nodes; in { x = map (n: n.config.y) (lib.attrValues far); }",
            "db config.y iteration",
        ),
        (
            "{ nodes, lib, ... }: { x = map (n: n.config.y) (lib.filter (n: n.config.services.z.enable) (lib.attrValues nodes)); }",
            "? config.y iteration",
        ),
        ("{ nodes, ... }: { x = nodes; }", "? - whole"),
        ("{ resources, ... }: { x = resources.machines.db.y; }", "db y literal"),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(module, wanted)| {
            let found = reads_of(module);
            (found != *wanted).then(|| format!("{module}\n  gives   {found}\n  and not {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

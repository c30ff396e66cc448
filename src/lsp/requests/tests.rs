//! The answers about places as a client gets them: each request of the room `editor` on one small network.

use std::sync::Arc;

use lsp_types::Url;
use serde_json::{Value, json};

use super::super::analysis_tests::{disk, open};
use super::super::{Analyst, Snapshot, World};
use super::*;

const NETWORK: &str = "{
  # é: a column is no byte here
  /* é */ web = { lib, nodes, ... }: {
    deployment.targetHost = nodes.db.config.deployment.targetHost;
    deployment.dependsOn = [ \"d*\" ];
    imports = [ ./web.nix ];
  };
  db.deployment.targetHost = \"10.0.0.7\";
}
";
const WEB: &str =
    "{ nodes, lib, ... }:\n{\n  x = nodes.db.config;\n  y = lib.mkIf true 1;\n  deployment.\n}\n";

fn snapshot() -> Snapshot {
    let system = disk(&[("/net/network.nix", NETWORK), ("/net/web.nix", "{ }")]);
    let mut world = World::default();
    open(&mut world, &system, "/net/network.nix", NETWORK);
    open(&mut world, &system, "/net/web.nix", WEB);
    let analysis = Analyst::new(system).analyse(&world, &Arc::default()).unwrap();
    assert_eq!(analysis.troubles, Vec::<String>::new());
    Snapshot { analysis: Arc::new(analysis), cancelled: Arc::default() }
}

fn uri(name: &str) -> Url {
    Url::from_file_path(format!("/net/{name}")).unwrap()
}

/// Parameters about a place, with others.
fn at<P: serde::de::DeserializeOwned>(name: &str, (line, character): (u32, u32), more: &Value) -> P {
    let mut all =
        json!({ "textDocument": { "uri": uri(name) }, "position": { "line": line, "character": character } });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn told<T: serde::Serialize>(answer: T) -> Value {
    serde_json::to_value(answer).unwrap()
}

/// A range as `line:from-to`, counted as the protocol does.
fn range(range: &Value) -> String {
    let number = |pointer: &str| range.pointer(pointer).and_then(Value::as_u64).unwrap();
    format!("{}:{}-{}", number("/start/line"), number("/start/character"), number("/end/character"))
}

fn ranges(answer: &Value) -> Vec<String> {
    let all = answer.as_array().unwrap().iter();
    all.map(|it| {
        let file = it["uri"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
        format!("{file}:{}", range(&it["range"]))
    })
    .collect()
}

#[test]
fn hover_definition_references_and_highlights() {
    let snapshot = snapshot();
    let nothing = json!({});
    let hover = told(hover::answer(&snapshot, at("network.nix", (2, 10), &nothing)));
    assert_eq!(range(&hover["range"]), "2:10-13", "columns count characters");
    let text = hover.pointer("/contents/value").and_then(Value::as_str).unwrap();
    assert!(text.contains("**web**") && text.contains("10.0.0.7") && text.contains("Needs: `db`"), "{text}");
    let found = told(definition::answer(&snapshot, at("web.nix", (2, 13), &nothing)));
    assert_eq!(ranges(&found), ["network.nix:7:2-4"]);
    let link = told(definition::answer(&snapshot, at("network.nix", (5, 20), &nothing)));
    assert_eq!(ranges(&link), ["web.nix:0:0-0"]);
    let context = json!({ "context": { "includeDeclaration": true } });
    let found = told(references::answer(&snapshot, at("network.nix", (7, 3), &context)));
    assert_eq!(ranges(&found), ["network.nix:3:34-36", "network.nix:7:2-4", "web.nix:2:12-14"]);
    let found = told(references::highlights(&snapshot, at("web.nix", (0, 3), &nothing)));
    assert_eq!(ranges(&found), [":0:2-7", ":2:6-11"]);
}

#[test]
fn rename_edits_every_file_or_says_why_not() {
    let snapshot = snapshot();
    let nothing = json!({});
    let found = told(rename::prepare(&snapshot, at("web.nix", (2, 13), &nothing)).unwrap());
    assert_eq!(found["placeholder"], "db");
    let asked = json!({ "newName": "store" });
    let refused = rename::answer(&snapshot, at("network.nix", (7, 3), &asked)).unwrap_err();
    assert!(refused.message.contains("depend on others"), "`d*` does not mean `store`: {}", refused.message);
    let asked = json!({ "newName": "d-new" });
    let edit = told(rename::answer(&snapshot, at("network.nix", (7, 3), &asked)).unwrap());
    let files: Vec<(String, usize)> = edit["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            assert_eq!(it["textDocument"]["version"], 1);
            (it["textDocument"]["uri"].as_str().unwrap().to_owned(), it["edits"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(files, [("file:///net/network.nix".to_owned(), 2), ("file:///net/web.nix".to_owned(), 1)]);
    let refused = rename::prepare(&snapshot, at("web.nix", (0, 3), &nothing)).unwrap_err();
    assert!(refused.message.contains("callers"), "{}", refused.message);
}

#[test]
fn completion_and_signatures_in_half_typed_code() {
    let snapshot = snapshot();
    let nothing = json!({});
    let items = told(completion::answer(&snapshot, at("web.nix", (4, 13), &nothing)));
    let item = items.as_array().unwrap().iter().find(|it| it["label"] == "targetHost").unwrap();
    assert_eq!(item["detail"], "a string or null");
    assert_eq!(range(&item["textEdit"]["range"]), "4:13-13");
    let machines = told(completion::answer(&snapshot, at("web.nix", (2, 12), &nothing)));
    let labels: Vec<&str> =
        machines.as_array().unwrap().iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["db", "web"]);
    let help = told(signature_help::answer(&snapshot, at("web.nix", (3, 20), &nothing)));
    assert_eq!(help["signatures"][0]["label"], "lib.mkIf condition value");
    assert_eq!(help["activeParameter"], 1);
}

#[test]
fn what_concerns_a_whole_file() {
    let snapshot = snapshot();
    let of = |name: &str| json!({ "textDocument": { "uri": uri(name) } });
    let all = |name: &str| {
        let mut all = of(name);
        all["range"] =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        all
    };
    let symbols = told(symbols::of_document(&snapshot, serde_json::from_value(of("network.nix")).unwrap()));
    let names: Vec<&str> =
        symbols.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web", "db.deployment.targetHost"]);
    let found =
        told(symbols::of_workspace(&snapshot, serde_json::from_value(json!({ "query": "db" })).unwrap()));
    assert_eq!(found[0]["location"]["range"]["start"]["line"], 7);
    let links = told(document_link::answer(&snapshot, serde_json::from_value(of("network.nix")).unwrap()));
    assert_eq!(links[0]["target"], "file:///net/web.nix");
    let hints = told(inlay_hint::answer(&snapshot, serde_json::from_value(all("network.nix")).unwrap()));
    assert_eq!((&hints[0]["label"], &hints[1]["label"]), (&json!("= \"10.0.0.7\""), &json!("= db")));
    let lenses = told(code_lens::answer(&snapshot, serde_json::from_value(of("network.nix")).unwrap()));
    assert_eq!(lenses[1]["command"]["title"], "10.0.0.7 · 1 machine needs it");
    let chosen: lsp_types::ExecuteCommandParams =
        serde_json::from_value(lenses[1]["command"].clone()).unwrap();
    let needed = execute_command::answer(&snapshot, &chosen).unwrap();
    assert_eq!(needed.said, "db is needed by web (network.nix:5)");
    assert_eq!(needed.places[0].at.range.start, lsp_types::Position::new(4, 29));
    let chosen = serde_json::from_value(lenses[0]["command"].clone()).unwrap();
    assert_eq!(execute_command::answer(&snapshot, &chosen).unwrap().said, "no machine needs web");
    let unknown = serde_json::from_value(json!({ "command": "nixwright.other", "arguments": [] })).unwrap();
    assert!(execute_command::answer(&snapshot, &unknown).is_err());
    let folds = told(folding_range::answer(&snapshot, serde_json::from_value(of("network.nix")).unwrap()));
    assert_eq!((&folds[0]["startLine"], &folds[0]["endLine"]), (&json!(0), &json!(8)));
    let mut asked = of("network.nix");
    asked["positions"] = json!([{ "line": 7, "character": 3 }]);
    let ranges = told(folding_range::selections(&snapshot, serde_json::from_value(asked).unwrap()));
    assert_eq!(range(&ranges[0]["range"]), "7:2-4");
    assert!(ranges[0]["parent"]["parent"].is_object());
    let tokens = told(semantic_tokens::answer(&snapshot, serde_json::from_value(of("network.nix")).unwrap()));
    let numbers: Vec<u64> = tokens["data"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert!(numbers.len() > 40 && numbers.len().is_multiple_of(5));
    let legend = u64::try_from(semantic_tokens::legend().len()).unwrap();
    assert!(numbers.chunks(5).all(|it| it[3] < legend && it[2] > 0));
    // The comment in the first line, the one before `web`, then `web` itself: a machine.
    assert_eq!(numbers[..15], [1, 2, 29, 9, 0, 1, 2, 7, 9, 0, 0, 8, 3, 0, 0]);
}

#[test]
fn a_file_that_no_network_read_has_no_answers() {
    let snapshot = snapshot();
    let nothing = json!({});
    assert!(hover::answer(&snapshot, at("elsewhere.nix", (0, 0), &nothing)).is_none());
    assert!(completion::answer(&snapshot, at("elsewhere.nix", (0, 0), &nothing)).is_none());
    let asked = json!({ "newName": "x" });
    assert!(rename::answer(&snapshot, at("elsewhere.nix", (0, 0), &asked)).unwrap().is_none());
}

//! A session over real pipes, compared message by message: `fixtures/editor/session.jsonl`, which `UPDATE=1` writes anew.
//!
//! A line `file` is there before the session begins, `write` is written to disk in the middle of it, `client` is sent, and
//! `server` is what then comes. The folder of the network is `/net` in the fixture. After each notification the server is
//! asked for something, so that everything is there that follows from it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::session::Session;

/// The issue asks for so many.
const LEAST: usize = 60;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/editor/session.jsonl")
}

/// A message as the fixture shows it: the folder has its name there, objects are in order, and fingerprints are left out.
fn shown(value: &Value, folder: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(folder, "/net")),
        Value::Array(items) => items.iter().map(|it| shown(it, folder)).collect(),
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().filter(|it| *it != "jsonrpc").collect();
            keys.sort();
            let of =
                |key: &String| if key == "resultId" { json!("…") } else { shown(&object[key], folder) };
            keys.into_iter().map(|key| (key.replace(folder, "/net"), of(key))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn sent(value: &Value, folder: &str) -> Value {
    serde_json::from_str(&value.to_string().replace("/net", folder)).unwrap()
}

#[test]
fn a_session_goes_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let place = folder.to_str().unwrap();
    let text = std::fs::read_to_string(fixture()).unwrap();
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let write = |line: &Value, name: &str| {
        let path = folder.join(line[name].as_str().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, line["text"].as_str().unwrap()).unwrap();
    };
    for line in lines.iter().filter(|it| it.get("file").is_some()) {
        write(line, "file");
    }
    let mut session = Session::start(&folder);
    let (mut played, mut exchanges, mut ended) = (String::new(), 0, false);
    for line in lines.iter().filter(|it| it.get("server").is_none()) {
        played.push_str(&format!("{line}\n"));
        if line.get("write").is_some() {
            write(line, "write");
        }
        let Some(message) = line.get("client") else { continue };
        exchanges += 1;
        session.send(&sent(message, place));
        let mut said = Vec::new();
        if let Some(id) = message.get("id") {
            said = session.until(id);
            ended |= message["method"] == "shutdown";
        } else if message["method"] != "exit" && !ended {
            let id = json!(format!("after {exchanges}"));
            let uri = format!("file://{place}/network.nix");
            let params = json!({ "textDocument": { "uri": uri } });
            session.send(&json!({ "id": id, "method": "textDocument/diagnostic", "params": params }));
            said = session.until(&id);
            said.pop();
        }
        for message in said {
            played.push_str(&format!("{}\n", json!({ "server": shown(&message, place) })));
        }
    }
    session.send(&json!({ "method": "exit" }));
    assert_eq!(session.end(), Some(0));
    assert!(exchanges >= LEAST, "only {exchanges} exchanges");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(fixture(), &played).unwrap();
        return;
    }
    let differs =
        text.lines().zip(played.lines()).enumerate().find(|(_, (written, played))| written != played);
    if let Some((number, (written, played))) = differs {
        panic!("line {} (UPDATE=1 rewrites them):\nwritten: {written}\nplayed:  {played}", number + 1);
    }
    assert_eq!(text.lines().count(), played.lines().count(), "UPDATE=1 rewrites them");
}

#[test]
fn an_editor_that_hangs_up_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(folder.path());
    session.send(&json!({ "id": 1, "method": "initialize", "params": { "capabilities": {} } }));
    session.until(&json!(1));
    assert_eq!(session.end(), Some(0));
}

/// What a client is asked for where it can do more: it watches files, shows progress, and pulls diagnostics.
#[test]
fn a_client_that_can_more_is_asked_for_more() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::write(folder.join("network.nix"), "{ web.deployment.targetHost = \"\"; }").unwrap();
    let mut session = Session::start(&folder);
    let capabilities = json!({
        "general": { "positionEncodings": ["utf-8", "utf-16"] },
        "textDocument": { "diagnostic": {} },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
    });
    let root = format!("file://{}", folder.display());
    let params = json!({ "capabilities": capabilities, "rootUri": root });
    session.send(&json!({ "id": 1, "method": "initialize", "params": params }));
    let offered = session.until(&json!(1)).pop().unwrap();
    assert_eq!(offered["result"]["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(offered["result"]["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    session.send(&json!({ "method": "initialized", "params": {} }));
    let mut asked = Vec::new();
    while asked.len() < 2 {
        let message = session.next();
        asked.push(message["method"].as_str().unwrap().to_owned());
        session.send(&json!({ "id": message["id"], "result": null }));
    }
    asked.sort();
    assert_eq!(asked, ["client/registerCapability", "workspace/diagnostic/refresh"]);
    session
        .send(&json!({ "id": 2, "method": "workspace/diagnostic", "params": { "previousResultIds": [] } }));
    let report = session.until(&json!(2)).pop().unwrap();
    let file = &report["result"]["items"][0];
    assert_eq!(file["items"][0]["code"], "target-host-empty");
    let known = json!([{ "uri": file["uri"], "value": file["resultId"] }]);
    session.send(
        &json!({ "id": 3, "method": "workspace/diagnostic", "params": { "previousResultIds": known } }),
    );
    assert_eq!(session.until(&json!(3)).pop().unwrap()["result"]["items"][0]["kind"], "unchanged");
    session.send(&json!({ "id": 4, "method": "shutdown" }));
    session.until(&json!(4));
}

/// The lenses of one text follow from another one: a client that can be told so is.
#[test]
fn a_change_refreshes_what_other_texts_show() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let texts = [("network.nix", "{ web = import ./web.nix; db = { }; }"), ("web.nix", "{ }")];
    let mut session = Session::start(&folder);
    let capabilities = json!({ "workspace": { "codeLens": { "refreshSupport": true } } });
    let uri = |name: &str| format!("file://{}/{name}", folder.display());
    session.send(&json!({ "id": 1, "method": "initialize", "params": { "capabilities": capabilities } }));
    session.until(&json!(1));
    session.send(&json!({ "method": "initialized", "params": {} }));
    for (name, text) in texts {
        std::fs::write(folder.join(name), text).unwrap();
        let document = json!({ "uri": uri(name), "languageId": "nix", "version": 1, "text": text });
        session.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }));
    }
    let refreshed = |session: &mut Session| {
        let asked =
            std::iter::repeat_with(|| session.next()).find(|it| it["method"] == "workspace/codeLens/refresh");
        let id = asked.expect("the server goes on")["id"].clone();
        session.send(&json!({ "id": id, "result": null }));
    };
    refreshed(&mut session);
    let change = json!({
        "textDocument": { "uri": uri("web.nix"), "version": 2 },
        "contentChanges": [{ "text": "{ deployment.dependsOn = [ \"db\" ]; }" }],
    });
    session.send(&json!({ "method": "textDocument/didChange", "params": change }));
    refreshed(&mut session);
    let of = json!({ "textDocument": { "uri": uri("network.nix") } });
    session.send(&json!({ "id": 2, "method": "textDocument/codeLens", "params": of }));
    let lenses = session.until(&json!(2)).pop().unwrap();
    assert_eq!(lenses["result"][1]["command"]["title"], "db · 1 machine needs it");
}

//! The history: what was done to real machines, by whom, how long each step took, what was said, and why it failed.

use nixwright::plan::Plan;
use serde_json::Value;

use crate::deployer::Deployer;

const NETWORK: &str = r#"{
  defaults = { networking.firewall.allowedTCPPorts = [ 22 ]; environment.etc.tier.text = "one"; };
  db.deployment.keys.token.text = "s3cret";
  web.deployment.dependsOn = [ "db" ];
  off.deployment.targetHost = null;
}
"#;

fn json(deployer: &Deployer, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().chain(&["-d", "demo", "--json"]).copied().collect();
    serde_json::from_str(&deployer.nixwright(&words).ok()).expect("it is JSON")
}

fn step<'a>(run: &'a Value, id: &str) -> &'a Value {
    let steps = run["steps"].as_array().expect("a list of steps");
    steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("{id}: {run}"))
}

#[test]
fn runs_are_remembered_with_each_step() {
    let Some(deployer) = Deployer::with(&["db", "web"]) else { return };
    deployer.write("network.nix", NETWORK);
    let _ = deployer.create(&["network.nix"]);
    let _ =
        deployer.nixwright(&["run", "show", "last", "-d", "demo"]).expect_code(2).expect_said("no run yet");
    assert_eq!(json(&deployer, &["runs"])["runs"], serde_json::json!([]));
    let _ = deployer.deploy(&[]).expect_code(0);
    // What the machine ran is told from its own store, where the one here does not have it any more.
    let ran = deployer.running("db");
    let _ =
        deployer.sandbox.command(&["nix-store", "--delete", "--ignore-liveness", &ran]).run().expect_code(0);
    let breaks = NETWORK.replace(
        "web.deployment",
        "web.system.activationScripts.bad = \"echo it is '<b>'bad; exit 3\"; web.deployment",
    );
    deployer.write("network.nix", &breaks.replace("\"one\"", "\"two\""));
    let _ = deployer.deploy(&["--test"]).expect_code(6);

    let runs = json(&deployer, &["runs"]);
    let list = runs["runs"].as_array().expect("a list of runs");
    let facts: Vec<_> = list.iter().map(|run| (&run["kind"], &run["goal"], &run["outcome"])).collect();
    let word = |it: &str| Value::from(it);
    let (deploy, test, switch) = (word("deploy"), word("test"), word("switch"));
    assert_eq!(facts, [(&deploy, &test, &word("partly")), (&deploy, &switch, &word("succeeded"))]);
    assert!(list.iter().all(|run| run["machines"] == 2 && run["seconds"].as_f64() > Some(0.0)), "{runs}");
    assert_eq!(json(&deployer, &["runs", "--limit", "1"])["runs"].as_array().map(Vec::len), Some(1));
    let table = deployer.nixwright(&["runs", "--all"]).ok();
    assert!(table.contains("demo") && table.contains("deploy (test)") && table.contains("partly"), "{table}");

    // The one that failed: `last`, and by the beginning of its id, without the name of the deployment.
    let last = json(&deployer, &["run", "show", "last"]);
    let id = last["run"]["id"].as_str().expect("an id");
    let shown = deployer.nixwright(&["run", "show", &id[..13], "--json"]).ok();
    assert_eq!(serde_json::from_str::<Value>(&shown).ok().as_ref(), Some(&last));
    assert_eq!(last["machines"]["db"]["result"], "done");
    assert_eq!(last["machines"]["web"]["result"], "rolled-back");
    assert_eq!(last["machines"]["db"]["before"], ran);
    assert!(last["machines"]["db"]["packages"]["rebuilt"].is_array(), "{last}");
    assert_eq!(last["resumed"], serde_json::json!([]));
    assert!(last["leftOut"]["off"].as_str().is_some_and(|why| why.contains("targetHost")), "{last}");
    let failed = step(&last, "activate-system web");
    assert_eq!((&failed["result"], &failed["tries"]), (&word("undone"), &Value::from(1)));
    assert!(failed["seconds"].as_f64() > Some(0.0) && failed["undoSeconds"].as_f64().is_some(), "{failed}");
    assert!(
        failed["message"].as_str().is_some_and(|why| why.contains("activation script failed")),
        "{failed}"
    );
    let log = last["log"].as_array().expect("a list of lines");
    let says = |machine: &str, text: &str| {
        log.iter().any(|line| {
            line["machine"] == machine && line["text"].as_str().is_some_and(|it| it.contains(text))
        })
    };
    assert!(says("web", "it is <b>bad") && says("db", "copying closure..."), "{log:?}");
    assert!(log.iter().any(|line| line["machine"].is_null() && line["text"] == "evaluating the network..."));

    // The first one: every step with its time, in the order of the plan; the chain that took longest ends last.
    let first = list[1]["id"].as_str().expect("an id");
    let first = json(&deployer, &["run", "show", first]);
    let steps = first["steps"].as_array().expect("a list of steps");
    assert!(steps.iter().all(|step| step["ended"].is_string()), "{first}");
    assert_eq!(first["generation"], 1);
    let chain = first["criticalPath"].as_array().expect("a list of ids");
    assert_eq!(chain.last(), Some(&word("persist-system web")));
    for pair in chain.windows(2) {
        let after = &step(&first, pair[1].as_str().expect("an id"))["after"];
        assert!(after.as_array().is_some_and(|after| after.contains(&pair[0])), "{pair:?}");
    }
    let text = deployer.nixwright(&["run", "show", "last", "-d", "demo"]).ok();
    assert!(text.contains("web      rolled-back") && text.contains("activate-system web:\n"), "{text}");
    let said = deployer.nixwright(&["run", "show", "last", "-d", "demo", "--log"]).ok();
    assert!(said.contains("web> it is <b>bad\n"), "{said}");

    in_files(&deployer, &last);

    // No text of a key is anywhere in it.
    let whole = deployer.nixwright(&["export", "-d", "demo"]).ok();
    assert!(whole.contains("/run/keys/token") && !whole.contains("s3cret"), "{whole}");
    let exported: Value = serde_json::from_str(&whole).expect("it is JSON");
    let plan = exported["deployments"][0]["runs"][0]["plan"].as_str().expect("a text");
    assert!(Plan::from_json(plan).is_ok());
}

/// What is wrong with a document, by the schema that is published for it.
fn errors(format: &str, document: &Value) -> Vec<String> {
    let file = format!("{}/docs/formats/{format}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema = std::fs::read_to_string(file).expect("the schema is published");
    let schema = serde_json::from_str(&schema).expect("a schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("it is a schema");
    schema.iter_errors(document).map(|it| format!("{}: {it}", it.instance_path())).collect()
}

/// What is shown goes into files: whole, or not at all; and a file that cannot be written is no reason to print elsewhere.
fn in_files(deployer: &Deployer, last: &Value) {
    let home = deployer.sandbox.home();
    let read = |name: &str| std::fs::read_to_string(home.join(name)).expect("it was written");
    let show =
        |more: &[&str]| deployer.nixwright(&[&["run", "show", "last", "-d", "demo"][..], more].concat());
    deployer.write("run.json", "what was there before");
    // How the run ended is in what is shown; that it can be shown is success.
    for (format, file) in [("html", "run.html"), ("json", "run.json"), ("human", "run.txt")] {
        let run = show(&["--format", format, "-o", file]).expect_code(0);
        assert!(run.stdout.is_empty(), "{}", run.report());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(home.join(file)).expect("it was written").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let document: Value = serde_json::from_str(&read("run.json")).expect("it is JSON");
    assert_eq!((&document, errors("run-show", &document)), (last, Vec::new()));
    assert!(read("run.html").starts_with("<!doctype html>\n") && read("run.html").ends_with("</html>\n"));
    assert!(read("run.txt").starts_with("Run: "));
    let runs = json(deployer, &["runs"]);
    assert_eq!(errors("runs", &runs), Vec::<String>::new());

    // The same for a plan, and for what is not written.
    let plan =
        deployer.nixwright(&["plan", "-d", "demo", "--format", "html", "-o", "plan.html"]).expect_code(0);
    assert!(plan.stdout.is_empty() && read("plan.html").contains("id=\"story\""), "{}", plan.report());
    deployer.write("kept", "what was there before");
    for (file, why) in
        [("nowhere/run.html", "No such file"), ("kept/run.html", "Not a directory"), (".", "directory")]
    {
        let run = show(&["--format", "html", "-o", file])
            .expect_code(2)
            .expect_said(&format!("could not write {file}"));
        assert!(run.stderr.contains(why) && run.stdout.is_empty(), "{}", run.report());
    }
    assert_eq!(read("kept"), "what was there before");
    let left = std::fs::read_dir(home).expect("the home can be read").flatten();
    let left: Vec<_> =
        left.map(|it| it.file_name()).filter(|it| it.to_string_lossy().starts_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");

    // What differs, for people and for programs; that something does is no failure.
    let text = deployer.nixwright(&["diff", "-d", "demo"]).ok();
    assert!(text.contains("web") && text.contains("system"), "{text}");
    let found = json(deployer, &["diff"]);
    assert_eq!((&found["changes"], errors("diff", &found)), (&Value::Bool(true), Vec::new()));
    let _ =
        deployer.nixwright(&["diff", "-d", "demo", "--on", "wep"]).expect_code(2).expect_said("did you mean");
}

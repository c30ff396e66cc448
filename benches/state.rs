//! What commands on a large state cost beyond the start of a process: 10,000 machines and 1,000 runs with all their steps and
//! lines, in a file of SQLite and on a real PostgreSQL server.
//!
//! `cargo bench --bench state`. The state is made by `import`, which is measured, too; what `export` gives back must be what was
//! imported. Says what it measured, and fails on no time. Where PostgreSQL is not installed, it says so.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark measures the real machine"
)]

#[path = "../tests/support/postgres.rs"]
#[expect(dead_code, reason = "the tests of the state also have a server die and come back")]
mod postgres;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nixwright::MachineName;
use nixwright::nix::StorePath;
use nixwright::plan::{self, Address, Goal, Plan, Rollout, Wanted};
use serde_json::{Value, json};

const MACHINES: usize = 10_000;
const RUNS: usize = 1_000;

/// Machines of one run; every run is about others.
const MACHINES_OF_A_RUN: usize = 10;
const GENERATIONS: usize = 3;

/// What was promised: a look beyond the start of a process, and a transfer.
const LOOK: Duration = Duration::from_millis(100);
const TRANSFER: Duration = Duration::from_secs(5);

/// Looks are short, so that the least of several is measured: other work of the computer only adds to them.
const TIMES: usize = 9;

const DEPLOYMENT: &str = "0190f3c2-0000-4000-8000-000000000001";

fn main() {
    let folder = tempfile::tempdir().expect("there is room for a state");
    let export = folder.path().join("export.json");
    std::fs::write(&export, document()).expect("there is room for an export");
    let size = std::fs::metadata(&export).expect("it was written").len();
    println!(
        "{MACHINES} machines, {RUNS} runs of {MACHINES_OF_A_RUN} machines each; {} MB of JSON",
        size >> 20
    );

    let file = folder.path().join("state.sqlite");
    measure("SQLite", &file.display().to_string(), folder.path());
    match postgres::TestServer::start() {
        Some(mut server) => {
            measure("PostgreSQL", &server.url(), folder.path());
            server.kill();
        }
        None => println!("PostgreSQL is not installed"),
    }
}

fn measure(backend: &str, state: &str, folder: &Path) {
    println!("\n{backend:<22} {:>12} {:>12} {:>12}", "", "promised", "of that");
    let nixwright = |words: &[&str]| timed(folder, state, words);
    let start = (0..TIMES).map(|_| nixwright(&["--version"]).0).min().expect("it was started");
    show("start of a process", start, None);

    let (took, _) = nixwright(&["import", "export.json"]);
    show("import", took.saturating_sub(start), Some(TRANSFER));
    let (took, text) = nixwright(&["export", "--all", "--include-keys"]);
    show("export", took.saturating_sub(start), Some(TRANSFER));
    let original = std::fs::read(folder.join("export.json")).expect("it was written");
    assert!(text == original, "what comes out is not what went in");

    let looks: [&[&str]; 9] = [
        &["list"],
        &["list", "--json"],
        &["info", "-d", "large"],
        &["info", "-d", "large", "--json"],
        &["info", "-d", "large", "--plain"],
        &["runs", "-d", "large"],
        &["runs", "--all", "--json"],
        &["runs", "-d", "large", "--limit", "20"],
        &["run", "show", "last", "-d", "large"],
    ];
    for words in looks {
        let least = (0..TIMES).map(|_| nixwright(words).0).min().expect("it was started");
        show(&words.join(" ").replace(" -d large", ""), least.saturating_sub(start), Some(LOOK));
    }
}

fn show(what: &str, took: Duration, promised: Option<Duration>) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let promise = promised.map_or_else(String::new, |promised| {
        let share = took.as_secs_f64() / promised.as_secs_f64();
        format!("{:>9.0} ms {share:>12.2}", milliseconds(promised))
    });
    println!("{what:<22} {:>9.1} ms {promise}", milliseconds(took));
}

/// Runs the program, and returns how long that took and what it printed.
fn timed(folder: &Path, state: &str, words: &[&str]) -> (Duration, Vec<u8>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixwright"));
    command.args(words).current_dir(folder).env("NIXWRIGHT_STATE", state).env_remove("NIXWRIGHT_DEPLOYMENT");
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().expect("the program is there");
    let took = begun.elapsed();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    (took, output.stdout)
}

/// The state as `export` would print it.
fn document() -> String {
    let system = |machine: usize| format!("/nix/store/{}-nixos-system-machine-{machine:05}", "a".repeat(32));
    let time = |second: usize| {
        let second = 1_793_000_000 + i64::try_from(second).expect("it is small");
        jiff::Timestamp::from_second(second).expect("it is a time").to_string()
    };
    let machines = (0..MACHINES).map(|machine| {
        json!({
            "name": format!("machine-{machine:05}"),
            "recorded": "2026-11-01T00:00:00Z",
            "stateVersion": "25.11",
            "address": { "host": format!("machine-{machine:05}.example.org"), "port": null, "user": "root" },
            "hostKeys": [format!("ssh-ed25519 {}", "A".repeat(68)), format!("ssh-rsa {}", "B".repeat(372))],
            "publicKey": format!("ssh-ed25519 {} nixwright", "A".repeat(68)),
            "privateKey": format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n", "k".repeat(380)),
            "keyDeployed": true,
            "system": system(machine),
            "generation": GENERATIONS,
        })
    });
    let runs: Vec<Value> = (0..RUNS).map(|run| run_of(run, &time)).collect();
    let generations = (1..=GENERATIONS).map(|number| {
        let machines: BTreeMap<String, Value> = (0..MACHINES)
            .map(|it| (format!("machine-{it:05}"), json!({ "system": system(it), "derivation": null })))
            .collect();
        json!({
            "number": number, "run": runs[number]["id"], "created": time(number * 3_600), "user": "alice",
            "host": "desk", "revision": null, "description": "large", "machines": machines,
        })
    });
    let document = json!({ "version": 3, "deployments": [{
        "uuid": DEPLOYMENT, "name": "large", "description": "a large network",
        "source": { "kind": "files", "files": ["/networks/large.nix"] },
        "arguments": {}, "nixPath": [], "created": "2026-11-01T00:00:00Z", "lastGeneration": GENERATIONS,
        "nixops": null,
        "machines": machines.collect::<Vec<_>>(),
        "generations": generations.collect::<Vec<_>>(),
        "runs": runs,
    }] });
    format!("{document:#}\n")
}

fn run_of(run: usize, time: &impl Fn(usize) -> String) -> Value {
    let plan = plan_of(run);
    let started = time(run * 3_600);
    let steps = plan.steps.iter().flat_map(|planned| [(planned, "started"), (planned, "succeeded")]);
    let journal = (1..).zip(steps).map(|(sequence, (planned, event))| {
        let machine = planned.step.machine().map(ToString::to_string);
        json!({
            "sequence": sequence, "step": planned.id.as_str(), "event": event, "machine": machine,
            "message": "", "output": null, "at": started, "fence": run + 1,
        })
    });
    let log = plan.machines.keys().flat_map(|machine| {
        [
            "copying closure...",
            "activating the configuration...",
            "setting up /etc...",
            "activation finished successfully",
        ]
        .map(|text| json!({ "at": started, "machine": machine.as_str(), "warning": false, "text": text }))
    });
    json!({
        "id": uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &run.to_be_bytes()).to_string(),
        "kind": "deploy", "user": "alice", "host": "desk", "process": 1,
        "started": started, "ended": started, "outcome": "succeeded", "resumed": [],
        "planVersion": plan::VERSION, "plan": plan.to_json(),
        "journal": journal.collect::<Vec<_>>(),
        "scope": { "goal": plan.goal.as_str(), "machines": plan.machines.len(), "leftOut": {}, "changes": null },
        "log": log.collect::<Vec<_>>(),
    })
}

/// The plan of a deploy of the whole way, each machine after the one before it.
fn plan_of(run: usize) -> Plan {
    let machines = (0..MACHINES_OF_A_RUN).map(|at| {
        let machine = (run * MACHINES_OF_A_RUN + at) % MACHINES;
        let path = |end: &str| {
            let path = format!("/nix/store/{}-nixos-system-machine-{machine:05}{end}", "a".repeat(32));
            StorePath::new(path).expect("it is a store path")
        };
        let mut wanted = Wanted::new(Address::new(format!("machine-{machine:05}.example.org")), path(""));
        wanted.derivation = Some(path(".drv"));
        wanted.always_activate = true;
        if at > 0 {
            wanted.needs = [MachineName::new(format!("machine-{:05}", machine - 1))].into();
        }
        (MachineName::new(format!("machine-{machine:05}")), wanted)
    });
    let deployment = DEPLOYMENT.parse().expect("it is a UUID");
    plan::make(deployment, Goal::Switch, machines.collect(), Rollout::default()).expect("there is no cycle")
}

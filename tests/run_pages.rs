//! The pages of runs and plans in a real browser, for networks of every size: runs that are made up, from plans that are real.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nixwright::MachineName;
use nixwright::execute::{SavedPlan, Story};
use nixwright::network::{HealthCheck, HealthQuestion, Reboot, UploadAt};
use nixwright::nix::StorePath;
use nixwright::plan::{
    self, Address, Changes, Foreseen, Goal, PackageChanges, Plan, Rollout, SizedPath, Wanted,
};
use nixwright::report::story::{plan_page, run_page};
use nixwright::state::{
    DeploymentId, Event, JournalEntry, LogLine, Outcome, Run, RunId, RunKind, RunRecord, Scope,
};
use uuid::Uuid;

use crate::browser;

/// When the made up runs begin, in seconds.
const BEGIN: i64 = 1_795_349_393;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

fn path(name: &str, digit: char) -> StorePath {
    let path = format!("/nix/store/{}-{name}", digit.to_string().repeat(32));
    StorePath::new(path).expect("it is a store path")
}

/// A shop of so many machines: web servers need an application, which needs a database.
fn names(count: usize) -> Vec<(String, Vec<String>)> {
    let part = (count / 3).max(1);
    let name = |at: usize| match at {
        at if at < part => format!("db-{at:03}"),
        at if at < 2 * part => format!("app-{:03}", at - part),
        at => format!("web-{:03}", at - 2 * part),
    };
    let needs = |at: usize| if at < part { Vec::new() } else { vec![name((at - part) % (2 * part))] };
    (0..count).map(|at| (name(at), needs(at))).collect()
}

fn planned(machines: &[(String, Vec<String>)]) -> Plan {
    let wanted = machines.iter().enumerate().map(|(at, (name, needs))| {
        let label = format!("nixos-system-{at}-26.05");
        let mut wanted =
            Wanted::new(Address::new(format!("10.0.{}.{}", at / 250, at % 250)), path(&label, 'b'));
        wanted.derivation = Some(path(&format!("{label}.drv"), 'c'));
        wanted.observed.current_system = Some(path(&format!("nixos-system-{at}-25.11"), 'a'));
        wanted.needs = needs.iter().map(MachineName::new).collect();
        let question = HealthQuestion::Tcp { host: None, port: 5432 };
        if needs.is_empty() {
            wanted.keys = Some(vec![(UploadAt::PreActivation, "/run/keys/token".to_owned())]);
            wanted.checks = vec![HealthCheck {
                description: "answers".to_owned(),
                period: 1,
                timeout: 5,
                retries: 5,
                question,
            }];
        }
        if at % 7 == 3 {
            wanted.reboot = Reboot::WhenNeeded;
        }
        (MachineName::new(name), wanted)
    });
    plan::make(Uuid::nil(), Goal::Switch, wanted.collect(), Rollout::default()).expect("there is no circle")
}

/// Which packages change on a machine.
fn changes(plan: &Plan) -> BTreeMap<MachineName, Changes> {
    let closure = |paths: &[(char, &str)]| -> Vec<SizedPath> {
        paths.iter().map(|(digit, name)| (path(name, *digit), 41_000_000)).collect()
    };
    let of = |at: usize| {
        let before =
            closure(&[('a', "nginx-1.26.1"), ('a', "openssl-3.3.1"), ('a', "curl-8.9.0"), ('a', "etc")]);
        let mut after =
            closure(&[('b', "nginx-1.28.0"), ('b', "openssl-3.3.2"), ('b', "etc"), ('b', "htop-3.4")]);
        after.truncate(2 + at % 3);
        let packages = PackageChanges::between(&before, &after);
        Changes { packages: Foreseen::Known(packages), ..Changes::unknown("nobody looked") }
    };
    plan.machines.keys().enumerate().map(|(at, machine)| (machine.clone(), of(at))).collect()
}

/// A run of a plan in which one machine fails, goes back, and takes those with it that need it.
fn story(plan: &Plan, fails: &str) -> Story {
    let mut dice = Dice(7);
    let at =
        |milliseconds: i64| Timestamp::from_millisecond(BEGIN * 1000 + milliseconds).expect("it is a time");
    let mut journal: Vec<(i64, usize, Event, String)> = Vec::new();
    let mut log: Vec<(i64, LogLine)> = Vec::new();
    let mut ends: Vec<Option<i64>> = Vec::new();
    let mut places: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut lost: BTreeSet<MachineName> = BTreeSet::new();
    let mut last = 0;
    for (number, planned) in plan.steps.iter().enumerate() {
        let (kind, machine) = (planned.step.kind(), planned.step.machine().cloned());
        let before: Option<Vec<i64>> = planned.after.iter().map(|at| ends[*at]).collect();
        let of_lost = machine.as_ref().is_some_and(|it| lost.contains(it));
        let (Some(before), false) = (before, of_lost) else {
            lost.extend(machine);
            ends.push(None);
            journal.push((last, number, Event::Skipped, format!("`{fails}` failed")));
            continue;
        };
        let places = places.entry(kind.name).or_insert_with(|| vec![0; kind.limit.min(12)]);
        let free = (0..places.len()).min_by_key(|at| places[*at]).expect("there is one");
        let begun = before.into_iter().max().unwrap_or(1_200).max(places[free]);
        let took = match kind.name {
            "build-closure" => 9_000 + dice.up_to(60_000),
            "copy-closure" => 2_000 + dice.up_to(25_000),
            "activate-system" => 3_000 + dice.up_to(9_000),
            "reboot-machine" if machine.as_ref().is_some_and(|it| it.as_str().len() % 2 == 0) => 40,
            "reboot-machine" => 26_000 + dice.up_to(14_000),
            "check-health" | "check-health-again" => 800 + dice.up_to(5_000),
            name if name.starts_with("await") => 3,
            _ => 150 + dice.up_to(900),
        };
        let end = begun + i64::try_from(took).expect("it is small");
        places[free] = end;
        last = last.max(end);
        journal.push((begun, number, Event::Started, String::new()));
        let says = |text: &str| LogLine {
            at: at(begun + 20),
            machine: machine.as_ref().map(ToString::to_string),
            warning: false,
            text: text.to_owned(),
        };
        let is_lost =
            kind.name == "activate-system" && machine.as_ref().is_some_and(|it| it.as_str() == fails);
        if machine.is_some() {
            let text = match kind.name {
                "copy-closure" => "copying 41 missing paths...",
                "activate-system" => "activating the configuration...",
                name => name,
            };
            log.push((begun, says(text)));
        }
        if is_lost {
            let why = "could not activate the system\n  Job for postgresql.service failed because the control process exited with error code.\n  postgresql.service: Main process exited, code=exited, status=1/FAILURE";
            log.push((
                end,
                LogLine { warning: true, ..says("warning: the following units failed: postgresql.service") },
            ));
            journal.push((end, number, Event::Failed, why.to_owned()));
            journal.push((end + 5, number, Event::UndoStarted, String::new()));
            journal.push((end + 6_400, number, Event::Undone, String::new()));
            last = last.max(end + 6_400);
            lost.extend(machine);
            ends.push(None);
        } else {
            journal.push((end, number, Event::Succeeded, String::new()));
            ends.push(Some(end));
        }
    }
    journal.sort_by_key(|it| it.0);
    log.sort_by_key(|it| it.0);
    let entry = |(sequence, (time, step, event, message)): (u64, (i64, usize, Event, String))| JournalEntry {
        sequence,
        step: plan.steps[step].id.as_str().to_owned(),
        event,
        machine: None,
        message,
        output: (event == Event::Succeeded).then(|| r#"{"copied":41,"bytes":183500800}"#.to_owned()),
        at: at(time),
        fence: 1,
    };
    let record = RunRecord {
        id: RunId(Uuid::from_u128(0x3f6c_1e97_0000_4000_8000_0000_0000_0001)),
        deployment: DeploymentId(Uuid::nil()),
        kind: RunKind::Deploy,
        user: "alice".to_owned(),
        host: "desk".to_owned(),
        process: 1,
        started: at(0),
        ended: Some(at(last + 600)),
        outcome: Some(if lost.is_empty() { Outcome::Succeeded } else { Outcome::Partly }),
        goal: Some("switch".to_owned()),
        machines: Some(plan.machines.len() as u64),
    };
    let changes = serde_json::to_string(&changes(plan)).expect("they are JSON");
    let left_out = BTreeMap::from([("spare".to_owned(), "its `deployment.targetHost` is null".to_owned())]);
    let scope = Scope { goal: "switch".to_owned(), machines: 0, left_out, changes: Some(changes) };
    let run = Run {
        record,
        plan_version: plan::VERSION,
        plan: plan.to_json(),
        resumed: Vec::new(),
        journal: (1..).zip(journal).map(entry).collect(),
    };
    Story::new(run, scope, log.into_iter().map(|it| it.1).collect(), false).expect("the plan can be read")
}

/// The plan as a file of plans has it.
fn saved(plan: &Plan, title: &str) -> SavedPlan {
    let file = serde_json::json!({
        "format": "nixwright-plan", "version": 1, "id": plan.id(), "made": "2026-11-23T08:00:00Z", "title": title,
        "wishes": { "on": null, "policy": {}, "noKeys": false, "reboot": "never", "rebootWithin": 600, "nixOptions": [] },
        "state": { "run": null, "generation": null }, "hostKeys": {}, "leftOut": {}, "changes": changes(plan),
        "plan": serde_json::from_str::<serde_json::Value>(&plan.to_json()).expect("a plan is JSON"),
    });
    serde_json::from_value(file).expect("it has the form of a plan")
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("the folder can be written");
    file
}

#[test]
fn pages_are_clicked_searched_and_looked_at() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = std::env::var_os("PAGES").map_or_else(|| folder.path().to_owned(), PathBuf::from);
    let mut files = Vec::new();
    for (count, fails) in [(3, "db-000"), (30, "app-004"), (200, "db-011")] {
        let plan = planned(&names(count));
        files.push(write(&folder, &format!("run-{count}.html"), &run_page(&story(&plan, fails), "shop")));
    }
    let many = planned(&names(30));
    files.push(write(&folder, "plan-30.html", &plan_page(&saved(&many, "shop"))));
    // Names that want to be something else. Each is a machine of its own here.
    let hostile =
        ["</script><script>alert(1)</script>", "\"quoted\" & 'so' <b>", "größe.Ω.例", &"x".repeat(200)];
    let hostile: Vec<(String, Vec<String>)> =
        hostile.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
    let plan = planned(&hostile);
    let page = run_page(&story(&plan, &hostile[0].0), "<img src=x onerror=alert(1)>");
    files.push(write(&folder, "hostile.html", &page));
    let large = run_page(&story(&planned(&names(2_000)), "db-011"), "shop");
    assert!(large.len() < 2_000_000, "the page of 2,000 machines has {} bytes", large.len());
    files.push(write(&folder, "run-2000.html", &large));
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let _ = browser::story("run.mjs", &files);
}

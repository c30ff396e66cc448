//! Runs that are broken off, wherever that may be, and brought to their end by `resume`: the deployer is killed after each
//! line of its journal, interrupted once and twice, and the machines go on meanwhile as they will.

use std::path::Path;
use std::time::{Duration, Instant};

use nixwright::state::{Event, Outcome, Run, State};
use nixwright::system::System;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use tokio::runtime::Runtime;

use crate::deployer::Deployer;
use crate::failures::{SLOW, deployed_then, is_on, wait_for};
use crate::support::run::Running;
use crate::support::sandbox::Fault;

const MACHINES: [&str; 3] = ["db", "app", "web"];

const NETWORK: &str = r#"{
  defaults.environment.etc.tier.text = "one";
  db = { };
  app.deployment.dependsOn = [ "db" ];
  web.deployment.dependsOn = [ "app" ];
}
"#;

/// The journal of a deployer, from outside of it.
struct Journal {
    runtime: Runtime,
    connection: SqliteConnection,
}

/// A statement that never ends, where a journal is about to grow longer than it is to be.
const HOLD: &str = "CREATE VIEW forever AS WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT x FROM n; \
     CREATE TRIGGER hold BEFORE INSERT ON journal WHEN NEW.sequence > LINES BEGIN SELECT count(*) FROM forever; END;";

/// Longer than a commit takes on a busy disk.
const HELD: Duration = Duration::from_millis(400);

impl Journal {
    fn of(state: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let options = SqliteConnectOptions::new().filename(state).busy_timeout(Duration::ZERO);
        let connection = runtime.block_on(options.connect()).expect("the state can be opened");
        Self { runtime, connection }
    }

    fn execute(&mut self, statements: &str) -> bool {
        let statements = sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()));
        self.runtime.block_on(statements.execute(&mut self.connection)).is_ok()
    }

    /// How many lines the journal of the newest run has.
    fn lines(&mut self) -> u64 {
        let query = "SELECT count(*) AS lines FROM journal WHERE run = \
                     (SELECT id FROM runs ORDER BY started_at DESC LIMIT 1)";
        let row = self.runtime.block_on(sqlx::query(query).fetch_one(&mut self.connection));
        let lines: i64 = row.expect("the journal can be read").get("lines");
        lines.try_into().expect("a count is not negative")
    }

    /// Whether somebody else is writing.
    fn is_held(&mut self) -> bool {
        let free = self.execute("BEGIN IMMEDIATE");
        if free {
            assert!(self.execute("ROLLBACK"), "what was begun can be ended");
        }
        !free
    }

    /// Kills the deployer as soon as the journal of its run has so many lines, at the latest when it is about to write
    /// more. A few lines that are written together are there together or not at all. False where the run ended before.
    fn kill_after(&mut self, lines: u64, start: impl FnOnce() -> Running) -> bool {
        let before = if self.runs() == 0 { 0 } else { self.lines() };
        assert!(self.execute(&HOLD.replace("LINES", &lines.to_string())), "the journal can be held");
        let runs = self.runs();
        let running = start();
        let mut held_since = None;
        let killed = loop {
            if running.has_ended() {
                break false;
            }
            let is_ours = self.runs() > runs || before < lines;
            if is_ours && self.runs() > 0 && self.lines() >= lines && (self.runs() > runs || before > 0) {
                break true;
            }
            match (self.is_held(), held_since) {
                (false, _) => held_since = None,
                (true, None) => held_since = Some(Instant::now()),
                (true, Some(since)) if since.elapsed() > HELD => break true,
                (true, Some(_)) => {}
            }
            // A core for the deployer.
            std::thread::sleep(Duration::from_millis(1));
        };
        if killed {
            running.signal("KILL");
        }
        let _ = running.wait();
        assert!(self.execute("DROP TRIGGER hold; DROP VIEW forever;"), "the journal can be let go");
        killed
    }

    fn runs(&mut self) -> i64 {
        let row = sqlx::query("SELECT count(*) AS runs FROM runs").fetch_one(&mut self.connection);
        self.runtime.block_on(row).expect("the runs can be read").get("runs")
    }

    /// The newest run.
    fn newest(&mut self, state: &Path) -> Run {
        let state = state.display().to_string();
        self.runtime.block_on(async {
            let state = State::open(&System::os(), Some(&state)).await.expect("the state is there");
            let newest = state.runs(None).await.expect("the runs can be read").remove(0);
            let run = state.run(newest.id).await.expect("the run can be read");
            state.close().await;
            run
        })
    }
}

fn started() -> Option<Deployer> {
    let deployer = Deployer::with(&MACHINES)?;
    deployer.write("network.nix", NETWORK);
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    Some(deployer)
}

/// What each machine runs, from its console; it must boot that, too, and nothing may be left that would take it back.
fn settled(deployer: &Deployer) -> Vec<String> {
    let look = "[ ! -e /run/nixwright/guard ] && readlink -f /run/current-system && readlink -f /nix/var/nix/profiles/system";
    let of_machine = |machine: &&str| {
        let seen = deployer.sandbox.console(machine, &["/bin/sh", "-c", look]).ok();
        let (runs, boots) = seen.split_once('\n').expect("two links were read");
        assert_eq!(runs, boots, "{machine} boots what it runs");
        runs.to_owned()
    };
    MACHINES.iter().map(of_machine).collect()
}

/// The systems of the newest generation, and its number.
fn newest_generation(deployer: &Deployer) -> (u64, Vec<String>) {
    let text = deployer.nixwright(&["list-generations", "-d", "demo", "--json"]).ok();
    let all: serde_json::Value = serde_json::from_str(&text).expect("generations are JSON");
    let newest = all["generations"].as_array().and_then(|all| all.last()).expect("there is one");
    let system = |machine: &&str| newest["machines"][machine]["system"].as_str().unwrap_or("").to_owned();
    (newest["number"].as_u64().expect("a number"), MACHINES.iter().map(system).collect())
}

/// Kills a deploy after each of these lines of its journal, and resumes it; returns how many lines it has at most.
fn kill_after_lines(first: u64, step: usize) {
    let Some(deployer) = started() else { return };
    let mut systems = vec![settled(&deployer)];
    deployer.write("network.nix", &NETWORK.replace("\"one\"", "\"two\""));
    let _ = deployer.deploy(&[]).expect_code(0);
    systems.push(settled(&deployer));
    let state = deployer.state();
    let mut journal = Journal::of(&state);
    let whole = journal.lines();
    assert!(whole > 20, "{whole} lines");

    for (round, line) in (first..=whole).step_by(step).enumerate() {
        let text = if round % 2 == 0 { "\"one\"" } else { "\"two\"" };
        deployer.write("network.nix", &NETWORK.replace("\"one\"", text));
        let runs = journal.runs();
        let killed = journal.kill_after(line, || deployer.command(&["deploy", "-d", "demo"]).start());
        assert!(killed || line == whole, "line {line} was not reached");
        let begun = journal.runs() > runs;
        // The one that resumes may be killed, too.
        if begun && round % 3 == 1 {
            let _ = journal.kill_after(line + 3, || deployer.command(&["resume", "-d", "demo"]).start());
        }
        let run = journal.newest(&state);
        if !begun {
            // Killed before the plan was stored: there is nothing that could be resumed.
            let _ = deployer.deploy(&[]).expect_code(0);
        } else if run.record.outcome == Some(Outcome::Succeeded) {
            let _ =
                deployer.nixwright(&["resume", "-d", "demo"]).expect_code(2).expect_said("nothing to resume");
        } else {
            let _ = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(0);
        }

        let shown = |run: &Run| {
            let lines = run.journal.iter().map(|it| format!("{} {} ({})", it.step, it.event, it.fence));
            format!("killed after line {line}:\n{}", lines.collect::<Vec<_>>().join("\n"))
        };
        let run = journal.newest(&state);
        assert_eq!(run.record.outcome, Some(Outcome::Succeeded), "{}", shown(&run));
        assert_eq!(journal.runs(), runs + 1, "one run, however often it was broken off");
        let mut last = std::collections::BTreeMap::new();
        for entry in &run.journal {
            let _ = last.insert(entry.step.clone(), entry.event);
        }
        assert!(last.values().all(|it| *it == Event::Succeeded), "{}", shown(&run));
        assert_eq!(last.len() * 2, usize::try_from(whole).expect("few lines"), "every step: {}", shown(&run));
        assert_eq!(settled(&deployer), systems[round % 2], "{}", shown(&run));
        let (number, generation) = newest_generation(&deployer);
        let rounds = u64::try_from(round).expect("few rounds");
        assert_eq!((number, &generation), (3 + rounds, &systems[round % 2]), "{}", shown(&run));
    }
}

#[test]
fn a_deployer_that_is_killed_after_an_odd_line_is_resumed() {
    kill_after_lines(1, 2);
}

#[test]
fn a_deployer_that_is_killed_after_an_even_line_is_resumed() {
    kill_after_lines(2, 2);
}

#[test]
fn an_interrupt_begins_nothing_new_and_resume_goes_on() {
    let Some(deployer) = started() else { return };
    let before = settled(&deployer);
    deployer.write(
        "network.nix",
        &NETWORK.replace("db = { }", &format!("db = {{ {SLOW} }}")).replace("\"one\"", "\"two\""),
    );
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("INT");
    wait_for(&run, "finishing the activations that run");
    let _ = deployer.sandbox.console("db", &["touch", "/tmp/go"]).ok();
    let _ = run.wait().expect_code(130).expect_said("skipped");
    let now = settled(&deployer);
    assert_ne!(now[0], before[0], "what ran was finished");
    assert_eq!(now[1..], before[1..], "nothing new was begun");

    let run = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(0).expect_said("it is done already");
    assert!(!run.stderr.contains("db.> activating"), "db keeps what it has: {}", run.report());
    let after = settled(&deployer);
    assert_eq!(after[0], now[0]);
    assert!(after[1] != before[1] && after[2] != before[2]);
    assert_eq!(newest_generation(&deployer), (3, after), "one of what was finished, one of all");
    let again = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(2);
    let _ = again.expect_said("there is nothing to resume: the deploy of ").expect_said("succeeded");
}

#[test]
fn a_second_interrupt_cuts_and_resume_goes_on() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", "5"]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("INT");
    wait_for(&run, "finishing the activations that run");
    run.signal("INT");
    let _ = run.wait().expect_code(130).expect_said("goes back to its earlier system by itself");
    // It is still in the middle: what is begun again waits until it is back, if it goes back.
    let resumed = deployer.command(&["resume", "-d", "demo"]).start();
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let _ = resumed.wait().expect_code(0);
    assert_ne!(deployer.running("web"), system);
    is_on(&deployer, &deployer.running("web"));
}

#[test]
fn a_machine_that_went_back_meanwhile_is_activated_again() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", "5"]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("KILL");
    let _ = run.wait();
    deployer.sandbox.fault("web", Fault::Power);
    // Waits until it answers.
    deployer.sandbox.fault("web", Fault::On);
    is_on(&deployer, &system);
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let _ = deployer
        .nixwright(&["resume", "-d", "demo"])
        .expect_code(0)
        .expect_said("its activation is begun again");
    assert_ne!(deployer.running("web"), system);
    is_on(&deployer, &deployer.running("web"));
}

#[test]
fn a_new_deploy_says_what_was_broken_off_and_waits_for_what_goes_on() {
    let Some((deployer, system)) = deployed_then(SLOW) else { return };
    let run = deployer.command(&["deploy", "-d", "demo", "--confirm-timeout", "2"]).start();
    wait_for(&run, "activating the configuration...");
    run.signal("KILL");
    let _ = run.wait();
    let second = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&second, "waiting for the end of an activation that an earlier run has begun");
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let _ = second
        .wait()
        .expect_code(0)
        .expect_said("did not come to its end; `nixwright resume` would bring it there");
    assert_ne!(deployer.running("web"), system);
    is_on(&deployer, &deployer.running("web"));
    // The earlier run is none of today's any more.
    let _ = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(2).expect_said("nothing to resume");
}

#[test]
fn a_rollback_that_was_cut_off_is_resumed() {
    let Some((deployer, system)) = deployed_then("environment.etc.x.text = \"x\";") else { return };
    let _ = deployer.deploy(&[]).expect_code(0);
    let state = deployer.state();
    let mut journal = Journal::of(&state);
    let killed = journal.kill_after(5, || deployer.command(&["rollback", "-d", "demo"]).start());
    assert!(killed);
    let _ = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(0);
    is_on(&deployer, &system);
    let facts = deployer.facts();
    assert_eq!(facts["machines"][0]["system"], system.as_str());
    let list = deployer.nixwright(&["list-generations", "-d", "demo"]).ok();
    assert_eq!(list.lines().filter(|line| line.contains("(current)")).count(), 1);
    assert!(
        list.lines().any(|line| line.trim_start().starts_with('1') && line.contains("(current)")),
        "{list}"
    );
}

#[test]
fn keys_that_are_still_to_be_sent_are_read_again() {
    let keys = "deployment.keys.early.text = \"first secret\"; \
                deployment.keys.late = { text = \"second secret\"; uploadAt = \"post-activation\"; };";
    let Some((deployer, _)) = deployed_then(keys) else { return };
    let state = deployer.state();
    let mut journal = Journal::of(&state);
    // Built, copied, through the gate, and the early keys are there.
    let killed = journal.kill_after(8, || deployer.command(&["deploy", "-d", "demo"]).start());
    assert!(killed);
    let _ = deployer
        .nixwright(&["resume", "-d", "demo"])
        .expect_code(0)
        .expect_said("keys that are still to be sent");
    assert_eq!(
        deployer.on("web", &["cat", "/run/keys/early", "/run/keys/late"]).ok(),
        "first secretsecond secret"
    );
    let run = journal.newest(&state);
    let told: String = run.journal.iter().map(|entry| format!("{entry:?}")).collect();
    assert!(!format!("{told}{}", run.plan).contains("secret"));
}

#[test]
fn a_run_is_refused_where_the_world_moved() {
    let Some((deployer, _)) = deployed_then("environment.etc.x.text = \"x\";") else { return };
    let state = deployer.state();
    let mut journal = Journal::of(&state);
    assert!(journal.kill_after(2, || deployer.command(&["deploy", "-d", "demo"]).start()));
    let broken = journal.newest(&state).record.id.to_string();
    let _ = deployer.deploy(&[]).expect_code(0);
    let named = deployer.nixwright(&["resume", "-d", "demo", &broken[..8]]).expect_code(2);
    let _ = named.expect_said("changed `web` since").expect_said("hint: `nixwright deploy`");
    let nobody = deployer.nixwright(&["resume", "-d", "demo", "0000"]).expect_code(2);
    let _ = nobody.expect_said("the deployment has no run `0000`");

    deployer.write("network.nix", "{ web = { environment.etc.x.text = \"y\"; }; }");
    assert!(journal.kill_after(2, || deployer.command(&["deploy", "-d", "demo"]).start()));
    let profile = "ln -sfn /nix/var/nix/profiles/system-1-link /nix/var/nix/profiles/system";
    let _ = deployer.sandbox.console("web", &["/bin/sh", "-c", profile]).ok();
    let moved = deployer.nixwright(&["resume", "-d", "demo"]).expect_code(2);
    let _ = moved.expect_said("neither what this run found there nor what it brings");
}

/// The kinds of the events in a file, in their order.
fn kinds(text: &str) -> Vec<String> {
    let kind = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("every line is JSON");
        assert_eq!(line["version"], 1);
        line["event"]["kind"].as_str().expect("every event has a kind").to_owned()
    };
    text.lines().map(kind).collect()
}

#[test]
fn events_are_written_for_programs() {
    let Some((deployer, _)) = deployed_then("deployment.keys.one.text = \"a secret\";") else { return };
    let state = deployer.state();
    let mut journal = Journal::of(&state);
    let read = |name: &str| {
        std::fs::read_to_string(deployer.sandbox.home().join(name)).expect("the events are a file")
    };

    let runs = journal.runs();
    let _ = deployer.deploy(&["--events", "nowhere/events"]).expect_code(2).expect_said("nowhere/events");
    let _ = deployer.deploy(&["--events", "-"]).expect_code(2).expect_said("/dev/fd/1");
    assert_eq!(journal.runs(), runs, "nothing was begun");

    let killed = journal
        .kill_after(8, || deployer.command(&["deploy", "-d", "demo", "--events", "first.json"]).start());
    assert!(killed);
    let first = kinds(&read("first.json"));
    assert!(first.contains(&"step-started".to_owned()) && !first.contains(&"ended".to_owned()), "{first:?}");
    let _ = deployer.nixwright(&["resume", "-d", "demo", "--events", "second.json"]).expect_code(0);
    let second = kinds(&read("second.json"));
    assert_eq!(second.last().map(String::as_str), Some("ended"));
    let count = |kind: &str| second.iter().filter(|it| *it == kind).count();
    assert_eq!(count("step-started"), count("step-succeeded"));
    assert!(count("planned") == 1 && count("step-started") > 3, "{second:?}");
    assert!(!format!("{}{}", read("first.json"), read("second.json")).contains("a secret"));

    // A reader that has enough after a line.
    let _ = deployer.sandbox.deployer(&["mkfifo", "pipe"]).ok();
    let reader = deployer.sandbox.command(&["head", "-n", "1", "pipe"]).start();
    let _ = deployer.deploy(&["--events", "pipe"]).expect_code(0);
    assert_eq!(kinds(&reader.wait().ok()).len(), 1);
    // An open file of the caller.
    let run = deployer.deploy(&["--events", "/dev/fd/1"]).expect_code(0);
    assert_eq!(kinds(&run.stdout).last().map(String::as_str), Some("ended"));
}

#[test]
fn a_run_whose_machine_has_another_name_now_is_not_resumed() {
    let broken = "systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; serviceConfig.Type = \"oneshot\"; \
                  script = \"exit 3\"; };";
    let Some((deployer, system)) = deployed_then(broken) else { return };
    let _ = deployer.deploy(&[]).expect_code(7);
    let _ = deployer.nixwright(&["rename", "-d", "demo", "web", "front"]).expect_code(0);
    let _ = deployer
        .nixwright(&["resume", "-d", "demo"])
        .expect_code(2)
        .expect_said("`web`, one of its machines, was renamed or forgotten since")
        .expect_said("`nixwright deploy` makes a new plan");
    let machines = deployer.facts()["machines"].as_array().map(Vec::len);
    assert_eq!(machines, Some(1), "the old name has no record again");
    let running = deployer.sandbox.console("web", &["readlink", "-f", "/run/current-system"]).ok();
    assert_eq!(running, system);
}

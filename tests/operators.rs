//! Several operators at one deployment, with the state in a file and on a server: one run at a time, nothing lost, and whoever
//! comes too late is told who is there.

use nixwright::state::{Outcome, RunKind, State};
use nixwright::system::System;

use crate::deployer::Deployer;
use crate::failures::{SLOW, wait_for};
use crate::support::postgres::TestServer;
use crate::support::run::{Invocation, Run};

/// How many of them there are.
const OPERATORS: usize = 50;

/// A machine that has two generations, and where its state is.
struct Team {
    deployer: Deployer,
    server: Option<TestServer>,
}

impl Team {
    fn new(server: Option<TestServer>) -> Option<Self> {
        let deployer = Deployer::with(&["web"])?;
        let team = Self { deployer, server };
        team.writes("one");
        let nixpkgs = crate::deployer::nixpkgs();
        let _ = team.command(&["create", "network.nix", "-d", "demo", "-I", &nixpkgs]).run().ok();
        let _ = team.command(&["deploy", "-d", "demo"]).run().expect_code(0);
        team.writes("two");
        let _ = team.command(&["deploy", "-d", "demo"]).run().expect_code(0);
        Some(team)
    }

    fn on_a_server() -> Option<Self> {
        Self::new(Some(TestServer::start()?))
    }

    fn writes(&self, text: &str) {
        self.deployer.write(
            "network.nix",
            &format!("{{ web = {{ ... }}: {{ environment.etc.x.text = \"{text}\"; }}; }}"),
        );
    }

    fn url(&self) -> Option<String> {
        self.server.as_ref().map(TestServer::url)
    }

    fn command(&self, words: &[&str]) -> Invocation {
        let command = self.deployer.command(words);
        match self.url() {
            Some(url) => command.env("NIXWRIGHT_STATE", url),
            None => command,
        }
    }

    /// The state as it is now.
    fn state<T>(&self, ask: impl AsyncFnOnce(State) -> T) -> T {
        let place = self.url().unwrap_or_else(|| self.deployer.state().display().to_string());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
        runtime.block_on(async {
            ask(State::open(&System::os(), Some(&place)).await.expect("it is there")).await
        })
    }
}

fn everybody_at_once(team: &Team) {
    let all: Vec<_> = (0..OPERATORS)
        .map(|operator| {
            let mine = format!("operator{operator}");
            let words: &[&str] = match operator % 4 {
                0 => &["deploy", "-d", "demo", "--yes"],
                1 => &["rollback", "1", "-d", "demo", "--yes"],
                2 => &["rollback", "2", "-d", "demo", "--yes"],
                // Needs no lock: it changes the record, and all of these are kept.
                _ => &["modify", "-d", "demo", "--argstr", &mine, "was here"],
            };
            team.command(words).start()
        })
        .collect();
    let all: Vec<Run> = all.into_iter().map(crate::support::run::Running::wait).collect();
    let (changes, all): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(operator, _)| operator % 4 == 3);
    for (_, run) in &changes {
        assert_eq!(run.code(), 0, "{}", run.report());
    }
    let all: Vec<Run> = all.into_iter().map(|(_, run)| run).collect();
    let done = all.iter().filter(|run| run.code() == 0).count();
    assert!(done > 0, "nobody got through");
    for run in all.iter().filter(|run| run.code() != 0) {
        assert!(
            run.code() == 8 && run.stderr.contains("the deployment is locked by root@"),
            "{}",
            run.report()
        );
    }
    let (runs, held, generations) = team.state(async |state| {
        let demo = state.find_deployment("demo").await.expect("it was created");
        let kept = demo.arguments.keys().filter(|name| name.starts_with("operator")).count();
        assert_eq!(kept, changes.len(), "no change is lost: {:?}", demo.arguments);
        let demo = demo.id;
        let runs = state.runs(Some(demo)).await.expect("the state can be read");
        let generations = state.generations(demo).await.expect("the state can be read");
        (runs, state.lock(demo).await.expect("the state can be read"), generations)
    });
    assert_eq!(held, None);
    assert_eq!(runs.len(), done + 2, "each run that ended well is there once");
    assert!(runs.iter().all(|run| run.outcome == Some(Outcome::Succeeded)));
    assert!(runs.iter().any(|run| run.kind == RunKind::Rollback) || done < 3);
    // Newest first: none began before the one before it had ended.
    for pair in runs.windows(2) {
        assert!(pair[1].ended.expect("it has ended") <= pair[0].started, "{pair:?}");
    }
    let numbers: Vec<u64> = generations.iter().map(|it| it.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    // What the state says of the machine is what the machine is.
    let system = team.deployer.sandbox.console("web", &["readlink", "-f", "/run/current-system"]).ok();
    let recorded = team.state(async |state| {
        let demo = state.find_deployment("demo").await.expect("it was created").id;
        state.machine(demo, "web").await.expect("the state can be read").and_then(|it| it.toplevel)
    });
    assert_eq!(recorded.as_deref(), Some(system.as_str()));
}

#[test]
fn fifty_operators_take_turns_with_a_file() {
    let Some(team) = Team::new(None) else { return };
    everybody_at_once(&team);
}

#[test]
fn fifty_operators_take_turns_with_a_server() {
    let Some(team) = Team::on_a_server() else { return };
    everybody_at_once(&team);
}

#[test]
fn a_server_that_goes_in_the_middle_of_a_run_stops_it_and_says_so() {
    let Some(mut team) = Team::on_a_server() else { return };
    team.deployer.write("network.nix", &format!("{{ web = {{ ... }}: {{ {SLOW} }}; }}"));
    let run = team.command(&["deploy", "-d", "demo", "--yes"]).start();
    wait_for(&run, "activating the configuration...");
    team.server.as_mut().expect("it is on a server").kill();
    let _ = team.deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let run = run.wait().expect_code(8);
    let _ = run
        .expect_said("the journal of the run could not be kept")
        .expect_said("the state's server postgres://");
    let _ = team.command(&["list"]).run().expect_code(8).expect_said("cannot be used");

    team.server.as_mut().expect("it is on a server").start_again();
    let unfinished = team.state(async |state| {
        let demo = state.find_deployment("demo").await.expect("it was created").id;
        state.unfinished_runs(demo).await.expect("the state can be read").len()
    });
    assert_eq!(unfinished, 1);
    let _ = team.command(&["deploy", "-d", "demo", "--yes"]).run().expect_code(0);
    let system = team.deployer.sandbox.console("web", &["readlink", "-f", "/run/current-system"]).ok();
    let boots =
        team.deployer.sandbox.console("web", &["readlink", "-f", "/nix/var/nix/profiles/system"]).ok();
    assert_eq!(system, boots);
}

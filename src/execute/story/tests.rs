//! Stories told from journals that are written here: ends, times, tries, and which chain is marked.

use super::*;
use crate::plan::example::three_tiers;
use crate::state::{DeploymentId, RunId, RunKind};
use uuid::Uuid;

/// A journal of the three tiers, a line per entry: second, step, event, message.
fn told(lines: &[(i64, &str, Event, &str)]) -> Story {
    let plan = three_tiers();
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let entry = |(sequence, (second, step, event, message)): (u64, &(i64, &str, Event, &str))| JournalEntry {
        sequence,
        step: (*step).to_owned(),
        event: *event,
        machine: None,
        message: (*message).to_owned(),
        output: None,
        at: at(*second),
        fence: 1,
    };
    let record = RunRecord {
        id: RunId(Uuid::nil()),
        deployment: DeploymentId(Uuid::nil()),
        kind: RunKind::Deploy,
        user: "alice".to_owned(),
        host: "desk".to_owned(),
        process: 1,
        started: at(0),
        ended: None,
        outcome: None,
        goal: None,
        machines: None,
    };
    let journal = (1..).zip(lines).map(entry).collect();
    let run = Run { record, plan_version: 2, plan: plan.to_json(), resumed: Vec::new(), journal };
    Story::new(run, Scope::default(), Vec::new(), false).unwrap()
}

fn step<'a>(story: &'a Story, id: &str) -> &'a StepStory {
    story.steps.iter().find(|step| step.id.as_str() == id).unwrap()
}

#[test]
fn steps_have_their_times_and_machines_their_ends() {
    use Event::{Failed, Skipped, Started, Succeeded, UndoStarted, Undone};
    let story = told(&[
        (1, "build-closure db", Started, ""),
        (1, "build-closure app", Started, ""),
        (3, "build-closure app", Succeeded, ALREADY),
        (9, "build-closure db", Succeeded, ""),
        (9, "copy-closure db", Started, ""),
        (12, "copy-closure db", Succeeded, ""),
        (12, "await-copies", Started, ""),
        (12, "await-copies", Succeeded, ""),
        (12, "activate-system db", Started, ""),
        (20, "activate-system db", Failed, "no"),
        (20, "activate-system app", Skipped, "`db` failed"),
        (20, "activate-system db", UndoStarted, ""),
        (25, "activate-system db", Undone, ""),
    ]);
    let activation = step(&story, "activate-system db");
    assert_eq!((activation.end, activation.message.as_str()), (StepEnd::Undone, "no"));
    assert_eq!(activation.done.and_then(|span| span.seconds()), Some(8.0));
    assert_eq!(activation.undone.and_then(|span| span.seconds()), Some(5.0));
    assert_eq!(step(&story, "build-closure app").end, StepEnd::Already);
    let ends: Vec<_> =
        story.machines.iter().map(|(it, story)| (it.as_str(), story.end, &*story.why)).collect();
    assert_eq!(
        ends,
        [
            ("app", MachineEnd::Skipped, "`db` failed"),
            ("db", MachineEnd::RolledBack, "no"),
            ("web", MachineEnd::Waiting, "")
        ]
    );
    let critical: Vec<&str> = story.critical.iter().map(|at| story.steps[*at].id.as_str()).collect();
    assert_eq!(critical, ["build-closure db", "copy-closure db", "await-copies", "activate-system db"]);
    assert_eq!(story.seconds(), Some(25.0));
}

#[test]
fn what_was_broken_off_is_told_from_what_goes_on_and_a_second_try_counts() {
    let story = told(&[
        (1, "build-closure db", Event::Started, ""),
        (2, "build-closure db", Event::Failed, "no room"),
        (7, "build-closure db", Event::Started, ""),
    ]);
    let build = step(&story, "build-closure db");
    assert_eq!((build.end, build.tries, build.message.as_str()), (StepEnd::BrokenOff, 2, ""));
    assert_eq!(build.done, Some(Span { begun: Timestamp::from_second(7).unwrap(), ended: None }));
    assert_eq!(story.machines[&MachineName::new("db")].end, MachineEnd::BrokenOff);
    assert_eq!(story.critical, [0_usize; 0]);
}

#[test]
fn a_plan_has_its_longest_chain_marked() {
    let story = Story::of_plan(&SavedPlan::example(three_tiers()));
    let critical: Vec<&str> = story.critical.iter().map(|at| story.steps[*at].id.as_str()).collect();
    assert_eq!(critical.first().map(|it| it.starts_with("build-closure")), Some(true), "{critical:?}");
    assert_eq!(critical.last(), Some(&"persist-system web"));
    assert!(story.machines.values().all(|it| it.end == MachineEnd::Waiting));
    assert_eq!(story.seconds(), None);
}

//! What happens in a run as JSON, one event a line, for programs that watch it: what `--events FILE` writes.
//!
//! It holds what people read of a run, and no more: the texts of keys are in no event. Writes nothing itself.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::execute::{Event, MachineResult, RunError, RunResult, chain};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::plan::{Goal, Plan};

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// One line of what `--events FILE` writes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LineJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// When it happened, in UTC (RFC 3339).
    at: String,
    event: EventJson<'a>,
}

/// What happened. Steps are named as in the plan: their kind, and their machine where they have one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum EventJson<'a> {
    /// The machines of the run.
    Machines {
        machines: Vec<&'a str>,
    },
    /// A line for people, of a machine or of the whole run.
    Said {
        machine: Option<&'a str>,
        text: &'a str,
    },
    /// A line for people that deserves attention but stops nothing.
    Warned {
        machine: Option<&'a str>,
        text: &'a str,
    },
    /// The plan is made; nothing was touched yet.
    Planned {
        /// How far the run goes: `build`, `copy`, `test`, `switch`.
        #[cfg_attr(test, schemars(with = "String"))]
        goal: Goal,
        /// The order of activation, rank by rank.
        order: Vec<Vec<&'a str>>,
        machines: BTreeMap<&'a str, PlannedJson<'a>>,
        steps: Vec<StepJson<'a>>,
    },
    /// The run waits for the operator's consent.
    Asked,
    /// A machine's user needs a password to become root, and the run waits for it to be typed.
    PasswordAsked {
        question: &'a str,
    },
    /// The operator wants the run to end: what touches machines is finished, or, at once, cut off.
    Interrupted {
        at_once: bool,
    },
    StepStarted {
        step: &'a str,
        machine: Option<&'a str>,
    },
    /// `already` when there was nothing to do.
    StepSucceeded {
        step: &'a str,
        machine: Option<&'a str>,
        seconds: f64,
        already: bool,
    },
    StepFailed {
        step: &'a str,
        machine: Option<&'a str>,
        seconds: f64,
        error: &'a str,
    },
    StepSkipped {
        step: &'a str,
        machine: Option<&'a str>,
        because: &'a str,
    },
    /// A step was taken back, or could not be because of what `impossible` says.
    StepUndone {
        step: &'a str,
        machine: Option<&'a str>,
        impossible: Option<&'a str>,
    },
    /// The run came to an end, and this is what became of its machines. The last line, unless it is `stopped`.
    Ended {
        run: String,
        outcome: &'static str,
        generation: Option<u64>,
        machines: BTreeMap<&'a str, ResultJson<'a>>,
    },
    /// The command was only to make a plan, and did. The last line then.
    PlanMade,
    /// The command ended with an error. The last line, unless it is `ended`.
    Stopped {
        error: String,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct PlannedJson<'a> {
    /// The system that it runs now, where it runs one of NixOS.
    runs: Option<&'a str>,
    /// The system that it is to get.
    system: &'a str,
    /// The machines that must be done before it is activated.
    needs: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StepJson<'a> {
    step: &'a str,
    machine: Option<&'a str>,
    /// The steps that must be done before it begins.
    after: Vec<&'a str>,
}

/// What became of a machine.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "result", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum ResultJson<'a> {
    /// `changed` when it runs another system than before.
    Done { changed: bool },
    /// A step failed, and the machine is as it was before the run.
    RolledBack { why: &'a str },
    /// A step failed; where `touched`, the machine may be between two systems.
    Failed { why: &'a str, touched: bool },
    /// It is never deployed to: the network says so.
    LeftOut { because: &'a str },
    /// Nothing of it was begun on the machine.
    Skipped { because: &'a str },
}

/// The schema of a line.
#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<LineJson<'_>>()
}

/// An event as a line, with its newline.
pub fn event_line(event: &Event, at: Timestamp) -> String {
    line(at, shape(event))
}

/// How a run ended as the last line.
pub fn last_line(result: Result<Option<&RunResult>, &RunError>, at: Timestamp) -> String {
    let event = match result {
        Ok(None) => EventJson::PlanMade,
        Ok(Some(result)) => EventJson::Ended {
            run: result.run.to_string(),
            outcome: result.outcome().as_str(),
            generation: result.generation,
            machines: result.machines.iter().map(|(machine, it)| (machine.as_str(), became(it))).collect(),
        },
        Err(error) => EventJson::Stopped { error: chain(error) },
    };
    line(at, event)
}

fn line(at: Timestamp, event: EventJson<'_>) -> String {
    let line = LineJson { version: VERSION, at: at.to_string(), event };
    let mut text = serde_json::to_string(&line).expect("texts, numbers and lists of them can always be JSON");
    text.push('\n');
    text
}

fn shape(event: &Event) -> EventJson<'_> {
    match event {
        Event::Machines(machines) => EventJson::Machines { machines: names(machines) },
        Event::Said(said) => EventJson::Said { machine: name(said.machine.as_ref()), text: &said.text },
        Event::Warned(said) => EventJson::Warned { machine: name(said.machine.as_ref()), text: &said.text },
        Event::Heard { machine, line } => EventJson::Said { machine: name(Some(machine)), text: &line.text },
        Event::Planned(plan) => planned(plan),
        Event::Asked { .. } => EventJson::Asked,
        Event::PasswordAsked { question, .. } => EventJson::PasswordAsked { question },
        Event::Interrupted { at_once } => EventJson::Interrupted { at_once: *at_once },
        Event::StepStarted { step, machine } => {
            EventJson::StepStarted { step: step.as_str(), machine: name(machine.as_ref()) }
        }
        Event::StepSucceeded { step, machine, took, already } => EventJson::StepSucceeded {
            step: step.as_str(),
            machine: name(machine.as_ref()),
            seconds: seconds(*took),
            already: *already,
        },
        Event::StepFailed { step, machine, took, error } => EventJson::StepFailed {
            step: step.as_str(),
            machine: name(machine.as_ref()),
            seconds: seconds(*took),
            error,
        },
        Event::StepSkipped { step, machine, because } => {
            EventJson::StepSkipped { step: step.as_str(), machine: name(machine.as_ref()), because }
        }
        Event::StepUndone { step, machine, impossible } => EventJson::StepUndone {
            step: step.as_str(),
            machine: name(machine.as_ref()),
            impossible: impossible.as_deref(),
        },
    }
}

fn planned(plan: &Plan) -> EventJson<'_> {
    let machines = plan.machines.iter().map(|(machine, planned)| {
        let planned = PlannedJson {
            runs: planned.observed.current_system.as_ref().map(StorePath::as_str),
            system: planned.toplevel.as_str(),
            needs: names(&planned.needs),
        };
        (machine.as_str(), planned)
    });
    let steps = plan.steps.iter().map(|planned| StepJson {
        step: planned.id.as_str(),
        machine: name(planned.step.machine()),
        after: planned.after.iter().map(|at| plan.steps[*at].id.as_str()).collect(),
    });
    EventJson::Planned {
        goal: plan.goal,
        order: plan.order.iter().map(names).collect(),
        machines: machines.collect(),
        steps: steps.collect(),
    }
}

fn became(result: &MachineResult) -> ResultJson<'_> {
    match result {
        MachineResult::Done { changed } => ResultJson::Done { changed: *changed },
        MachineResult::RolledBack { why } => ResultJson::RolledBack { why },
        MachineResult::Failed { why, touched, .. } => ResultJson::Failed { why, touched: *touched },
        MachineResult::LeftOut { because } => ResultJson::LeftOut { because },
        MachineResult::Skipped { because } => ResultJson::Skipped { because },
    }
}

fn name(machine: Option<&MachineName>) -> Option<&str> {
    machine.map(MachineName::as_str)
}

fn names<'a>(machines: impl IntoIterator<Item = &'a MachineName>) -> Vec<&'a str> {
    machines.into_iter().map(MachineName::as_str).collect()
}

/// To the millisecond.
fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::three_tiers;
    use crate::report::schemas::errors;
    use crate::state::RunId;
    use crate::steps::{Phase, Said};

    fn every_kind() -> Vec<Event> {
        let plan = three_tiers();
        let machine = Some(MachineName::new("db"));
        let step = plan.steps[0].id.clone();
        let said = Said { machine: machine.clone(), text: "one\ntwo".to_owned() };
        let took = Duration::from_micros(1_234_567);
        let (answer, _) = tokio::sync::oneshot::channel();
        let (password, _) = tokio::sync::oneshot::channel();
        vec![
            Event::Machines(plan.machines.keys().cloned().collect()),
            Event::Said(said.clone()),
            Event::Warned(Said { machine: None, ..said }),
            Event::Planned(Box::new(plan)),
            Event::Asked { question: "deploy?", answer },
            Event::PasswordAsked { question: "password?".to_owned(), answer: password },
            Event::StepStarted { step: step.clone(), machine: machine.clone() },
            Event::StepSucceeded { step: step.clone(), machine: machine.clone(), took, already: true },
            Event::StepFailed { step: step.clone(), machine: None, took, error: "why".to_owned() },
            Event::StepSkipped { step: step.clone(), machine: machine.clone(), because: "why".to_owned() },
            Event::StepUndone { step, machine, impossible: None },
            Event::Interrupted { at_once: true },
        ]
    }

    #[test]
    fn every_event_is_one_line_of_the_published_format() {
        for event in every_kind() {
            let line = event_line(&event, Timestamp::UNIX_EPOCH);
            assert_eq!(line.matches('\n').count(), 1);
            assert_eq!(errors("events", &line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn steps_are_told_with_what_they_took() {
        let lines: Vec<String> =
            every_kind().iter().map(|event| event_line(event, Timestamp::UNIX_EPOCH)).collect();
        insta::assert_snapshot!(lines[7], @r#"{"version":1,"at":"1970-01-01T00:00:00Z","event":{"kind":"step-succeeded","step":"build-closure app","machine":"db","seconds":1.235,"already":true}}"#);
        insta::assert_snapshot!(lines[11], @r#"{"version":1,"at":"1970-01-01T00:00:00Z","event":{"kind":"interrupted","atOnce":true}}"#);
    }

    #[test]
    fn the_last_line_tells_what_became_of_each_machine() {
        let why = || "why".to_owned();
        let results = [
            MachineResult::Done { changed: true },
            MachineResult::RolledBack { why: why() },
            MachineResult::Failed { why: why(), phase: Phase::Reach, touched: false },
            MachineResult::LeftOut { because: why() },
            MachineResult::Skipped { because: why() },
        ];
        let machines = (0..).zip(results).map(|(at, it)| (MachineName::new(format!("m{at}")), it)).collect();
        let run = RunId(uuid::Uuid::nil());
        let result = RunResult { run, goal: Goal::Switch, machines, generation: Some(3), interrupted: false };
        let line = last_line(Ok(Some(&result)), Timestamp::UNIX_EPOCH);
        assert_eq!(errors("events", &line), Vec::<String>::new(), "{line}");
        assert!(line.contains(r#""outcome":"partly","generation":3"#), "{line}");
        let line = last_line(Err(&RunError::NoMachines), Timestamp::UNIX_EPOCH);
        assert_eq!(errors("events", &line), Vec::<String>::new(), "{line}");
    }
}

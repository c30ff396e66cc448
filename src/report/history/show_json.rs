//! One run for programs: every step with its times, result, words and output, and the log.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::list::RunJson;
use super::show::name;
use crate::execute::{MachineStory, Span, StepStory, Story};
use crate::network::MachineName;
use crate::plan::PackageChanges;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// What `nixwright run show --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ShowJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    run: RunJson<'a>,
    /// Who went on with it after whoever began it, in their order.
    resumed: Vec<ResumptionJson<'a>>,
    /// The generation that it made; null where it made none, or that was deleted.
    generation: Option<u64>,
    /// By name.
    machines: BTreeMap<&'a str, MachineJson<'a>>,
    /// Machines that were meant and are no part of its plan, with the reason.
    left_out: &'a BTreeMap<String, String>,
    /// In the order of the plan.
    steps: Vec<StepJson<'a>>,
    /// The ids of the steps that made it as long as it was, the first one first.
    critical_path: Vec<&'a str>,
    /// What was said, in its order.
    log: Vec<LineJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ResumptionJson<'a> {
    user: &'a str,
    host: &'a str,
    /// In UTC (RFC 3339).
    at: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MachineJson<'a> {
    /// `waiting`, `under-way`, `broken-off`, `unchanged`, `done`, `skipped`, `rolled-back` or `failed`.
    result: &'static str,
    /// Why it does not have its system; empty where it has.
    why: &'a str,
    host: &'a str,
    /// The store path of what it ran; null where that was no system of NixOS.
    before: Option<&'a str>,
    after: &'a str,
    /// The machines that are done before it.
    needs: Vec<&'a str>,
    /// Which packages come, go and change; null where nobody looked at that.
    packages: Option<&'a PackageChanges>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StepJson<'a> {
    /// Unique in the run.
    id: &'a str,
    kind: &'a str,
    /// Null for a step of the whole run.
    machine: Option<&'a str>,
    /// The ids of the steps that it waits for.
    after: Vec<&'a str>,
    /// `waiting`, `under-way`, `broken-off`, `already`, `succeeded`, `skipped`, `undone`, `failed` or `undo-failed`.
    result: &'static str,
    /// In UTC (RFC 3339); the last time, where it was begun several times.
    started: Option<String>,
    ended: Option<String>,
    seconds: Option<f64>,
    /// How long it took to take it back, where that was done.
    undo_seconds: Option<f64>,
    /// How often it was begun.
    tries: u32,
    /// Why it failed or was skipped.
    message: &'a str,
    /// What it gave, as far as that is kept.
    output: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LineJson<'a> {
    at: String,
    machine: Option<&'a str>,
    warning: bool,
    text: &'a str,
}

#[cfg(test)]
pub(super) fn schema() -> Value {
    crate::report::schemas::of::<ShowJson<'_>>()
}

/// `title` is what people call its deployment. None of a plan that was not carried out.
pub fn show_json(story: &Story, title: &str) -> Option<String> {
    let record = story.record.as_ref()?;
    let lines = story.log.iter().map(|line| LineJson {
        at: line.at.to_string(),
        machine: line.machine.as_deref(),
        warning: line.warning,
        text: &line.text,
    });
    Some(crate::report::json_text(&ShowJson {
        version: VERSION,
        run: RunJson::new(record, title, story.under_way),
        resumed: story
            .resumed
            .iter()
            .map(|it| ResumptionJson { user: &it.user, host: &it.host, at: it.at.to_string() })
            .collect(),
        generation: story.generation,
        machines: story.machines.iter().map(|(name, it)| (name.as_str(), machine(story, name, it))).collect(),
        left_out: &story.left_out,
        steps: story.steps.iter().map(|it| step(story, it)).collect(),
        critical_path: story.critical.iter().map(|at| story.steps[*at].id.as_str()).collect(),
        log: lines.collect(),
    }))
}

fn machine<'a>(story: &'a Story, name: &MachineName, it: &'a MachineStory) -> MachineJson<'a> {
    let planned = &story.plan.machines[name];
    MachineJson {
        result: it.end.as_str(),
        why: &it.why,
        host: &planned.address.host,
        before: planned.observed.current_system.as_ref().map(|it| it.as_str()),
        after: planned.toplevel.as_str(),
        needs: planned.needs.iter().map(|it| it.as_str()).collect(),
        packages: it.changes.as_ref().and_then(|changes| changes.packages.known()),
    }
}

fn step<'a>(story: &'a Story, it: &'a StepStory) -> StepJson<'a> {
    StepJson {
        id: it.id.as_str(),
        kind: name(&it.id),
        machine: it.machine.as_ref().map(|it| it.as_str()),
        after: it.after.iter().map(|at| story.steps[*at].id.as_str()).collect(),
        result: it.end.as_str(),
        started: it.done.map(|span| span.begun.to_string()),
        ended: it.done.and_then(|span| span.ended).map(|at| at.to_string()),
        seconds: it.done.as_ref().and_then(Span::seconds),
        undo_seconds: it.undone.as_ref().and_then(Span::seconds),
        tries: it.tries,
        message: &it.message,
        // A text that is no JSON was not written by us.
        output: it.output.as_deref().and_then(|text| serde_json::from_str(text).ok()),
    }
}

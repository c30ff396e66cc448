//! What the page of a run is drawn from, as the JSON inside of it: positions instead of names, seconds after the begin instead of
//! times. Only the page reads it, so that it has no version.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::execute::{SavedPlan, Span, StepStory, Story, seconds};
use crate::network::MachineName;
use crate::plan::Changes;
use crate::report::history::{resumed, standing, took, what};
use crate::report::plan::what as what_goal;
use crate::report::screen;
use crate::steps::Phase;

/// The machine of a step or a line that is about the whole run.
const WHOLE: i64 = -1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    pub kicker: String,
    pub title: String,
    facts: Vec<(&'static str, String)>,
    outcome: &'static str,
    /// Whether there are times; otherwise each step takes one place.
    timed: bool,
    /// When it was begun, in UTC; empty without times.
    started: String,
    /// Seconds, or places.
    length: f64,
    machines: Vec<MachineOfPage<'a>>,
    left_out: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    steps: Vec<StepOfPage<'a>>,
    critical: &'a [usize],
    log: Vec<LineOfPage<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MachineOfPage<'a> {
    name: Cow<'a, str>,
    end: &'static str,
    why: Cow<'a, str>,
    host: Cow<'a, str>,
    before: Option<&'a str>,
    system: &'a str,
    needs: Vec<Cow<'a, str>>,
    changes: Option<&'a Changes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepOfPage<'a> {
    /// Null where it is the kind, and after it the machine.
    id: Option<Cow<'a, str>>,
    kind: &'a str,
    /// What fits into a bar.
    short: &'a str,
    /// Its colour.
    group: &'static str,
    machine: i64,
    after: &'a [usize],
    end: &'static str,
    begun: Option<f64>,
    took: Option<f64>,
    undone: Option<(f64, Option<f64>)>,
    tries: u32,
    message: Cow<'a, str>,
    output: Option<Value>,
}

#[derive(Serialize)]
struct LineOfPage<'a> {
    at: f64,
    machine: i64,
    warning: bool,
    text: Cow<'a, str>,
}

/// How a moment is written for people.
const IN_UTC: &str = "%Y-%m-%d %H:%M:%S UTC";

/// A moment in the form for people; what is none, as it is.
fn moment(text: &str) -> String {
    let moment: Option<jiff::Timestamp> = text.parse().ok();
    moment.map_or_else(|| text.to_owned(), |it| it.strftime(IN_UTC).to_string())
}

impl<'a> Page<'a> {
    pub(super) fn of_run(story: &'a Story, title: &str) -> Self {
        let Some(record) = &story.record else { return Self::of(story, title) };
        let mut facts = vec![
            ("begun", record.started.strftime(IN_UTC).to_string()),
            ("by", format!("{}@{}", record.user, record.host)),
        ];
        facts.extend(story.resumed.iter().map(|it| ("resumed", resumed(it))));
        facts.extend(story.seconds().map(|seconds| ("took", took(seconds))));
        facts.push(("machines", story.machines.len().to_string()));
        facts.extend(story.generation.map(|number| ("generation", number.to_string())));
        facts.push(("run", record.id.to_string()));
        Self {
            kicker: what(record),
            facts: shown(facts),
            outcome: standing(record, story.under_way),
            timed: true,
            started: record.started.to_string(),
            length: story.seconds().unwrap_or_default(),
            ..Self::of(story, title)
        }
    }

    pub(super) fn of_plan(story: &'a Story, saved: &SavedPlan) -> Page<'a> {
        let changed = story.plan.machines.values().filter(|it| !it.is_current()).count();
        let facts = vec![
            ("made", moment(&saved.made)),
            ("goal", what_goal(story.plan.goal).to_owned()),
            ("machines", story.machines.len().to_string()),
            ("get another system", changed.to_string()),
            ("plan", saved.id.to_string()),
        ];
        let depth = story.steps.iter().map(|step| step.depth).max().unwrap_or_default();
        Page {
            kicker: "plan".to_owned(),
            facts: shown(facts),
            outcome: "planned",
            #[expect(clippy::cast_precision_loss, reason = "nobody has so many steps in a row")]
            length: (depth + 1) as f64,
            ..Page::of(story, &saved.title)
        }
    }

    fn of(story: &'a Story, title: &str) -> Self {
        // In the order of activation: what waits for others is below them.
        let order: Vec<&MachineName> = story.plan.order.iter().flatten().collect();
        let places: BTreeMap<&str, i64> = order.iter().map(|it| it.as_str()).zip(0..).collect();
        let place = |machine: Option<&str>| machine.and_then(|it| places.get(it).copied()).unwrap_or(WHOLE);
        let from = story.record.as_ref().map(|record| record.started);
        let lines = story.log.iter().map(|line| LineOfPage {
            at: from.map_or(0.0, |from| seconds(from, line.at)),
            machine: place(line.machine.as_deref()),
            warning: line.warning,
            text: screen::line(&line.text),
        });
        let since = |span: Span| from.map(|from| (seconds(from, span.begun), span.seconds()));
        let steps = story.steps.iter().map(|step| {
            let done = match from {
                Some(_) => step.done.and_then(since),
                #[expect(clippy::cast_precision_loss, reason = "nobody has so many steps in a row")]
                None => Some((step.depth as f64, Some(1.0))),
            };
            StepOfPage {
                id: Some(screen::line(step.id.as_str())).filter(|_| !is_usual(step)),
                kind: crate::report::history::name(&step.id),
                short: short(step),
                group: group(step),
                machine: place(step.machine.as_ref().map(|it| it.as_str())),
                after: &step.after,
                end: step.end.as_str(),
                begun: done.map(|it| it.0),
                took: done.and_then(|it| it.1),
                undone: step.undone.and_then(since),
                tries: step.tries,
                message: screen::lines(&step.message),
                // A text that is no JSON was not written by us.
                output: step.output.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            }
        });
        let machines = order.into_iter().map(|machine| {
            let (planned, it) = (&story.plan.machines[machine], &story.machines[machine]);
            MachineOfPage {
                name: screen::line(machine.as_str()),
                end: it.end.as_str(),
                why: screen::lines(&it.why),
                host: screen::line(&planned.address.host),
                before: planned.observed.current_system.as_ref().map(|it| it.as_str()),
                system: planned.toplevel.as_str(),
                needs: planned.needs.iter().map(|it| screen::line(it.as_str())).collect(),
                changes: it.changes.as_ref(),
            }
        });
        let left_out = story.left_out.iter().map(|(name, why)| (screen::line(name), screen::lines(why)));
        Self {
            kicker: String::new(),
            title: screen::line(title).into_owned(),
            facts: Vec::new(),
            outcome: "",
            timed: false,
            started: String::new(),
            length: 0.0,
            machines: machines.collect(),
            left_out: left_out.collect(),
            steps: steps.collect(),
            critical: &story.critical,
            log: lines.collect(),
        }
    }
}

fn is_usual(step: &StepStory) -> bool {
    let (id, kind) = (step.id.as_str(), crate::report::history::name(&step.id));
    match &step.machine {
        Some(machine) => id.strip_prefix(kind).and_then(|it| it.strip_prefix(' ')) == Some(machine.as_str()),
        None => id == kind,
    }
}

fn shown(facts: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    facts.into_iter().map(|(name, value)| (name, screen::line(&value).into_owned())).collect()
}

/// The first word of its kind, which is what is done.
fn short(step: &StepStory) -> &'static str {
    step.kind.name.split('-').next().unwrap_or_default()
}

/// The colour of a step: what kind of work it is.
fn group(step: &StepStory) -> &'static str {
    match (short(step), step.kind.phase) {
        ("await" | "soak", _) => "wait",
        ("send" | "remove", _) => "keys",
        ("confirm" | "check", _) => "check",
        ("hooks", _) => "hooks",
        ("reboot", _) => "reboot",
        (_, Phase::Build) | ("build", _) => "build",
        (_, Phase::Reach) => "copy",
        (_, Phase::Activate | Phase::After) => "activate",
    }
}

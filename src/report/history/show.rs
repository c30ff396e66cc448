//! One run for people: what it was, what became of each machine and each step, and what went wrong in its own words.

use super::{resumed, standing, took, what};
use crate::execute::{StepEnd, StepStory, Story};
use crate::plan::StepId;
use crate::report::findings::plural;
use crate::report::screen;
use crate::report::table::{self, Column};
use crate::system::Terminal;

/// The run, ending in a newline. `title` is what people call its deployment.
pub fn show(story: &Story, title: &str, terminal: Terminal) -> String {
    let mut text = beginning(story, title, terminal);
    text.push('\n');
    text.push_str(&steps(story, terminal));
    text.push_str(&words(story));
    let lines = story.log.len();
    if lines > 0 {
        text.push_str(&format!("\n{} of its log: `--log` shows them\n", plural(lines, "line")));
    }
    text
}

/// The same without the list of steps.
pub(in crate::report) fn show_without_steps(story: &Story, title: &str, terminal: Terminal) -> String {
    let said = format!("\n{}: `nixwright run show` lists them\n", plural(story.steps.len(), "step"));
    [beginning(story, title, terminal), said, words(story)].concat()
}

/// What it was, and what became of the machines.
fn beginning(story: &Story, title: &str, terminal: Terminal) -> String {
    let mut text = String::new();
    let mut fact = |name: &str, value: &str| text.push_str(&format!("{name}: {}\n", screen::line(value)));
    if let Some(record) = &story.record {
        fact("Run", &record.id.to_string());
        fact("Deployment", title);
        fact("What", &what(record));
        fact("By", &format!("{}@{}", record.user, record.host));
        fact("Begun", &record.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        for resumption in &story.resumed {
            fact("Resumed", &resumed(resumption));
        }
        if let Some(seconds) = story.seconds() {
            fact("Took", &took(seconds));
        }
        fact("Result", standing(record, story.under_way));
    }
    if let Some(generation) = story.generation {
        fact("Generation", &generation.to_string());
    }
    text.push('\n');
    text.push_str(&machines(story, terminal));
    text
}

/// What went wrong, in its own words.
fn words(story: &Story) -> String {
    let mut text = String::new();
    for step in story.steps.iter().filter(|step| !step.message.is_empty() && step.end != StepEnd::Skipped) {
        text.push_str(&format!("\n{}:\n", screen::line(step.id.as_str())));
        for line in screen::lines(&step.message).lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn machines(story: &Story, terminal: Terminal) -> String {
    let first = |why: &str| why.lines().next().unwrap_or_default().to_owned();
    let taking_part = story.plan.machines.iter().map(|(machine, planned)| {
        let it = &story.machines[machine];
        let from = planned.observed.current_system.as_ref().map_or("nothing", |it| it.short_hash());
        let change = match planned.is_current() {
            true => planned.toplevel.short_hash().to_owned(),
            false => format!("{from} → {}", planned.toplevel.short_hash()),
        };
        vec![machine.to_string(), it.end.as_str().to_owned(), change, first(&it.why)]
    });
    let left_out = story.left_out.iter().map(|(machine, because)| {
        vec![machine.clone(), "left-out".to_owned(), String::new(), first(because)]
    });
    let columns = ["Machine", "Result", "System", ""].map(Column::new);
    table::render(&columns, taking_part.chain(left_out).collect(), terminal.line_width())
}

/// In the order in which they were begun; those that never were, last.
fn steps(story: &Story, terminal: Terminal) -> String {
    let Some(record) = &story.record else { return String::new() };
    let mut order: Vec<usize> = (0..story.steps.len()).collect();
    order.sort_by_key(|at| (story.steps[*at].done.map_or(i64::MAX, |it| it.begun.as_microsecond()), *at));
    let rows = order.into_iter().map(|at| {
        let step = &story.steps[at];
        let after = |span: &crate::execute::Span| {
            let seconds = crate::execute::seconds(record.started, span.begun);
            format!("{seconds:.1} s")
        };
        vec![
            step.machine.as_ref().map(ToString::to_string).unwrap_or_default(),
            name(&step.id).to_owned(),
            step.done.as_ref().map(after).unwrap_or_default(),
            step.done.and_then(|it| it.seconds()).map(took).unwrap_or_default(),
            ended(step),
            if story.critical.contains(&at) { "*".to_owned() } else { String::new() },
        ]
    });
    let columns = [
        Column::new("Machine"),
        Column::new("Step"),
        Column::right("After"),
        Column::right("Took"),
        Column::new("Result"),
        Column::new("* the critical path"),
    ];
    table::render(&columns, rows.collect(), terminal.line_width())
}

/// The kind of a step, as its id names it.
pub(in crate::report) fn name(id: &StepId) -> &str {
    id.as_str().split(' ').next().unwrap_or_default()
}

fn ended(step: &StepStory) -> String {
    let word = step.end.as_str();
    match step.tries {
        0 | 1 => word.to_owned(),
        tries => format!("{word} (try {tries})"),
    }
}

/// What was said in the run, a line each.
pub fn log(story: &Story) -> String {
    let mut text = String::new();
    for line in &story.log {
        let at = line.at.strftime("%H:%M:%S");
        let machine = line.machine.as_ref().map(|it| format!("{}> ", screen::line(it))).unwrap_or_default();
        let mark = if line.warning { "warning: " } else { "" };
        text.push_str(&format!("{at} {machine}{mark}{}\n", screen::line(&line.text)));
    }
    text
}

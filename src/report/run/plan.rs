//! A plan as text: the order, and what becomes of each machine.

use super::super::plan::what;
use super::super::table::{self, Column};
use crate::network::{MachineName, OnFailure, Reboot, UploadAt};
use crate::plan::{Goal, Plan};
use crate::report::findings::plural;
use crate::steps::{Hooks, Step};
use crate::system::Terminal;

/// The plan, ending in a newline.
pub fn plan(plan: &Plan, terminal: Terminal) -> String {
    let mut text = String::new();
    if plan.goal == Goal::Keys {
        return keys(plan);
    }
    order(plan, what(plan.goal), &mut text);
    if plan.goal == Goal::Reboot {
        // What it is all about needs no word for each machine.
        let others = plan.steps.iter().filter(|it| !matches!(it.step, Step::RebootMachine(_)));
        others.for_each(|planned| besides(&planned.step, &mut text));
        return text;
    }
    let rows = plan.order.iter().flatten().map(|machine| {
        let planned = &plan.machines[machine];
        let from = planned.observed.current_system.as_ref().map_or("nothing", |it| it.short_hash());
        let change = if planned.is_current() {
            "no change".to_owned()
        } else {
            format!("{from} → {}", planned.toplevel.short_hash())
        };
        let needs = planned.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        vec![machine.to_string(), change, planned.toplevel.name().to_owned(), needs]
    });
    let columns = ["Machine", "Change", "System", "After"].map(Column::new);
    text.push_str(&table::render(&columns, rows.collect(), terminal.line_width()));
    for planned in &plan.steps {
        besides(&planned.step, &mut text);
    }
    text
}

/// A plan that only sends keys.
fn keys(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        besides(&step.step, &mut text);
    }
    if text.is_empty() { "no machine has keys\n".to_owned() } else { text }
}

/// The order, and what else the rollout asks for.
pub(in crate::report) fn order(plan: &Plan, what: &str, text: &mut String) {
    let shown = |ranks: &mut dyn Iterator<Item = &Vec<MachineName>>| {
        let names =
            |rank: &Vec<MachineName>| rank.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        ranks.map(names).collect::<Vec<_>>().join(" → ")
    };
    let rollout = &plan.rollout;
    if rollout.stages.is_empty() || plan.goal < Goal::Test {
        text.push_str(&format!("{what} in this order: {}\n", shown(&mut plan.order.iter())));
    } else {
        text.push_str(&format!("{what} in this order:\n"));
        for stage in &rollout.stages {
            let is_of = |rank: &&Vec<MachineName>| rank.iter().all(|it| stage.machines.contains(it));
            let ranks = shown(&mut plan.order.iter().filter(is_of));
            text.push_str(&format!("  {}: {ranks}\n", stage.title()));
        }
    }
    if plan.goal < Goal::Test && plan.goal != Goal::Reboot {
        return;
    }
    if let Some(most) = rollout.max_parallel {
        text.push_str(&format!("at most {} at a time\n", plural(most, "machine")));
    }
    for limit in &rollout.max_unavailable {
        text.push_str(&format!("of @{} at most {} away at a time\n", limit.tag, limit.limit));
    }
    if plan.steps.iter().any(|it| matches!(it.step, Step::Soak(_))) {
        text.push_str(&format!("{} seconds between two stages\n", rollout.soak));
    }
    match rollout.on_failure {
        OnFailure::Stop => {}
        OnFailure::Continue => {
            text.push_str("after a failure the machines that do not need the failed one go on\n");
        }
        OnFailure::Rollback => text.push_str("after a failure all that was changed goes back\n"),
    }
}

/// What is done to a machine besides changing its system.
fn besides(step: &Step, text: &mut String) {
    match step {
        Step::SendKeys(it) => {
            let when = match it.when {
                _ if it.all => "",
                UploadAt::PreActivation => " before its activation",
                UploadAt::PostActivation => " after its activation",
            };
            for path in &it.paths {
                text.push_str(&format!("{} gets the key {path}{when}\n", it.machine));
            }
        }
        Step::CheckBefore(it) => {
            for check in &it.checks {
                text.push_str(&format!("{}, before anything is touched: {check}\n", it.machine));
            }
        }
        Step::HooksBefore(it) => hooks(&it.machine, "before its activation", &it.hooks, text),
        Step::HooksAfter(it) => hooks(&it.machine, "when it is done", &it.hooks, text),
        Step::RebootMachine(it) => {
            let when = if it.reboot == Reboot::Always { "" } else { " where that is needed" };
            text.push_str(&format!("{} is rebooted{when} once it has its system\n", it.machine));
        }
        Step::CheckHealth(it) if it.held_in_boot.is_some() => {}
        Step::CheckHealth(it) => {
            for check in &it.checks {
                text.push_str(&format!("{} is healthy when {check}\n", it.machine));
            }
        }
        _ => {}
    }
}

/// The commands of the network around an activation.
fn hooks(machine: &MachineName, when: &str, hooks: &Hooks, text: &mut String) {
    for words in &hooks.deployer {
        text.push_str(&format!("for {machine}, {when}, `{}` is run here\n", words.join(" ")));
    }
    for words in &hooks.target {
        text.push_str(&format!("on {machine}, {when}, `{}` is run\n", words.join(" ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::three_tiers_by;
    use crate::plan::{MaxUnavailable, Rollout, Stage};

    #[test]
    fn a_plan_shows_order_change_and_reason() {
        let terminal = Terminal { width: 80, ..Terminal::default() };
        insta::assert_snapshot!(plan(&crate::plan::example::three_tiers(), terminal), @r"
        activate in this order: db → app → web
        Machine  Change             System  After
        db       nothing → aaaaaaa  db
        app      nothing → aaaaaaa  app     db
        web      nothing → aaaaaaa  web     app
        ");
    }

    #[test]
    fn a_rollout_is_told_stage_by_stage() {
        let name = |it: &str| crate::network::MachineName::new(it);
        let rollout = Rollout {
            stages: vec![
                Stage::canary("app", [name("app")].into()),
                Stage::named("web", [name("web")].into()),
            ],
            soak: 60,
            max_parallel: Some(1),
            max_unavailable: vec![MaxUnavailable {
                tag: "front".into(),
                limit: 2,
                machines: [name("web")].into(),
                down: 0,
            }],
            on_failure: OnFailure::Rollback,
            pipeline: false,
        };
        let text = plan(&three_tiers_by(rollout), Terminal { width: 80, ..Terminal::default() });
        insta::assert_snapshot!(text.split("Machine ").next().unwrap_or_default(), @r"
        activate in this order:
          the canary app: db → app
          the stage web: web
        at most 1 machine at a time
        of @front at most 2 away at a time
        60 seconds between two stages
        after a failure all that was changed goes back
        ");
    }
}

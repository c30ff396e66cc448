//! A plan as text: the order, and what becomes of each machine.

use unicode_width::UnicodeWidthStr;

use super::super::columns::{self, Column};
use super::super::plan::what;
use super::super::table;
use crate::network::{MachineName, OnFailure, Reboot, UploadAt};
use crate::plan::{Goal, Plan, Stage};
use crate::report::findings::plural;
use crate::steps::{Hooks, Step};
use crate::system::Terminal;

/// The plan, ending in a newline.
pub fn plan(plan: &Plan, terminal: Terminal) -> String {
    let mut text = String::new();
    if plan.goal == Goal::Keys {
        return keys(plan);
    }
    order(plan, what(plan.goal), &mut text, terminal);
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
    let columns = ["Machine", "Change", "System", "After"].map(table::Column::new);
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

/// The order, and what else the rollout asks for: a line where one tells it, else columns of names as in `graph`, stage by
/// stage.
pub(in crate::report) fn order(plan: &Plan, what: &str, text: &mut String, terminal: Terminal) {
    let rollout = &plan.rollout;
    let by_stage = !rollout.stages.is_empty() && plan.goal >= Goal::Test;
    let is_chain = plan.order.len() <= 1 || plan.order.iter().all(|rank| rank.len() == 1);
    let head = format!("{what} in this order:");
    let names = |rank: &Vec<MachineName>| rank.iter().map(ToString::to_string).collect::<Vec<_>>();
    let line = (is_chain && !by_stage).then(|| {
        let ranks: Vec<String> = plan.order.iter().map(|rank| names(rank).join(", ")).collect();
        format!("{head} {}", ranks.join(" → "))
    });
    match line.filter(|it| it.width() <= columns::line_width(terminal)) {
        Some(line) => text.push_str(&format!("{line}\n")),
        None => {
            let columns = plan.order.iter().map(|rank| {
                let is_of = |stage: &&Stage| rank.first().is_some_and(|it| stage.machines.contains(it));
                let stage = rollout.stages.iter().find(is_of).filter(|_| by_stage);
                Column::new(&stage.map(Stage::title).unwrap_or_default(), names(rank))
            });
            text.push_str(&format!("{head}\n{}", columns::beside(columns.collect(), 2, terminal)));
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
    use crate::plan::{MaxUnavailable, Rollout};

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
          the canary app   the stage web
          db → app       → web
        at most 1 machine at a time
        of @front at most 2 away at a time
        60 seconds between two stages
        after a failure all that was changed goes back
        ");
    }

    /// Two tiers of machines after a canary.
    fn fleet() -> Plan {
        let name = |it: &str| crate::network::MachineName::new(it);
        let apps: Vec<String> = (1..=30).map(|it| format!("app-{it}")).collect();
        let mut wanted: std::collections::BTreeMap<_, _> =
            apps.iter().map(|it| crate::plan::example::wanted(it, &["db"])).collect();
        wanted.extend([
            crate::plan::example::wanted("db", &[]),
            crate::plan::example::wanted("web", &["app-2"]),
        ]);
        let rollout =
            Rollout { stages: vec![Stage::canary("app-1", [name("app-1")].into())], ..Rollout::default() };
        crate::plan::make(uuid::Uuid::nil(), Goal::Switch, wanted, rollout).unwrap()
    }

    #[test]
    fn many_machines_are_columns_as_in_the_graph() {
        let shown = |width| {
            let terminal = Terminal { width, stdout_is_terminal: true, ..Terminal::default() };
            let mut text = String::new();
            order(&fleet(), "activate", &mut text, terminal);
            text.replace("\n  ", "\n")
        };
        let wide = shown(80);
        let lines: Vec<&str> = wide.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "activate in this order:",
                "the canary app-1   the rest",
                "db → app-1       → app-10     → web",
                "                   app-11",
            ]
        );
        assert_eq!(lines.last().map(|it| it.trim()), Some("and 5 more"));
        let narrow = shown(24);
        let lines: Vec<&str> = narrow.lines().collect();
        assert_eq!(lines[1..6], ["the canary app-1", "db → app-1", "", "  the rest", "→ app-10     → web"]);
        assert!(narrow.lines().skip(1).all(|it| it.width() <= 22), "{narrow}");
    }
}

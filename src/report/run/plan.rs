//! A plan as text: the order, and what becomes of each machine.

use super::super::table::{self, Column};
use crate::network::UploadAt;
use crate::plan::{Goal, Plan};
use crate::steps::Step;
use crate::system::Terminal;

/// The plan, ending in a newline.
pub fn plan(plan: &Plan, terminal: Terminal) -> String {
    let mut text = String::new();
    let what = match plan.goal {
        Goal::Keys => return keys(plan),
        Goal::Build => "build",
        Goal::Copy => "build and copy",
        Goal::Test => "activate until the next boot",
        Goal::Switch => "activate",
    };
    let ranks =
        plan.order.iter().map(|rank| rank.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    text.push_str(&format!("{what} in this order: {}\n", ranks.collect::<Vec<_>>().join(" → ")));
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
        Step::CheckHealth(it) => {
            for check in &it.checks {
                text.push_str(&format!("{} is healthy when {check}\n", it.machine));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

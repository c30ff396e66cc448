//! A plan with all that it changes, as people read it: what becomes of each machine, and why.
//!
//! Names keys by their paths; nothing here is ever a secret. The form for programs is in `json`.

mod json;

use super::run::plan::order;
use super::table::{self, Column};
use crate::execute::SavedPlan;
use crate::network::{MachineName, Reboot, UploadAt};
use crate::plan::{
    Changes, CopySize, Foreseen, Goal, KeyChanges, MachinePlan, PackageChange, PackageChanges, UnitBasis,
    UnitChanges,
};
use crate::steps::{Hooks, Step, amount};
use crate::system::Terminal;

pub use json::json;
#[cfg(test)]
pub(crate) use json::schema;

/// Names on one line of a table, at most: what is longer is hard to read, and cells have an end.
const NAMES_PER_ROW: usize = 12;

/// The plan, ending in a newline.
pub fn text(saved: &SavedPlan, terminal: Terminal) -> String {
    let plan = &saved.plan;
    let mut text = String::new();
    order(plan, what(plan.goal), &mut text, terminal);
    for machine in plan.order.iter().flatten() {
        text.push('\n');
        text.push_str(&of_machine(saved, machine, terminal));
    }
    if !saved.left_out.is_empty() {
        text.push('\n');
        let rows = saved.left_out.iter().map(|(machine, because)| vec![machine.to_string(), because.clone()]);
        let columns = ["Not in the plan", ""].map(Column::new);
        text.push_str(&table::render(&columns, rows.collect(), terminal.line_width()));
    }
    text
}

/// What a goal does, as the beginning of a sentence.
pub(super) fn what(goal: Goal) -> &'static str {
    match goal {
        Goal::Reboot => "reboot",
        Goal::Keys => "send keys",
        Goal::Build => "build",
        Goal::Copy => "build and copy",
        Goal::DryActivate => "build, copy and dry-activate",
        Goal::Boot => "boot from now on, and not activate now,",
        Goal::Test => "activate until the next boot",
        Goal::Switch => "activate",
    }
}

fn of_machine(saved: &SavedPlan, machine: &MachineName, terminal: Terminal) -> String {
    let planned = &saved.plan.machines[machine];
    let from = planned.observed.current_system.as_ref().map_or("nothing", |it| it.short_hash());
    let change = if planned.is_current() {
        format!("{} stays", planned.toplevel.short_hash())
    } else {
        format!("{from} → {}", planned.toplevel.short_hash())
    };
    let mut rows = Rows::default();
    rows.one("system", planned.toplevel.name());
    if !planned.needs.is_empty() {
        let needs: Vec<String> = planned.needs.iter().map(ToString::to_string).collect();
        rows.many("after", "", &needs);
    }
    if let Some(changes) = saved.changes.get(machine) {
        changes_of(&mut rows, changes, planned, saved.plan.goal);
    }
    for step in saved.plan.steps.iter().filter(|it| it.step.machine() == Some(machine)) {
        steps_of(&mut rows, &step.step);
    }
    table::render(&[Column::whole(machine.as_str()), Column::new(&change)], rows.0, terminal.line_width())
}

/// Lines of a table: what they are about, and what is said of it.
#[derive(Default)]
pub(super) struct Rows(Vec<Vec<String>>);

impl Rows {
    pub(super) fn into_rows(self) -> Vec<Vec<String>> {
        self.0
    }

    pub(super) fn one(&mut self, about: &str, text: &str) {
        let last = self.0.iter().rev().find(|row| !row[0].is_empty());
        let about = if last.is_some_and(|row| row[0] == about) { "" } else { about };
        self.0.push(vec![about.to_owned(), text.to_owned()]);
    }

    fn many(&mut self, about: &str, before: &str, names: &[String]) {
        for names in names.chunks(NAMES_PER_ROW) {
            let names = names.join(", ");
            self.one(about, &if before.is_empty() { names } else { format!("{before} {names}") });
        }
    }

    pub(super) fn unknown<T>(&mut self, about: &str, it: &Foreseen<T>) {
        if let Foreseen::Unknown(because) = it {
            self.one(about, &format!("unknown: {}", because.lines().next().unwrap_or_default()));
        }
    }
}

fn changes_of(rows: &mut Rows, changes: &Changes, planned: &MachinePlan, goal: Goal) {
    match &changes.packages {
        Foreseen::Known(packages) => {
            package_rows(rows, packages, planned.observed.current_system.is_none());
        }
        unknown => rows.unknown("packages", unknown),
    }
    match &changes.copy {
        Foreseen::Known(copy) => copy_of(rows, copy),
        unknown => rows.unknown("copy", unknown),
    }
    if goal >= Goal::Test {
        match &changes.units {
            Foreseen::Known(units) => units_of(rows, units),
            unknown => rows.unknown("units", unknown),
        }
    }
    match &changes.reboot {
        Foreseen::Known(differ) if differ.is_empty() => {}
        Foreseen::Known(differ) => {
            rows.one("reboot", &format!("needed for what is new of: {}", differ.join(", ")));
        }
        unknown => rows.unknown("reboot", unknown),
    }
    match &changes.keys {
        Foreseen::Known(keys) => keys_of(rows, keys),
        unknown => rows.unknown("keys", unknown),
    }
}

/// What becomes of the packages of a machine that had some, or had `none` before.
pub(super) fn package_rows(rows: &mut Rows, packages: &PackageChanges, none: bool) {
    let size = |bytes: u64| amount(bytes);
    if none {
        let text = format!("all {} are new, {}", packages.added.len(), size(packages.size_after));
        return rows.one("packages", &text);
    }
    let lists = [("new", &packages.added), ("updated", &packages.changed), ("removed", &packages.removed)];
    for (word, list) in lists {
        for package in list {
            rows.one("packages", &format!("{word}: {}", versions(package)));
        }
    }
    if !packages.rebuilt.is_empty() {
        rows.many("packages", "built anew:", &packages.rebuilt);
    }
    if packages.is_empty() {
        rows.one("packages", "no change");
    } else if packages.size_before != packages.size_after {
        let (before, after) = (packages.size_before, packages.size_after);
        let difference = amount(before.abs_diff(after));
        let word = if after > before { "more" } else { "less" };
        rows.one("packages", &format!("{} in all, {difference} {word} than before", size(after)));
    }
}

/// `nginx 1.24 → 1.26`
fn versions(package: &PackageChange) -> String {
    let shown = |versions: &[String]| {
        let named = versions.iter().map(|it| if it.is_empty() { "no version" } else { it });
        named.collect::<Vec<_>>().join(", ")
    };
    let of_one =
        |versions: &[String]| if versions == [""] { String::new() } else { format!(" {}", shown(versions)) };
    match (package.before.as_slice(), package.after.as_slice()) {
        ([], versions) | (versions, []) => format!("{}{}", package.name, of_one(versions)),
        (before, after) => format!("{} {} → {}", package.name, shown(before), shown(after)),
    }
}

fn copy_of(rows: &mut Rows, copy: &CopySize) {
    let free = copy.free.map(|free| format!("{} are free", amount(free)));
    let paths = if copy.paths == 1 { "path" } else { "paths" };
    let text = match (copy.paths, free) {
        (0, _) => "nothing: it has all of it".to_owned(),
        (count, Some(free)) if copy.too_large => {
            format!("{count} {paths}, {}: TOO LARGE, only {free}", amount(copy.bytes))
        }
        (count, Some(free)) => format!("{count} {paths}, {} ({free})", amount(copy.bytes)),
        (count, None) => format!("{count} {paths}, {}", amount(copy.bytes)),
    };
    rows.one("copy", &text);
}

fn units_of(rows: &mut Rows, units: &UnitChanges) {
    let names = |of: &mut dyn Iterator<Item = &String>| of.cloned().collect::<Vec<_>>();
    // Stopped before the activation and started after it: what people call a restart.
    let restart = names(&mut units.restart.iter().chain(units.stop.intersection(&units.start)));
    rows.many("units", "stop", &names(&mut units.stop.difference(&units.start)));
    rows.many("units", "restart", &restart);
    rows.many("units", "reload", &names(&mut units.reload.iter()));
    rows.many("units", "start", &names(&mut units.start.difference(&units.stop)));
    rows.many("units", "leave as it runs:", &names(&mut units.skip.iter()));
    if units.is_empty() {
        rows.one("units", "no change");
    } else if units.basis == UnitBasis::UnitFiles {
        rows.one("units", "(as the unit files have it; the machine decides)");
    }
}

fn keys_of(rows: &mut Rows, keys: &KeyChanges) {
    rows.many("keys", "send the new", &keys.new);
    rows.many("keys", "send the changed", &keys.changed);
    rows.many("keys", "remove", &keys.removed);
    rows.many("keys", "unchanged:", &keys.unchanged);
}

/// What is done to a machine besides changing its system.
fn steps_of(rows: &mut Rows, step: &Step) {
    match step {
        Step::SendKeys(it) if it.all => rows.one("keys", "again after the reboot, where it took them"),
        Step::RebootMachine(it) => match it.reboot {
            Reboot::Never => {}
            Reboot::WhenNeeded => rows.one("reboot", "afterwards, where it is needed"),
            Reboot::Always => rows.one("reboot", "afterwards"),
        },
        Step::SendKeys(it) => {
            let when = match it.when {
                UploadAt::PreActivation => "before the activation:",
                UploadAt::PostActivation => "after the activation:",
            };
            rows.many("keys", when, &it.paths);
        }
        Step::CheckBefore(it) => {
            for check in &it.checks {
                rows.one("before", &format!("before anything is touched: {check}"));
            }
        }
        Step::ActivateSystem(it) => match it.confirm_within {
            Some(seconds) if it.goes_back() => {
                let text =
                    format!("over a new connection within {seconds} s, or else it goes back by itself");
                rows.one("confirm", &text);
            }
            _ => rows.one("confirm", "over a new connection; it does not go back by itself"),
        },
        Step::HooksBefore(it) => hooks(rows, "before the activation", &it.hooks),
        Step::HooksAfter(it) => hooks(rows, "at the end", &it.hooks),
        Step::BuildOnTarget(_) => rows.one("build", "on the machine itself"),
        // Those that were named already.
        Step::CheckHealth(it) if it.held_in_boot.is_some() => {}
        Step::CheckHealth(it) => {
            for check in &it.checks {
                rows.one("healthy", &format!("when {check}"));
            }
        }
        _ => {}
    }
}

/// The commands of the network around an activation.
fn hooks(rows: &mut Rows, when: &str, hooks: &Hooks) {
    for words in &hooks.deployer {
        rows.one("hooks", &format!("{when}, here: {}", words.join(" ")));
    }
    for words in &hooks.target {
        rows.one("hooks", &format!("{when}, on the machine: {}", words.join(" ")));
    }
}

#[cfg(test)]
mod tests;

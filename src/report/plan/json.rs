//! A plan with all that it changes, as programs read it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::execute::SavedPlan;
use crate::plan::{Changes, CopySize, Foreseen, KeyChanges, PackageChanges, UnitChanges};
use crate::steps::Step;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// What `nixwright plan --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct PlanJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    /// The same for the same plan.
    id: String,
    /// When it was made, in UTC (RFC 3339).
    made: &'a str,
    /// The UUID of the deployment.
    deployment: String,
    name: &'a str,
    /// How far it goes: `build`, `copy`, `dry-activate`, `boot`, `test` or `switch`.
    goal: String,
    /// The order of activation: machines of one rank wait for all ranks before that they need.
    order: Vec<Vec<&'a str>>,
    /// By name.
    machines: BTreeMap<&'a str, MachineJson<'a>>,
    /// The machines that are not part of it, and why.
    left_out: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MachineJson<'a> {
    /// It runs, and would boot, another system than it is to get.
    changes: bool,
    /// The store path of what it runs; null where that is no system of NixOS.
    before: Option<&'a str>,
    after: &'a str,
    derivation: Option<&'a str>,
    host: &'a str,
    /// The machines that are done before it.
    needs: Vec<&'a str>,
    /// What is done, in this order.
    steps: Vec<&'a str>,
    /// Seconds within which its activation must be confirmed; null where it does not go back by itself.
    confirm_within: Option<u64>,
    /// What must hold before anything is touched.
    checks_before: Vec<String>,
    /// What must hold after its activation.
    checks: Vec<String>,
    /// Null where it is not known, as all of the following; `unknown` says why.
    packages: Option<&'a PackageChanges>,
    copy: Option<&'a CopySize>,
    units: Option<&'a UnitChanges>,
    /// What only a reboot brings into effect; empty where none is needed.
    reboot: Option<&'a [String]>,
    keys: Option<&'a KeyChanges>,
    /// Why something is not known, by its name.
    unknown: BTreeMap<&'static str, &'a str>,
}

#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<PlanJson<'_>>()
}

pub fn json(saved: &SavedPlan) -> String {
    let plan = &saved.plan;
    let goal = serde_json::to_value(plan.goal).expect("a goal is a word");
    let machines = plan.machines.keys().map(|machine| (machine.as_str(), of_machine(saved, machine)));
    let order = plan.order.iter().map(|rank| rank.iter().map(|it| it.as_str()).collect());
    super::super::json_text(&PlanJson {
        version: VERSION,
        id: saved.id.to_string(),
        made: &saved.made,
        deployment: plan.deployment.to_string(),
        name: &saved.title,
        goal: goal.as_str().unwrap_or_default().to_owned(),
        order: order.collect(),
        machines: machines.collect(),
        left_out: saved.left_out.iter().map(|(machine, it)| (machine.as_str(), it.as_str())).collect(),
    })
}

fn of_machine<'a>(saved: &'a SavedPlan, machine: &crate::network::MachineName) -> MachineJson<'a> {
    let planned = &saved.plan.machines[machine];
    let mut json = MachineJson {
        changes: !planned.is_current(),
        before: planned.observed.current_system.as_ref().map(|it| it.as_str()),
        after: planned.toplevel.as_str(),
        derivation: planned.derivation.as_ref().map(|it| it.as_str()),
        host: &planned.address.host,
        needs: planned.needs.iter().map(|it| it.as_str()).collect(),
        steps: Vec::new(),
        confirm_within: None,
        checks_before: Vec::new(),
        checks: Vec::new(),
        packages: None,
        copy: None,
        units: None,
        reboot: None,
        keys: None,
        unknown: BTreeMap::new(),
    };
    for step in saved.plan.steps.iter().map(|it| &it.step).filter(|it| it.machine() == Some(machine)) {
        json.steps.push(step.kind().name);
        match step {
            Step::ActivateSystem(it) if it.goes_back() => json.confirm_within = it.confirm_within,
            Step::CheckBefore(it) => json.checks_before.extend(it.checks.iter().map(ToString::to_string)),
            // Those that were named already.
            Step::CheckHealth(it) if it.held_in_boot.is_some() => {}
            Step::CheckHealth(it) => json.checks.extend(it.checks.iter().map(ToString::to_string)),
            _ => {}
        }
    }
    if let Some(Changes { packages, copy, units, reboot, keys }) = saved.changes.get(machine) {
        let unknown = &mut json.unknown;
        json.packages = known(unknown, "packages", packages);
        json.copy = known(unknown, "copy", copy);
        json.units = known(unknown, "units", units);
        json.reboot = known(unknown, "reboot", reboot).map(Vec::as_slice);
        json.keys = known(unknown, "keys", keys);
    }
    json
}

fn known<'a, T>(
    unknown: &mut BTreeMap<&'static str, &'a str>,
    name: &'static str,
    it: &'a Foreseen<T>,
) -> Option<&'a T> {
    if let Foreseen::Unknown(because) = it {
        unknown.insert(name, because);
    }
    it.known()
}

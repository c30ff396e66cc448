//! What each machine of a scenario is to become, and the plan for it: the real one.

use std::collections::BTreeMap;

use super::BEFORE;
use super::deployer::{address, by_name, keys, system};
use super::scenario::{Check, Scenario};
use crate::network::{HealthCheck, HealthQuestion, MachineName};
use crate::nix::StorePath;
use crate::plan::{self, Plan, Rollout, Stage, Wanted};
use crate::steps::Observed;

pub(super) fn make(scenario: &Scenario, observed: &BTreeMap<usize, Observed>) -> Plan {
    let wanted = by_name(scenario, |at, subject| Wanted {
        observed: observed.get(&at).cloned().unwrap_or_default(),
        derivation: subject.changed.then(|| drv(at)),
        needs: subject.needs.iter().map(|need| MachineName::new(&scenario.machines[*need].name)).collect(),
        always_activate: subject.always,
        confirm_within: subject.confirm_within.filter(|_| scenario.policy.rollback),
        keys: Some(keys(subject).into_iter().map(|key| (key.when, key.path)).collect()),
        checks_before: subject.checked_before.then(before_check).into_iter().collect(),
        checks: subject.checks.iter().map(|it| check(*it)).collect(),
        ..Wanted::new(address(subject), system(at, if subject.changed { "new" } else { "old" }))
    });
    plan::make(uuid::Uuid::nil(), scenario.goal, wanted, rollout(scenario))
        .expect("what is needed comes before")
}

/// Stages of machines that come one after the other, so that none needs a later one.
fn rollout(scenario: &Scenario) -> Rollout {
    let mut first = 0;
    let mut stages = Vec::new();
    for (at, end) in scenario.stages.iter().enumerate() {
        let machines = scenario.machines.iter().take(*end).skip(first);
        let machines = machines.map(|it| MachineName::new(&it.name)).collect();
        let canary = scenario.canary && at == 0;
        stages.push(if canary { Stage::canary("c", machines) } else { Stage::named("s", machines) });
        first = *end;
    }
    Rollout { stages, soak: scenario.soak, pipeline: scenario.policy.pipeline, ..Rollout::default() }
}

fn drv(at: usize) -> StorePath {
    StorePath::new(format!("{}.drv", system(at, "new"))).expect("it is a store path")
}

fn asked(question: HealthQuestion) -> HealthCheck {
    HealthCheck { description: String::new(), period: 2, timeout: 5, retries: 10, question }
}

fn before_check() -> HealthCheck {
    asked(HealthQuestion::Tcp { host: None, port: BEFORE })
}

fn check(check: Check) -> HealthCheck {
    let words = |word: &str| vec![word.to_owned()];
    asked(match check {
        Check::Port => HealthQuestion::Tcp { host: None, port: 22 },
        Check::Page => HealthQuestion::Http {
            host: None,
            port: 80,
            path: "/".to_owned(),
            scheme: "http".to_owned(),
            insecure: false,
            headers: BTreeMap::new(),
        },
        Check::Program => HealthQuestion::Cmd { cmd: words("check-here") },
        Check::Unit => HealthQuestion::Unit { name: "a.service".to_owned() },
        Check::ProgramThere => HealthQuestion::Command { command: words("check-there") },
    })
}

//! A small plan that tests of several rooms share: web needs app, app needs db.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Address, Goal, Plan, PlannedStep, Rollout, Wanted, make};
use crate::network::{MachineName, UploadAt};
use crate::nix::StorePath;

/// The whole way of three machines, each with a build.
pub(crate) fn three_tiers() -> Plan {
    three_tiers_by(Rollout::default())
}

/// The same with a policy.
pub(crate) fn three_tiers_by(rollout: Rollout) -> Plan {
    make(Uuid::nil(), Goal::Switch, three(), rollout).expect("the example has no cycle")
}

/// One machine with a key that is due before its activation, which was seen in its `first` boot.
pub(crate) fn keyed() -> Plan {
    let (machine, mut web) = wanted("web", &[]);
    web.keys = Some(vec![(UploadAt::PreActivation, "/run/keys/one".to_owned())]);
    web.observed.boot_id = "first".to_owned();
    make(Uuid::nil(), Goal::Switch, [(machine, web)].into(), Rollout::default())
        .expect("one machine makes no cycle")
}

/// One machine whose system is only to be tried.
pub(crate) fn tried() -> Plan {
    make(Uuid::nil(), Goal::Test, [wanted("web", &[])].into(), Rollout::default())
        .expect("one machine makes no cycle")
}

/// One machine with a build, that needs others.
pub(crate) fn wanted(name: &str, needs: &[&str]) -> (MachineName, Wanted) {
    let path =
        |suffix: &str| StorePath::new(format!("/nix/store/{}-{name}{suffix}", "a".repeat(32))).unwrap();
    let address = Address { user: Some("root".to_owned()), ..Address::new(format!("{name}.example")) };
    let wanted = Wanted {
        derivation: Some(path(".drv")),
        needs: needs.iter().map(|it| MachineName::new(*it)).collect(),
        always_activate: true,
        confirm_within: Some(30),
        ..Wanted::new(address, path(""))
    };
    (MachineName::new(name), wanted)
}

pub(super) fn three() -> BTreeMap<MachineName, Wanted> {
    [wanted("web", &["app"]), wanted("app", &["db"]), wanted("db", &[])].into()
}

/// Each step with those that it waits for.
pub(super) fn shown(plan: &Plan) -> Vec<String> {
    let line = |step: &PlannedStep| {
        let after: Vec<&str> = step.after.iter().map(|at| plan.steps[*at].id.as_str()).collect();
        format!("{} < {}", step.id.as_str(), after.join(", "))
    };
    plan.steps.iter().map(line).collect()
}

//! The plan that reboots machines and leaves their systems alone: what a machine needs is back before the machine goes.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::build::{Draft, reboot};
use super::{Goal, Plan, PlanError, Rollout, VERSION, Wanted};
use crate::graph::Dependencies;
use crate::network::MachineName;

/// Each machine boots what its `toplevel` says, which must be what boots already. With `wait` each is waited for, gets its keys
/// again, and must be healthy.
pub fn make_for_reboots(
    deployment: Uuid,
    mut wanted: BTreeMap<MachineName, Wanted>,
    rollout: Rollout,
    wait: bool,
) -> Result<Plan, PlanError> {
    let needs = wanted.iter().map(|(machine, it)| (machine.clone(), it.needs.clone())).collect();
    let order = Dependencies::new(&needs).ranks()?;
    if !wait {
        for it in wanted.values_mut() {
            (it.keys, it.checks) = (None, Vec::new());
        }
    }
    let mut draft = Draft::default();
    let mut last: BTreeMap<&MachineName, usize> = BTreeMap::new();
    for machine in order.iter().flatten() {
        let it = &wanted[machine];
        let before = it.needs.iter().filter_map(|need| last.get(need).copied()).collect();
        let end = reboot(&mut draft, machine, it, before, wait);
        last.insert(machine, end);
    }
    let machines = wanted.into_iter().map(|(machine, it)| (machine, it.into())).collect();
    let (goal, network, steps) = (Goal::Reboot, Vec::new(), draft.steps);
    Ok(Plan { version: VERSION, deployment, goal, machines, network, rollout, order, steps })
}

#[cfg(test)]
mod tests {
    use super::super::example::{shown, three};
    use super::*;
    use crate::network::{HealthCheck, HealthQuestion, Reboot, UploadAt};

    fn plan(wait: bool) -> Plan {
        let mut wanted = three();
        for it in wanted.values_mut() {
            it.reboot = Reboot::Always;
        }
        let app = wanted.get_mut(&MachineName::new("app")).unwrap();
        app.keys = Some(vec![(UploadAt::PreActivation, "/run/keys/one".to_owned())]);
        let question = HealthQuestion::Tcp { host: None, port: 80 };
        app.checks =
            vec![HealthCheck { description: String::new(), period: 1, timeout: 1, retries: 1, question }];
        make_for_reboots(Uuid::nil(), wanted, Rollout::default(), wait).unwrap()
    }

    #[test]
    fn what_a_machine_needs_is_back_and_well_before_it_goes() {
        insta::assert_snapshot!(shown(&plan(true)).join("\n"), @r"
        reboot-machine db < 
        reboot-machine app < reboot-machine db
        send-all-keys app < reboot-machine app
        check-health-again app < send-all-keys app
        reboot-machine web < check-health-again app
        ");
    }

    #[test]
    fn where_nobody_waits_nothing_comes_after_a_reboot() {
        insta::assert_snapshot!(shown(&plan(false)).join("\n"), @r"
        reboot-machine db < 
        reboot-machine app < reboot-machine db
        reboot-machine web < reboot-machine app
        ");
    }
}

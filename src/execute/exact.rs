//! Whether the world is still as it was when a plan was made: the network, the state, and each machine.
//!
//! Compares, and decides nothing else: a plan that was kept is carried out exactly as it is, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::deploy::{Deploy, Prepared, nix_of, prepare};
use super::foresee::key_changes;
use super::lease::KeptLease;
use super::planning::trusted_keys;
use super::saved::{SavedPlan, StateMark};
use super::{Interrupts, RunError, Session};
use crate::network::MachineName;
use crate::plan::{Foreseen, KeyChanges, MachinePlan, Plan};

/// What moved since a plan was made; empty where it can be carried out. Touches nothing.
pub async fn moved(
    session: &Session,
    request: Deploy<'_>,
    saved: &SavedPlan,
    interrupts: &mut Interrupts,
) -> Result<Vec<String>, RunError> {
    let nix = nix_of(session, &request).await?;
    let mut kept = KeptLease::take(session, request.deployment).await?;
    let lease = kept.lease.clone();
    let work = async {
        let prepared = prepare(session, &request, nix, &lease).await?;
        since(session, &request, saved, &prepared).await
    };
    let result = kept.while_nothing_is_touched(interrupts, work).await;
    kept.give_back(session, result).await
}

/// What moved, now that everything was looked at again.
pub(super) async fn since(
    session: &Session,
    request: &Deploy<'_>,
    saved: &SavedPlan,
    prepared: &Prepared,
) -> Result<Vec<String>, RunError> {
    let now = Now {
        state: StateMark::of(&session.state, request.deployment.id).await?,
        host_keys: trusted_keys(session, request.deployment, &prepared.plan).await?,
        keys: key_changes(&prepared.plan, &prepared.world).await,
        plan: &prepared.plan,
    };
    Ok(differences(saved, &now))
}

/// What a plan that was made now would be made from.
struct Now<'a> {
    plan: &'a Plan,
    state: StateMark,
    host_keys: BTreeMap<MachineName, Vec<String>>,
    keys: BTreeMap<MachineName, Foreseen<KeyChanges>>,
}

fn differences(saved: &SavedPlan, now: &Now<'_>) -> Vec<String> {
    let mut all = Vec::new();
    if saved.state.run != now.state.run {
        all.push("the state: there was another run since".to_owned());
    } else if saved.state.generation != now.state.generation {
        all.push("the state: it has another generation now".to_owned());
    }
    if saved.plan.deployment != now.plan.deployment {
        all.push("the state: the deployment is another one".to_owned());
    }
    let machines: BTreeSet<&MachineName> =
        saved.plan.machines.keys().chain(now.plan.machines.keys()).collect();
    for machine in machines {
        match (saved.plan.machines.get(machine), now.plan.machines.get(machine)) {
            (Some(then), Some(is)) => {
                let mut of_machine = of_machine(then, is);
                if saved.host_keys.get(machine) != now.host_keys.get(machine) {
                    of_machine.push("another host key of it is trusted now".to_owned());
                }
                let keys = saved.changes.get(machine).and_then(|it| it.keys.known());
                let keys_now = now.keys.get(machine).and_then(Foreseen::known);
                if keys.is_some() && keys_now.is_some() && keys != keys_now {
                    of_machine.push("other keys would be sent or removed now".to_owned());
                }
                all.extend(of_machine.into_iter().map(|it| format!("{machine}: {it}")));
            }
            (Some(_), None) => all.push(format!("{machine}: it is not part of the plan any more")),
            (None, Some(_)) => all.push(format!("{machine}: it would be part of the plan now")),
            (None, None) => {}
        }
    }
    // Options that change no system: checks, hooks, confirmation, stages.
    if all.is_empty() && saved.plan.id() != now.plan.id() {
        all.push("the network: its options of the deployment are others now".to_owned());
    }
    all
}

fn of_machine(then: &MachinePlan, now: &MachinePlan) -> Vec<String> {
    let mut all = Vec::new();
    if then.toplevel != now.toplevel {
        let (then, now) = (then.toplevel.short_hash(), now.toplevel.short_hash());
        all.push(format!("the network gives it another system: {now} and not {then}"));
    } else if then.derivation != now.derivation {
        all.push("the network builds its system in another way".to_owned());
    }
    if then.needs != now.needs {
        all.push("the network says that it needs other machines".to_owned());
    }
    if then.address != now.address {
        all.push(format!("the network reaches it in another way: {}", now.address.host));
    }
    let (saw, sees) = (&then.observed, &now.observed);
    if saw.current_system != sees.current_system {
        let runs = sees.current_system.as_ref().map_or("nothing", |it| it.short_hash());
        all.push(format!("it runs another system: {runs}"));
    }
    if saw.profile != sees.profile || saw.generation != sees.generation {
        all.push("it would boot another generation".to_owned());
    }
    if saw.boot_id != sees.boot_id {
        all.push("it was booted since".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(plan: &Plan) -> Now<'_> {
        Now { plan, state: StateMark::default(), host_keys: BTreeMap::new(), keys: BTreeMap::new() }
    }

    #[test]
    fn whatever_moves_is_named() {
        let plan = crate::plan::example::three_tiers();
        let saved = SavedPlan::example(plan.clone());
        assert_eq!(differences(&saved, &now(&plan)), Vec::<String>::new());

        let web = MachineName::new("web");
        let changed = |change: &dyn Fn(&mut MachinePlan)| {
            let mut plan = plan.clone();
            change(plan.machines.get_mut(&web).unwrap());
            differences(&saved, &now(&plan)).join("; ")
        };
        let other = || crate::nix::StorePath::new(format!("/nix/store/{}-web", "b".repeat(32))).unwrap();
        assert!(changed(&|it| it.toplevel = other()).contains("web: the network gives it another system"));
        assert!(changed(&|it| it.derivation = None).contains("in another way"));
        assert!(changed(&|it| it.address.port = Some(23)).contains("reaches it"));
        assert!(changed(&|it| it.observed.current_system = Some(other())).contains("it runs another system"));
        assert!(changed(&|it| it.observed.generation = Some(9)).contains("it would boot another"));
        assert!(changed(&|it| it.observed.boot_id = "x".to_owned()).contains("it was booted since"));
        assert!(changed(&|it| it.accepts_key = true).contains("options of the deployment"));
        let mut gone = plan.clone();
        gone.machines.remove(&web);
        assert!(differences(&saved, &now(&gone))[0].contains("web: it is not part"));
        let run = StateMark { run: Some(uuid::Uuid::nil()), generation: None };
        let moved = Now { state: run, ..now(&plan) };
        assert!(differences(&saved, &moved)[0].contains("another run"));
        let trusted = BTreeMap::from([(web, vec!["ssh-ed25519 x".to_owned()])]);
        let moved = Now { host_keys: trusted, ..now(&plan) };
        assert!(differences(&saved, &moved)[0].contains("host key"));
    }
}

//! The order of two hundred random networks on machines of the simulation, and how long it takes beside the longest chain
//! of steps that wait for each other.

use std::collections::BTreeMap;
use std::time::Duration;

use super::play::{Measured, measure};
use super::scenario::Scenario;
use crate::execute::Policy;
use crate::plan::{Goal, Plan};

/// What the limits of kinds let through at once, so that no machine waits for another that it does not need.
const MOST: usize = 4;

fn calm(seed: u64) -> Scenario {
    let mut scenario = Scenario::of(seed);
    scenario.attempts.clear();
    scenario.goal = Goal::Switch;
    scenario.policy = Policy { pipeline: scenario.policy.pipeline, ..Policy::default() };
    scenario
}

/// The longest chain of steps, each with the time that it took.
fn critical_path(plan: &Plan, took: &BTreeMap<String, Duration>) -> Duration {
    let mut ends: Vec<Duration> = Vec::new();
    for planned in &plan.steps {
        let begun = planned.after.iter().map(|before| ends[*before]).max().unwrap_or_default();
        ends.push(begun + took[planned.id.as_str()]);
    }
    ends.into_iter().max().unwrap_or_default()
}

#[test]
fn the_order_respects_every_need_and_wastes_no_time() {
    let mut compared = 0;
    let mut worst: f64 = 0.0;
    for seed in 1..=200 {
        let scenario = calm(seed);
        let Measured { plan, begun, ended, took, passed, broken } = measure(&scenario);
        assert!(broken.is_empty(), "seed {seed}: {broken:?}");
        assert_eq!(ended.len(), plan.steps.len(), "seed {seed}: every step succeeds");
        for planned in &plan.steps {
            for before in &planned.after {
                let before = plan.steps[*before].id.as_str();
                assert!(
                    ended[before] < begun[planned.id.as_str()],
                    "seed {seed}: `{}` begins before `{before}` has ended",
                    planned.id.as_str()
                );
            }
        }
        if scenario.machines.len() <= MOST {
            let path = critical_path(&plan, &took);
            compared += 1;
            worst = worst.max(passed.as_secs_f64() / path.as_secs_f64());
            assert!(
                passed.as_secs_f64() <= path.as_secs_f64() * 1.1,
                "seed {seed}: {passed:?} passed, the longest chain takes {path:?}\n{scenario}"
            );
        }
    }
    assert!(compared > 50, "only {compared} networks are small enough to run without limits");
    println!(
        "200 networks in order; {compared} without limits, at most {worst:.3} times their longest chain"
    );
}

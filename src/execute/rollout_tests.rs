//! Random networks with random rollouts, failures and ends: limits hold, the order is kept, and nothing waits for ever.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use uuid::Uuid;

use super::progress::{Progress, Stand};
use super::standing::Standing;
use super::{OnFailure, Policy};
use crate::network::MachineName;
use crate::plan::example::wanted;
use crate::plan::{self, Goal, MaxUnavailable, Plan, PlanError, Rollout, Stage, StageKind};
use crate::steps::Phase;

/// Machines by number; each needs some of those before it, in a shuffled order of names.
#[derive(Clone, Debug)]
struct Case {
    needs: Vec<BTreeSet<usize>>,
    canary: BTreeSet<usize>,
    stages: Vec<BTreeSet<usize>>,
    tags: Vec<(BTreeSet<usize>, usize)>,
    max_parallel: Option<usize>,
    activations: Option<usize>,
    on_failure: OnFailure,
    pipeline: bool,
    /// Steps that fail, and which of those that run ends next.
    failing: BTreeSet<usize>,
    ends: Vec<usize>,
}

/// Neighbours in the plan are no neighbours by name.
fn name(machine: usize) -> MachineName {
    MachineName::new(format!("m{}", machine * 7 % 13))
}

fn names(machines: &BTreeSet<usize>, all: usize) -> BTreeSet<MachineName> {
    machines.iter().filter(|it| **it < all).map(|it| name(*it)).collect()
}

fn cases() -> impl Strategy<Value = Case> {
    let machines = || btree_set(0_usize..12, 0..6);
    let needs = vec(btree_set(0_usize..12, 0..3), 1..12);
    let on_failure = prop_oneof![Just(OnFailure::Stop), Just(OnFailure::Continue), Just(OnFailure::Rollback)];
    let shape = (needs, machines(), vec(machines(), 0..3), vec((machines(), 1_usize..4), 0..3));
    let limits = (proptest::option::of(1_usize..4), proptest::option::of(1_usize..4));
    let events = (btree_set(0_usize..100, 0..4), vec(0_usize..100, 1..40));
    (shape, limits, on_failure, any::<bool>(), events).prop_map(
        |(shape, limits, on_failure, pipeline, events)| {
            let (needs, canary, stages, tags) = shape;
            let earlier =
                |(at, needs): (usize, BTreeSet<usize>)| needs.into_iter().filter(|it| *it < at).collect();
            Case {
                needs: needs.into_iter().enumerate().map(earlier).collect(),
                canary,
                stages,
                tags,
                max_parallel: limits.0,
                activations: limits.1,
                on_failure,
                pipeline,
                failing: events.0,
                ends: events.1,
            }
        },
    )
}

impl Case {
    fn plan(&self) -> Result<Plan, PlanError> {
        let all = self.needs.len();
        let machines = self.needs.iter().enumerate().map(|(at, needs)| {
            let needs: Vec<String> = needs.iter().map(|it| name(*it).to_string()).collect();
            wanted(name(at).as_str(), &needs.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let canary = Some(names(&self.canary, all)).filter(|it| !it.is_empty());
        let canary = canary.into_iter().map(|it| Stage::canary("canary", it));
        let stages = self.stages.iter().map(|it| Stage::named("stage", names(it, all)));
        let tags = self.tags.iter().enumerate().map(|(at, (machines, limit))| MaxUnavailable {
            tag: format!("tag{at}"),
            limit: *limit,
            machines: names(machines, all),
            down: 0,
        });
        let rollout = Rollout {
            stages: canary.chain(stages).collect(),
            soak: 1,
            max_parallel: self.max_parallel,
            max_unavailable: tags.collect(),
            on_failure: self.on_failure,
            pipeline: self.pipeline,
        };
        plan::make(Uuid::nil(), Goal::Switch, machines.collect(), rollout)
    }

    /// Runs the plan; returns what began and ended, in order.
    fn play(&self, plan: &Plan) -> Result<Vec<(usize, Stand)>, TestCaseError> {
        let policy = Policy { concurrent_activations: self.activations, ..Policy::default() };
        let mut seen = Watched { plan, touched: BTreeSet::new(), lost: BTreeSet::new(), failed: false };
        let mut progress = Progress::new(plan, policy, &Standing::default());
        let (mut running, mut story) = (Vec::new(), Vec::new());
        let mut ends = self.ends.iter().cycle();
        loop {
            while let Some(step) = progress.begin() {
                story.push((step, Stand::Running));
                seen.begins(&progress, step)?;
                running.push(step);
            }
            if running.is_empty() {
                break;
            }
            let next = ends.next().expect("there is at least one") % running.len();
            let step: usize = running.remove(next);
            if self.failing.contains(&step) && plan.steps[step].step.machine().is_some() {
                seen.fails(&progress, step);
                progress.failed(step);
            } else {
                progress.succeeded(step);
            }
            story.push((step, progress.stand(step)));
        }
        for step in 0..plan.steps.len() {
            prop_assert_ne!(
                progress.stand(step),
                Stand::Waiting,
                "{} waits for ever",
                plan.steps[step].id.as_str()
            );
            if !seen.failed {
                prop_assert_eq!(progress.stand(step), Stand::Succeeded);
            }
        }
        Ok(story)
    }
}

/// What must hold at every moment.
struct Watched<'a> {
    plan: &'a Plan,
    touched: BTreeSet<MachineName>,
    lost: BTreeSet<MachineName>,
    failed: bool,
}

impl Watched<'_> {
    /// Of the steps on the machine itself: in a pipeline it may still be copied to when it has no chance any more.
    fn stands(&self, progress: &Progress<'_>, machine: &MachineName) -> Vec<Stand> {
        let steps = self.plan.steps.iter().enumerate();
        let steps = steps.filter(|(_, planned)| {
            planned.step.machine() == Some(machine) && planned.step.kind().phase == Phase::Activate
        });
        steps.map(|(at, _)| progress.stand(at)).collect()
    }

    fn is_done(&self, progress: &Progress<'_>, machine: &MachineName) -> bool {
        self.stands(progress, machine).iter().all(|it| *it == Stand::Succeeded)
    }

    fn is_over(&self, progress: &Progress<'_>, machine: &MachineName) -> bool {
        !self.stands(progress, machine).iter().any(|it| matches!(it, Stand::Waiting | Stand::Running))
    }

    fn begins(&mut self, progress: &Progress<'_>, step: usize) -> Result<(), TestCaseError> {
        let step = &self.plan.steps[step].step;
        let Some(machine) = step.machine().filter(|_| step.kind().touches) else { return Ok(()) };
        let rollout = &self.plan.rollout;
        if self.touched.insert(machine.clone()) {
            prop_assert!(
                !self.failed || rollout.on_failure == OnFailure::Continue,
                "{machine} after a failure"
            );
        }
        for need in &self.plan.machines[machine].needs {
            prop_assert!(self.is_done(progress, need), "{machine} before {need}");
        }
        for stage in rollout.stages.iter().take_while(|stage| !stage.machines.contains(machine)) {
            for earlier in &stage.machines {
                prop_assert!(
                    self.is_over(progress, earlier),
                    "{machine} before {earlier} of an earlier stage"
                );
                let is_canary = stage.kind == StageKind::Canary;
                prop_assert!(
                    !is_canary || self.is_done(progress, earlier),
                    "{machine} after a failed canary"
                );
            }
        }
        let inside: BTreeSet<&MachineName> =
            self.touched.iter().filter(|it| !self.is_over(progress, it)).collect();
        prop_assert!(inside.len() <= rollout.max_parallel.unwrap_or(usize::MAX), "{inside:?} at a time");
        for limit in &rollout.max_unavailable {
            let away = limit.machines.iter().filter(|it| inside.contains(it) || self.lost.contains(*it));
            prop_assert!(away.count() <= limit.limit, "too many of {} are away", limit.tag);
        }
        Ok(())
    }

    fn fails(&mut self, progress: &Progress<'_>, step: usize) {
        self.failed = true;
        let machine = self.plan.steps[step].step.machine();
        if let Some(machine) = machine.filter(|it| self.touched.contains(*it)) {
            debug_assert!(!self.is_over(progress, machine));
            self.lost.insert(machine.clone());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn limits_and_order_hold_and_every_run_ends(case in cases()) {
        let plan = match case.plan() {
            Ok(plan) => plan,
            Err(PlanError::Stages { way, .. }) => {
                // What is said of a conflict is so.
                let number: BTreeMap<MachineName, usize> =
                    (0..case.needs.len()).map(|it| (name(it), it)).collect();
                for pair in way.windows(2) {
                    prop_assert!(case.needs[number[&pair[0]]].contains(&number[&pair[1]]));
                }
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        for (at, planned) in plan.steps.iter().enumerate() {
            prop_assert!(planned.after.iter().all(|before| *before < at));
        }
        let story = case.play(&plan)?;
        prop_assert_eq!(story, case.play(&plan)?, "the same events have the same consequences");
        prop_assert_eq!(case.plan().ok(), Some(plan));
    }
}

#[test]
fn ten_thousand_machines_pass_a_narrow_gate() {
    let all: BTreeMap<_, _> = (0..10_000).map(|it| wanted(&format!("m{it}"), &[])).collect();
    let machines: BTreeSet<MachineName> = all.keys().cloned().collect();
    let tag = MaxUnavailable { tag: "all".to_owned(), limit: 2, machines, down: 0 };
    let rollout = Rollout { max_parallel: Some(3), max_unavailable: vec![tag], ..Rollout::default() };
    let plan = plan::make(Uuid::nil(), Goal::Switch, all, rollout).unwrap();
    let mut progress = Progress::new(&plan, Policy::default(), &Standing::default());
    let (mut running, mut most, mut ended) = (std::collections::VecDeque::new(), 0, 0);
    loop {
        while let Some(step) = progress.begin() {
            running.push_back(step);
        }
        let touching = |step: &&usize| plan.steps[**step].step.kind().phase == Phase::Activate;
        most = most.max(running.iter().filter(touching).count());
        let Some(step) = running.pop_front() else { break };
        progress.succeeded(step);
        ended += 1;
    }
    assert_eq!((most, ended), (2, plan.steps.len()));
}

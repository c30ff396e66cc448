//! Where a run stands: which steps wait, may begin, run, or have ended. Pure; the dispatcher asks it what to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::limits::Limits;
use super::standing::{At, Standing};
use super::{OnFailure, Policy};
use crate::network::MachineName;
use crate::plan::Plan;
use crate::steps::{AwaitStage, Kind, Step};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

/// The stand of every step of a plan. Every operation costs in proportion to the steps it moves.
pub(super) struct Progress<'a> {
    plan: &'a Plan,
    policy: Policy,
    on_failure: OnFailure,
    stands: Vec<Stand>,
    /// How many steps each one still waits for.
    unmet: Vec<usize>,
    followers: Vec<Vec<usize>>,
    /// By the limit that kept them out when they were last tried, and by kind: what is full costs nothing to pass over.
    ready: BTreeMap<(Option<usize>, &'static str), BTreeSet<usize>>,
    limits: Limits<'a>,
    /// How many steps of each machine have not ended.
    open: BTreeMap<&'a MachineName, usize>,
    running: BTreeMap<&'static str, usize>,
    /// The first failure: after it, `stop` begins nothing new.
    failed: Option<String>,
    stopped: bool,
    /// Machines whose activation was begun and whose chain is to be finished.
    touched: BTreeSet<MachineName>,
}

/// A step that will never begin.
pub(super) struct Skip {
    pub step: usize,
    pub because: String,
}

impl<'a> Progress<'a> {
    /// What is done already needs no beginning, and nothing waits for it.
    pub(super) fn new(plan: &'a Plan, policy: Policy, standing: &Standing) -> Self {
        let mut followers = vec![Vec::new(); plan.steps.len()];
        let mut unmet = vec![0; plan.steps.len()];
        let mut ready: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        let mut open: BTreeMap<&MachineName, usize> = BTreeMap::new();
        let mut stands = vec![Stand::Waiting; plan.steps.len()];
        // What done steps would wait for, were they not done.
        let mut hidden: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let begun = standing.begun().iter().map(|at| &plan.steps[*at].step);
        let touched: BTreeSet<MachineName> =
            begun.filter(|step| step.kind().touches).filter_map(Step::machine).cloned().collect();
        for (at, planned) in plan.steps.iter().enumerate() {
            // The gate was open when the first machine was touched: no later failure shuts it before such a one.
            let is_touched = planned.step.machine().is_some_and(|machine| touched.contains(machine));
            let is_shut_by = |before: usize| is_gate(&plan.steps[before].step);
            let mut waits: BTreeSet<usize> =
                planned.after.iter().copied().filter(|it| !(is_touched && is_shut_by(*it))).collect();
            // What is done hides nothing that is to be looked at again, like a copy: a machine does one thing after
            // the other, or else it would go back while it is being activated.
            for done in planned.after.iter().filter(|it| standing.at(**it) == At::Done) {
                let same = plan.steps[*done].step.machine() == planned.step.machine();
                let behind =
                    if same { hidden.get(done).cloned().unwrap_or_default() } else { BTreeSet::new() };
                waits.extend(behind);
            }
            for before in &waits {
                followers[*before].push(at);
                unmet[at] += usize::from(standing.at(*before) != At::Done);
            }
            if standing.at(at) == At::Done {
                waits.retain(|it| standing.at(*it) != At::Done);
                hidden.insert(at, waits);
            }
            if standing.at(at) == At::Done {
                stands[at] = Stand::Succeeded;
                continue;
            }
            if let Some(machine) = planned.step.machine() {
                *open.entry(machine).or_default() += 1;
            }
            if unmet[at] == 0 {
                ready.entry((None, planned.step.kind().name)).or_default().insert(at);
            }
        }
        Self {
            plan,
            policy,
            on_failure: policy.on_failure_of(plan.rollout.on_failure),
            stands,
            unmet,
            followers,
            ready,
            limits: Limits::new(&plan.rollout, policy.parallel),
            open,
            running: BTreeMap::new(),
            failed: None,
            stopped: false,
            touched,
        }
    }

    pub(super) fn stand(&self, step: usize) -> Stand {
        self.stands[step]
    }

    pub(super) fn step(&self, step: usize) -> &'a Step {
        &self.plan.steps[step].step
    }

    /// Takes the next step that may begin, if any, and counts it as running.
    pub(super) fn begin(&mut self) -> Option<usize> {
        loop {
            let (step, place) = self.next()?;
            let kind = self.step(step).kind();
            self.ready.get_mut(&place).expect("the step was found there").remove(&step);
            if let (true, Some(machine)) = (kind.touches, self.step(step).machine()) {
                if let Some(limit) = self.limits.keeps_out(machine) {
                    self.ready.entry((Some(limit), kind.name)).or_default().insert(step);
                    continue;
                }
                self.limits.enter(machine);
                self.touched.insert(machine.clone());
            }
            *self.running.entry(kind.name).or_default() += 1;
            self.stands[step] = Stand::Running;
            return Some(step);
        }
    }

    /// The first step that its kind lets begin, and that is not known to be kept out; with the place where it waits.
    fn next(&self) -> Option<(usize, (Option<usize>, &'static str))> {
        let mut found: Option<(usize, (Option<usize>, &'static str))> = None;
        for (place @ (kept_out, kind), steps) in &self.ready {
            let Some(first) = steps.first().copied() else { continue };
            let is_full = kept_out.is_some_and(|limit| !self.limits.has_room(limit))
                || self.running.get(kind).copied().unwrap_or_default() >= self.limit(self.step(first).kind());
            if !is_full && found.is_none_or(|(step, _)| first < step) {
                found = Some((first, *place));
            }
        }
        found
    }

    fn limit(&self, kind: Kind) -> usize {
        let wished = match kind.name {
            name if name == crate::steps::CopyClosure::KIND.name => self.policy.concurrent_copies,
            name if name == crate::steps::ActivateSystem::KIND.name => self.policy.concurrent_activations,
            _ => None,
        };
        wished.unwrap_or(kind.limit).max(1)
    }

    pub(super) fn succeeded(&mut self, step: usize) {
        self.settle(step, Stand::Succeeded);
    }

    /// Notes a failure; returns what will therefore never begin.
    pub(super) fn failed(&mut self, step: usize) -> Vec<Skip> {
        // Who fails after its first touch may be away for good.
        let shut = self.step(step).machine().map(|machine| self.limits.lose(machine)).unwrap_or_default();
        self.settle(step, Stand::Failed);
        let what =
            self.step(step).machine().map_or_else(|| "the run".to_owned(), |machine| format!("`{machine}`"));
        self.failed.get_or_insert_with(|| format!("{what} failed"));
        let mut skips = self.skip_followers(step, &format!("{what} failed"));
        for limit in shut {
            let (machines, because) = self.limits.shut(limit);
            skips.extend(self.skip_all_of(&machines, &format!("{what} failed, and {because}")));
        }
        if self.on_failure != OnFailure::Continue {
            skips.extend(self.stop_now());
        }
        skips
    }

    /// Gives up a machine of which no step runs; returns what will therefore never begin.
    pub(super) fn give_up(&mut self, machine: &MachineName) -> Vec<Skip> {
        let because = format!("`{machine}` failed");
        self.failed.get_or_insert_with(|| because.clone());
        let mut skips = self.skip_all_of(&[machine], &because);
        if self.on_failure != OnFailure::Continue {
            skips.extend(self.stop_now());
        }
        skips
    }

    fn skip_all_of(&mut self, machines: &[&MachineName], because: &str) -> Vec<Skip> {
        let machines: BTreeSet<&MachineName> = machines.iter().copied().collect();
        let mut skips = Vec::new();
        for step in 0..self.plan.steps.len() {
            let is_of = self.step(step).machine().is_some_and(|it| machines.contains(it));
            if is_of && self.stands[step] == Stand::Waiting {
                self.skip(step, because, &mut skips);
                skips.extend(self.skip_followers(step, because));
            }
        }
        skips
    }

    /// Begins nothing at all from now on, also of machines in the middle of their activation: they go back.
    pub(super) fn turn_back(&mut self, because: &str) -> Vec<Skip> {
        let mut skips = self.stop(because);
        for step in 0..self.plan.steps.len() {
            if self.stands[step] == Stand::Waiting {
                self.skip(step, because, &mut skips);
            }
        }
        skips
    }

    /// A machine that failed is on its way back until it has [`returned`](Self::returned), and counts as activated then.
    pub(super) fn returns(&mut self) {
        self.limits.returns();
    }

    pub(super) fn returned(&mut self) {
        self.limits.returned();
    }

    /// Begins nothing new from now on; returns what will therefore never begin.
    pub(super) fn stop(&mut self, because: &str) -> Vec<Skip> {
        self.failed.get_or_insert_with(|| because.to_owned());
        self.stop_now()
    }

    fn stop_now(&mut self) -> Vec<Skip> {
        if std::mem::replace(&mut self.stopped, true) {
            return Vec::new();
        }
        let because = self.failed.clone().expect("something made us stop");
        let mut skips = Vec::new();
        for step in 0..self.plan.steps.len() {
            // A machine in the middle of its activation finishes it: half of one is worse than either end.
            let finishing = self.step(step).machine().is_some_and(|machine| self.touched.contains(machine));
            if self.stands[step] == Stand::Waiting && !finishing {
                self.skip(step, &because, &mut skips);
            }
        }
        skips
    }

    fn skip(&mut self, step: usize, because: &str, skips: &mut Vec<Skip>) {
        self.stands[step] = Stand::Skipped;
        if self.unmet[step] == 0 {
            self.ready.values_mut().for_each(|steps| {
                steps.remove(&step);
            });
        }
        self.ended(step);
        skips.push(Skip { step, because: because.to_owned() });
    }

    /// What waits for a step that did not succeed is skipped, and what waits for that.
    fn skip_followers(&mut self, step: usize, because: &str) -> Vec<Skip> {
        let mut skips = Vec::new();
        let mut queue = VecDeque::from([step]);
        while let Some(at) = queue.pop_front() {
            for follower in self.followers[at].clone() {
                let of_machine = self.step(at).machine().is_some();
                if of_machine && self.on_failure == OnFailure::Continue && is_open_gate(self.step(follower)) {
                    self.met(follower);
                } else if self.stands[follower] == Stand::Waiting {
                    self.skip(follower, because, &mut skips);
                    queue.push_back(follower);
                }
            }
        }
        skips
    }

    fn settle(&mut self, step: usize, stand: Stand) {
        debug_assert_eq!(self.stands[step], Stand::Running, "only a running step can end");
        self.stands[step] = stand;
        if let Some(running) = self.running.get_mut(self.step(step).kind().name) {
            *running -= 1;
        }
        self.ended(step);
        if stand == Stand::Succeeded {
            for follower in self.followers[step].clone() {
                self.met(follower);
            }
        }
    }

    /// The last step of a machine gives its places to others.
    fn ended(&mut self, step: usize) {
        let Some(machine) = self.step(step).machine() else { return };
        let open = self.open.get_mut(machine).expect("every machine with a step is counted");
        *open -= 1;
        if *open == 0 {
            self.limits.leave(machine);
        }
    }

    /// One thing less to wait for.
    fn met(&mut self, step: usize) {
        self.unmet[step] -= 1;
        if self.unmet[step] == 0 && self.stands[step] == Stand::Waiting {
            self.ready.entry((None, self.step(step).kind().name)).or_default().insert(step);
        }
    }
}

/// A step of the whole run that machines wait for.
fn is_gate(step: &Step) -> bool {
    step.machine().is_none()
}

/// A gate that waits for others to end, well or badly, where machines may go on without each other.
fn is_open_gate(step: &Step) -> bool {
    matches!(step, Step::AwaitCopies(_) | Step::AwaitStage(AwaitStage { strict: false, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::three_tiers;
    use crate::state::{Event, JournalEntry};

    /// Runs a plan in which the named steps fail; returns what happened to each step, in order of events.
    fn play(policy: Policy, failing: &[&str]) -> Vec<String> {
        play_on(policy, failing, &[])
    }

    /// The same after a sitting that began, and ended, the steps of this journal.
    fn play_on(policy: Policy, failing: &[&str], journal: &[JournalEntry]) -> Vec<String> {
        let plan = three_tiers();
        let mut progress = Progress::new(&plan, policy, &Standing::of(&plan, journal, &BTreeMap::new()));
        let mut story = Vec::new();
        let name = |step: usize| plan.steps[step].id.as_str().to_owned();
        while let Some(step) = progress.begin() {
            let skips = if failing.contains(&plan.steps[step].id.as_str()) {
                story.push(format!("{} failed", name(step)));
                progress.failed(step)
            } else {
                story.push(name(step));
                progress.succeeded(step);
                Vec::new()
            };
            story.extend(skips.iter().map(|skip| format!("({}: {})", name(skip.step), skip.because)));
        }
        assert_eq!(progress.running.values().sum::<usize>(), 0);
        let waiting = (0..plan.steps.len()).filter(|step| progress.stand(*step) == Stand::Waiting);
        assert_eq!(waiting.count(), 0, "every step ends somehow");
        story
    }

    #[test]
    fn all_steps_run_in_an_order_that_respects_the_plan() {
        let story = play(Policy::default(), &[]);
        let at = |step: &str| story.iter().position(|it| it == step).unwrap();
        assert!(at("persist-system db") < at("activate-system app"));
        assert!(at("copy-closure web") < at("activate-system db"));
        assert_eq!(story.len(), three_tiers().steps.len());
    }

    #[test]
    fn stop_touches_nothing_after_a_failed_copy() {
        let story = play(Policy::default(), &["copy-closure web"]);
        assert!(!story.iter().any(|it| it.starts_with("activate-system")), "{story:?}");
    }

    #[test]
    fn go_on_spares_only_what_depends_on_the_failed_machine() {
        let policy = Policy { on_failure: Some(OnFailure::Continue), ..Policy::default() };
        let story = play(policy, &["copy-closure app"]);
        assert!(story.contains(&"persist-system db".to_owned()), "{story:?}");
        assert!(story.contains(&"(activate-system web: `app` failed)".to_owned()), "{story:?}");
        let story = play(policy, &["activate-system db"]);
        assert!(story.contains(&"(activate-system app: `db` failed)".to_owned()), "{story:?}");
        assert!(story.contains(&"(activate-system web: `db` failed)".to_owned()), "{story:?}");
    }

    /// A journal in which these steps were begun and succeeded.
    fn succeeded(steps: &[&str]) -> Vec<JournalEntry> {
        let events = steps.iter().flat_map(|step| [(step, Event::Started), (step, Event::Succeeded)]);
        let entry = |(at, (step, event)): (u64, (&&str, Event))| JournalEntry {
            sequence: at + 1,
            step: (*step).to_owned(),
            event,
            machine: None,
            message: String::new(),
            output: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            fence: 1,
        };
        (0..).zip(events).map(entry).collect()
    }

    #[test]
    fn what_was_done_before_is_not_begun_and_lets_others_begin() {
        let of_db =
            ["build-closure", "copy-closure", "activate-system", "confirm-reachable", "persist-system"];
        let of_db = of_db.map(|kind| format!("{kind} db"));
        let before = succeeded(&of_db.each_ref().map(String::as_str));
        let story = play_on(Policy::default(), &[], &before);
        assert_eq!(story.len() + of_db.len(), three_tiers().steps.len(), "{story:?}");
        assert!(!story.iter().any(|it| of_db.contains(it)), "{story:?}");
        assert_eq!(story.last().map(String::as_str), Some("persist-system web"));
    }

    #[test]
    fn a_machine_in_the_middle_of_its_activation_finishes_it_after_an_interruption_too() {
        let before = succeeded(&["activate-system db", "confirm-reachable db"]);
        let story = play_on(Policy::default(), &["copy-closure web"], &before);
        assert!(story.contains(&"(activate-system app: `web` failed)".to_owned()), "{story:?}");
        assert!(story.contains(&"persist-system db".to_owned()), "{story:?}");
    }

    #[test]
    fn a_machine_that_is_given_up_takes_those_with_it_that_need_it() {
        let plan = three_tiers();
        for (policy, left) in [
            (Policy::default(), 0),
            (Policy { on_failure: Some(OnFailure::Continue), ..Policy::default() }, 8),
        ] {
            let mut progress = Progress::new(&plan, policy, &Standing::default());
            let skips = progress.give_up(&MachineName::new("app"));
            assert!(skips.iter().any(|skip| plan.steps[skip.step].id.as_str() == "activate-system web"));
            let mut begun = 0;
            while let Some(step) = progress.begin() {
                progress.succeeded(step);
                begun += 1;
            }
            assert_eq!((begun, progress.running.values().sum::<usize>()), (left, 0));
        }
    }
}

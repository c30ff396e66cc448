//! Where the steps of a plan stand when its run begins, or goes on after an interruption: what stays done, what is to be
//! done, what is to be taken back first.
//!
//! Pure: decided from the plan, its journal and the machines as they are seen now. It carries nothing out, and it does
//! not judge whether the run may go on at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::network::{MachineName, UploadAt};
use crate::plan::Plan;
use crate::state::{Event, JournalEntry};
use crate::steps::{Observed, Phase, SendKeys, Step};

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// To be done, unless it says itself that it is done.
    Due,
    /// It was begun before and may be half done, so its own word does not count: to be done again.
    Again,
    /// Done, and stays so.
    Done,
    /// Its machine was on the way back: that comes first, then it is due.
    Back,
}

/// The stand of every step. The default one is that of a run of which nothing was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// By the step's place in the plan; empty where nothing was begun.
    stands: Vec<At>,
    /// The steps of which the journal tells more than that they were skipped.
    written: BTreeSet<usize>,
    /// The steps that were begun and not taken back, in the order of their beginning.
    begun: Vec<usize>,
    /// The first step that failed, and why, where nobody tried it again.
    failure: Option<(usize, String)>,
}

/// Why a step has failed that was given up by the operator: no failure of its machine.
pub(super) const CUT_OFF: &str = "it was cut off";

/// What the journal says of one step, apart from having been skipped.
#[derive(Clone, Copy, Debug)]
struct Heard {
    last: Event,
    /// The entry that began it last.
    begun: u64,
}

impl Standing {
    /// Where a run stands of which this is the journal. Machines of which nothing was seen are taken at its word.
    pub(super) fn of(
        plan: &Plan,
        journal: &[JournalEntry],
        observed: &BTreeMap<MachineName, Observed>,
    ) -> Self {
        let places: BTreeMap<&str, usize> =
            plan.steps.iter().enumerate().map(|(at, planned)| (planned.id.as_str(), at)).collect();
        let mut heard: BTreeMap<usize, Heard> = BTreeMap::new();
        for entry in journal.iter().filter(|entry| entry.event != Event::Skipped) {
            let Some(at) = places.get(entry.step.as_str()) else { continue };
            let before = heard.get(at).map_or(0, |heard| heard.begun);
            let begun = if entry.event == Event::Started { entry.sequence } else { before };
            heard.insert(*at, Heard { last: entry.event, begun });
        }
        let settled = settled(plan, &heard, observed);
        let mut stands: Vec<At> = Vec::with_capacity(plan.steps.len());
        for (at, planned) in plan.steps.iter().enumerate() {
            let stand = match (heard.get(&at), planned.step.machine()) {
                (None, _) => At::Due,
                // A gate that was passed stays open for good only where nothing comes through it any more.
                (Some(heard), None) => {
                    let over = planned.after.iter().all(|before| stands[*before] == At::Done);
                    if heard.last == Event::Succeeded && over { At::Done } else { At::Due }
                }
                (Some(heard), Some(machine)) => {
                    stand(plan, &planned.step, heard.last, settled.contains(machine), observed)
                }
            };
            stands.push(stand);
        }
        let mut begun: Vec<usize> =
            heard.iter().filter(|(_, heard)| is_open(heard.last)).map(|(at, _)| *at).collect();
        begun.sort_by_key(|at| heard[at].begun);
        let failed = |entry: &&JournalEntry| {
            entry.event == Event::Failed && entry.machine.is_some() && !entry.message.starts_with(CUT_OFF)
        };
        let failure = journal.iter().filter(failed).find_map(|entry| {
            let at = *places.get(entry.step.as_str())?;
            let tried_again = matches!(heard.get(&at)?.last, Event::Started | Event::Succeeded);
            (!tried_again).then(|| (at, entry.message.clone()))
        });
        Self { stands, written: heard.into_keys().collect(), begun, failure }
    }

    pub(super) fn at(&self, step: usize) -> At {
        self.stands.get(step).copied().unwrap_or(At::Due)
    }

    /// Whether the journal already tells what became of the step, so that `skipped` would hide it.
    pub(super) fn is_written(&self, step: usize) -> bool {
        self.written.contains(&step)
    }

    /// The steps that were begun and not taken back, in the order of their beginning.
    pub(super) fn begun(&self) -> &[usize] {
        &self.begun
    }

    /// The first step that failed and was not tried again, and why.
    pub(super) fn failure(&self) -> Option<(usize, &str)> {
        self.failure.as_ref().map(|(step, why)| (*step, why.as_str()))
    }

    /// The machines that were on their way back, each with the steps to take back, last first.
    pub(super) fn on_the_way_back(&self, plan: &Plan) -> BTreeMap<MachineName, Vec<usize>> {
        let mut machines: BTreeMap<MachineName, Vec<usize>> = BTreeMap::new();
        for (at, planned) in plan.steps.iter().enumerate().rev() {
            if let (At::Back, Some(machine)) = (self.at(at), planned.step.machine()) {
                machines.entry(machine.clone()).or_default().push(at);
            }
        }
        machines
    }
}

/// The machines that run, or would boot, a system that the plan knows nothing of: somebody else was there since.
pub(super) fn moved(plan: &Plan, observed: &BTreeMap<MachineName, Observed>) -> Vec<MachineName> {
    let is_elsewhere = |(machine, seen): &(&MachineName, &Observed)| {
        let Some(planned) = plan.machines.get(*machine) else { return false };
        let new = Some(&planned.toplevel);
        let (ran, booted) = (planned.observed.current_system.as_ref(), planned.observed.profile.as_ref());
        // A restart on the way brings what would boot.
        let runs = [ran, booted, new].contains(&seen.current_system.as_ref());
        !(runs && [booted, new].contains(&seen.profile.as_ref()))
    };
    observed.iter().filter(is_elsewhere).map(|(machine, _)| machine.clone()).collect()
}

/// Begun, ended or not, and not taken back.
fn is_open(last: Event) -> bool {
    matches!(last, Event::Started | Event::Succeeded | Event::Failed | Event::UndoFailed)
}

fn stand(
    plan: &Plan,
    step: &Step,
    last: Event,
    settled: bool,
    observed: &BTreeMap<MachineName, Observed>,
) -> At {
    let succeeded = last == Event::Succeeded;
    match last {
        Event::UndoStarted => At::Back,
        Event::Undone => At::Due,
        _ if settled => {
            if succeeded && !lost_its_keys(plan, step, observed) {
                At::Done
            } else {
                At::Due
            }
        }
        // The time has passed.
        _ if succeeded && matches!(step, Step::Soak(_)) => At::Done,
        // Builds and copies look themselves what is left to do; checks are about now.
        _ if step.kind().phase < Phase::Activate => At::Due,
        _ if succeeded && keeps_its_keys(plan, step, observed) => At::Done,
        _ => At::Again,
    }
}

/// Keys that were sent lie in memory: they are there until the machine is restarted.
fn keeps_its_keys(plan: &Plan, step: &Step, observed: &BTreeMap<MachineName, Observed>) -> bool {
    let Step::SendKeys(SendKeys { machine, when: UploadAt::PreActivation, .. }) = step else { return false };
    let boot = |it: &Observed| it.boot_id.clone();
    observed.get(machine).map(boot) == plan.machines.get(machine).map(|it| boot(&it.observed))
}

/// Keys that lay in memory are gone where the machine was restarted since the plan was made.
fn lost_its_keys(plan: &Plan, step: &Step, observed: &BTreeMap<MachineName, Observed>) -> bool {
    let Step::SendKeys(SendKeys { machine, .. }) = step else { return false };
    let planned = plan.machines.get(machine).map(|it| &it.observed.boot_id);
    observed.get(machine).is_some_and(|it| Some(&it.boot_id) != planned)
}

/// The machines that have reached what the plan wants of them. Every other one that was begun is begun again at its
/// activation: it may have gone back by itself, or be about to.
fn settled(
    plan: &Plan,
    heard: &BTreeMap<usize, Heard>,
    observed: &BTreeMap<MachineName, Observed>,
) -> BTreeSet<MachineName> {
    let mut settled = BTreeSet::new();
    let mut persisted: BTreeMap<&MachineName, bool> = BTreeMap::new();
    let mut activated: BTreeMap<&MachineName, bool> = BTreeMap::new();
    for (at, planned) in plan.steps.iter().enumerate() {
        let Some(machine) = planned.step.machine() else { continue };
        let succeeded = heard.get(&at).is_some_and(|heard| heard.last == Event::Succeeded);
        if matches!(planned.step, Step::PersistSystem(_)) {
            persisted.insert(machine, succeeded);
        }
        if planned.step.kind().phase == Phase::Activate {
            *activated.entry(machine).or_insert(true) &= succeeded;
        }
    }
    for (machine, planned) in &plan.machines {
        let seen = observed.get(machine);
        let runs = seen.is_none_or(|it| it.current_system.as_ref() == Some(&planned.toplevel));
        let boots = seen.is_none_or(|it| it.profile.as_ref() == Some(&planned.toplevel));
        let ended = match persisted.get(machine) {
            Some(persisted) => *persisted && boots,
            // It was only to run it: every step of that has to hold.
            None => activated.get(machine).copied().unwrap_or_default(),
        };
        if runs && ended {
            settled.insert(machine.clone());
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::nix::StorePath;
    use crate::plan::example::{keyed, three_tiers};
    use Event::{Failed, Skipped, Started, Succeeded, UndoFailed, UndoStarted, Undone};

    /// A journal of these moves, in this order.
    fn journal(moves: &[(&str, Event)]) -> Vec<JournalEntry> {
        let entry = |(at, (step, event)): (usize, &(&str, Event))| JournalEntry {
            sequence: at as u64 + 1,
            step: (*step).to_owned(),
            event: *event,
            machine: None,
            message: String::new(),
            output: None,
            at: Timestamp::UNIX_EPOCH,
            fence: 1,
        };
        moves.iter().enumerate().map(entry).collect()
    }

    /// The machine as it is after the named part of a run.
    fn seen(plan: &Plan, machine: &str, runs: bool, boots: bool) -> (MachineName, Observed) {
        let machine = MachineName::new(machine);
        let toplevel = &plan.machines[&machine].toplevel;
        let current_system = runs.then(|| toplevel.clone());
        let profile = boots.then(|| toplevel.clone());
        (machine, Observed { current_system, profile, ..Observed::default() })
    }

    fn at(plan: &Plan, standing: &Standing, step: &str) -> At {
        standing.at(plan.steps.iter().position(|it| it.id.as_str() == step).unwrap())
    }

    /// What becomes of db's steps after these moves, where it now runs, and boots, the new system.
    fn of_db(moves: &[(&str, Event)], runs: bool, boots: bool) -> [At; 5] {
        let plan = three_tiers();
        let standing = Standing::of(&plan, &journal(moves), &[seen(&plan, "db", runs, boots)].into());
        ["build-closure", "copy-closure", "activate-system", "confirm-reachable", "persist-system"]
            .map(|kind| at(&plan, &standing, &format!("{kind} db")))
    }

    const BUILT: [(&str, Event); 4] = [
        ("build-closure db", Started),
        ("build-closure db", Succeeded),
        ("copy-closure db", Started),
        ("copy-closure db", Succeeded),
    ];

    fn after_copy(moves: &[(&'static str, Event)]) -> Vec<(&'static str, Event)> {
        [&BUILT, moves].concat()
    }

    #[test]
    fn a_new_run_has_everything_before_it() {
        assert_eq!(of_db(&[], false, false), [At::Due; 5]);
        let plan = three_tiers();
        let standing = Standing::of(&plan, &[], &BTreeMap::new());
        assert_eq!((standing.begun(), standing.on_the_way_back(&plan)), ([].as_slice(), BTreeMap::new()));
        assert!((0..plan.steps.len()).all(|step| Standing::default().at(step) == At::Due));
    }

    #[test]
    fn builds_and_copies_look_themselves_however_they_ended() {
        for end in [Started, Succeeded, Failed, Skipped] {
            let moves = [("build-closure db", Started), ("build-closure db", end)];
            assert_eq!(of_db(&moves, false, false), [At::Due; 5], "{end}");
        }
        assert_eq!(of_db(&BUILT, false, false), [At::Due; 5]);
    }

    #[test]
    fn an_activation_that_is_not_persisted_is_begun_again() {
        use At::{Again, Due};
        let activate = "activate-system db";
        // Wherever the machine is by now: between the two, on the new one, back on the old one.
        for (runs, boots) in [(true, false), (false, false), (true, true)] {
            for end in [&[][..], &[(activate, Succeeded)], &[(activate, Failed)]] {
                let moves = after_copy(&[&[(activate, Started)], end].concat());
                assert_eq!(of_db(&moves, runs, boots), [Due, Due, Again, Due, Due], "{end:?}");
            }
            let confirmed = [
                (activate, Started),
                (activate, Succeeded),
                ("confirm-reachable db", Started),
                ("confirm-reachable db", Succeeded),
            ];
            assert_eq!(of_db(&after_copy(&confirmed), runs, boots), [Due, Due, Again, Again, Due]);
            for end in [&[][..], &[("persist-system db", Failed)]] {
                let moves = [&confirmed[..], &[("persist-system db", Started)], end].concat();
                assert_eq!(
                    of_db(&after_copy(&moves), runs, boots),
                    [Due, Due, Again, Again, Again],
                    "{end:?}"
                );
            }
        }
    }

    const PERSISTED: [(&str, Event); 6] = [
        ("activate-system db", Started),
        ("activate-system db", Succeeded),
        ("confirm-reachable db", Started),
        ("confirm-reachable db", Succeeded),
        ("persist-system db", Started),
        ("persist-system db", Succeeded),
    ];

    #[test]
    fn a_persisted_machine_stays_unless_it_was_taken_elsewhere_since() {
        use At::{Again, Done, Due};
        let moves = after_copy(&PERSISTED);
        assert_eq!(of_db(&moves, true, true), [Done; 5]);
        for (runs, boots) in [(false, true), (true, false), (false, false)] {
            assert_eq!(of_db(&moves, runs, boots), [Due, Due, Again, Again, Again]);
        }
        let plan = three_tiers();
        let unseen = Standing::of(&plan, &journal(&moves), &BTreeMap::new());
        assert_eq!(
            at(&plan, &unseen, "persist-system db"),
            Done,
            "who is not seen is taken at the journal's word"
        );
        let gate = [("await-copies", Started), ("await-copies", Succeeded)];
        let begun = Standing::of(&plan, &journal(&[&moves[..], &gate].concat()), &BTreeMap::new());
        assert_eq!(at(&plan, &begun, "await-copies"), Due, "others have not come to it yet");
        let names: Vec<&str> = unseen.begun().iter().map(|at| plan.steps[*at].id.as_str()).collect();
        let expected = [
            "build-closure db",
            "copy-closure db",
            "activate-system db",
            "confirm-reachable db",
            "persist-system db",
        ];
        assert_eq!(names, expected, "in the order of their beginning");
    }

    #[test]
    fn a_return_that_was_begun_is_finished_first() {
        use At::{Back, Due};
        let moves = after_copy(&[
            ("activate-system db", Started),
            ("activate-system db", Succeeded),
            ("confirm-reachable db", Started),
            ("confirm-reachable db", Succeeded),
            ("persist-system db", Started),
            ("persist-system db", Failed),
            ("persist-system db", UndoStarted),
            ("activate-system db", UndoStarted),
        ]);
        let expected = [Due, Due, Back, At::Again, Back];
        assert_eq!(of_db(&moves, true, false), expected);
        assert_eq!(of_db(&moves, false, false), expected);
        let plan = three_tiers();
        let standing = Standing::of(&plan, &journal(&moves), &[seen(&plan, "db", true, false)].into());
        let back = standing.on_the_way_back(&plan);
        let names: Vec<&str> =
            back[&MachineName::new("db")].iter().map(|at| plan.steps[*at].id.as_str()).collect();
        assert_eq!(names, ["persist-system db", "activate-system db"], "last first");
        let begun: Vec<&str> = standing.begun().iter().map(|at| plan.steps[*at].id.as_str()).collect();
        assert!(!begun.contains(&"persist-system db"));
    }

    #[test]
    fn what_was_taken_back_is_due_and_what_could_not_be_is_done_again() {
        use At::{Again, Due};
        let failed = |end| {
            after_copy(&[
                ("activate-system db", Started),
                ("activate-system db", Failed),
                ("activate-system db", UndoStarted),
                ("activate-system db", end),
            ])
        };
        assert_eq!(of_db(&failed(Undone), false, false), [Due; 5]);
        assert_eq!(of_db(&failed(UndoFailed), true, false), [Due, Due, Again, Due, Due]);
    }

    #[test]
    fn machines_that_somebody_else_changed_are_told() {
        let path = |name: &str| StorePath::new(format!("/nix/store/{}-{name}", "b".repeat(32))).unwrap();
        let mut plan = three_tiers();
        let db = MachineName::new("db");
        let new = plan.machines[&db].toplevel.clone();
        let (old, boots, other) = (path("old"), path("boots"), path("other"));
        let planned = plan.machines.get_mut(&db).unwrap();
        (planned.observed.current_system, planned.observed.profile) =
            (Some(old.clone()), Some(boots.clone()));
        let is_told = |current: Option<&StorePath>, profile: &StorePath| {
            let (current_system, profile) = (current.cloned(), Some(profile.clone()));
            let seen = Observed { current_system, profile, ..Observed::default() };
            !moved(&plan, &[(db.clone(), seen)].into()).is_empty()
        };
        // As it was, on its way, done, back after a restart.
        for (current, profile) in
            [(&old, &boots), (&new, &boots), (&new, &new), (&boots, &boots), (&old, &new)]
        {
            assert!(!is_told(Some(current), profile), "{current} {profile}");
        }
        assert!(is_told(Some(&other), &boots) && is_told(Some(&new), &other) && is_told(None, &boots));
    }

    #[test]
    fn skipped_hides_nothing() {
        use At::{Again, Due};
        let moves = after_copy(&[("activate-system db", Started), ("activate-system db", Skipped)]);
        assert_eq!(of_db(&moves, false, false), [Due, Due, Again, Due, Due]);
        let plan = three_tiers();
        let moves = journal(&[("copy-closure db", Skipped), ("build-closure db", Started)]);
        let standing = Standing::of(&plan, &moves, &BTreeMap::new());
        let written = |step: &str| {
            standing.is_written(plan.steps.iter().position(|it| it.id.as_str() == step).unwrap())
        };
        assert!(written("build-closure db") && !written("copy-closure db") && !written("build-closure app"));
    }

    #[test]
    fn keys_that_were_sent_are_there_until_the_machine_is_restarted() {
        let plan = keyed();
        let moves = journal(&[
            ("send-keys web", Started),
            ("send-keys web", Succeeded),
            ("activate-system web", Started),
        ]);
        let of_web = |boot: &str| {
            let seen = Observed { boot_id: boot.to_owned(), ..Observed::default() };
            at(
                &plan,
                &Standing::of(&plan, &moves, &[(MachineName::new("web"), seen)].into()),
                "send-keys web",
            )
        };
        assert_eq!((of_web("first"), of_web("second")), (At::Done, At::Again));
    }

    #[test]
    fn a_system_that_was_only_to_be_tried_has_to_be_confirmed() {
        let plan = crate::plan::example::tried();
        let moves = &PERSISTED[..4];
        let of_web = |moves: &[(&str, Event)], runs| {
            let moves: Vec<(String, Event)> =
                moves.iter().map(|(step, event)| (step.replace("db", "web"), *event)).collect();
            let moves: Vec<(&str, Event)> =
                moves.iter().map(|(step, event)| (step.as_str(), *event)).collect();
            let standing = Standing::of(&plan, &journal(&moves), &[seen(&plan, "web", runs, false)].into());
            at(&plan, &standing, "activate-system web")
        };
        assert_eq!(of_web(moves, true), At::Done);
        assert_eq!(of_web(moves, false), At::Again, "it was restarted");
        assert_eq!(of_web(&moves[..3], true), At::Again, "nobody confirmed it");
    }
}

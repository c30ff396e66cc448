//! What a seed stands for: machines, the operator's wishes, and what goes wrong, as data that can be shown and cut down.

use std::collections::BTreeSet;
use std::fmt;

use super::chance::Chance;
use crate::execute::{OnFailure, Policy};
use crate::plan::Goal;

/// A network and its deployment: attempts in which something goes wrong, after which one follows in which nothing does.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub seed: u64,
    pub goal: Goal,
    pub policy: Policy,
    pub machines: Vec<Subject>,
    /// The machines before each of these positions are a stage of the rollout.
    pub stages: Vec<usize>,
    pub canary: bool,
    pub soak: u64,
    pub attempts: Vec<Attempt>,
    /// Whether the attempt without trouble goes on with the run before, where that can be.
    pub resumes: bool,
}

/// A machine as the network describes it.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub name: String,
    /// Positions of machines before this one.
    pub needs: BTreeSet<usize>,
    /// Whether it is to get another system than it runs.
    pub changed: bool,
    /// Whether it runs another system than the one it boots, as after a test.
    pub tried: bool,
    pub always: bool,
    pub confirm_within: Option<u64>,
    pub early_keys: usize,
    pub late_keys: usize,
    /// It holds a key of an earlier run that the network has no more.
    pub old_key: bool,
    pub checks: Vec<Check>,
    pub checked_before: bool,
    /// How long its activation takes.
    pub seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Port,
    Page,
    Program,
    Unit,
    ProgramThere,
}

#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Whether it goes on with the run before, where that can be.
    pub resumes: bool,
    pub troubles: Vec<Trouble>,
    /// How many seconds pass before somebody goes on.
    pub pause: u64,
}

/// How a connection is lost around a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    Before,
    During,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// New connections are refused, old ones live on.
    New,
    All,
}

/// Something that goes wrong. Machines are named by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Build(usize),
    FullDisk(usize),
    /// `switch-to-configuration test` of the new system ends so; 1 before it changes anything.
    Activation(usize, i32),
    Hang(usize),
    Cut(usize, Cut),
    Unhealthy(usize),
    UnhealthyBefore(usize),
    BootLoader(usize),
    /// Going back to the earlier system fails so often.
    Return(usize, u32),
    Keys(usize),
    KeyAction(usize),
    Slow(usize, u64),
    /// Of a hundred commands so many lose their connection.
    Losses(u64),
    Loss {
        command: u64,
        how: Loss,
    },
    /// The machine is reset at this moment (milliseconds) and is away for so many seconds, or for good.
    Reset {
        machine: usize,
        at: u64,
        away: Option<u64>,
    },
    Interrupt {
        at: u64,
        at_once: bool,
    },
    /// The deployer dies when it writes this line of the journal: before it is written, or after.
    DeathAtLine {
        line: u64,
        written: bool,
    },
    DeathAt(u64),
    /// From this line on the journal cannot be written.
    JournalFails(u64),
}

impl Scenario {
    pub(super) fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let chance = &mut chance;
        let count = if chance.percent(50) { chance.from(1, 4) } else { chance.from(1, 12) };
        let edges = chance.from(0, 60);
        let machines: Vec<Subject> = (0..count).map(|at| subject(chance, at, edges)).collect();
        let goal = if chance.percent(85) {
            Goal::Switch
        } else {
            chance.one_of(&[Goal::Build, Goal::Copy, Goal::Test, Goal::Test])
        };
        let limit = |chance: &mut Chance| {
            chance.percent(30).then(|| usize::try_from(chance.from(1, 3)).expect("it is small"))
        };
        let policy = Policy {
            on_failure: Some(chance.one_of(&[OnFailure::Continue, OnFailure::Stop])),
            rollback: !chance.percent(15),
            pipeline: chance.percent(20),
            concurrent_copies: limit(chance),
            concurrent_activations: limit(chance),
            ..Policy::default()
        };
        let attempts = (0..chance.one_of(&[0, 1, 1, 1, 1, 1, 2, 3]))
            .map(|_| {
                let number = chance.one_of(&[1, 1, 1, 2, 2, 3, 5]);
                let troubles = (0..number).map(|_| trouble(chance, machines.len())).collect();
                let pause = if chance.percent(50) { 0 } else { chance.one_of(&[1, 60, 4000, 4000]) };
                Attempt { resumes: chance.percent(60), troubles, pause }
            })
            .collect();
        let resumes = chance.percent(60);
        let mut stages = Vec::new();
        if chance.percent(25) {
            stages = (0..chance.from(1, 2)).map(|_| chance.index(machines.len()) + 1).collect();
            stages.sort_unstable();
            stages.dedup();
        }
        let (canary, soak) = (chance.percent(50), chance.one_of(&[0, 0, 30]));
        Self { seed, goal, policy, machines, stages, canary, soak, attempts, resumes }
    }

    /// The same with one thing less, in every way.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for at in 0..self.attempts.len() {
            let mut less = self.clone();
            less.attempts.remove(at);
            all.push(less);
        }
        for at in (0..self.machines.len()).filter(|_| self.machines.len() > 1) {
            all.push(self.without(at));
        }
        for attempt in 0..self.attempts.len() {
            for at in 0..self.attempts[attempt].troubles.len() {
                let mut less = self.clone();
                less.attempts[attempt].troubles.remove(at);
                all.push(less);
            }
        }
        for at in 0..self.machines.len() {
            let it = &self.machines[at];
            if it.early_keys + it.late_keys + it.checks.len() > 0
                || it.old_key
                || it.checked_before
                || it.tried
            {
                let mut less = self.clone();
                let it = &mut less.machines[at];
                (it.early_keys, it.late_keys, it.old_key, it.checked_before, it.tried) =
                    (0, 0, false, false, false);
                it.checks.clear();
                all.push(less);
            }
        }
        all
    }

    fn without(&self, machine: usize) -> Self {
        let moved = |at: usize| if at > machine { at - 1 } else { at };
        let mut less = self.clone();
        less.machines.remove(machine);
        less.stages.clear();
        for it in &mut less.machines {
            it.needs = it.needs.iter().filter(|at| **at != machine).map(|at| moved(*at)).collect();
        }
        for attempt in &mut less.attempts {
            attempt.troubles.retain(|it| it.machine() != Some(machine));
            for trouble in &mut attempt.troubles {
                if let Some(at) = trouble.machine_mut() {
                    *at = moved(*at);
                }
            }
        }
        less
    }
}

impl Trouble {
    /// Whether the machines do not notice it: whoever goes on at once finds them as they were left.
    pub(super) fn is_of_the_deployer(self) -> bool {
        matches!(
            self,
            Trouble::Loss { .. }
                | Trouble::Interrupt { .. }
                | Trouble::DeathAtLine { .. }
                | Trouble::DeathAt(_)
                | Trouble::JournalFails(_)
                | Trouble::Build(_)
        )
    }

    fn machine(self) -> Option<usize> {
        let mut it = self;
        it.machine_mut().copied()
    }

    fn machine_mut(&mut self) -> Option<&mut usize> {
        match self {
            Trouble::Build(at)
            | Trouble::FullDisk(at)
            | Trouble::Activation(at, _)
            | Trouble::Hang(at)
            | Trouble::Cut(at, _)
            | Trouble::Unhealthy(at)
            | Trouble::UnhealthyBefore(at)
            | Trouble::BootLoader(at)
            | Trouble::Return(at, _)
            | Trouble::Keys(at)
            | Trouble::KeyAction(at)
            | Trouble::Slow(at, _)
            | Trouble::Reset { machine: at, .. } => Some(at),
            Trouble::Losses(_)
            | Trouble::Loss { .. }
            | Trouble::Interrupt { .. }
            | Trouble::DeathAtLine { .. }
            | Trouble::DeathAt(_)
            | Trouble::JournalFails(_) => None,
        }
    }
}

fn subject(chance: &mut Chance, at: u64, edges: u64) -> Subject {
    let index = usize::try_from(at).expect("there are few machines");
    let checks = [Check::Port, Check::Page, Check::Program, Check::Unit, Check::ProgramThere];
    let few = |chance: &mut Chance| if chance.percent(25) { chance.index(3) } else { 0 };
    Subject {
        name: format!("m{at}"),
        needs: (0..index).filter(|_| chance.percent(edges)).collect(),
        changed: !chance.percent(15),
        tried: chance.percent(5),
        always: chance.percent(20),
        confirm_within: (!chance.percent(15)).then(|| chance.one_of(&[5, 30, 30, 120])),
        early_keys: few(chance),
        late_keys: few(chance),
        old_key: chance.percent(10),
        checks: checks.into_iter().filter(|_| chance.percent(12)).collect(),
        checked_before: chance.percent(10),
        seconds: chance.from(1, 20),
    }
}

fn trouble(chance: &mut Chance, machines: usize) -> Trouble {
    let machine = chance.index(machines);
    // Most of a run takes place in its first minute.
    let at = chance.one_of(&[2_000, 20_000, 60_000, 200_000]);
    let at = chance.from(0, at);
    let line = chance.from(1, machines as u64 * 14 + 2);
    match chance.from(0, 22) {
        0 => Trouble::Build(machine),
        1 => Trouble::FullDisk(machine),
        2 | 3 => Trouble::Activation(machine, chance.one_of(&[1, 2, 4, 100])),
        4 => Trouble::Hang(machine),
        5 => Trouble::Cut(machine, Cut::New),
        6 => Trouble::Cut(machine, Cut::All),
        7 => Trouble::Unhealthy(machine),
        8 => Trouble::UnhealthyBefore(machine),
        9 => Trouble::BootLoader(machine),
        10 => Trouble::Return(machine, chance.one_of(&[1, 2, 3, 9])),
        11 => Trouble::Keys(machine),
        12 => Trouble::KeyAction(machine),
        13 => Trouble::Slow(machine, chance.one_of(&[5, 40])),
        14 => Trouble::Losses(chance.one_of(&[1, 3, 10, 30])),
        15 | 16 => Trouble::Loss {
            command: chance.from(1, 12 * machines as u64),
            how: chance.one_of(&[Loss::Before, Loss::During, Loss::After]),
        },
        17 | 18 => Trouble::Reset {
            machine,
            at,
            away: (!chance.percent(20)).then(|| chance.one_of(&[5, 30, 90, 400])),
        },
        19 => Trouble::Interrupt { at, at_once: chance.percent(40) },
        20 => Trouble::DeathAtLine { line, written: chance.percent(50) },
        21 => Trouble::DeathAt(at),
        _ => Trouble::JournalFails(line),
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "seed {}: goal {:?}, resumes: {}, {:?}",
            self.seed, self.goal, self.resumes, self.policy
        )?;
        writeln!(out, "  stages {:?}, canary: {}, soak: {}", self.stages, self.canary, self.soak)?;
        for machine in &self.machines {
            writeln!(out, "  {machine:?}")?;
        }
        for (at, attempt) in self.attempts.iter().enumerate() {
            writeln!(
                out,
                "  attempt {at} (resumes: {}): {:?}, then {} s pass",
                attempt.resumes, attempt.troubles, attempt.pause
            )?;
        }
        Ok(())
    }
}

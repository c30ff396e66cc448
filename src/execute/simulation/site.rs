//! All that the simulated deployer acts on, and the book of what was seen to go wrong: machines, their processes, chance,
//! losses, the trace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::chance::Chance;
use super::journal::Book;
use super::machine::Machine;
use super::scenario::Loss;
use super::time::VirtualClock;
use crate::state::Event as Journaled;
use crate::system::{Clock as _, Command};

/// How every secret begins.
pub(super) const SECRET: &str = "hush-";

/// The same as it travels to a machine.
const SECRET_IN_BASE64: &str = "aHVzaC";

pub(super) struct Site {
    pub clock: VirtualClock,
    inner: Mutex<Inner>,
    changed: Vec<Notify>,
    /// The deployer is to die.
    pub death: Notify,
    traced: bool,
}

pub(super) struct Inner {
    pub machines: Vec<Machine>,
    pub chance: Chance,
    pub book: Book,
    /// What must be done before each machine is activated.
    pub needs: Vec<BTreeSet<usize>>,
    pub commands: u64,
    /// How many attempts were begun.
    pub attempt: usize,
    pub losses: u64,
    pub losses_at: BTreeMap<u64, Loss>,
    pub failing_builds: BTreeSet<usize>,
    /// The deployer's own store and its roots.
    pub store: BTreeSet<String>,
    pub roots: BTreeMap<PathBuf, String>,
    /// The goal is a test: nothing is made the default of the next boot.
    pub test_only: bool,
    pub broken: Vec<String>,
    /// Beginnings and ends of steps, in their order, with the time that a step took.
    pub moves: Vec<(String, Option<Duration>)>,
    trace: Vec<String>,
}

impl Site {
    pub(super) fn new(
        machines: Vec<Machine>,
        needs: Vec<BTreeSet<usize>>,
        chance: Chance,
        traced: bool,
    ) -> Arc<Self> {
        let changed = machines.iter().map(|_| Notify::new()).collect();
        let inner = Inner {
            machines,
            chance,
            book: Book::default(),
            needs,
            commands: 0,
            attempt: 0,
            losses: 0,
            losses_at: BTreeMap::new(),
            failing_builds: BTreeSet::new(),
            store: BTreeSet::new(),
            roots: BTreeMap::new(),
            test_only: false,
            broken: Vec::new(),
            moves: Vec::new(),
            trace: Vec::new(),
        };
        let clock = VirtualClock::default();
        Arc::new(Self { clock, inner: Mutex::new(inner), changed, death: Notify::new(), traced })
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn look<T>(&self, at: usize, question: impl FnOnce(&Machine) -> T) -> T {
        question(&self.inner().machines[at])
    }

    /// Changes a machine; whoever waits for something of it looks again.
    pub(super) fn change<T>(&self, at: usize, change: impl FnOnce(&mut Machine) -> T) -> T {
        let result = change(&mut self.inner().machines[at]);
        self.changed[at].notify_waiters();
        result
    }

    /// Waits until something holds of a machine; false when the moment came first.
    pub(super) async fn until(
        &self,
        at: usize,
        moment: Option<Duration>,
        mut test: impl FnMut(&mut Machine) -> bool,
    ) -> bool {
        loop {
            let changed = self.changed[at].notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if test(&mut self.inner().machines[at]) {
                return true;
            }
            let Some(moment) = moment else {
                changed.await;
                continue;
            };
            let left = moment.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return false;
            }
            tokio::select! {
                biased;
                () = changed => {}
                () = self.clock.sleep(left) => {}
            }
        }
    }

    /// Begins a process on a machine; a reset ends it.
    pub(super) fn begin<F>(
        self: &Arc<Self>,
        at: usize,
        body: impl FnOnce(u64) -> F,
    ) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let process = self.change(at, |machine| {
            machine.next_process += 1;
            machine.next_process
        });
        let (site, body) = (self.clone(), body(process));
        let task = tokio::spawn(async move {
            let result = body.await;
            site.change(at, |machine| machine.processes.remove(&process));
            result
        });
        self.change(at, |machine| machine.processes.insert(process, task.abort_handle()));
        task
    }

    /// The time of one small act on a machine.
    pub(super) async fn moment(&self, at: usize) {
        let wait = {
            let mut inner = self.inner();
            let slowness = inner.machines[at].slowness;
            inner.chance.from(1, 20) * slowness
        };
        self.clock.milliseconds(wait).await;
    }

    /// Up to a tenth of a second: how long a look every tenth of a second misses what happened.
    pub(super) async fn tenth(&self, at: usize) {
        let _ = at;
        let wait = self.inner().chance.from(0, 100);
        self.clock.milliseconds(wait).await;
    }

    /// A line of the trace about a machine.
    pub(super) fn note(&self, at: usize, text: impl FnOnce() -> String) {
        if self.traced {
            let name = self.look(at, |machine| machine.name.clone());
            self.tell(|| format!("  [{name}] {}", text()));
        }
    }

    pub(super) fn tell(&self, text: impl FnOnce() -> String) {
        if self.traced {
            let now = self.clock.elapsed();
            self.inner().trace.push(format!("{:>9.3} {}", now.as_secs_f64(), text()));
        }
    }

    pub(super) fn trace(&self) -> Vec<String> {
        self.inner().trace.clone()
    }

    /// Something that must never be.
    pub(super) fn broken(&self, what: String) {
        self.tell(|| format!("BROKEN: {what}"));
        self.inner().broken.push(what);
    }

    /// A text that left the deployer where others can read it. Every secret begins with the same word.
    pub(super) fn shows_no_secret(&self, place: &str, text: &str) {
        if [SECRET, SECRET_IN_BASE64].iter().any(|secret| text.contains(secret)) {
            self.broken(format!("a secret is shown in {place}: {text}"));
        }
    }

    /// What a command is told but for its standard input.
    pub(super) fn tells_no_secret(&self, command: &Command) {
        // Our own scripts are constants.
        let arguments = command.arguments.iter().filter(|it| !it.starts_with("# "));
        for text in arguments.chain(command.environment.values()) {
            self.shows_no_secret("a command", text);
        }
    }

    /// Nothing is done that the journal does not know: one of the steps was begun, or its way back.
    pub(super) fn is_in_the_journal(&self, at: usize, kinds: &[(&str, Journaled)], act: &str) {
        let inner = self.inner();
        let name = &inner.machines[at].name;
        let known =
            kinds.iter().any(|(kind, event)| inner.book.last(&format!("{kind} {name}")) == Some(*event));
        let name = name.clone();
        drop(inner);
        if !known {
            self.broken(format!("`{act}` is done on {name} before the journal knows it"));
        }
    }

    /// Whether all that a machine needs is done for good.
    pub(super) fn needs_are_met(&self, at: usize) {
        let inner = self.inner();
        let mut missing = Vec::new();
        for need in &inner.needs[at] {
            let needed = &inner.machines[*need];
            let open = inner.book.unfinished(&needed.name);
            if !open.is_empty() || !(needed.settled || (inner.test_only && needed.tested)) {
                missing.push(format!("{} (settled: {}, open: {open:?})", needed.name, needed.settled));
            }
        }
        let name = inner.machines[at].name.clone();
        drop(inner);
        if !missing.is_empty() {
            self.broken(format!("{name} is activated before what it needs: {}", missing.join(", ")));
        }
    }

    pub(super) fn machine_of(&self, name: &str) -> usize {
        let host = name.trim_end_matches(".example");
        self.inner().machines.iter().position(|it| it.name == host).expect("the machine is one of ours")
    }
}

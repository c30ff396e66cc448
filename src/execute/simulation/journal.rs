//! The journal of the simulation: it outlives the deployer, refuses illegal moves, and is where the deployer dies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::site::Site;
use crate::execute::journal::Journal;
use crate::state::{Event, JournalEntry, NewEntry, StateError};
use crate::system::Pending;

#[derive(Default)]
pub(super) struct Book {
    pub entries: Vec<(u64, NewEntry)>,
    pub last: BTreeMap<String, (Event, u64)>,
    /// The steps of each machine in the plan.
    pub steps: BTreeMap<String, Vec<String>>,
    pub fence: u64,
    /// Lines of this attempt.
    pub lines: u64,
    pub fails_from: Option<u64>,
    /// The deployer dies at this line, before or after it is written.
    pub death_at: Option<(u64, bool)>,
}

impl Book {
    pub(super) fn last(&self, step: &str) -> Option<Event> {
        self.last.get(step).map(|(event, _)| *event)
    }

    pub(super) fn unfinished(&self, machine: &str) -> Vec<String> {
        let steps = self.steps.get(machine).into_iter().flatten();
        steps.filter(|step| self.last(step) != Some(Event::Succeeded)).cloned().collect()
    }

    /// As the state tells it to whoever goes on.
    pub(super) fn told(&self) -> Vec<JournalEntry> {
        let entry = |(at, (fence, it)): (usize, &(u64, NewEntry))| JournalEntry {
            sequence: at as u64 + 1,
            step: it.step.clone(),
            event: it.event,
            machine: it.machine.clone(),
            message: it.message.clone(),
            output: it.output.clone(),
            at: jiff::Timestamp::UNIX_EPOCH,
            fence: *fence,
        };
        self.entries.iter().enumerate().map(entry).collect()
    }

    fn write(&mut self, entry: NewEntry) -> Result<(), String> {
        let before = self.last.get(&entry.step).copied();
        let resumed = before.is_some_and(|(_, fence)| fence < self.fence);
        let before = before.map(|(event, _)| event);
        if !Event::may_follow(before, resumed).contains(&entry.event) {
            return Err(format!("{} of `{}` after {before:?}", entry.event, entry.step));
        }
        self.last.insert(entry.step.clone(), (entry.event, self.fence));
        self.entries.push((self.fence, entry));
        Ok(())
    }
}

pub(super) struct SimulatedJournal(pub Arc<Site>);

impl Journal for SimulatedJournal {
    fn append(&self, entries: Vec<NewEntry>) -> Pending<'_, Result<(), StateError>> {
        Box::pin(async move {
            let site = &self.0;
            for entry in &entries {
                site.shows_no_secret("the journal", &entry.message);
                site.shows_no_secret("the journal", entry.output.as_deref().unwrap_or_default());
            }
            let wait = site.inner().chance.from(0, 10);
            site.clock.milliseconds(wait).await;
            let (from, until) = {
                let book = &mut site.inner().book;
                let from = book.lines + 1;
                book.lines += entries.len() as u64;
                (from, book.lines)
            };
            let (fails, death) = {
                let book = &site.inner().book;
                (
                    book.fails_from.is_some_and(|line| line <= until),
                    book.death_at.filter(|(line, _)| (from..=until).contains(line)),
                )
            };
            if fails {
                site.tell(|| "the journal cannot be written".to_owned());
                return Err(StateError::Full { path: "/simulated".into() });
            }
            if death.is_none_or(|(_, written)| written) {
                for entry in entries {
                    site.tell(|| format!("journal: {} {} {}", entry.step, entry.event, entry.message));
                    let illegal = site.inner().book.write(entry);
                    if let Err(what) = illegal {
                        site.broken(format!("an illegal move in the journal: {what}"));
                    }
                }
            }
            if death.is_some() {
                site.death.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(())
        })
    }
}

//! Where the main loop lays down the newest moment, and the thread that checks picks it up: only the newest counts, and what is
//! being checked for an older one is cancelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::world::World;

#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    newest: Option<World>,
    /// Of what is being checked.
    cancel: Arc<AtomicBool>,
    ended: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lays down a moment; older ones do not matter any more.
    pub(super) fn put(&self, world: World) {
        let mut state = self.lock();
        state.cancel.store(true, Ordering::Relaxed);
        state.newest = Some(world);
        self.changed.notify_one();
    }

    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.cancel.store(true, Ordering::Relaxed);
        state.ended = true;
        self.changed.notify_one();
    }

    /// The newest moment, and what tells that it is not the newest any more; waits for it. `None` at the end.
    pub(super) fn take(&self) -> Option<(World, Arc<AtomicBool>)> {
        let mut state = self.lock();
        loop {
            if state.ended {
                return None;
            }
            if let Some(world) = state.newest.take() {
                state.cancel = Arc::default();
                return Some((world, state.cancel.clone()));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_counts() {
        let desk = Desk::default();
        let world = |revision| {
            let mut world = World::default();
            world.revision = revision;
            world
        };
        desk.put(world(1));
        desk.put(world(2));
        let (taken, cancel) = desk.take().unwrap();
        assert_eq!((taken.revision, cancel.load(Ordering::Relaxed)), (2, false));
        desk.put(world(3));
        assert!(cancel.load(Ordering::Relaxed), "what was taken is out of date");
        assert_eq!(desk.take().unwrap().0.revision, 3);
        desk.end();
        assert!(desk.take().is_none());
    }
}

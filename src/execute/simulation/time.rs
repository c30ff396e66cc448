//! Time that passes only when nobody has anything to do: hours of waiting cost nothing, and the same seed sees the same
//! moments.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::system::{Clock, Pending};

/// A clock that jumps to the next moment for which somebody waits.
#[derive(Clone, Default)]
pub(super) struct VirtualClock(Arc<Mutex<Timers>>);

#[derive(Default)]
struct Timers {
    now: Duration,
    number: u64,
    /// Who waits until when; of two with one moment the earlier asker comes first.
    waiting: BTreeMap<(Duration, u64), Waker>,
    /// Nobody has anything to do and nobody waits for a moment.
    stuck: bool,
    watcher: Option<Waker>,
}

impl VirtualClock {
    /// A runtime of one thread whose time is this clock's.
    pub(super) fn runtime(&self) -> Runtime {
        let clock = self.clone();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder
            .on_thread_park(move || clock.advance())
            .build()
            .expect("a runtime without a driver can be made")
    }

    fn timers(&self) -> std::sync::MutexGuard<'_, Timers> {
        self.0.lock().expect("nobody panics while holding the clock")
    }

    fn advance(&self) {
        let mut timers = self.timers();
        let woken = match timers.waiting.pop_first() {
            Some(((at, _), waker)) => {
                timers.now = timers.now.max(at);
                Some(waker)
            }
            None => {
                timers.stuck = true;
                timers.watcher.take()
            }
        };
        drop(timers);
        if let Some(waker) = woken {
            waker.wake();
        }
    }

    /// Ends when nobody has anything to do any more and nobody waits for a moment: such a run never ends.
    pub(super) async fn stuck(&self) {
        std::future::poll_fn(|context| {
            let mut timers = self.timers();
            if timers.stuck {
                return Poll::Ready(());
            }
            timers.watcher = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    pub(super) async fn milliseconds(&self, count: u64) {
        self.sleep(Duration::from_millis(count)).await;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let elapsed = self.elapsed();
        Timestamp::UNIX_EPOCH + elapsed
    }

    fn elapsed(&self) -> Duration {
        self.timers().now
    }

    fn sleep(&self, duration: Duration) -> Pending<'static, ()> {
        let until = self.elapsed() + duration;
        Box::pin(Sleep { clock: self.clone(), until, key: None })
    }
}

struct Sleep {
    clock: VirtualClock,
    until: Duration,
    key: Option<(Duration, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut timers = clock.timers();
        if let Some(key) = self.key {
            // Woken by the clock it is off the list; by something else it still stands there.
            if timers.waiting.remove(&key).is_none() {
                self.key = None;
                return Poll::Ready(());
            }
            timers.waiting.insert(key, context.waker().clone());
            return Poll::Pending;
        }
        timers.number += 1;
        let key = (self.until, timers.number);
        timers.waiting.insert(key, context.waker().clone());
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.timers().waiting.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_pass_in_no_time_and_in_order() {
        let clock = VirtualClock::default();
        let story = Arc::new(Mutex::new(Vec::new()));
        clock.runtime().block_on(async {
            for seconds in [7200u64, 1, 60] {
                let (clock, story) = (clock.clone(), story.clone());
                tokio::spawn(async move {
                    clock.sleep(Duration::from_secs(seconds)).await;
                    story.lock().unwrap().push(clock.elapsed().as_secs());
                });
            }
            drop(clock.sleep(Duration::from_secs(5)));
            clock.stuck().await;
        });
        assert_eq!(*story.lock().unwrap(), [1, 60, 7200]);
    }
}

//! The clock and the source of random ids.

#![expect(clippy::disallowed_methods, reason = "this file is where the real calls are")]

use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use super::Pending;

/// Time: what the calendar says, what a stopwatch says, and waiting.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Time since the clock was made; never goes back.
    fn elapsed(&self) -> Duration;

    fn sleep(&self, duration: Duration) -> Pending<'static, ()>;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct OsClock {
    started: Instant,
}

impl Default for OsClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for OsClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pending<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Where ids that nobody could guess come from. Ids inside a plan are derived instead, so that a plan repeats.
pub trait Ids: Send + Sync {
    fn uuid(&self) -> Uuid;
}

/// The random source of this machine.
#[derive(Clone, Copy, Debug)]
pub struct OsIds;

impl Ids for OsIds {
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

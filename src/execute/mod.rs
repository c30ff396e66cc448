//! Carrying out a run: one dispatcher owns it, workers report to it, the journal knows every step before it begins.
//!
//! [`deploy()`] and [`rollback()`] are the runs there are: they look at the machines, have a plan made, store it, and
//! give it to the dispatcher. Nothing here prints or asks; what happens is told as [`Event`]s.

mod carry_out;
mod contact;
mod deploy;
mod dispatcher;
mod error;
mod event;
mod journal;
mod keys;
mod lease;
mod login;
mod look;
mod progress;
mod record;
mod result;
mod rollback;
mod send_keys;
mod session;
mod standing;

pub use deploy::{Deploy, deploy};
pub use error::{RunError, chain};
pub use event::Event;
pub use keys::ReadKeyError;
pub use login::login;
pub use look::{input, remembered};
pub use result::{MachineResult, RunResult};
pub use rollback::{Rollback, rollback};
pub use send_keys::{SendKeys, send_keys};
pub use session::{Interrupt, Interrupts, Session, roots_of};

/// What happens to the rest when a machine fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Nothing new is begun; machines in the middle of their activation finish it.
    #[default]
    Stop,
    /// Machines that do not depend on the failed one go on.
    Continue,
}

/// The operator's wishes for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub on_failure: OnFailure,
    /// Bring a machine whose activation failed back to what it ran.
    pub rollback: bool,
    /// Seconds within which an activation must be confirmed, instead of what the network says.
    pub confirm_seconds: Option<u64>,
    /// Instead of the limits of the kinds of step.
    pub concurrent_copies: Option<usize>,
    pub concurrent_activations: Option<usize>,
    /// Seconds to wait for a machine that does not answer.
    pub patience: std::time::Duration,
}

impl Policy {
    /// Within how many seconds a machine must be confirmed, of which the network says this.
    fn confirm_within(&self, of_network: Option<u64>) -> Option<u64> {
        let seconds = self.confirm_seconds.or(of_network)?;
        (self.rollback && of_network.is_some()).then_some(seconds)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_failure: OnFailure::default(),
            rollback: true,
            confirm_seconds: None,
            concurrent_copies: None,
            concurrent_activations: None,
            patience: std::time::Duration::from_secs(10),
        }
    }
}

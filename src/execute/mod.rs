//! Carrying out a run: one dispatcher owns it, workers report to it, the journal knows every step before it begins.
//!
//! [`deploy()`] and [`rollback()`] are the runs there are: they look at the machines, have a plan made, store it, and
//! give it to the dispatcher. [`resume()`] brings one to its end that was interrupted or failed. Nothing here prints or asks; what happens is told as [`Event`]s.

mod carry_out;
mod contact;
mod deploy;
mod destroy;
mod difference;
mod dispatcher;
mod each;
mod error;
mod event;
mod exact;
mod exec;
mod foresee;
mod journal;
mod keys;
mod known;
mod lease;
mod limits;
mod log;
mod login;
mod look;
mod one;
mod planning;
mod progress;
mod reboot;
mod record;
mod result;
mod resume;
mod rollback;
#[cfg(test)]
mod rollout_tests;
mod roots;
mod running;
mod saved;
mod send_keys;
mod session;
#[cfg(test)]
mod simulation;
mod staging;
mod standing;
mod status;
mod story;

use serde::{Deserialize, Serialize};

pub use crate::network::OnFailure;
use crate::plan::Rollout;
pub use deploy::{Deploy, deploy};
pub use destroy::destroy;
pub use difference::{Difference, Differing, MachineDifference, difference};
pub use error::{RunError, chain};
pub use event::Event;
pub use exact::moved;
pub use exec::{Exec, ExecResult, exec};
pub use keys::ReadKeyError;
pub use known::{Known, known};
pub use login::login;
pub use look::{input, remembered};
pub use one::{As, connect};
pub use planning::{Planning, plan};
pub use reboot::{Rebooting, reboot};
pub use result::{MachineResult, RunResult};
pub use resume::{Resume, resume};
pub use rollback::{Rollback, rollback};
pub use saved::{PlanFileError, SavedPlan, StateMark, Wishes};
pub use send_keys::{SendKeys, send_keys};
pub use session::{Interrupt, Interrupts, Session, roots_of};
pub use status::{MachineStatus, Trouble, status};
pub use story::{MachineEnd, MachineStory, Span, StepEnd, StepStory, Story, StoryError, seconds, story};

/// The operator's wishes for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// Instead of what the network says.
    pub on_failure: Option<OnFailure>,
    /// Bring a machine whose activation failed back to what it ran.
    pub rollback: bool,
    /// Seconds within which an activation must be confirmed, instead of what the network says.
    pub confirm_seconds: Option<u64>,
    /// Instead of the limits of the kinds of step.
    pub concurrent_copies: Option<usize>,
    pub concurrent_activations: Option<usize>,
    /// How many machines are in the middle of their activation, instead of what the network says.
    pub parallel: Option<usize>,
    /// A machine goes on as soon as its own closure is copied.
    pub pipeline: bool,
    /// Seconds to wait for a machine that does not answer.
    pub patience: std::time::Duration,
}

impl Policy {
    /// The policy of a run without stages, of whose network this is known.
    fn rollout(&self, max_parallel: Option<usize>, on_failure: OnFailure) -> Rollout {
        Rollout {
            max_parallel: self.parallel.or(max_parallel),
            on_failure: self.on_failure_of(on_failure),
            pipeline: self.pipeline,
            ..Rollout::default()
        }
    }

    /// What happens to the rest when a machine fails, where the network or the plan says this.
    fn on_failure_of(&self, said: OnFailure) -> OnFailure {
        match self.on_failure.unwrap_or(said) {
            // Who wants a failed machine to be left as it is wants the others to be left, too.
            OnFailure::Rollback if !self.rollback => OnFailure::Stop,
            it => it,
        }
    }

    /// Within how many seconds a machine must be confirmed, of which the network says this.
    fn confirm_within(&self, of_network: Option<u64>) -> Option<u64> {
        let seconds = self.confirm_seconds.or(of_network)?;
        (self.rollback && of_network.is_some()).then_some(seconds)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_failure: None,
            rollback: true,
            confirm_seconds: None,
            concurrent_copies: None,
            concurrent_activations: None,
            parallel: None,
            pipeline: false,
            patience: std::time::Duration::from_secs(10),
        }
    }
}

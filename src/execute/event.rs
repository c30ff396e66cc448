//! What a run tells while it goes on.

use std::time::Duration;

use crate::network::MachineName;
use crate::plan::{Plan, StepId};
use crate::steps::Said;
use crate::system::{Line, Secret};

/// Something that happened. Listeners show or record it; none of them changes the run.
#[derive(Debug)]
pub enum Event {
    /// Every machine of the run, before anything else, so that names can be aligned.
    Machines(Vec<MachineName>),
    /// A line about a machine or the run.
    Said(Said),
    /// A line that deserves attention but stops nothing.
    Warned(Said),
    /// A line of a program that the operator runs on a machine: a result, not talk.
    Heard {
        machine: MachineName,
        line: Line,
    },
    /// The plan is made. Nothing was touched yet.
    Planned(Box<Plan>),
    /// The run waits to be told whether to carry out the plan; no answer means no.
    Asked {
        question: &'static str,
        answer: tokio::sync::oneshot::Sender<bool>,
    },
    /// Machines ask a user for a password before he becomes root; no answer means that there is none.
    PasswordAsked {
        question: String,
        answer: tokio::sync::oneshot::Sender<Option<Secret>>,
    },
    /// The operator wants the run to end: what touches machines is finished, or, at once, cut off.
    Interrupted {
        at_once: bool,
    },
    StepStarted {
        step: StepId,
        machine: Option<MachineName>,
    },
    /// `already` when there was nothing to do.
    StepSucceeded {
        step: StepId,
        machine: Option<MachineName>,
        took: Duration,
        already: bool,
    },
    StepFailed {
        step: StepId,
        machine: Option<MachineName>,
        took: Duration,
        error: String,
    },
    StepSkipped {
        step: StepId,
        machine: Option<MachineName>,
        because: String,
    },
    /// The machine was brought back, or could not be.
    StepUndone {
        step: StepId,
        machine: Option<MachineName>,
        impossible: Option<String>,
    },
}

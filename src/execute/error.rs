//! Why a run could not be made, or could not go on. What fails on a machine is a result, not an error.

use std::collections::BTreeMap;
use std::error::Error;

use super::RunResult;
use super::keys::ReadKeyError;
use crate::network::selectors::SelectorError;
use crate::network::{MachineName, RolloutError};
use crate::nix::NixError;
use crate::plan::PlanError;
use crate::state::{RunRecord, StateError};
use crate::steps::StepError;
use crate::system::ProcessError;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Nix(#[from] NixError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error("`deployment.dependsOn` of `{machine}` cannot be used")]
    DependsOn { machine: MachineName, source: SelectorError },
    #[error(
        "`deployment.dependsOn` makes more than {most} pairs of machines wait for each other, which no plan can hold; `{selector}` \
         selects many: give it fewer users, or let `network.rollout.stages` say what comes first"
    )]
    TooManyNeeds { most: usize, selector: String },
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    #[error("`network.rollout.{setting}` cannot be used")]
    RolloutSelector { setting: String, source: SelectorError },
    #[error("the network has no machine `{machine}`")]
    UnknownMachine { machine: String },
    #[error("the network has no machine that can be deployed to")]
    NoMachines,
    #[error("{} could not be reached, so no machine was touched{}", named(.machines), reasons(.machines))]
    Unreachable {
        machines: BTreeMap<MachineName, StepError>,
        /// How many machines were asked.
        all: usize,
    },
    #[error("could not make an SSH key pair for `{machine}`")]
    KeyPair { machine: MachineName, source: KeyPairError },
    #[error("a key of `{machine}` is not there, so nothing was touched")]
    Key { machine: MachineName, source: ReadKeyError },
    #[error("could not prepare {folder}")]
    Folder { folder: String, source: std::io::Error },
    #[error("the system of `{machine}` was not evaluated")]
    NotEvaluated { machine: MachineName },
    #[error(
        "the plan is not carried out: not everything is as it was when it was made, so no machine was touched{}",
        .moved.iter().map(|it| format!("\n  {it}")).collect::<String>()
    )]
    Moved { moved: Vec<String> },
    #[error("{deployment} has no machine yet")]
    NoneKnown { deployment: String },
    #[error("the deployment has no generation yet; deploy it first")]
    NoGeneration,
    #[error("there is no generation before {current} to go back to")]
    NoEarlierGeneration { current: u64 },
    #[error("generation {number} cannot be gone back to: it says nothing of how to reach `{machine}`")]
    NoAddress { number: u64, machine: MachineName },
    #[error("generation {number} holds `{path}`, which is not a system")]
    NotASystem { number: u64, path: String },
    #[error(
        "the journal of the run could not be kept, so it was stopped; what became of the machines is listed above"
    )]
    Journal { source: StateError, result: Box<RunResult> },
    #[error("no machine was touched, as you wished")]
    Declined,
    #[error("the deployment has never reached `{machine}`, so where it is is not known")]
    NeverReached { machine: String },
    #[error("there is nothing to resume: {}", last_run(.last.as_deref()))]
    NothingToResume { last: Option<Box<RunRecord>> },
    #[error("the deployment has no run `{named}`")]
    UnknownRun { named: String },
    #[error("`{named}` can mean several runs")]
    AmbiguousRun { named: String },
    #[error("the run cannot be resumed: {} changed `{machine}` since", .by.title())]
    Superseded { by: Box<RunRecord>, machine: MachineName },
    #[error("the run cannot be resumed: `{machine}`, one of its machines, was renamed or forgotten since")]
    NotRecorded { machine: MachineName },
    #[error("the run cannot be resumed: {} neither what this run found there nor what it brings", runs(.machines))]
    TakenElsewhere { machines: Vec<MachineName> },
    #[error(
        "the run cannot be resumed: {system}, which `{machine}` is to get, was collected, and so was what it is built from"
    )]
    Gone { machine: MachineName, system: String },
    #[error("keys are still to be sent, whose texts only the network tells")]
    NoKeys { source: Box<RunError> },
    #[error(
        "the run cannot be resumed: `{machine}` is still to get the key {path}, which the network has no more"
    )]
    KeyGone { machine: MachineName, path: String },
    #[error("the generation that this rollback brings back was deleted")]
    GenerationGone,
    #[error("interrupted")]
    Stopped,
    #[error("interrupted before anything was touched")]
    Interrupted,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyPairError {
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the new key could not be read")]
    Read { source: std::io::Error },
}

fn named(machines: &BTreeMap<MachineName, StepError>) -> String {
    let names: Vec<String> = machines.keys().map(|machine| format!("`{machine}`")).collect();
    names.join(", ")
}

fn reasons(machines: &BTreeMap<MachineName, StepError>) -> String {
    machines
        .iter()
        .map(|(machine, error)| format!("\n  {machine}: {}", chain(error).replace('\n', "\n  ")))
        .collect()
}

fn last_run(last: Option<&RunRecord>) -> String {
    last.map_or_else(
        || "the deployment has no run yet".to_owned(),
        |run| format!("{} succeeded", run.title()),
    )
}

fn runs(machines: &[MachineName]) -> String {
    let names: Vec<String> = machines.iter().map(|machine| format!("`{machine}`")).collect();
    format!("{} {}", names.join(", "), if machines.len() == 1 { "runs or boots" } else { "run or boot" })
}

/// An error with all its causes in one text.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Transparent errors repeat their cause word by word.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

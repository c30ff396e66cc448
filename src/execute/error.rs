//! Why a run could not be made, or could not go on. What fails on a machine is a result, not an error.

use std::collections::BTreeMap;
use std::error::Error;

use super::RunResult;
use super::keys::ReadKeyError;
use crate::network::selectors::SelectorError;
use crate::network::{MachineName, RolloutError};
use crate::nix::NixError;
use crate::plan::PlanError;
use crate::state::StateError;
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

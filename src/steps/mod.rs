//! The kinds of step a run is made of: one file each, plain data and three acts.
//!
//! A step says whether it is already done (`done`), does it so that twice is as good as once (`run`), and takes it
//! back (`undo`). Each file's header says what holds before and after, and what is left when it dies half-way. A step
//! decides nothing: paths, hosts and order are in its data or in the plan. It knows no schedule and no journal.

mod activate_system;
mod await_checks;
mod await_copies;
mod await_stage;
mod build_closure;
mod build_on_target;
mod check_before;
mod check_health;
mod confirm_reachable;
mod copy_closure;
mod copy_derivation;
mod dry_activate;
mod error;
mod health;
mod hooks;
mod hooks_after;
mod hooks_before;
mod inspect_machine;
mod persist_system;
mod probe_machine;
mod reboot;
mod reboot_machine;
mod remove_keys;
mod send_keys;
mod soak;
mod survey;
mod switch;
mod world;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use activate_system::ActivateSystem;
pub use await_checks::AwaitChecks;
pub use await_copies::AwaitCopies;
pub use await_stage::AwaitStage;
pub use build_closure::{BuildClosure, build_at, root_name};
pub use build_on_target::BuildOnTarget;
pub use check_before::CheckBefore;
pub use check_health::CheckHealth;
pub use confirm_reachable::ConfirmReachable;
pub use copy_closure::CopyClosure;
pub use copy_derivation::CopyDerivation;
pub use dry_activate::DryActivate;
pub use error::{StepError, amount};
pub use hooks::Hooks;
pub use hooks_after::HooksAfter;
pub use hooks_before::HooksBefore;
pub use inspect_machine::{Disk, GuardStand, Inspected, Units, inspect};
pub use persist_system::PersistSystem;
pub use probe_machine::{Observed, ProbeMachine};
pub use reboot_machine::RebootMachine;
pub use remove_keys::RemoveKeys;
pub use send_keys::{ReadyKey, SendKeys, Standing};
pub use soak::Soak;
pub use survey::{Room, Surveyed, UnitFile, dry_activation, room, survey_here, survey_machine, survey_there};
pub use world::{Said, World};

use crate::network::MachineName;

/// What taking a step back came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It left nothing that could be taken back.
    Nothing,
    /// The machine is as it was before the step.
    Done,
    /// It cannot be taken back, because …
    Impossible(String),
}

/// The three acts of a step.
pub trait Act {
    /// Whether the machine is already as the step would leave it.
    fn done(&self, world: &World) -> impl Future<Output = Result<bool, StepError>> + Send;

    /// Does it. What it returns is kept in the journal; nothing else is passed on.
    fn run(&self, world: &World) -> impl Future<Output = Result<Value, StepError>> + Send;

    /// Takes it back, also when it was only half done.
    fn undo(&self, world: &World) -> impl Future<Output = Result<Undone, StepError>> + Send;
}

/// What is said of a kind of step, in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The word in the journal, in plans and in step ids.
    pub name: &'static str,
    /// What a person reads where a run ended before it: `the confirmation`.
    pub title: &'static str,
    /// How many of this kind run at the same time, unless the user says otherwise.
    pub limit: usize,
    /// Whether the step changes what the machine runs.
    pub touches: bool,
    /// What it means for the run when it fails.
    pub phase: Phase,
}

/// The parts of a run, as far as a failure in them means something different to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// On this machine: nothing was touched.
    Build,
    /// Between the machines: a machine could not be reached or copied to.
    Reach,
    /// On the machine itself.
    Activate,
    /// After it: the machine has its system, and keeps it also where this fails.
    After,
}

macro_rules! steps {
    ($($kind:ident),+ $(,)?) => {
        /// A step of a plan: a closed list.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "step", rename_all = "kebab-case")]
        pub enum Step { $($kind($kind)),+ }

        impl Step {
            pub fn kind(&self) -> Kind {
                match self { $(Step::$kind(_) => $kind::KIND),+ }
            }

            /// The machine it is for; none for steps of the whole run.
            pub fn machine(&self) -> Option<&MachineName> {
                match self { $(Step::$kind(step) => step.machine()),+ }
            }

            pub async fn done(&self, world: &World) -> Result<bool, StepError> {
                match self { $(Step::$kind(step) => step.done(world).await),+ }
            }

            pub async fn run(&self, world: &World) -> Result<Value, StepError> {
                match self { $(Step::$kind(step) => step.run(world).await),+ }
            }

            pub async fn undo(&self, world: &World) -> Result<Undone, StepError> {
                match self { $(Step::$kind(step) => step.undo(world).await),+ }
            }
        }
    };
}

steps! { BuildClosure, CopyClosure, AwaitCopies, ActivateSystem, ConfirmReachable, PersistSystem,
SendKeys, RemoveKeys, CheckBefore, CheckHealth, AwaitChecks, AwaitStage, Soak, HooksBefore, HooksAfter, RebootMachine, DryActivate, CopyDerivation, BuildOnTarget }

//! One typed model of a network, whatever it was written in.
//!
//! [`Network::load`] reads files and evaluates as much as can be known without Nix; what comes out is plain data.
//! Judges nothing (that is `checks`) and starts nothing.

mod arguments;
mod deployment;
mod dialects;
mod host;
mod input;
mod machine;
mod model;
mod plain;
pub mod selectors;
mod suggest;

pub use arguments::{Argument, Arguments};
pub use deployment::{DeploymentSettings, KeySettings, Reboot, Rollback};
pub use dialects::Dialect;
pub use host::{HostProblem, host_problem, placeholder};
pub use input::{LoadError, NAMES, nearest_network};
pub use machine::{
    Definition, Gap, Machine, MachineName, MachineSource, ModuleKind, Origin, PLAIN_PRIORITY, Setting,
};
pub use model::{
    ArgumentProblem, ArgumentProblemKind, Attribute, Input, InputShape, Network, Problem, ProblemKind, Resource,
};
pub use plain::{Entry, Plain, PlainKind};
pub use suggest::{did_you_mean, nearest};

/// The NixOS module that declares every option of `deployment`.
pub const DEPLOYMENT_OPTIONS: &str = include_str!("deployment-options.nix");

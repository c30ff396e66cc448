//! One typed model of a network, whatever it was written in.

mod machine_name;
pub mod selectors;
mod settings;
mod suggest;

pub use machine_name::MachineName;
pub use settings::DeploymentSettings;
pub use suggest::{did_you_mean, nearest};

/// The NixOS module that declares every `deployment.*` option: the one place where they exist.
pub const DEPLOYMENT_OPTIONS: &str = include_str!("deployment-options.nix");

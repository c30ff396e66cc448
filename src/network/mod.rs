//! Networks and machines as typed data.

mod machine_name;
mod settings;

pub use machine_name::MachineName;
pub use settings::DeploymentSettings;

/// The NixOS module that declares every `deployment.*` option: the one place where they exist.
pub const DEPLOYMENT_OPTIONS: &str = include_str!("deployment-options.nix");

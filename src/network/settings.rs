//! The deployment settings of a machine.

use serde::{Deserialize, Serialize};

use super::HealthCheck;

/// What Nix says of `deployment.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSettings {
    pub target_host: Option<String>,
    pub target_port: Option<u16>,
    pub target_user: Option<String>,
    pub target_env: String,
    pub ssh_options: Vec<String>,
    pub privilege_escalation_command: Vec<String>,
    pub host_keys: Vec<String>,
    #[serde(rename = "provisionSSHKey")]
    pub provision_ssh_key: bool,
    pub tags: Vec<String>,
    pub always_activate: bool,
    pub build_only: bool,
    pub substitute_on_destination: bool,
    /// Within how many seconds an activation must be confirmed, or else the machine goes back; none: it never goes back.
    pub confirm_timeout: Option<u64>,
    pub depends_on: Vec<String>,
    pub health_checks: Vec<HealthCheck>,
    pub pre_deploy_checks: Vec<HealthCheck>,
    pub hooks: HookSettings,
    pub reboot: Reboot,
    pub build_on_target: bool,
}

/// When a machine is rebooted after a deployment. What comes later in the list asks for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reboot {
    #[default]
    Never,
    /// Where only a reboot brings in what is new: a kernel, its modules and parameters, an initrd, another init.
    WhenNeeded,
    Always,
}

/// Commands around the activation, each a program and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSettings {
    pub pre: HookPlaces,
    pub post: HookPlaces,
    /// Seconds after which a command has failed.
    pub timeout: u64,
}

/// Where commands run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookPlaces {
    pub deployer: Vec<Vec<String>>,
    pub target: Vec<Vec<String>>,
}

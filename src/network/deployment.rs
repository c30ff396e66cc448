//! The settings of a machine under `deployment`, as Nix returns them: camelCase JSON in, typed data out.
//!
//! The names, types and defaults are those of `deployment-options.nix`; a test compares them. What is only known
//! statically, with positions and reasons, lies in [`Machine`](super::Machine).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything a deployment needs to know about one machine, evaluated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSettings {
    /// `None`: never deployed to remotely.
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
    pub owners: Vec<String>,
    /// Selectors, as written.
    pub depends_on: Vec<String>,
    pub build_on_target: bool,
    pub build_only: bool,
    pub allow_local_deployment: bool,
    pub has_fast_connection: bool,
    pub substitute_on_destination: bool,
    pub replace_unknown_profiles: bool,
    pub always_activate: bool,
    pub reboot: Reboot,
    pub rollback: Rollback,
    /// Names only: what is in them never leaves the place it is needed in.
    pub keys: BTreeMap<String, KeySettings>,
}

/// When a machine is rebooted after a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reboot {
    #[default]
    Never,
    WhenNeeded,
    Always,
}

/// What happens when a machine does not answer after its activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollback {
    pub enable: bool,
    /// Seconds.
    pub confirm_timeout: u32,
}

/// Where a key lies and who may read it; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeySettings {
    pub name: String,
    pub dest_dir: String,
    pub user: String,
    pub group: String,
    pub permissions: String,
    pub upload_at: String,
}

impl Default for DeploymentSettings {
    fn default() -> Self {
        Self {
            target_host: None,
            target_port: None,
            target_user: Some("root".to_owned()),
            target_env: "none".to_owned(),
            ssh_options: Vec::new(),
            privilege_escalation_command: ["sudo", "-H", "--"].map(str::to_owned).to_vec(),
            host_keys: Vec::new(),
            provision_ssh_key: false,
            tags: Vec::new(),
            owners: Vec::new(),
            depends_on: Vec::new(),
            build_on_target: false,
            build_only: false,
            allow_local_deployment: false,
            has_fast_connection: false,
            substitute_on_destination: false,
            replace_unknown_profiles: true,
            always_activate: true,
            reboot: Reboot::Never,
            rollback: Rollback::default(),
            keys: BTreeMap::new(),
        }
    }
}

impl Default for Rollback {
    fn default() -> Self {
        Self { enable: true, confirm_timeout: 30 }
    }
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            dest_dir: "/run/keys".to_owned(),
            user: "root".to_owned(),
            group: "root".to_owned(),
            permissions: "0600".to_owned(),
            upload_at: "pre-activation".to_owned(),
        }
    }
}

impl DeploymentSettings {
    /// The attributes that Nix is asked for, as they are spelt there.
    pub fn attribute_names() -> Vec<String> {
        let serde_json::Value::Object(fields) =
            serde_json::to_value(Self::default()).expect("settings are plain data")
        else {
            unreachable!("a struct is written as an object")
        };
        fields.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nix_says_is_read_and_the_rest_has_its_default() {
        let text = r#"{ "targetHost": "10.0.0.1", "targetPort": 2222, "provisionSSHKey": true,
            "reboot": "when-needed", "keys": { "a": { "name": "a", "destDir": "/x" } }, "rollback": {} }"#;
        let settings: DeploymentSettings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.target_host.as_deref(), Some("10.0.0.1"));
        assert_eq!(settings.reboot, Reboot::WhenNeeded);
        assert!(settings.provision_ssh_key && settings.rollback.enable);
        assert_eq!(settings.keys["a"].permissions, "0600");
        assert!(DeploymentSettings::attribute_names().contains(&"provisionSSHKey".to_owned()));
    }
}

//! What must hold of a machine: the checks of `deployment.healthChecks` and `preDeployChecks`, as Nix tells them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One check, and how often it is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// What the network calls it; may be empty.
    pub description: String,
    /// Seconds between two attempts.
    pub period: u64,
    /// Seconds after which one attempt has failed.
    pub timeout: u64,
    /// How often a failed attempt is repeated.
    pub retries: u64,
    pub question: HealthQuestion,
}

/// What is asked, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum HealthQuestion {
    /// Whether a port accepts a connection from the deploying machine.
    Tcp { host: Option<String>, port: u16 },
    /// Whether a request of the deploying machine is answered with success.
    Http {
        host: Option<String>,
        port: u16,
        path: String,
        scheme: String,
        /// Whether any certificate is accepted.
        insecure: bool,
        headers: BTreeMap<String, String>,
    },
    /// Whether a program on the deploying machine ends with status 0.
    Cmd { cmd: Vec<String> },
    /// Whether a unit of systemd is active on the machine.
    Unit { name: String },
    /// Whether a program on the machine ends with status 0.
    Command { command: Vec<String> },
}

impl fmt::Display for HealthCheck {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |host: &Option<String>| host.clone().unwrap_or_else(|| "it".to_owned());
        if !self.description.is_empty() {
            return out.write_str(&self.description);
        }
        match &self.question {
            HealthQuestion::Tcp { host: at, port } => {
                write!(out, "{} accepts connections on port {port}", host(at))
            }
            HealthQuestion::Http { host: at, port, path, scheme, .. } => {
                write!(out, "{} answers {scheme} on port {port} for {path}", host(at))
            }
            HealthQuestion::Cmd { cmd: words } | HealthQuestion::Command { command: words } => {
                write!(out, "`{}` succeeds", words.join(" "))
            }
            HealthQuestion::Unit { name } => write!(out, "the unit {name} is active"),
        }
    }
}

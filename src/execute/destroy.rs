//! Forgetting machines: their records go, with the keys that only the state has. The machines themselves are not asked.

use super::lease::KeptLease;
use super::session::roots_of;
use super::{RunError, Session};
use crate::network::MachineName;
use crate::state::Deployment;
use crate::steps::root_name;

/// Forgets machines of a deployment, all or none of them. Refused while somebody else works on the deployment.
pub async fn destroy(
    session: &Session,
    deployment: &Deployment,
    machines: &[MachineName],
) -> Result<(), RunError> {
    let kept = KeptLease::take(session, deployment).await?;
    let names: Vec<&str> = machines.iter().map(MachineName::as_str).collect();
    let forgotten = session.state.forget_machines(&kept.lease, &names).await;
    if forgotten.is_ok() {
        // Their systems may be collected now.
        let roots = roots_of(&session.state, deployment.id);
        for name in names {
            let root = roots.join(root_name(name));
            // One that was never built here has no link.
            let _ = session.system.files.remove(&root);
        }
    }
    kept.give_back(session, forgotten.map_err(RunError::from)).await
}

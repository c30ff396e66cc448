//! From what the network says of its rollout, and what the operator wishes, to the policy that the plan is made with.
//!
//! Resolves selectors to machines. Which machine then falls into which stage is the plan's affair.

use std::collections::BTreeSet;

use super::look::Selection;
use super::{Policy, RunError};
use crate::network::selectors::Selector;
use crate::network::{MachineName, RolloutSettings};
use crate::plan::{MaxUnavailable, Rollout, Stage};

/// The policy of a run over the machines of a network.
pub(super) fn rollout(
    settings: &RolloutSettings,
    selection: &Selection,
    policy: &Policy,
) -> Result<Rollout, RunError> {
    let select = |setting: &str, text: &str| -> Result<BTreeSet<MachineName>, RunError> {
        let selected = Selector::parse(text).and_then(|selector| selector.select(&selection.all));
        let failed = |source| RunError::RolloutSelector { setting: setting.to_owned(), source };
        let name = |at: usize| MachineName::new(selection.all.name(at));
        Ok(selected.map_err(failed)?.into_iter().map(name).collect())
    };
    let mut stages = Vec::new();
    if let Some(canary) = &settings.canary {
        stages.push(Stage::canary(canary, select("canary", canary)?));
    }
    for (at, stage) in settings.stages.iter().enumerate() {
        stages.push(Stage::named(stage, select(&format!("stages[{at}]"), stage)?));
    }
    let mut max_unavailable = Vec::new();
    for (tag, limit) in &settings.max_unavailable {
        let machines = select("maxUnavailable", &format!("@{tag}"))?;
        max_unavailable.push(MaxUnavailable { tag: tag.clone(), limit: *limit, machines, down: 0 });
    }
    Ok(Rollout {
        stages,
        soak: settings.soak,
        max_unavailable,
        ..policy.rollout(settings.max_parallel, settings.on_failure.unwrap_or_default())
    })
}

//! How a run goes over its machines: stages, limits, what happens when a machine fails. Part of every plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::PlanError;
use crate::graph::Dependencies;
use crate::network::{MachineName, OnFailure, stage_of_each};

/// The policy of a run. As it is given to [`make`](super::make) its stages are those that somebody wished, over any
/// machines; in a plan every machine is in exactly one of them, and none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Without any, all machines are one stage.
    pub stages: Vec<Stage>,
    /// Seconds between two stages.
    pub soak: u64,
    /// How many machines are in the middle of their activation at a time: from its begin to the machine's last step.
    pub max_parallel: Option<usize>,
    pub max_unavailable: Vec<MaxUnavailable>,
    pub on_failure: OnFailure,
    /// A machine goes on as soon as its own closure is copied; otherwise all copies end before the first activation.
    pub pipeline: bool,
}

/// Machines that go before those of the next stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub kind: StageKind,
    /// As people know it: the selector.
    pub name: String,
    pub machines: BTreeSet<MachineName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// The others begin only if all of these succeeded, also where the rest goes on after a failure.
    Canary,
    /// One of the network's.
    Named,
    /// What no stage selects and no stage needs.
    Rest,
}

impl Stage {
    pub fn canary(selector: impl Into<String>, machines: BTreeSet<MachineName>) -> Self {
        Self { kind: StageKind::Canary, name: selector.into(), machines }
    }

    pub fn named(selector: impl Into<String>, machines: BTreeSet<MachineName>) -> Self {
        Self { kind: StageKind::Named, name: selector.into(), machines }
    }

    /// For people: `the canary`, `the stage @web`, `the rest`.
    pub fn title(&self) -> String {
        match self.kind {
            StageKind::Canary => format!("the canary {}", self.name),
            StageKind::Named => format!("the stage {}", self.name),
            StageKind::Rest => "the rest".to_owned(),
        }
    }
}

/// At most so many of these machines are away at a time. One whose activation failed stays away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MaxUnavailable {
    pub tag: String,
    pub limit: usize,
    pub machines: BTreeSet<MachineName>,
    /// How many others with this tag were away already when the plan was made.
    pub down: usize,
}

impl Rollout {
    /// Counts machines that do not answer as unavailable; returns the others that can therefore not be touched, with
    /// the reason.
    pub fn count_down(&mut self, down: &BTreeSet<MachineName>) -> BTreeMap<MachineName, String> {
        let mut out = BTreeMap::new();
        for limit in &mut self.max_unavailable {
            limit.down = limit.machines.intersection(down).count();
            if limit.down >= limit.limit {
                let because = format!(
                    "of `@{}` at most {} may be unavailable, and {} cannot be reached",
                    limit.tag, limit.limit, limit.down
                );
                out.extend(limit.machines.difference(down).map(|it| (it.clone(), because.clone())));
            }
        }
        out
    }

    /// Puts every machine into its stage.
    pub(super) fn over(
        mut self,
        needs: &BTreeMap<MachineName, BTreeSet<MachineName>>,
    ) -> Result<Self, PlanError> {
        for limit in &mut self.max_unavailable {
            limit.machines.retain(|it| needs.contains_key(it));
        }
        if self.stages.is_empty() {
            return Ok(self);
        }
        let index: BTreeMap<&MachineName, usize> =
            needs.keys().enumerate().map(|(at, machine)| (machine, at)).collect();
        let names: Vec<&MachineName> = needs.keys().collect();
        let known = |machines: &BTreeSet<MachineName>| -> Vec<usize> {
            machines.iter().filter_map(|it| index.get(it).copied()).collect()
        };
        let by_index: Vec<Vec<usize>> = needs.values().map(known).collect();
        let (canary, named): (Vec<Stage>, Vec<Stage>) =
            self.stages.drain(..).partition(|stage| stage.kind == StageKind::Canary);
        let first: Vec<usize> = canary.iter().flat_map(|stage| known(&stage.machines)).collect();
        let sets: Vec<Vec<usize>> = named.iter().map(|stage| known(&stage.machines)).collect();
        let places = stage_of_each(&first, &sets, &by_index).map_err(|conflict| PlanError::Stages {
            earlier: named[conflict.earlier - 1].name.clone(),
            later: named[conflict.later - 1].name.clone(),
            way: conflict.way.into_iter().map(|at| names[at].clone()).collect(),
        })?;
        let canary = canary.into_iter().next().unwrap_or_else(|| Stage::canary("", BTreeSet::new()));
        let rest = Stage { kind: StageKind::Rest, name: String::new(), machines: BTreeSet::new() };
        self.stages = [canary].into_iter().chain(named).chain([rest]).collect();
        for stage in &mut self.stages {
            stage.machines.clear();
        }
        for (machine, place) in names.into_iter().zip(places) {
            self.stages[place].machines.insert(machine.clone());
        }
        self.stages.retain(|stage| !stage.machines.is_empty());
        Ok(self)
    }

    /// The order of activation: for every stage its ranks.
    pub(super) fn ranks(
        &self,
        needs: &BTreeMap<MachineName, BTreeSet<MachineName>>,
    ) -> Result<Vec<Vec<Vec<MachineName>>>, PlanError> {
        if self.stages.is_empty() {
            return Ok(vec![Dependencies::new(needs).ranks()?]);
        }
        let stages = self.stages.iter().map(|stage| {
            let needs = stage.machines.iter().map(|machine| (machine.clone(), needs[machine].clone()));
            Ok(Dependencies::new(&needs.collect()).ranks()?)
        });
        stages.collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::example::{shown, three, wanted};
    use super::super::{Goal, Plan, make};
    use super::*;
    use crate::network::HealthCheck;

    fn name(it: &str) -> MachineName {
        MachineName::new(it)
    }

    fn named(selector: &str, machines: &[&str]) -> Stage {
        Stage::named(selector, machines.iter().map(|it| name(it)).collect())
    }

    #[test]
    fn stages_follow_each_other_by_gates() {
        let wanted = [wanted("db", &[]), wanted("web1", &["db"]), wanted("web2", &["db"]), wanted("x", &[])];
        let canary = Stage::canary("web1", [name("web1")].into());
        let rollout = Rollout {
            stages: vec![canary, named("web*", &["web1", "web2"])],
            soak: 60,
            ..Rollout::default()
        };
        let plan = make(Uuid::nil(), Goal::Test, wanted.into(), rollout).unwrap();
        // What the canary needs goes with it; what nobody mentions goes last.
        insta::assert_snapshot!(shown(&plan)[9..].join("\n"), @r"
        activate-system db < copy-closure db, await-copies
        confirm-reachable db < activate-system db
        activate-system web1 < copy-closure web1, await-copies, confirm-reachable db
        confirm-reachable web1 < activate-system web1
        await-stage 1 < confirm-reachable db, confirm-reachable web1
        soak 1 < await-stage 1
        activate-system web2 < copy-closure web2, confirm-reachable db, soak 1
        confirm-reachable web2 < activate-system web2
        await-stage 2 < soak 1, confirm-reachable web2
        soak 2 < await-stage 2
        activate-system x < copy-closure x, soak 2
        confirm-reachable x < activate-system x
        ");
        let order: Vec<Vec<&str>> =
            plan.order.iter().map(|rank| rank.iter().map(MachineName::as_str).collect()).collect();
        assert_eq!(order, [vec!["db"], vec!["web1"], vec!["web2"], vec!["x"]]);
    }

    #[test]
    fn nothing_soaks_where_nothing_changes() {
        let mut all: BTreeMap<_, _> = [wanted("a", &[]), wanted("b", &[])].into();
        let a = all.get_mut(&name("a")).unwrap();
        a.observed.current_system = Some(a.toplevel.clone());
        a.observed.profile = Some(a.toplevel.clone());
        let rollout = Rollout { stages: vec![named("a", &["a"])], soak: 60, ..Rollout::default() };
        let plan = make(Uuid::nil(), Goal::Switch, all, rollout).unwrap();
        let has = |id: &str| plan.steps.iter().any(|it| it.id.as_str() == id);
        assert!(has("await-stage 1") && !has("soak 1"));
    }

    #[test]
    fn a_stage_that_needs_a_later_one_is_refused_with_names() {
        let stages = vec![named("@front", &["web"]), named("@data", &["db"])];
        let rollout = Rollout { stages, ..Rollout::default() };
        let error = make(Uuid::nil(), Goal::Switch, three(), rollout).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stage `@front` cannot come before the stage `@data`: `web` needs `app`, `app` needs `db`"
        );
    }

    #[test]
    fn in_a_pipeline_machines_wait_for_their_own_copies() {
        let mut all = three();
        let rollout = Rollout { pipeline: true, ..Rollout::default() };
        let plan = make(Uuid::nil(), Goal::Test, all.clone(), rollout.clone()).unwrap();
        let line = |plan: &Plan| {
            let found = shown(plan).into_iter().find(|it| it.starts_with("activate-system db"));
            found.unwrap()
        };
        assert_eq!(line(&plan), "activate-system db < copy-closure db");
        // What must hold before anything is touched still must.
        let check: HealthCheck = serde_json::from_value(serde_json::json!({
            "description": "", "period": 1, "timeout": 1, "retries": 1,
            "question": { "kind": "command", "command": ["true"] },
        }))
        .unwrap();
        all.get_mut(&name("web")).unwrap().checks_before = vec![check];
        let plan = make(Uuid::nil(), Goal::Test, all, rollout).unwrap();
        assert_eq!(line(&plan), "activate-system db < copy-closure db, await-checks");
    }

    #[test]
    fn plans_of_the_first_version_are_still_read() {
        let plan = make(Uuid::nil(), Goal::Switch, three(), Rollout::default()).unwrap();
        let rollout = format!("\"rollout\":{},", serde_json::to_string(&plan.rollout).unwrap());
        let old = plan.to_json().replacen("\"version\":2", "\"version\":1", 1).replacen(&rollout, "", 1);
        assert!(!old.contains("rollout"));
        assert_eq!(Plan::from_json(&old).unwrap(), Plan { version: 1, ..plan });
    }

    #[test]
    fn five_thousand_stages_are_planned_in_linear_size() {
        let all = (0..10_000).map(|it| wanted(&format!("m{it}"), &[])).collect();
        let stage = |at: usize| named("", &[&format!("m{at}"), &format!("m{}", at + 1)]);
        let rollout = Rollout { stages: (0..5_000).map(|it| stage(2 * it)).collect(), ..Rollout::default() };
        let plan = make(Uuid::nil(), Goal::Switch, all, rollout).unwrap();
        let edges: usize = plan.steps.iter().map(|step| step.after.len()).sum();
        assert!(edges < 90_000, "{edges} edges with 5,000 stages");
    }
}

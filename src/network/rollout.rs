//! `network.rollout`: how a deploy goes over the machines. What it may hold, and what stage each machine falls into.
//!
//! Pure, and the only place that knows it: the checks judge a network by it before Nix is asked, the plan is made by it
//! afterwards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::nearest;

/// What happens to the rest when a machine fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Nothing new is begun; machines in the middle of their activation finish it.
    #[default]
    Stop,
    /// Machines that do not depend on the failed one go on.
    Continue,
    /// As `stop`; then all machines that the run changed go back to what they ran.
    Rollback,
}

impl OnFailure {
    pub const WORDS: [&str; 3] = ["stop", "continue", "rollback"];

    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Stop, Self::Continue, Self::Rollback];
        Self::WORDS.iter().position(|it| *it == word).map(|at| all[at])
    }
}

/// What a network says of its rollout; selectors as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutSettings {
    /// How many machines are in the middle of their activation at a time.
    pub max_parallel: Option<usize>,
    pub canary: Option<String>,
    pub stages: Vec<String>,
    /// Tag → how many machines with it may be away, or may have failed, at a time.
    pub max_unavailable: BTreeMap<String, usize>,
    /// Seconds between two stages.
    pub soak: u64,
    pub on_failure: Option<OnFailure>,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`network.rollout{place}` {problem}")]
pub struct RolloutError {
    /// Empty for the whole, else with its leading dot.
    pub place: String,
    pub problem: String,
}

impl RolloutSettings {
    /// The names that `rollout` may hold.
    pub const NAMES: [&str; 6] = ["maxParallel", "canary", "stages", "maxUnavailable", "soak", "onFailure"];

    /// More than a month is a slip of the finger.
    pub const LONGEST_SOAK: u64 = 31 * 24 * 3600;

    /// Reads what Nix evaluated. What is null counts as left out.
    pub fn read(value: &Value) -> Result<Self, RolloutError> {
        let mut read = Self::default();
        let Some(settings) = value.as_object() else {
            return if value.is_null() { Ok(read) } else { Err(wrong("", "a set", value)) };
        };
        for (name, value) in settings.iter().filter(|(_, value)| !value.is_null()) {
            let place = format!(".{name}");
            match name.as_str() {
                "maxParallel" => read.max_parallel = Some(count(&place, value)?),
                "canary" => read.canary = Some(text(&place, value)?),
                "stages" => {
                    let stages =
                        value.as_array().ok_or_else(|| wrong(&place, "a list of selectors", value))?;
                    let stages = stages.iter().enumerate();
                    let stages = stages.map(|(at, it)| text(&format!("{place}[{at}]"), it));
                    read.stages = stages.collect::<Result<_, _>>()?;
                }
                "maxUnavailable" => {
                    let expected = "a set of tags, such as `{ web = 1; }`";
                    let tags = value.as_object().ok_or_else(|| wrong(&place, expected, value))?;
                    let tags = tags.iter().filter(|(_, value)| !value.is_null());
                    let tags =
                        tags.map(|(tag, value)| Ok((tag.clone(), count(&format!("{place}.{tag}"), value)?)));
                    read.max_unavailable = tags.collect::<Result<_, _>>()?;
                }
                "soak" => {
                    let soak = value.as_u64().filter(|it| *it <= Self::LONGEST_SOAK);
                    let expected = format!("a number of seconds, from 0 to {}", Self::LONGEST_SOAK);
                    read.soak = soak.ok_or_else(|| wrong(&place, &expected, value))?;
                }
                "onFailure" => {
                    let word = value.as_str().and_then(OnFailure::named);
                    let word =
                        word.ok_or_else(|| wrong(&place, "\"stop\", \"continue\" or \"rollback\"", value));
                    read.on_failure = Some(word?);
                }
                _ => {
                    let problem = match nearest(name, Self::NAMES) {
                        Some(near) => format!("is no setting of it: did you mean `{near}`?"),
                        None => format!("is no setting of it; there are: {}", Self::NAMES.join(", ")),
                    };
                    return Err(RolloutError { place, problem });
                }
            }
        }
        Ok(read)
    }
}

fn wrong(place: &str, expected: &str, found: &Value) -> RolloutError {
    RolloutError { place: place.to_owned(), problem: format!("must be {expected}, but is {found}") }
}

fn count(place: &str, value: &Value) -> Result<usize, RolloutError> {
    let found = value.as_u64().and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    found.ok_or_else(|| wrong(place, "a whole number of at least 1", value))
}

fn text(place: &str, value: &Value) -> Result<String, RolloutError> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(place, "a selector, such as \"@web\"", value))
}

/// Machines of an earlier stage that need one of a later stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageConflict {
    /// The stage that cannot be first.
    pub earlier: usize,
    /// The stage that it needs something of.
    pub later: usize,
    /// From a machine of the earlier stage, need by need, to one of the later.
    pub way: Vec<usize>,
}

/// The stage of every machine by its index: 0 is the canary, 1, 2, … are the stages, the last number is the rest.
///
/// A machine that several stages select belongs to the first of them. What the canary needs goes with it, whatever
/// stage selects that; a machine that no stage selects goes with the first stage that needs it, or else with the rest.
pub fn stage_of_each(
    canary: &[usize],
    stages: &[Vec<usize>],
    needs: &[Vec<usize>],
) -> Result<Vec<usize>, StageConflict> {
    let rest = stages.len() + 1;
    let mut said: Vec<Option<usize>> = vec![None; needs.len()];
    for (at, machines) in stages.iter().enumerate() {
        for machine in machines {
            said[*machine].get_or_insert(at + 1);
        }
    }
    let mut stage_of: Vec<Option<usize>> = vec![None; needs.len()];
    // Each machine is walked from once, so this is linear in machines and needs.
    let mut came_from: Vec<Option<usize>> = vec![None; needs.len()];
    for stage in 0..rest {
        let roots: &[usize] = if stage == 0 { canary } else { &stages[stage - 1] };
        for root in roots {
            if stage_of[*root].is_some() || stage > 0 && said[*root] != Some(stage) {
                continue;
            }
            stage_of[*root] = Some(stage);
            let mut waiting = vec![*root];
            while let Some(machine) = waiting.pop() {
                for need in needs[machine].iter().copied() {
                    if stage_of[need].is_some() {
                        continue;
                    }
                    came_from[need] = Some(machine);
                    if let Some(later) = said[need].filter(|it| stage > 0 && *it > stage) {
                        let mut way: Vec<usize> =
                            std::iter::successors(Some(need), |it| came_from[*it]).collect();
                        way.reverse();
                        return Err(StageConflict { earlier: stage, later, way });
                    }
                    stage_of[need] = Some(stage);
                    waiting.push(need);
                }
            }
        }
    }
    Ok(stage_of.into_iter().map(|it| it.unwrap_or(rest)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_settings_are_read() {
        let read = RolloutSettings::read(&json!({
            "maxParallel": 3, "canary": "web1", "stages": ["@data", "@front"], "maxUnavailable": { "web": 1 },
            "soak": 60, "onFailure": "rollback",
        }));
        let expected = RolloutSettings {
            max_parallel: Some(3),
            canary: Some("web1".to_owned()),
            stages: vec!["@data".to_owned(), "@front".to_owned()],
            max_unavailable: [("web".to_owned(), 1)].into(),
            soak: 60,
            on_failure: Some(OnFailure::Rollback),
        };
        assert_eq!(read, Ok(expected));
        let nothing = json!({ "canary": null, "soak": null });
        assert_eq!(RolloutSettings::read(&nothing), Ok(RolloutSettings::default()));
    }

    #[test]
    fn a_wrong_shape_is_named_with_what_is_wanted() {
        let said = |value| RolloutSettings::read(&value).unwrap_err().to_string();
        insta::assert_snapshot!([
            said(json!([])),
            said(json!({ "maxParallel": 0 })),
            said(json!({ "maxParallel": "two" })),
            said(json!({ "canary": ["web1"] })),
            said(json!({ "stages": "@web" })),
            said(json!({ "stages": ["@web", 2] })),
            said(json!({ "maxUnavailable": 1 })),
            said(json!({ "maxUnavailable": { "web": 1.5 } })),
            said(json!({ "soak": -1 })),
            said(json!({ "onFailure": "panic" })),
            said(json!({ "onFailur": "stop" })),
            said(json!({ "x": "«function»" })),
        ].join("\n"), @r#"
        `network.rollout` must be a set, but is []
        `network.rollout.maxParallel` must be a whole number of at least 1, but is 0
        `network.rollout.maxParallel` must be a whole number of at least 1, but is "two"
        `network.rollout.canary` must be a selector, such as "@web", but is ["web1"]
        `network.rollout.stages` must be a list of selectors, but is "@web"
        `network.rollout.stages[1]` must be a selector, such as "@web", but is 2
        `network.rollout.maxUnavailable` must be a set of tags, such as `{ web = 1; }`, but is 1
        `network.rollout.maxUnavailable.web` must be a whole number of at least 1, but is 1.5
        `network.rollout.soak` must be a number of seconds, from 0 to 2678400, but is -1
        `network.rollout.onFailure` must be "stop", "continue" or "rollback", but is "panic"
        `network.rollout.onFailur` is no setting of it: did you mean `onFailure`?
        `network.rollout.x` is no setting of it; there are: maxParallel, canary, stages, maxUnavailable, soak, onFailure
        "#);
    }

    #[test]
    fn machines_fall_into_the_first_stage_that_selects_or_needs_them() {
        // 0 needs 1, which no stage selects; 4 is in both stages; 5 is nowhere.
        let needs = [vec![1], vec![], vec![3], vec![], vec![], vec![]];
        assert_eq!(stage_of_each(&[], &[vec![0, 4], vec![2, 3, 4]], &needs), Ok(vec![1, 1, 2, 2, 1, 3]));
    }

    #[test]
    fn what_a_canary_needs_goes_with_it() {
        let needs = [vec![1], vec![2], vec![], vec![2]];
        assert_eq!(stage_of_each(&[0], &[vec![3], vec![1]], &needs), Ok(vec![0, 0, 0, 1]));
    }

    #[test]
    fn a_stage_that_needs_a_later_one_is_a_conflict() {
        let needs = [vec![1], vec![2], vec![]];
        let conflict = StageConflict { earlier: 1, later: 2, way: vec![0, 1, 2] };
        assert_eq!(stage_of_each(&[], &[vec![0], vec![2]], &needs), Err(conflict));
        // Circles are for others to find.
        assert_eq!(stage_of_each(&[], &[vec![0]], &[vec![1], vec![0]]), Ok(vec![1, 1]));
    }
}

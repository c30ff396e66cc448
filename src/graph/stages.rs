//! The stages of a rollout as far as they are known without Nix: what the network writes in `network.rollout`.
//!
//! What is not known, or makes no sense, gives no stages and a sentence that says so; checks speak of mistakes.

use super::of_machines::Places;
use crate::network::selectors::Selector;
use crate::network::{Network, Plain, PlainKind, stage_of_each};

/// A stage, by what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// `canary`, `@web`, `the rest`.
    pub title: String,
    /// Where it is written.
    pub at: Option<String>,
}

/// All stages that have machines, and the number of the stage of each machine.
pub(super) struct Stages {
    pub(super) stages: Vec<Stage>,
    pub(super) of: Vec<Option<usize>>,
    pub(super) note: Option<String>,
}

/// What `network.rollout` says; the last definition counts.
pub(super) fn stages(network: &Network, needs: &[Vec<usize>], places: Places<'_>) -> Stages {
    let none = |note: Option<&str>| Stages {
        stages: Vec::new(),
        of: vec![None; network.machines.len()],
        note: note.map(str::to_owned),
    };
    let Some(rollout) = network.attributes.iter().rev().find(|it| it.name.as_ref() == "rollout") else {
        return none(None);
    };
    let unknown = || none(Some("the stages of the rollout are only known to Nix"));
    let Some(settings) = rollout.value.as_set() else { return unknown() };
    let setting = |name: &str| settings.iter().find(|it| it.name.as_ref() == name).map(|it| &it.value);
    let canary = setting("canary").filter(|it| it.kind != PlainKind::Null);
    let stages = setting("stages").filter(|it| it.kind != PlainKind::Null);
    if canary.is_none() && stages.is_none() {
        return none(None);
    }
    let written: Option<Vec<&Plain>> = match stages {
        None => Some(Vec::new()),
        Some(list) => list.as_list().map(|items| items.iter().collect()),
    };
    let Some(written) = written else { return unknown() };
    // Selectors ask for dependencies, which need not be walked for each of them anew.
    let machines = network.selectable();
    let select = |it: &Plain| -> Option<(String, Vec<usize>)> {
        let text = it.as_str()?;
        Some((text.to_owned(), Selector::parse(text).and_then(|it| it.select(&machines)).ok()?))
    };
    let canary_at = canary.map(|it| places.of(it.at));
    let canary = match canary.map(select) {
        None => None,
        Some(Some(selected)) => Some(selected),
        Some(None) => return unknown(),
    };
    let mut selected = Vec::new();
    for stage in &written {
        match select(stage) {
            Some(it) => selected.push(it),
            None => return unknown(),
        }
    }
    let of_canary = canary.as_ref().map(|it| it.1.as_slice()).unwrap_or_default();
    let of_stages: Vec<Vec<usize>> = selected.iter().map(|it| it.1.clone()).collect();
    let Ok(of) = stage_of_each(of_canary, &of_stages, needs) else {
        return none(Some("the stages are not drawn: one of them needs a machine of a later one"));
    };
    let mut titles = vec![Stage { title: "canary".to_owned(), at: canary_at }];
    titles.extend(
        selected
            .iter()
            .zip(&written)
            .map(|(it, plain)| Stage { title: it.0.clone(), at: Some(places.of(plain.at)) }),
    );
    titles.push(Stage { title: "the rest".to_owned(), at: None });
    // Only stages that somebody is in are drawn.
    let mut used = vec![false; titles.len()];
    of.iter().for_each(|it| used[*it] = true);
    let number: Vec<usize> = used
        .iter()
        .scan(0, |next, used| {
            let at = *next;
            *next += usize::from(*used);
            Some(at)
        })
        .collect();
    let kept = titles.into_iter().zip(&used).filter(|(_, used)| **used).map(|(stage, _)| stage);
    Stages { stages: kept.collect(), of: of.into_iter().map(|it| Some(number[it])).collect(), note: None }
}

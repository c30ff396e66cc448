//! Asking Nix what it says of a network, for `check --eval`: all machines at once, as a deployment does; where that
//! fails, each machine by itself, several at a time, so that all of them tell what is wrong with them.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use serde_json::Value as Json;
use tokio::task::JoinSet;

use super::evaluate::{self, Asked, Evaluation, Input};
use super::failure::{self, Failure};
use super::{Nix, NixError};
use crate::network::{Dialect, Facts, Frame, MachineName, Position, RemarkKind, Told};

/// What is examined.
#[derive(Clone, Debug)]
pub struct Examine {
    /// Absolute.
    pub files: Vec<PathBuf>,
    /// How it is to be read; without it as its content says.
    pub dialect: Option<Dialect>,
    /// Argument name → Nix source text.
    pub arguments: Vec<(String, String)>,
    /// Options whose values are wanted.
    pub values: Vec<Vec<String>>,
}

/// What Nix says.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    pub told: Vec<Told>,
    pub facts: Facts,
    /// Warnings and traces that are no module's, one entry a line.
    pub said: Vec<String>,
    /// Machines that were not evaluated, because too many others had failed.
    pub left_out: usize,
}

/// Machines that are evaluated side by side. Each takes a processor and, with a real NixOS, a gigabyte.
const AT_ONCE: usize = 4;

/// After so many machines that fail, what the others would say is hardly news.
const MOST_FAILURES: usize = 40;

/// Nothing is built.
pub async fn examine(nix: &Nix, asked: &Examine) -> Result<Examination, NixError> {
    let mut examination = Examination::default();
    match one(nix, asked, None).await? {
        Ok(evaluation) => examination.take(asked, evaluation),
        Err(first) => each(nix, asked, first, &mut examination).await?,
    }
    let warnings: Vec<String> = examination
        .told
        .iter()
        .filter(|it| it.kind == RemarkKind::Warning)
        .filter_map(|it| it.text.lines().next().map(str::to_owned))
        .collect();
    // NixOS says its warnings aloud as well, when the system is evaluated.
    let is_news =
        |line: &String| !warnings.iter().any(|it| line.contains("warning:") && line.contains(it.as_str()));
    examination.said.retain(is_news);
    examination.said.dedup();
    Ok(examination)
}

/// Every machine by itself.
async fn each(
    nix: &Nix,
    asked: &Examine,
    first: Failure,
    examination: &mut Examination,
) -> Result<(), NixError> {
    // Without machines: whether the network itself can be evaluated.
    let network = match one(nix, asked, Some(Vec::new())).await? {
        Ok(network) => network,
        Err(failure) => {
            examination.failed(None, failure);
            return Ok(());
        }
    };
    let mut waiting: VecDeque<MachineName> = network.names.iter().cloned().collect();
    examination.take(asked, network);
    let mut running = JoinSet::new();
    let mut failures = 0;
    loop {
        while running.len() < AT_ONCE
            && failures < MOST_FAILURES
            && let Some(machine) = waiting.pop_front()
        {
            let (nix, asked) = (nix.clone(), asked.clone());
            running.spawn(async move {
                let answer = one(&nix, &asked, Some(vec![machine.clone()])).await;
                (machine, answer)
            });
        }
        let Some(ended) = running.join_next().await else { break };
        let (machine, answer) = ended.expect("evaluating a machine does not panic");
        match answer? {
            Ok(evaluation) => examination.take(asked, evaluation),
            Err(failure) => {
                failures += 1;
                examination.failed(Some(machine), failure);
            }
        }
    }
    examination.left_out = waiting.len();
    if failures == 0 {
        // Together they need more than each by itself, such as memory.
        examination.failed(None, first);
    }
    // Whoever ended first came first.
    examination.told.sort_by(|a, b| a.machine.cmp(&b.machine));
    Ok(())
}

/// One evaluation: of these machines, or of all.
async fn one(
    nix: &Nix,
    asked: &Examine,
    only: Option<Vec<MachineName>>,
) -> Result<Result<Evaluation, Failure>, NixError> {
    let question = Asked {
        input: Input::of(&asked.files),
        dialect: asked.dialect,
        arguments: &asked.arguments,
        uuid: String::new(),
        deployment: String::new(),
        machines: BTreeMap::new(),
        only,
        derivations: true,
        keys: true,
        examine: true,
        values: &asked.values,
        names: &[],
    };
    let more = ["--log-format", "internal-json", "--show-trace"];
    let ran = evaluate::run(nix, &question, &more).await?;
    let said = ran.output.stderr_text();
    let (failure, lines) = failure::read(&said);
    if !ran.output.ended.success() {
        let mut failure = failure.unwrap_or_else(|| Failure {
            text: format!("Nix ended with {}\n{}", ran.output.ended, lines.join("\n")),
            frames: Vec::new(),
        });
        // Our own expressions are no news to anybody.
        failure
            .frames
            .retain(|it| it.at.as_ref().is_none_or(|at| !ran.places.is_ours(&at.file.display().to_string())));
        for at in failure.frames.iter_mut().filter_map(|it| it.at.as_mut()) {
            at.file = ran.places.file(std::mem::take(&mut at.file));
        }
        failure.text = ran.places.told(&failure.text);
        return Ok(Err(failure));
    }
    let mut evaluation = ran.facts()?;
    for machine in evaluation.machines.values_mut() {
        for at in machine.assertions.iter_mut().filter_map(|it| it.at.as_mut()) {
            at.file = ran.places.file(std::mem::take(&mut at.file));
        }
        for file in machine.warnings.iter_mut().filter_map(|it| it.file.as_mut()) {
            *file = ran.places.file(std::mem::take(file));
        }
    }
    evaluation.said = lines;
    Ok(Ok(evaluation))
}

impl Examination {
    fn take(&mut self, asked: &Examine, evaluation: Evaluation) {
        self.said.extend(evaluation.said);
        self.facts.names = evaluation.names.iter().map(ToString::to_string).collect();
        self.facts.names.sort();
        self.facts.description = evaluation.description;
        for (name, machine) in evaluation.machines {
            let machine_name = Some(name.to_string());
            for it in machine.assertions {
                let frames =
                    it.at.map(|at| Frame { text: String::new(), at: Some(at) }).into_iter().collect();
                let (kind, text) = (RemarkKind::Assertion, it.text);
                self.told.push(Told { kind, machine: machine_name.clone(), text, frames });
            }
            for it in machine.warnings {
                let at = it.file.map(|file| Position { file, line: 0, column: 0 });
                let frames = at.map(|at| Frame { text: String::new(), at: Some(at) }).into_iter().collect();
                let (kind, text) = (RemarkKind::Warning, it.text);
                self.told.push(Told { kind, machine: machine_name.clone(), text, frames });
            }
            let values: Vec<Json> = machine.values;
            let values = asked.values.iter().cloned().zip(values).collect();
            self.facts.machines.insert(name.to_string(), values);
        }
    }

    fn failed(&mut self, machine: Option<MachineName>, failure: Failure) {
        let machine = machine.map(|it| it.to_string());
        let Failure { text, frames } = failure;
        self.told.push(Told { kind: RemarkKind::Failure, machine, text, frames });
    }
}

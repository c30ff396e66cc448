//! `nixwright runs`: what was done to the machines, by whom, and how it ended.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::report::history::{self, Listed};
use crate::state::{Deployment, DeploymentId, RunId, RunRecord, State, StateError};
use crate::system::System;

/// List what was done to the machines of a deployment
///
/// Every deploy, rollback and sending of keys that came as far as its plan is a run: who began it and when, how far it was to
/// go, how long it took, for how many machines, and how it ended. `broken-off` is a run whose process died; `nixwright resume`
/// brings it to its end. `nixwright run show RUN` shows one with each of its steps.
///
/// Example: nixwright runs -d target --limit 10
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RunsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// At most so many, the newest
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    limit: Option<u64>,

    /// The runs of all deployments
    #[arg(long, conflicts_with = "deployment")]
    all: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn runs(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RunsArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let (deployments, only) = if args.all {
        (state.deployments().await?, None)
    } else {
        let deployment = args.deployment.find(system, &state).await?;
        let id = deployment.id;
        (vec![deployment], Some(id))
    };
    let listed = listed(&state, &deployments, state.history(only, args.limit).await?).await?;
    state.close().await;
    let text = match args.json {
        true => history::json(&listed),
        false => history::table(&listed, args.all, ui.terminal),
    };
    ui.print(&text)?;
    if listed.is_empty() {
        ui.say("there is no run yet");
    }
    Ok(ExitCode::Done)
}

/// Runs with what people call their deployments, and whether somebody is at them.
async fn listed(
    state: &State,
    deployments: &[Deployment],
    runs: Vec<RunRecord>,
) -> Result<Vec<Listed>, StateError> {
    let titles: BTreeMap<DeploymentId, String> = deployments.iter().map(|it| (it.id, it.title())).collect();
    let mut held: BTreeMap<DeploymentId, Option<RunId>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.ended.is_none()) {
        if let Entry::Vacant(unknown) = held.entry(run.deployment) {
            let lock = state.lock(run.deployment).await?.filter(|lock| !lock.stale);
            unknown.insert(lock.map(|lock| lock.run));
        }
    }
    let listed = runs.into_iter().map(|record| Listed {
        title: titles.get(&record.deployment).cloned().unwrap_or_else(|| record.deployment.to_string()),
        under_way: held.get(&record.deployment).copied().flatten() == Some(record.id),
        record,
    });
    Ok(listed.collect())
}

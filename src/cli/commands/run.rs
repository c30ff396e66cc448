//! `nixwright run show`: one run, step by step.

use std::path::{Path, PathBuf};

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Story, StoryError};
use crate::report::{history, story};
use crate::state::{RunRecord, State};
use crate::system::System;

/// Look at one run
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub(in crate::cli) struct RunCommandArgs {
    #[command(subcommand)]
    command: RunCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RunCommand {
    Show(ShowRunArgs),
}

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
    Html,
}

/// Show a run: each machine and step, when it was begun, how long it took, and how it ended
///
/// RUN is the id of a run as `nixwright runs` lists it, the beginning of one, or `last`. What failed is told in its own words,
/// and `--log` prints what was said while the run went on. The steps with a star are the critical path: the chain of steps,
/// each waited for by the next, that made the run as long as it was.
///
/// Asks neither Nix nor the machines. A run that is under way is shown as far as it has come.
///
/// Examples: nixwright run show last -d target; nixwright run show last --format html -o run.html
#[derive(Debug, clap::Args)]
struct ShowRunArgs {
    /// The run: its id, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    run: String,

    /// `human`, `json`, or `html`: a page with the timeline, which needs nothing else
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// Print JSON, as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Print what was said in the run
    #[arg(long, conflicts_with_all = ["json", "format"])]
    log: bool,

    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn run(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RunCommandArgs,
) -> Result<ExitCode, CommandError> {
    let RunCommand::Show(args) = &args.command;
    show(system, ui, args).await
}

async fn show(system: &System, ui: &mut Ui<'_>, args: &ShowRunArgs) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let record = meant(system, &state, args).await?;
    let title = state.deployment(record.deployment).await?.title();
    let story = execute::story(&state, &record).await?;
    state.close().await;
    let text = text(args, ui, &story, &title);
    deliver(system, ui, args.output.as_deref(), &text)
}

fn text(args: &ShowRunArgs, ui: &Ui<'_>, story: &Story, title: &str) -> String {
    match args.format {
        Format::Html => story::run_page(story, title),
        Format::Json => history::show_json(story, title).unwrap_or_default(),
        Format::Human if args.json => history::show_json(story, title).unwrap_or_default(),
        Format::Human if args.log => history::log(story),
        Format::Human => history::show(story, title, ui.terminal),
    }
}

/// Prints a result, or writes it to the file that was named: whole, or not at all.
pub(super) fn deliver(
    system: &System,
    ui: &mut Ui<'_>,
    file: Option<&Path>,
    text: &str,
) -> Result<ExitCode, CommandError> {
    let Some(file) = file else {
        ui.print(text)?;
        return Ok(ExitCode::Done);
    };
    let written = system.files.write(&system.environment.absolute(file), text.as_bytes(), 0o600);
    written.map_err(|error| CommandError::usage(format!("could not write {}: {error}", file.display())))?;
    Ok(ExitCode::Done)
}

/// The run that is meant: an id means one wherever it is, `last` one of a deployment.
async fn meant(system: &System, state: &State, args: &ShowRunArgs) -> Result<RunRecord, CommandError> {
    let anywhere = args.run != "last" && args.deployment.named(system).is_none();
    let deployment = match anywhere {
        true => None,
        false => Some(args.deployment.find(system, state).await?.id),
    };
    Ok(state.find_run(deployment, &args.run).await?)
}

impl From<StoryError> for CommandError {
    fn from(error: StoryError) -> Self {
        match error {
            StoryError::State(error) => error.into(),
            StoryError::Plan(error) => execute::RunError::Plan(error).into(),
        }
    }
}
